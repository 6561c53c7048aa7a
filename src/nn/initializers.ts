import * as tf from '@tensorflow/tfjs';
import type { Random } from '../core/random';

/** Variable of `shape` drawn uniformly from ±gain · √(6 / fanIn) (He et al. 2015, uniform form). fanIn of a transposed kernel: kh·kw·in / stride². */
export function heUniform(shape: number[], fanIn: number, random: Random, gain = 1): tf.Variable {
  const bound = gain * Math.sqrt(6 / fanIn);
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.between(-bound, bound));
  return tf.tidy(() => tf.variable(tf.tensor(values, shape)));
}

/** Uniform in ± √(6 / (fanIn + fanOut)) (Glorot & Bengio 2010, Eq. 16, with the fans of Keras). `shape` is a kernel's [kh, kw, ·, ·] or a dense [·, ·]. */
export function glorotUniform(shape: number[], random: Random): tf.Tensor {
  const taps = shape.slice(0, -2).reduce((a, b) => a * b, 1);
  const bound = Math.sqrt(6 / (taps * (shape[shape.length - 2] + shape[shape.length - 1])));
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.between(-bound, bound));
  return tf.tensor(values, shape);
}

/** Standard normal tensor from the seeded generator (tfjs's own draws cannot be saved and resumed). */
export function normal(shape: [number, number], random: Random): tf.Tensor2D {
  return tf.tensor2d(
    Float32Array.from({ length: shape[0] * shape[1] }, () => random.normal()),
    shape,
  );
}
