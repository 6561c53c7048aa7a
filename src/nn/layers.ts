/** Layers that two or more models share, with explicit variables. NHWC throughout; the caller's tidy owns intermediates. */
import * as tf from '@tensorflow/tfjs';
import { mix32 } from '../core/random';
import { fused } from './fused';

/** x for x > 0, slope · x otherwise (slope also at 0). Twice differentiable, unlike tf.leakyRelu: its derivative is a plain product. */
export function leakyRelu(x: tf.Tensor4D, slope: number): tf.Tensor4D {
  return piecewise(slope)(x) as tf.Tensor4D;
}

const piecewise = (slope: number) =>
  tf.customGrad((x, save) => {
    const [input, keep] = [x as tf.Tensor, save as tf.GradSaveFunc];
    const known = fused<tf.Tensor>('Gate', { x: input, by: input }, { slope });
    if (known) {
      keep([known]); // of the input's sign
      return { value: known, gradFunc: (dy, [by]) => fused<tf.Tensor>('Gate', { x: dy, by }, { slope }) as tf.Tensor };
    }
    const gain = tf.step(input, slope);
    keep([gain]);
    return { value: tf.mul(input, gain), gradFunc: (dy, [saved]) => tf.mul(dy, saved) };
  });

/** The activation after a bias or a norm, named by its slope at and below 0: 1 leaves x alone, 0 is ReLU, anything else LeakyReLU. */
export function activate(x: tf.Tensor4D, slope: number): tf.Tensor4D {
  return slope === 1 ? x : slope === 0 ? tf.relu(x) : leakyRelu(x, slope);
}

/** act(x + bias): x [n, h, w, c], bias [c], `slope` as in `activate`. */
export function biasActivation(x: tf.Tensor4D, bias: tf.Tensor, slope: number): tf.Tensor4D {
  return fused<tf.Tensor4D>('BiasActivation', { x, bias }, { slope }) ?? activate(tf.add(x, bias), slope);
}

/** Pixels on every side, 0 being VALID; 'same' is TensorFlow's, whose odd pixel comes after: 5 × 5 of stride 2 pads 1 before and 2 after. */
export type Pad = number | 'same';

/** Convolution. x [n, h, w, ci], kernel [kh, kw, ci, co]. */
export function conv(x: tf.Tensor4D, kernel: tf.Tensor4D, stride: number, pad: Pad): tf.Tensor4D {
  return tf.conv2d(x, kernel, stride, pad);
}

/** Adjoint of `conv`: x [n, h, w, ci], kernel [kh, kw, co, ci] → [n, (h − 1)·stride + kh − 2·pad, …, co]; 'same' → [n, h·stride, …, co]. */
export function convTranspose(x: tf.Tensor4D, kernel: tf.Tensor4D, stride: number, pad: Pad): tf.Tensor4D {
  const [n, h, w] = x.shape;
  const [kh, kw, co] = kernel.shape;
  const length = (size: number, taps: number) => (pad === 'same' ? size * stride : (size - 1) * stride + taps - 2 * pad);
  return tf.conv2dTranspose(x, kernel, [n, length(h, kh), length(w, kw), co], stride, pad);
}

/** x · kernel + bias: x [n, k], kernel [k, m], bias [m]. */
export function dense(x: tf.Tensor2D, kernel: tf.Tensor2D, bias: tf.Tensor): tf.Tensor2D {
  return tf.add(tf.matMul(x, kernel), bias);
}

/** 7 × 7 Gaussian, σ = 3, normalised to sum 1, zero padding: the smoothing of gradient maps (design of MIC-DKFZ/vae-anomaly-experiments). */
export function smooth7(map: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const row = tf.softmax(tf.tensor1d([-3, -2, -1, 0, 1, 2, 3].map((d) => -(d * d) / 18)));
    return tf.conv2d(tf.conv2d(map, tf.reshape(row, [7, 1, 1, 1]), 1, 'same'), tf.reshape(row, [1, 7, 1, 1]), 1, 'same');
  });
}

/**
 * Inverted dropout: every value is kept with probability 1 − rate and divided by it. The mask is a hash of `draw` (32 bits, one per call) and
 * the flat index, so that every backend drops the same values.
 */
export function dropout(x: tf.Tensor4D, rate: number, draw: number): tf.Tensor4D {
  if (rate === 0) return x;
  const known = fused<tf.Tensor4D>('HashDropout', { x }, { rate, draw });
  if (known) return known;
  const least = rate * 0x100000000;
  const kept = Float32Array.from({ length: x.size }, (_, i) => (mix32(Math.imul(i, 0x9e3779b1) + draw) < least ? 0 : 1 / (1 - rate)));
  return tf.mul(x, tf.tensor4d(kept, x.shape));
}
