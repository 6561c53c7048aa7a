/** Gradients that tfjs 4.22 lacks or gets wrong, put right through its own registry (gradients.test.ts holds each to finite differences). */
import * as tf from '@tensorflow/tfjs';
import { type GradConfig, registerGradient, unregisterGradient } from '@tensorflow/tfjs';

/** d|x|/dx is 0 at 0, as in PyTorch and TensorFlow; stock gives −1 there. */
const abs: GradConfig = {
  kernelName: 'Abs',
  inputsToSave: ['x'],
  gradFunc: (dy: tf.Tensor, [x]: tf.Tensor[]) => ({ x: () => tf.mul(dy, tf.sign(x)) }),
} as unknown as GradConfig;

/* tanh, sigmoid and exp save their output, which is not on the outer tape: their second derivative is silently wrong (tensorflow/tfjs#3252).
   Saving the input and computing the output anew puts it on the tape. */
const tanh: GradConfig = {
  kernelName: 'Tanh',
  inputsToSave: ['x'],
  gradFunc: (dy: tf.Tensor, [x]: tf.Tensor[]) => ({ x: () => tf.mul(dy, tf.sub(1, tf.square(tf.tanh(x)))) }),
} as unknown as GradConfig;

const sigmoid: GradConfig = {
  kernelName: 'Sigmoid',
  inputsToSave: ['x'],
  gradFunc: (dy: tf.Tensor, [x]: tf.Tensor[]) => ({
    x: () => {
      const y = tf.sigmoid(x);
      return tf.mul(dy, tf.mul(y, tf.sub(1, y)));
    },
  }),
} as unknown as GradConfig;

const exp: GradConfig = {
  kernelName: 'Exp',
  inputsToSave: ['x'],
  gradFunc: (dy: tf.Tensor, [x]: tf.Tensor[]) => ({ x: () => tf.mul(dy, tf.exp(x)) }),
} as unknown as GradConfig;

/** The gradient of a sum over some axes, dy spread over x times `factor`. Stock makes a tensor of ones value by value in JavaScript. */
const spread = (dy: tf.Tensor, x: tf.Tensor, axis: number | number[], factor: number): tf.Tensor => {
  const axes = tf.util.parseAxisParam(axis, x.shape);
  const kept = x.shape.map((length, i) => (axes.includes(i) ? 1 : length));
  return tf.mul(tf.reshape(dy, kept), tf.fill(x.shape, factor));
};

const sum: GradConfig = {
  kernelName: 'Sum',
  inputsToSave: ['x'],
  gradFunc: (dy: tf.Tensor, [x]: tf.Tensor[], { axis }: { axis: number | number[] }) => ({ x: () => spread(dy, x, axis, 1) }),
} as unknown as GradConfig;

const mean: GradConfig = {
  kernelName: 'Mean',
  inputsToSave: ['x'],
  gradFunc: (dy: tf.Tensor, [x]: tf.Tensor[], { axis }: { axis: number | number[] }) => ({
    x: () => spread(dy, x, axis, dy.size / x.size),
  }),
} as unknown as GradConfig;

/* Comparisons are constant almost everywhere; without a gradient the second derivative of maximum, where and friends throws. */
const zero = (kernelName: string): GradConfig =>
  ({
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (_dy: tf.Tensor, [a, b]: tf.Tensor[]) => ({ a: () => tf.zeros(a.shape), b: () => tf.zeros(b.shape) }),
  }) as unknown as GradConfig;

/* `where` negates its condition on the way back. */
const logicalNot: GradConfig = {
  kernelName: 'LogicalNot',
  inputsToSave: ['x'],
  gradFunc: (_dy: tf.Tensor, [x]: tf.Tensor[]) => ({ x: () => tf.zeros(x.shape) }),
} as unknown as GradConfig;

let mended = false;

/** Registers the gradients above in place of the stock ones, for every backend; a second call does nothing. */
export function mendGradients(): void {
  if (mended) return;
  mended = true;
  for (const gradient of [abs, tanh, sigmoid, exp, sum, mean]) {
    unregisterGradient(gradient.kernelName);
    registerGradient(gradient);
  }
  for (const name of ['Greater', 'GreaterEqual', 'Less', 'LessEqual']) registerGradient(zero(name));
  registerGradient(logicalNot);
}
