/** Our WebAssembly kernels, on one thread and on several, against the CPU backend's over a table of shapes. */
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { startBackend } from '../testBackend';
import { type Call, holdToCpu } from '../testCalls';

const wave = (length: number, salt: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * i + 78.233 * salt + 0.37 * i * i) + 0.2);
const made = (shape: number[], salt: number) =>
  tf.tensor(
    wave(
      shape.reduce((a, b) => a * b, 1),
      salt,
    ),
    shape,
  );

/** Odd sizes, one value, one channel, remainders of the vector's 4 and the panel's 8, and enough for many chunks. */
const IMAGES = [
  [2, 5, 7, 3],
  [1, 1, 1, 1],
  [3, 8, 8, 1],
  [2, 6, 5, 4],
  [4, 9, 9, 13],
  [2, 32, 32, 32],
  [1, 3, 3, 700],
  [5, 64, 33, 8],
];

const products: Call[] = [
  [1, 1, 1],
  [3, 5, 2],
  [16, 100, 300],
  [70, 9, 3],
  [65, 300, 17],
  [2, 1030, 24],
  [130, 64, 1],
].flatMap(([m, k, n]) =>
  [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ].map(([ta, tb]) => ({
    name: `matMul [${m}, ${k}] · [${k}, ${n}], transposed ${ta} ${tb}`,
    run: () => [tf.matMul(made(ta ? [k, m] : [m, k], 1), made(tb ? [n, k] : [k, n], 2), ta, tb)],
  })),
);

const joins: Call[] = [
  { shapes: [[2, 3, 4], [2, 3, 1]], axis: 2 },
  { shapes: [[2, 3, 5], [2, 6, 5], [2, 1, 5]], axis: 1 },
  { shapes: [[2, 40, 40, 16], [2, 40, 40, 24]], axis: 3 },
  { shapes: [[2, 3], [4, 3]], axis: 0 },
  { shapes: [[2, 3], [2, 0], [2, 1]], axis: -1 },
].flatMap(({ shapes, axis }) => {
  const last = axis < 0 ? shapes[0].length - 1 : axis;
  const lengths = shapes.map((shape) => shape[last]);
  const whole = shapes[0].map((length, i) => (i === last ? lengths.reduce((a, b) => a + b) : length));
  return [
    { name: `concat ${JSON.stringify(shapes)}`, run: () => [tf.concat(shapes.map(made), axis)] },
    { name: `split ${JSON.stringify(shapes)}`, run: () => tf.split(made(whole, 3), lengths, axis) },
    {
      name: `slice ${JSON.stringify(whole)} of ${lengths[0]} at ${last}`,
      run: () => [tf.slice(made(whole, 3), whole.map((length, i) => (i === last ? length - lengths[0] : 0)), whole.map((length, i) => (i === last ? lengths[0] : length)))], // biome-ignore format: one line
    },
  ];
}); // biome-ignore format: a table

const reductions: Call[] = IMAGES.flatMap((shape) => [
  { name: `sum over pixels of ${shape}`, run: () => [tf.sum(made(shape, 1), [0, 1, 2])] },
  { name: `sum over all of ${shape}`, run: () => [tf.sum(made(shape, 1))] },
]);

const pools: Call[] = IMAGES.filter(([, h, w]) => h > 1 && w > 1).flatMap((shape) =>
  [2, 3].map((window) => ({
    name: `max pool ${window} of ${shape}, and its gradient`,
    run: () => {
      const pool = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, window, 2, 'valid');
      const x = made(shape, 1);
      const y = pool(x);
      return [y, tf.grad(pool)(x, made(y.shape, 4))];
    },
  })),
);

/** Equal shapes, either side a single value, and what is left to the stock kernel. */
const pairs: Call[] = [
  [[2, 5, 7, 3], [2, 5, 7, 3]],
  [[1], [1]],
  [[], [3, 2]],
  [[40_000], []],
  [[3, 7], [1, 1]],
  [[1, 1, 1], [5]],
  [[2, 3, 4], [4]],
  [[2, 1, 4], [3, 1]],
].flatMap(([a, b]) => [
  { name: `${JSON.stringify(a)} and ${JSON.stringify(b)}`, run: () => [tf.add, tf.mul, tf.sub].map((f) => f(made(a, 1), made(b, 2))) },
  { name: `square of ${JSON.stringify(a)} after ${JSON.stringify(b)}`, run: () => [tf.square(made(a, 1))] },
]); // biome-ignore format: a table

/** Every size of value that tanh treats in its own way, both signs, infinities, no number, and a remainder of the vector's 4. */
const points = Float32Array.of(
  ...Array.from({ length: 4001 }, (_, i) => (i - 2000) / 200),
  ...[0, -0, 1e-38, -1e-20, 1e-4, 0.6399, 0.64, 0.6401, 9.09, 9.2, 88, -89, 1e30, -1e38].flatMap((v) => [v, -v]),
  ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
);
const functions: Call[] = [
  { name: 'tanh', run: () => [tf.tanh(points)] },
  { name: 'sign', run: () => [tf.sign(points)] },
  { name: 'tanh of many', run: () => [tf.tanh(made([5, 64, 33, 8], 1))] },
];

it('tanh is Math.tanh to a few units of the last place, and no number where there is none', async () => {
  await startBackend('wasm', 1);
  const ours = tf.tanh(points).dataSync();
  points.forEach((v, i) => {
    expect(Math.abs(ours[i] - Math.tanh(v)), `tanh ${v}`).toBeLessThanOrEqual(3e-7 * Math.abs(Math.tanh(v)));
  });
  expect([...tf.tanh([Number.NaN, 1, 2, 3, 4]).dataSync()].map(Number.isNaN)).toEqual([true, false, false, false, false]);
});

holdToCpu([...functions, ...pairs, ...products, ...joins, ...reductions, ...pools], 1e-5, 0);
