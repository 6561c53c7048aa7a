/** T. Schlegl et al.: "Unsupervised Anomaly Detection with Generative Adversarial Networks to Guide Marker Discovery", 2017. One function per loss. */
import * as tf from '@tensorflow/tfjs';

/** Cross-entropy of a logit against the target "real", from the logit itself: −log σ(u) = softplus(−u), [n]. */
const againstReal = (logit: tf.Tensor1D): tf.Tensor1D => tf.softplus(tf.neg(logit));
/** Against "fake": −log(1 − σ(u)) = softplus(u), [n]. */
const againstFake = (logit: tf.Tensor1D): tf.Tensor1D => tf.softplus(logit);

/** What D minimises (Eq. 1, negated): cross-entropy on real and on generated images, each a mean. */
export function adversarialLossD(onReal: tf.Tensor1D, onFake: tf.Tensor1D): Record<'total' | 'real' | 'fake', tf.Scalar> {
  const real = tf.mean(againstReal(onReal)) as tf.Scalar;
  const fake = tf.mean(againstFake(onFake)) as tf.Scalar;
  return { total: tf.add(real, fake), real, fake };
}

/** What G minimises (Eq. 2, in the authors' non-saturating form): −mean log D(G(z)). */
export function adversarialLossG(onFake: tf.Tensor1D): tf.Scalar {
  return tf.mean(againstReal(onFake)) as tf.Scalar;
}

/** What the aCAE's encoder and decoder minimise: w · mean (x − x̂)² + (1 − w) · mean −log D(x̂) (Pathak et al. 2016, Eq. 3: w = 0.999). */
export function autoencoderLoss(
  x: tf.Tensor4D,
  reconstruction: tf.Tensor4D,
  onFake: tf.Tensor1D,
  weight: number,
): Record<'total' | 'reconstruction' | 'adversarial', tf.Scalar> {
  const squared = tf.mean(tf.square(tf.sub(x, reconstruction))) as tf.Scalar;
  const adversarial = adversarialLossG(onFake);
  return { total: tf.add(tf.mul(weight, squared), tf.mul(1 - weight, adversarial)), reconstruction: squared, adversarial };
}

/** L_R = Σ |x − G(z)| over pixels (Eq. 3), [n]. */
export function residualLoss(x: tf.Tensor4D, generated: tf.Tensor4D): tf.Tensor1D {
  return tf.sum(tf.abs(tf.sub(x, generated)), [1, 2, 3]);
}

/** L_D = Σ |f(x) − f(G(z))| over features (Eq. 4), [n]. */
export function discriminationLoss(features: tf.Tensor2D, generated: tf.Tensor2D): tf.Tensor1D {
  return tf.sum(tf.abs(tf.sub(features, generated)), 1);
}

/** L_D̂: cross-entropy of D's verdict on G(z) against "real" (Yeh et al. 2016, section 2.2), [n]. */
export function referenceDiscriminationLoss(logit: tf.Tensor1D): tf.Tensor1D {
  return againstReal(logit);
}

/** L = (1 − λ) · L_R + λ · L_D (Eq. 5), [n]. */
export function mappingLoss(residual: tf.Tensor1D, discrimination: tf.Tensor1D, lambda: number): tf.Tensor1D {
  return tf.add(tf.mul(1 - lambda, residual), tf.mul(lambda, discrimination));
}
