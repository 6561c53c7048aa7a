import * as tf from '@tensorflow/tfjs';
import { smooth7 } from '../../nn/layers';
import type { Scored, ScoreStep } from '../model';
import type { EncoderNetwork, Networks } from './network';
import { lossesAt, type Mapped, mapToLatent, type SearchSettings } from './search';

type Reading = 'loss' | 'residual' | 'discrimination';

/** Scores that need the search: which discrimination loss guides it, and what is read off at its end (section 2.3). */
const SEARCHED: Record<string, { discrimination: SearchSettings['discrimination']; reads: Reading }> = {
  'A(x)': { discrimination: 'features', reads: 'loss' },
  'R(x)': { discrimination: 'features', reads: 'residual' },
  'D(x)': { discrimination: 'features', reads: 'discrimination' },
  'Â(x)': { discrimination: 'logit', reads: 'loss' },
  'D̂(x)': { discrimination: 'logit', reads: 'discrimination' },
};

/**
 * Scores of x [n, s, s, 1]: sums over pixels and features as printed, NaN for a query whose search diverged. The map of every search is the residual
 * image |x − G(z_Γ)|; smoothing changes the map alone. P_D is one pass and has no map. All queries start from the same code, a row of `starts`
 * [restarts, latent] for each restart, so that a score depends neither on the other queries nor on the place among them.
 */
export function* score(
  networks: Networks,
  x: tf.Tensor4D,
  scorer: string,
  smooth: boolean,
  starts: tf.Tensor2D,
  settings: Omit<SearchSettings, 'discrimination'>,
): Generator<ScoreStep, Scored, unknown> {
  if (scorer === 'P_D') return { scores: unreality(networks, x), views: {} };
  const searched = SEARCHED[scorer];
  if (!searched) throw new RangeError(`AnoGAN has no predictor "${scorer}".`);
  const { discrimination, reads } = searched;
  const tiled = tf.tidy(() => tf.split(starts, starts.shape[0]).map((start) => tf.tile(start, [x.shape[0], 1]) as tf.Tensor2D));
  let found: Mapped;
  try {
    found = yield* mapToLatent(networks, x, tiled, { ...settings, discrimination });
  } finally {
    tf.dispose(tiled);
  }
  const together = Object.entries(SEARCHED).filter(([, other]) => other.discrimination === discrimination);
  return scored(x, found, reads, smooth, 'generated', together);
}

/** Scores of the aCAE: the same definitions with G(E(x)) in place of the search, in one pass. */
export function scoreEncoded(
  { encoder, ...networks }: Networks & { encoder: EncoderNetwork },
  x: tf.Tensor4D,
  scorer: string,
  smooth: boolean,
  lambda: number,
): Scored {
  const searched = SEARCHED[scorer];
  if (searched?.discrimination !== 'features') throw new RangeError(`The aCAE has no predictor "${scorer}".`);
  const found = tf.tidy(() => {
    const { features } = networks.discriminator.judge(x, 'moving');
    return lossesAt(networks, { x, features }, encoder.encode(x, 'moving').z, { lambda, discrimination: 'features' });
  });
  return scored(x, found, searched.reads, smooth, 'reconstruction', []);
}

/** Takes `found` over; its image is shown as `view`, and it serves the scorers `together`. */
function scored(
  x: tf.Tensor4D,
  found: Mapped,
  reads: Reading,
  smooth: boolean,
  view: string,
  together: readonly [id: string, { reads: Reading }][],
): Scored {
  const { image, ...losses } = found;
  const result = tf.tidy(() => {
    const residual = tf.abs(tf.sub(x, image)) as tf.Tensor4D;
    const diverged = tf.isNaN(losses.loss);
    const read = (reading: Reading) => tf.where(diverged, Number.NaN, losses[reading]) as tf.Tensor1D;
    return {
      map: smooth ? smooth7(residual) : residual,
      scores: read(reads),
      together: Object.fromEntries(together.map(([id, other]) => [id, read(other.reads)])),
    };
  });
  tf.dispose(losses);
  return { ...result, views: { [view]: image } };
}

/** 1 − D(x), [n]: σ(−u) keeps its digits where 1 − σ(u) rounds to 0. */
export function unreality({ discriminator }: Networks, x: tf.Tensor4D): tf.Tensor1D {
  return tf.tidy(() => tf.sigmoid(tf.neg(discriminator.judge(x, 'moving').logit)));
}

/** Of x [n, s, s, 1] at codes z [n, latent]: the residual image, G(z), f(x), and the scores A(x), R(x), D(x) and P_D [n]. One pass. */
export function scoresAt(networks: Networks, x: tf.Tensor4D, z: tf.Tensor2D, lambda: number) {
  return tf.tidy(() => {
    const { features, logit } = networks.discriminator.judge(x, 'moving');
    const { image, loss, residual, discrimination } = lossesAt(networks, { x, features }, z, { lambda, discrimination: 'features' });
    return {
      score_map: tf.abs(tf.sub(x, image)),
      generated: image,
      features,
      A: loss,
      R: residual,
      D: discrimination,
      P_D: tf.sigmoid(tf.neg(logit)),
    };
  });
}
