import * as tf from '@tensorflow/tfjs';
import { Adam } from '../../nn/adam';
import { smooth7 } from '../../nn/layers';
import type { Scored, ScoreStep } from '../model';
import { klTerms, projectionEnergy, reconstructionTerms } from './losses';
import type { VaeNetwork } from './network';

export type ScoreSettings = { beta: number; projectionSteps: number; projectionRate: number; lambda: number };

/** Predictors of section 2.2, all with z = μ. Gradients are of the sum over the batch, so that no image's map depends on another. */
export function* score(
  network: VaeNetwork,
  x: tf.Tensor4D,
  scorer: string,
  smooth: boolean,
  settings: ScoreSettings,
): Generator<ScoreStep, Scored, void> {
  const finish = (maps: { map: tf.Tensor4D; reconstruction: tf.Tensor4D }): Scored => {
    const map = smooth && scorer !== 'Combi' ? smooth7(maps.map) : maps.map;
    if (map !== maps.map) maps.map.dispose();
    return { map, scores: meanInBrain(map, x), views: { reconstruction: maps.reconstruction } };
  };
  if (scorer !== 'Proj-Rec-Error') return finish(predictorMap(network, x, scorer, smooth, settings.beta));
  const projected = yield* project(network, x, settings);
  const maps = tf.tidy(() => {
    const reconstruction = network.reconstruct(projected);
    return { map: tf.square(tf.sub(x, reconstruction)) as tf.Tensor4D, reconstruction };
  });
  projected.dispose();
  return finish(maps);
}

/** [n]: mean of a map over the pixels that are not background, whose z-score is exactly 0; 0 for an empty image. */
function meanInBrain(map: tf.Tensor4D, x: tf.Tensor4D): tf.Tensor1D {
  return tf.tidy(() => {
    const brain = tf.cast(tf.notEqual(x, 0), 'float32');
    return tf.div(tf.sum(tf.mul(map, brain), [1, 2, 3]), tf.maximum(tf.sum(brain, [1, 2, 3]), 1)) as tf.Tensor1D;
  });
}

/** The map of a one-pass predictor and x̂. `smoothInside` smooths Combi's gradient, its error stays sharp (models.md D3); the others are left as they are. */
export function predictorMap(network: VaeNetwork, x: tf.Tensor4D, scorer: string, smoothInside: boolean, beta: number) {
  return tf.tidy(() => {
    if (scorer === 'Rec-Error') {
      const reconstruction = network.reconstruct(x);
      return { map: tf.square(tf.sub(x, reconstruction)) as tf.Tensor4D, reconstruction };
    }
    if (scorer === 'KL-grad' || scorer === 'Combi') {
      const gradient = tf.abs(tf.grad((input) => tf.sum(klTerms(network.encode(input as tf.Tensor4D))))(x)) as tf.Tensor4D;
      const reconstruction = network.reconstruct(x);
      if (scorer === 'KL-grad') return { map: gradient, reconstruction };
      const weight = smoothInside ? smooth7(gradient) : gradient;
      return { map: tf.mul(weight, tf.square(tf.sub(x, reconstruction))) as tf.Tensor4D, reconstruction };
    }
    const weights = scorer === 'Rec-grad' ? 0 : scorer === 'ELBO-grad' ? beta : null;
    if (weights === null) throw new RangeError(`The VAE has no predictor "${scorer}".`);
    let reconstruction!: tf.Tensor4D;
    const gradient = tf.grad((input) => {
      const code = network.encode(input as tf.Tensor4D);
      reconstruction = tf.keep(network.decode(code.mu));
      const rec = tf.sum(reconstructionTerms(input as tf.Tensor4D, reconstruction));
      return weights === 0 ? rec : tf.add(rec, tf.mul(weights, tf.sum(klTerms(code))));
    })(x);
    return { map: tf.abs(gradient) as tf.Tensor4D, reconstruction };
  });
}

/** Energy-based projection onto the normal images (Dehaene et al. 2020; Eqs. 4 and 5): Adam on the image itself; yields after every step. */
export function* project(
  network: VaeNetwork,
  x: tf.Tensor4D,
  { projectionSteps, projectionRate, lambda }: ScoreSettings,
): Generator<ScoreStep, tf.Tensor4D, void> {
  const image = tf.tidy(() => tf.variable(x));
  const adam = new Adam({ image }, [projectionRate, 0.9, 0.999, 1e-8]);
  try {
    for (let step = 1; step <= projectionSteps; step++) {
      const gradient = tf.tidy(() =>
        tf.grad((xt) => projectionEnergy(xt as tf.Tensor4D, x, network.reconstruct(xt as tf.Tensor4D), lambda))(image),
      );
      adam.apply({ image: gradient });
      gradient.dispose();
      yield { step, of: projectionSteps, image: image as unknown as tf.Tensor4D };
    }
    return tf.tidy(() => tf.clone(image) as unknown as tf.Tensor4D);
  } finally {
    adam.dispose();
    image.dispose();
  }
}
