/** Mapping of new images to the latent space (section 2.2): gradient steps on z alone, the networks' norms on their moving averages. */
import * as tf from '@tensorflow/tfjs';
import { Adam } from '../../nn/adam';
import type { Mode } from '../../nn/normedNetwork';
import { type ScoreStep, STOP } from '../model';
import { discriminationLoss, mappingLoss, referenceDiscriminationLoss, residualLoss } from './losses';
import type { Networks } from './network';

/** What stands for L_D: f(x) against f(G(z)) (Eq. 4), or D's verdict on G(z) as in GAN_R. */
export type Discrimination = 'features' | 'logit';

export type SearchSettings = {
  steps: number;
  rate: number;
  lambda: number;
  /** Momentum steps in place of Adam's. */
  nesterov: boolean;
  discrimination: Discrimination;
};

/** `z` [n, latent] is the code after the step, `image` the G(z) that the step was taken from, `terms` its two losses; all stay the generator's own. */
export type SearchStep = ScoreStep & { z: tf.Tensor2D };

/** G(z_Γ) [n, s, s, 1] and the losses [n] there. A query whose steps or losses stopped being numbers has `loss` NaN, and its last finite z. */
export type Mapped = { image: tf.Tensor4D; residual: tf.Tensor1D; discrimination: tf.Tensor1D; loss: tf.Tensor1D };

/**
 * Searches from each of `starts` [n, latent] and keeps, for each query of x [n, s, s, 1], the G(z_Γ) with the least loss. No query's steps depend on
 * another's. Yields after every step, and ends there with what it has when it is sent `STOP`; the caller disposes what it returns.
 */
export function* mapToLatent(
  networks: Networks,
  x: tf.Tensor4D,
  starts: readonly tf.Tensor2D[],
  settings: SearchSettings,
): Generator<SearchStep, Mapped, unknown> {
  // Nothing moves the averages while the search goes on.
  const modes: Query['modes'] = {};
  let features: tf.Tensor2D | undefined;
  let best: Mapped | undefined;
  try {
    modes.generator = networks.generator.folded();
    modes.discriminator = networks.discriminator.folded();
    features = tf.tidy(() => networks.discriminator.judge(x, modes.discriminator ?? 'moving').features);
    const query = { x, features, modes };
    for (const [r, start] of starts.entries()) {
      const { found, stopped } = yield* descend(networks, query, start, settings, r * settings.steps, starts.length * settings.steps);
      best = best ? lesser(best, found) : found;
      if (stopped) break;
    }
    const result = best as Mapped;
    best = undefined;
    return result;
  } finally {
    tf.dispose([features, modes, best]);
  }
}

type Query = { x: tf.Tensor4D; features: tf.Tensor2D; modes?: Partial<Record<keyof Networks, Mode>> };

/** One search, whose steps are counted from `before`. */
function* descend(
  networks: Networks,
  query: Query,
  start: tf.Tensor2D,
  settings: SearchSettings,
  before: number,
  of: number,
): Generator<SearchStep, { found: Mapped; stopped: boolean }, unknown> {
  const z = tf.tidy(() => tf.variable(start));
  const optimiser = settings.nesterov ? new Nesterov(z, settings.rate) : new Adam({ z }, [settings.rate, 0.9, 0.999, 1e-8]);
  let finite: tf.Tensor2D = tf.ones([z.shape[0], 1], 'bool');
  let seen: Slope | undefined;
  let stopped = false;
  try {
    for (let step = 1; step <= settings.steps && !stopped; step++) {
      seen = slope(networks, query, z as unknown as tf.Tensor2D, settings);
      const { gradient, generated, terms } = seen;
      finite.dispose();
      finite = advance(z, optimiser, gradient);
      stopped = (yield { step: before + step, of, image: generated, terms, z: z as unknown as tf.Tensor2D }) === STOP;
      tf.dispose(seen);
      seen = undefined;
    }
    const found = tf.tidy(() => {
      const { image, ...losses } = lossesAt(networks, query, z as unknown as tf.Tensor2D, settings);
      const sound = tf.logicalAnd(tf.reshape(finite, [-1]), tf.isFinite(losses.loss));
      return { image, ...losses, loss: tf.where(sound, losses.loss, Number.NaN) };
    });
    return { found, stopped };
  } finally {
    tf.dispose([z, optimiser.moments, finite, seen]);
  }
}

/** Losses of Eqs. 3 to 5 at z. */
export function lossesAt(
  { generator, discriminator }: Networks,
  { x, features, modes }: Query,
  z: tf.Tensor2D,
  { lambda, discrimination: form }: Pick<SearchSettings, 'lambda' | 'discrimination'>,
): Mapped {
  const { image } = generator.generate(z, modes?.generator ?? 'moving');
  const judged = discriminator.judge(image, modes?.discriminator ?? 'moving');
  const residual = residualLoss(x, image);
  const discrimination = form === 'features' ? discriminationLoss(features, judged.features) : referenceDiscriminationLoss(judged.logit);
  return { image, residual, discrimination, loss: mappingLoss(residual, discrimination, lambda) };
}

type Slope = { gradient: tf.Tensor2D; generated: tf.Tensor4D; terms: Record<'residual' | 'discrimination', tf.Tensor1D> };

/** Gradient of the batch's summed loss, each row of which is that of its own query alone; G(z), and the losses [n] there. */
export function slope(
  networks: Networks,
  query: Query,
  z: tf.Tensor2D,
  settings: Pick<SearchSettings, 'lambda' | 'discrimination'>,
): Slope {
  return tf.tidy(() => {
    let rest!: Pick<Slope, 'generated' | 'terms'>;
    const gradient = tf.grad((code) => {
      const { image, residual, discrimination, loss } = lossesAt(networks, query, code as tf.Tensor2D, settings);
      rest = { generated: tf.keep(image), terms: { residual: tf.keep(residual), discrimination: tf.keep(discrimination) } };
      return tf.sum(loss);
    })(z) as tf.Tensor2D;
    return { gradient, ...rest };
  });
}

/**
 * One step, then the clip to the prior's ± 1. A code that stops being a number takes its last finite values back; its optimiser's moments are not
 * numbers from then on, so it stays there. Returns which codes [n, 1] are still moving.
 */
export function advance(z: tf.Variable, optimiser: Pick<Adam, 'apply'>, gradient: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const before = tf.clone(z);
    optimiser.apply({ z: gradient });
    const finite = tf.all(tf.isFinite(z), 1, true) as tf.Tensor2D;
    z.assign(tf.where(tf.tile(finite, [1, z.shape[1] as number]), tf.clipByValue(z, -1, 1), before));
    return finite;
  });
}

/** The momentum steps of the adapted code: v ← 0.9 · v − rate · g; z ← z − 0.9 · v_old + 1.9 · v. */
export class Nesterov {
  readonly moments: Record<'z/v', tf.Variable>;

  constructor(
    private readonly z: tf.Variable,
    private readonly rate: number,
  ) {
    this.moments = { 'z/v': tf.tidy(() => tf.variable(tf.zerosLike(z), false)) };
  }

  apply({ z: gradient }: Readonly<Record<string, tf.Tensor>>): void {
    tf.tidy(() => {
      const v = this.moments['z/v'];
      const old = tf.clone(v);
      v.assign(tf.sub(tf.mul(0.9, old), tf.mul(this.rate, gradient)));
      this.z.assign(tf.add(tf.sub(this.z, tf.mul(0.9, old)), tf.mul(1.9, v)));
    });
  }
}

/** For each query the one of two results with the lesser loss; a loss that is no number loses. Disposes both. */
function lesser(a: Mapped, b: Mapped): Mapped {
  const result = tf.tidy(() => {
    const second = tf.logicalOr(tf.less(b.loss, a.loss), tf.isNaN(a.loss));
    const images = tf.reshape(second, [-1, 1, 1, 1]);
    const [, h, w] = a.image.shape;
    return {
      image: tf.where(tf.tile(images, [1, h, w, 1]), b.image, a.image),
      residual: tf.where(second, b.residual, a.residual),
      discrimination: tf.where(second, b.discrimination, a.discrimination),
      loss: tf.where(second, b.loss, a.loss),
    };
  });
  tf.dispose([a, b]);
  return result as Mapped;
}
