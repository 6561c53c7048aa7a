/** L. Zhou, W. Deng, X. Wu: "Unsupervised anomaly localization using VAE and beta-VAE", 2020. One function per loss. */
import * as tf from '@tensorflow/tfjs';
import type { Code } from './network';

export const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/** −log p(x|z) of a unit-variance Gaussian, summed over pixels (first term of Eq. 1): [n]. The constant is for reporting only. */
export function reconstructionTerms(x: tf.Tensor4D, reconstruction: tf.Tensor4D): tf.Tensor1D {
  return tf.sum(tf.add(tf.mul(0.5, tf.square(tf.sub(x, reconstruction))), HALF_LOG_2PI), [1, 2, 3]);
}

/** KL(q(z|x) ‖ N(0, 1)), summed over latents (second term of Eq. 1): [n]. */
export function klTerms({ mu, logSigma }: Code): tf.Tensor1D {
  return tf.sum(tf.sub(tf.mul(0.5, tf.sub(tf.add(tf.square(mu), tf.exp(tf.mul(2, logSigma))), 1)), logSigma), 1);
}

/** rec + β · KL, a mean over the batch (Eq. 2). */
export function betaLoss(rec: tf.Scalar, kl: tf.Scalar, beta: number): tf.Scalar {
  return tf.add(rec, tf.mul(beta, kl));
}

/** E(x_t) = rec(x_t, x̂(x_t)) + λ · Σ|x_t − x_0|, summed over the batch (Eq. 4). */
export function projectionEnergy(xt: tf.Tensor4D, x0: tf.Tensor4D, reconstruction: tf.Tensor4D, lambda: number): tf.Scalar {
  return tf.add(tf.sum(reconstructionTerms(xt, reconstruction)), tf.mul(lambda, tf.sum(tf.abs(tf.sub(xt, x0)))));
}
