import * as tf from '@tensorflow/tfjs';
import { smooth7 } from '../../nn/layers';
import type { Scored, ScoreStep } from '../model';
import { blend, coloured, type GeneratorNetwork } from './network';

/** What a slice's own number is, from its differences over pixels and channels. */
const SCORES: Record<string, (difference: tf.Tensor4D) => tf.Tensor> = {
  'Diff-mean': (difference) => tf.mean(tf.reshape(difference, [difference.shape[0], -1]), 1),
  'Diff-max': (difference) => tf.max(difference, [1, 2, 3]),
};

/**
 * The difference map of x [n, s, s, 1], its mean over channels, and scores from it; smoothing changes the map alone. Views are gray; the mask is
 * shown as 2M − 1, in ± 1 like the images.
 */
export function* score(generator: GeneratorNetwork, x: tf.Tensor4D, scorer: string, smooth: boolean): Generator<ScoreStep, Scored, void> {
  const scoreOf = SCORES[scorer];
  if (!scoreOf) throw new RangeError(`HealthyGAN has no score "${scorer}"; it has ${Object.keys(SCORES).join(', ')}.`);
  return tf.tidy(() => {
    const { difference, intermediate, mask, translated, reconstructed } = project(generator, coloured(x, generator.config.channels));
    const map = gray(difference);
    return {
      map: smooth ? smooth7(map) : map,
      scores: scoreOf(difference) as tf.Tensor1D,
      views: {
        intermediate: gray(intermediate),
        mask: tf.sub(tf.mul(2, mask), 1) as tf.Tensor4D,
        translated: gray(translated),
        reconstructed: gray(reconstructed),
      },
    };
  });
}

/** |x − B′(x)| / 2 in [0, 1] (the paper's difference, halved [C]), [n, s, s, c], with what it comes from. */
export function project(generator: GeneratorNetwork, x: tf.Tensor4D) {
  const { intermediate, mask } = generator.translate(x);
  const translated = blend(intermediate, x, mask);
  const difference = tf.div(tf.abs(tf.sub(x, translated)), 2) as tf.Tensor4D;
  return { difference, mask, intermediate, translated, reconstructed: blend(x, intermediate, mask) };
}

export const gray = (x: tf.Tensor4D): tf.Tensor4D => (x.shape[3] === 1 ? tf.clone(x) : tf.mean(x, 3, true));
