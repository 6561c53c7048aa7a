/** Calls of the fused operations through nn/, for the tests that hold each backend's kernels to the same functions composed on the CPU backend. */
import * as tf from '@tensorflow/tfjs';
import { Adam } from '../nn/adam';
import { biasActivation, dropout, leakyRelu } from '../nn/layers';
import { batchNorm, instanceNorm, moveAverages, movingNorm } from '../nn/norm';
import { sumOfSquares } from '../nn/sumOfSquares';

export type Call = { name: string; run: () => tf.Tensor[] };
type Size = [number, number, number, number];

const wave = (shape: readonly number[], salt: number, offset = 0.2) =>
  tf.tensor(
    Float32Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      (_, i) => Math.sin(12.9898 * i + 78.233 * salt + 0.37 * i * i) + offset,
    ),
    [...shape],
  );

/** Odd sizes, one pixel, one channel, remainders of the vector's 4, means far from 0, and enough for many chunks. */
const SIZES: Size[] = [
  [2, 5, 7, 3],
  [1, 2, 1, 1],
  [3, 8, 8, 1],
  [2, 6, 5, 4],
  [4, 9, 9, 13],
  [2, 24, 24, 32],
  [1, 3, 3, 300],
  [3, 64, 33, 8],
];
const SLOPES = [1, 0, 0.2];

/** A function's value and its gradients by every input, against a fixed direction. */
function withGradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor[] {
  const y = f(...inputs);
  return [y, ...tf.grads(f)(inputs, wave(y.shape, 77, 0.1))];
}

const LAYERS: Call[] = SIZES.flatMap((size) =>
  SLOPES.flatMap((slope): Call[] => {
    const c = size[3];
    const inputs = () => [wave(size, 1, 3), wave([c], 2, 1), wave([c], 3)];
    const of = (name: string, f: (x: tf.Tensor4D, gain: tf.Tensor, bias: tf.Tensor) => tf.Tensor): Call => ({
      name: `${name}, slope ${slope}, of ${size}`,
      run: () => withGradients((x, gain, bias) => f(x as tf.Tensor4D, gain, bias), inputs()),
    });
    const twice: Call = {
      name: `bias and activation, slope ${slope}, of ${size}, differentiated twice`,
      run: () => {
        const cube = (x: tf.Tensor, bias: tf.Tensor) => tf.sum(tf.pow(biasActivation(x as tf.Tensor4D, bias, slope), 3)) as tf.Scalar;
        const point = [wave(size, 1), wave([c], 3)];
        return tf.grads((x, bias) => tf.sum(tf.square(tf.grad((t) => cube(t, bias))(x))))(point);
      },
    };
    return [
      of('batch norm', (x, gain, bias) => batchNorm(x, gain, bias, 1e-3, slope).y),
      of('instance norm', (x, gain, bias) => instanceNorm(x, gain, bias, 1e-3, slope)),
      of('moving norm', (x, gain, bias) => movingNorm(x, wave([c], 4, 3), wave([c], 5, 1.5), gain, bias, 1e-3, slope)),
      {
        name: `bias and activation, slope ${slope}, of ${size}`,
        run: () => withGradients((x, bias) => biasActivation(x as tf.Tensor4D, bias, slope), [wave(size, 1), wave([c], 3)]),
      },
      ...(tf.util.sizeFromShape(size) < 1000 ? [twice] : []),
    ];
  }),
);

const STATISTICS: Call[] = SIZES.map((size) => ({
  name: `statistics of ${size}`,
  run: () => {
    const { mean, variance } = batchNorm(wave(size, 1, 3) as tf.Tensor4D, wave([size[3]], 2), wave([size[3]], 3), 1e-3, 1);
    return [mean, variance];
  },
}));

const OTHERS: Call[] = SIZES.flatMap((size) => [
  {
    name: `LeakyReLU of ${size}`,
    run: () => withGradients((x) => leakyRelu(x as tf.Tensor4D, 0.01), [wave(size, 1)]),
  },
  {
    name: `dropout of ${size}`,
    run: () => withGradients((x) => dropout(x as tf.Tensor4D, 0.3, 0xfedcba98), [wave(size, 1)]),
  },
  {
    name: `moving average of ${size}`,
    run: () => {
      const average = tf.variable(wave(size, 1), false);
      moveAverages([{ average, batch: wave(size, 2) }], 0.9);
      const result = tf.clone(average);
      average.dispose();
      return [result];
    },
  },
  {
    name: `Adam, three steps of ${size}`,
    run: () => {
      const p = tf.variable(wave(size, 1), true);
      const adam = new Adam({ p }, [1e-3, 0.5, 0.999, 1e-8]);
      for (let step = 0; step < 3; step++) adam.apply({ p: wave(size, 10 + step) });
      const results = [p, ...Object.values(adam.moments)].map((variable) => tf.clone(variable));
      adam.dispose();
      p.dispose();
      return results;
    },
  },
]);

/** Many tensors at once, of every size: more than a dispatch takes, some in loads of four and some not, and one that a clone has a hold on. */
const MANY: Call[] = [
  {
    name: 'Adam, three steps of all sizes at once, a clone of one keeping its values',
    run: () => {
      const variables = Object.fromEntries(SIZES.map((size, i) => [`of${i}`, tf.variable(wave(size, i))]));
      const held = tf.clone(variables.of3);
      const adam = new Adam(variables, [1e-3, 0.5, 0.999, 1e-8]);
      for (let step = 0; step < 3; step++) adam.apply(Object.fromEntries(SIZES.map((size, i) => [`of${i}`, wave(size, 10 * step + i)])));
      const results = [...Object.values(variables), ...Object.values(adam.moments)].map((variable) => tf.clone(variable));
      adam.dispose();
      tf.dispose(variables);
      return [held, ...results];
    },
  },
  {
    name: 'moving averages of all sizes at once',
    run: () => {
      const pairs = SIZES.map((size, i) => ({ average: tf.variable(wave(size, i), false), batch: wave(size, 20 + i) }));
      for (let step = 0; step < 2; step++) moveAverages(pairs, 0.9);
      return pairs.map(({ average }) => {
        const result = tf.clone(average);
        average.dispose();
        return result;
      });
    },
  },
  {
    name: 'sum of the squares of all sizes, and its gradients',
    run: () => withGradients((...xs) => tf.square(sumOfSquares(xs)), SIZES.map((size, i) => wave(size, i))),
  },
  { name: 'sum of the squares of one value', run: () => withGradients((x) => sumOfSquares([x]), [wave([1], 3)]) },
]; // biome-ignore format: tables

export const FUSED: Call[] = [...LAYERS, ...STATISTICS, ...OTHERS, ...MANY];
