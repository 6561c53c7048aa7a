/** T. Schlegl et al.: "f-AnoGAN: Fast unsupervised anomaly detection with generative adversarial networks", 2019. One function per loss. */
import * as tf from '@tensorflow/tfjs';

/** ‖∇_x Σ D(x)‖₂ over all pixels of each image, [n]. Differentiable again, by the weights of `judge`; infinitely steep at 0. */
export function gradientNorms(judge: (x: tf.Tensor4D) => tf.Tensor, x: tf.Tensor4D): tf.Tensor1D {
  const gradient = tf.grad((input) => tf.sum(judge(input as tf.Tensor4D)))(x);
  return tf.sqrt(tf.sum(tf.square(gradient), [1, 2, 3]));
}

/** What D minimises (Gulrajani et al. 2017, Eq. 3): mean D(G(z)) − mean D(x) + λ · mean (‖∇‖ − 1)²; values and norms [n]. */
export function criticLoss(
  onReal: tf.Tensor1D,
  onFake: tf.Tensor1D,
  norms: tf.Tensor1D,
  lambda: number,
): Record<'total' | 'gap' | 'penalty', tf.Scalar> {
  const gap = tf.sub(tf.mean(onReal), tf.mean(onFake)) as tf.Scalar;
  const penalty = tf.mean(tf.square(tf.sub(norms, 1))) as tf.Scalar;
  return { total: tf.sub(tf.mul(lambda, penalty), gap), gap, penalty };
}

/** What G minimises: −mean D(G(z)). */
export function generatorLoss(onFake: tf.Tensor1D): tf.Scalar {
  return tf.neg(tf.mean(onFake));
}

/** Mean squared difference of each row over everything in it, [n]: of images, or of features. */
export function meanSquares(a: tf.Tensor, b: tf.Tensor): tf.Tensor1D {
  return tf.mean(tf.reshape(tf.square(tf.sub(a, b)), [a.shape[0], -1]), 1);
}

/** izi_f: MSE(x, G(E(x))) + κ · MSE(f(x), f(G(E(x)))), [n] both. What E minimises is its mean, and a slice's score is its own. */
export function anomalyScore(image: tf.Tensor1D, features: tf.Tensor1D, kappa: number): tf.Tensor1D {
  return tf.add(image, tf.mul(kappa, features));
}
