/** M. M. Rahman Siddiquee et al.: "HealthyGAN: Learning from Unannotated Medical Images to Detect Anomalies Associated with Human Disease", 2022.
 * One function per loss; A2B-GAN's equations are the same. */
import * as tf from '@tensorflow/tfjs';

/** ε of the 0/1 term, and the middle it drives the mask from [C]. */
const EPSILON = 0.01;
const MIDDLE = 0.5;
/** The 0/1 term of a mask of zeros and ones alone, which the focus loss is counted from [C]. */
const SETTLED = 1 / (MIDDLE + EPSILON);

/** ‖∇_x̂ Σ D(x̂)‖₂ over the pixels and channels of each image, [n]. Differentiable again, by the weights of `judge`; infinitely steep at 0. */
export function gradientNorms(judge: (x: tf.Tensor4D) => tf.Tensor, x: tf.Tensor4D): tf.Tensor1D {
  const gradient = tf.grad((input) => tf.sum(judge(input as tf.Tensor4D)))(x);
  return tf.sqrt(tf.sum(tf.square(gradient), [1, 2, 3]));
}

/** What D minimises (Eqs. 3 and 8): mean D(B′) − mean D(B) + λ_gp · mean (‖∇‖ − 1)²; scores of patches [n, h, w, 1], norms [n]. */
export function adversarialLossD(
  onReal: tf.Tensor4D,
  onFake: tf.Tensor4D,
  norms: tf.Tensor1D,
  lambdaGp: number,
): Record<'total' | 'real' | 'fake' | 'penalty', tf.Scalar> {
  const real = tf.neg(tf.mean(onReal)) as tf.Scalar;
  const fake = tf.mean(onFake) as tf.Scalar;
  const penalty = tf.mean(tf.square(tf.sub(norms, 1))) as tf.Scalar;
  return { total: tf.addN([real, fake, tf.mul(lambdaGp, penalty)]) as tf.Scalar, real, fake, penalty };
}

/** −mean D(B′) of one set (Eq. 4 sums it over A and B). */
export function adversarialLossG(onFake: tf.Tensor4D): tf.Scalar {
  return tf.neg(tf.mean(onFake));
}

/** mean |B − B_int(B)|: a healthy image is its own translation, before any mask (Eq. 5). */
export function identityLoss(x: tf.Tensor4D, intermediate: tf.Tensor4D): tf.Scalar {
  return tf.mean(tf.abs(tf.sub(x, intermediate)));
}

/** mean |A − A′| (Eq. 6). */
export function reconstructionLoss(x: tf.Tensor4D, reconstructed: tf.Tensor4D): tf.Scalar {
  return tf.mean(tf.abs(tf.sub(x, reconstructed)));
}

/**
 * λ_fs · (mean M)² + λ_fz · (mean 1 / (|M − ½| + ε) − 1 / (½ + ε)) (Eq. 7 with the offset of the code): a small mask of zeros and ones.
 * `small` and `zeroOne` are the terms without weight and offset, `coverage` is mean M. mask [n, h, w, 1] in [0, 1].
 */
export function focusLoss(
  mask: tf.Tensor4D,
  lambdaFs: number,
  lambdaFz: number,
): Record<'total' | 'small' | 'zeroOne' | 'coverage', tf.Scalar> {
  const coverage = tf.mean(mask) as tf.Scalar;
  const small = tf.square(coverage);
  const zeroOne = tf.mean(tf.reciprocal(tf.add(tf.abs(tf.sub(mask, MIDDLE)), EPSILON))) as tf.Scalar;
  return { total: tf.add(tf.mul(lambdaFs, small), tf.mul(lambdaFz, tf.sub(zeroOne, SETTLED))), small, zeroOne, coverage };
}
