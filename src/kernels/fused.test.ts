/** Fused operations on our WebAssembly kernels, on one thread and on several, against the same functions of nn/ composed on the CPU backend. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Adam } from '../nn/adam';
import { biasActivation, dropout, leakyRelu } from '../nn/layers';
import { batchNorm, instanceNorm, movingNorm } from '../nn/norm';
import { startBackend } from './testBackend';

type Call = { name: string; run: () => tf.Tensor[] };
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

const CALLS = [...LAYERS, ...STATISTICS, ...OTHERS];
const expected = new Map<string, Float32Array[]>();
const values = (call: Call) => tf.tidy(() => call.run().map((tensor) => tensor.dataSync() as Float32Array));

beforeAll(async () => {
  await startBackend('cpu');
  for (const call of CALLS) expected.set(call.name, values(call));
}, 120_000);

describe.each([1, 3])('on %d threads', (threads) => {
  beforeAll(() => startBackend('wasm', threads));

  it.each(CALLS.map((call) => [call.name, call] as const))('%s', (name, call) => {
    const before = tf.memory().numTensors;
    const ours = values(call);
    expect(tf.memory().numTensors).toBe(before);
    const theirs = expected.get(name)!;
    expect(ours.map((v) => v.length)).toEqual(theirs.map((v) => v.length));
    ours.forEach((result, k) => {
      const largest = theirs[k].reduce((a, b) => Math.max(a, Math.abs(b)), 0.01);
      const worst = result.reduce((a, v, i) => Math.max(a, Math.abs(v - theirs[k][i])), 0);
      expect(worst, `output ${k}`).toBeLessThanOrEqual(1e-4 * largest);
    });
  });
});
