import * as tf from '@tensorflow/tfjs';
import { fusedOfMany } from './fused';

/** Σ x² over all values of many tensors, and 2 dy · x as the gradient of each in one product, where sum and square would take four passes. */
export function sumOfSquares(tensors: readonly tf.Tensor[]): tf.Scalar {
  return tf.customGrad((...given) => {
    const save = given.pop() as tf.GradSaveFunc;
    const xs = given as tf.Tensor[];
    save(xs);
    const rows = (of: readonly tf.Tensor[]) => of.map((x) => ({ x }));
    // One by one: WebGPU's tf.addN binds all its inputs at once, more than a device may allow.
    const composed = () => xs.map((x) => tf.sum(tf.square(x))).reduce((a, b) => tf.add(a, b));
    return {
      value: fusedOfMany<tf.Tensor>('SumsOfSquares', {}, rows(xs), {}) ?? composed(),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const known = fusedOfMany<tf.Tensor[]>('SumsOfSquaresGradient', { dy }, rows(saved), {});
        if (known) return known;
        const twice = tf.mul(2, dy);
        return saved.map((x) => tf.mul(x, twice));
      },
    };
  })(...tensors) as tf.Scalar;
}
