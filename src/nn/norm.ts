/** Normalisations with explicit statistics, each with the activation that follows it. NHWC; the caller's tidy owns intermediates. */
import * as tf from '@tensorflow/tfjs';
import { fused, fusedOfMany } from './fused';
import { activate } from './layers';

/** A normalised batch, and the statistics [c] that normalised it (biased variance), for moving averages. */
export type Normalised = { y: tf.Tensor4D; mean: tf.Tensor1D; variance: tf.Tensor1D };

/** Batch norm on the batch's own statistics (Ioffe & Szegedy 2015, Algorithm 1): act(gain · (x − μ) / √(σ² + ε) + bias). x [n, h, w, c]. */
export function batchNorm(x: tf.Tensor4D, gain: tf.Tensor, bias: tf.Tensor, epsilon: number, slope: number): Normalised {
  const known = fused<tf.Tensor[]>('Norm', { x, gain, bias }, { epsilon, slope, perImage: false });
  if (known) return { y: known[0] as tf.Tensor4D, mean: known[1] as tf.Tensor1D, variance: known[2] as tf.Tensor1D };
  const { mean, variance } = moments(x, (t) => tf.mean(tf.squeeze(meanOfImages(t), [1, 2]), 0));
  const y = affine(x, mean, variance, gain, bias, epsilon, slope);
  return { y, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}

/** A norm on given statistics as scale · x + shift, [c] each. */
export type Folded = { scale: tf.Tensor; shift: tf.Tensor };
type Given = { mean: tf.Tensor; variance: tf.Tensor; gain: tf.Tensor; bias: tf.Tensor; epsilon: number };

/** scale = gain / √(variance + ε), shift = bias − mean · scale. */
export function folded({ mean, variance, gain, bias, epsilon }: Given): Folded {
  const known = fused<tf.Tensor[]>('NormScale', { mean, variance, gain, bias }, { epsilon });
  if (known) return { scale: known[0], shift: known[1] };
  const scale = tf.mul(gain, tf.rsqrt(tf.add(variance, epsilon)));
  return { scale, shift: tf.sub(bias, tf.mul(mean, scale)) };
}

/** act(scale · x + shift). */
export function normFolded(x: tf.Tensor4D, { scale, shift }: Folded, slope: number): tf.Tensor4D {
  return fused<tf.Tensor4D>('Affine', { x, scale, shift }, { slope }) ?? activate(tf.add(tf.mul(x, scale), shift), slope);
}

/** Batch norm on given statistics [c] (inference): act(gain · (x − mean) / √(variance + ε) + bias). */
export function movingNorm(
  x: tf.Tensor4D,
  mean: tf.Tensor,
  variance: tf.Tensor,
  gain: tf.Tensor,
  bias: tf.Tensor,
  epsilon: number,
  slope: number,
): tf.Tensor4D {
  return normFolded(x, folded({ mean, variance, gain, bias, epsilon }), slope);
}

/** Instance norm (Ulyanov et al. 2016): statistics per image and channel over h and w, biased variance. */
export function instanceNorm(x: tf.Tensor4D, gain: tf.Tensor, bias: tf.Tensor, epsilon: number, slope: number): tf.Tensor4D {
  const known = fused<tf.Tensor[]>('Norm', { x, gain, bias }, { epsilon, slope, perImage: true });
  if (known) return known[0] as tf.Tensor4D;
  const { mean, variance } = moments(x, meanOfImages);
  return affine(x, mean, variance, gain, bias, epsilon, slope);
}

/** average ← momentum · average + (1 − momentum) · batch, of each pair. */
export function moveAverages(pairs: readonly { average: tf.Variable; batch: tf.Tensor }[], momentum: number): void {
  tf.tidy(() => {
    const known = fusedOfMany<tf.Tensor[]>('MoveAverages', {}, pairs, { momentum });
    for (const [i, { average, batch }] of pairs.entries())
      average.assign(known?.[i] ?? tf.add(tf.mul(average, momentum), tf.mul(batch, 1 - momentum)));
  });
}

/** Mean and biased variance. In stages: WASM adds one float32 after another, and a single sum over a batch is too coarse for the golden fixtures. */
function moments(x: tf.Tensor4D, average: (x: tf.Tensor) => tf.Tensor): { mean: tf.Tensor; variance: tf.Tensor } {
  const mean = average(x);
  return { mean, variance: average(tf.square(tf.sub(x, mean))) };
}

/** [n, h, w, c] → [n, 1, 1, c]. */
const meanOfImages = (x: tf.Tensor) => tf.mean(tf.mean(x, 2, true), 1, true);

function affine(
  x: tf.Tensor4D,
  mean: tf.Tensor,
  variance: tf.Tensor,
  gain: tf.Tensor,
  bias: tf.Tensor,
  epsilon: number,
  slope: number,
): tf.Tensor4D {
  const scale = tf.mul(gain, tf.rsqrt(tf.add(variance, epsilon)));
  return activate(tf.add(tf.mul(tf.sub(x, mean), scale), bias), slope);
}
