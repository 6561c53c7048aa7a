/** L. Zhou, W. Deng, X. Wu: "Unsupervised anomaly localization using VAE and beta-VAE", 2020. One function per loss. */
import * as tf from '@tensorflow/tfjs';
import { fused } from '../../nn/fused';
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

export type Elbo = Record<'total' | 'rec' | 'kl', tf.Scalar>;

/**
 * total = rec + β · KL (Eq. 2), means over the batch: x and reconstruction [n, s, s, 1], code [n, 2 l] (μ, log σ). Without the Gaussian's constant, which is
 * several times larger than what training changes. To differentiate by `total` alone.
 */
export function negativeElbo(x: tf.Tensor4D, reconstruction: tf.Tensor4D, code: tf.Tensor2D, beta: number): Elbo {
  const known = fused<tf.Tensor[]>('GaussianElbo', { x, y: reconstruction, code }, { beta }) as tf.Scalar[] | undefined;
  if (known) return { total: known[0], rec: known[1], kl: known[2] };
  const [mu, logSigma] = tf.split(code, 2, 1) as tf.Tensor2D[];
  const rec = tf.mean(tf.sum(tf.mul(0.5, tf.square(tf.sub(x, reconstruction))), [1, 2, 3])) as tf.Scalar;
  const kl = tf.mean(klTerms({ mu, logSigma })) as tf.Scalar;
  return { total: tf.add(rec, tf.mul(beta, kl)), rec, kl };
}

/** z = μ + σ · noise [n, l]: code [n, 2 l] (μ, log σ). */
export function sample(code: tf.Tensor2D, noise: tf.Tensor2D): tf.Tensor2D {
  const known = fused<tf.Tensor2D>('GaussianSample', { code, noise }, {});
  if (known) return known;
  const [mu, logSigma] = tf.split(code, 2, 1) as tf.Tensor2D[];
  return tf.add(mu, tf.mul(tf.exp(logSigma), noise));
}

/** E(x_t) = rec(x_t, x̂(x_t)) + λ · Σ|x_t − x_0|, summed over the batch (Eq. 4). */
export function projectionEnergy(xt: tf.Tensor4D, x0: tf.Tensor4D, reconstruction: tf.Tensor4D, lambda: number): tf.Scalar {
  return tf.add(tf.sum(reconstructionTerms(xt, reconstruction)), tf.mul(lambda, tf.sum(tf.abs(tf.sub(xt, x0)))));
}
