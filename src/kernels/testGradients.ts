/** What the gradients of every backend are held to: the same functions in double precision, differentiated numerically. */
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';

type Case = { name: string; tensor(x: tf.Tensor): tf.Tensor; plain(x: number): number };

/** Products with powers of x keep the second derivative of piecewise functions from being 0 everywhere. */
export const CASES: Case[] = [
  { name: 'tanh', tensor: (x) => tf.tanh(x), plain: Math.tanh },
  { name: 'sigmoid', tensor: (x) => tf.sigmoid(x), plain: (x) => 1 / (1 + Math.exp(-x)) },
  { name: 'exp', tensor: (x) => tf.exp(x), plain: Math.exp },
  { name: 'exp of tanh', tensor: (x) => tf.exp(tf.tanh(x)), plain: (x) => Math.exp(Math.tanh(x)) },
  { name: 'abs', tensor: (x) => tf.mul(tf.square(x), tf.abs(x)), plain: (x) => x * x * Math.abs(x) },
  { name: 'maximum', tensor: (x) => tf.maximum(tf.square(x), x), plain: (x) => Math.max(x * x, x) },
  { name: 'minimum', tensor: (x) => tf.minimum(tf.square(x), x), plain: (x) => Math.min(x * x, x) },
  {
    name: 'where greater',
    tensor: (x) => tf.where(tf.greater(x, 0), tf.mul(x, tf.square(x)), tf.square(x)),
    plain: (x) => (x > 0 ? x * x * x : x * x),
  },
  {
    name: 'where less',
    tensor: (x) => tf.where(tf.lessEqual(x, 0.5), tf.square(x), tf.exp(x)),
    plain: (x) => (x <= 0.5 ? x * x : Math.exp(x)),
  },
];

const POINTS = [-2.1, -1.3, -0.7, -0.2, 0.15, 0.4, 0.9, 1.7];

const slope = (f: (x: number) => number, h: number) => (x: number) => (f(x + h) - f(x - h)) / (2 * h);
const curvature = (f: (x: number) => number, h: number) => (x: number) => (f(x + h) - 2 * f(x) + f(x - h)) / (h * h);

async function expectNear(actual: tf.Tensor, expected: readonly number[], tolerance: number): Promise<void> {
  const values = await actual.data();
  actual.dispose();
  expect(values.length).toBe(expected.length);
  expected.forEach((wanted, i) => {
    expect(Math.abs(values[i] - wanted), `${values[i]} against ${wanted}`).toBeLessThan(tolerance * Math.max(1, Math.abs(wanted)));
  });
}

/** Value, first and second derivative, and the derivative of a squared derivative, as a gradient penalty takes it.
 * @param tolerance of the backend's own arithmetic */
export async function checkDerivatives({ tensor, plain }: Case, tolerance: number): Promise<void> {
  const x = tf.tensor1d(POINTS);
  // Where the points stand after rounding to float32.
  const at = Array.from(await x.data());
  const first = slope(plain, 1e-5);
  const second = curvature(plain, 1e-4);
  const penalty = (f: (x: tf.Tensor) => tf.Tensor) => (point: tf.Tensor) => tf.sum(tf.square(tf.grad(f)(point)));
  await expectNear(tf.tidy(() => tensor(x)), at.map(plain), tolerance); // biome-ignore format: one line
  await expectNear(tf.tidy(() => tf.grad(tensor)(x)), at.map(first), tolerance); // biome-ignore format: one line
  await expectNear(tf.tidy(() => tf.grad((point) => tf.grad(tensor)(point))(x)), at.map(second), tolerance); // biome-ignore format: one line
  await expectNear(tf.tidy(() => tf.grad(penalty(tensor))(x)), at.map((point) => 2 * first(point) * second(point)), tolerance); // biome-ignore format: one line
  x.dispose();
}

/** The derivative of |x| at exactly 0 is 0, on either sign of zero, and its sign elsewhere. */
export async function checkAbs(): Promise<void> {
  const x = tf.tensor1d([-2, -0, 0, 3]);
  const gradient = tf.tidy(() => tf.grad((point) => tf.abs(point))(x));
  expect(Array.from(await gradient.data(), (v) => v + 0)).toEqual([-1, 0, 0, 1]);
  tf.dispose([x, gradient]);
}

/** d/dx of a weighted sum of squared sums or means over `axis`: 2 w · sum, spread over what was summed (÷ n² for means). */
export async function checkSpread(over: 'sum' | 'mean', axis: number[], keepDims: boolean): Promise<void> {
  const shape = [2, 3, 2] as const;
  const values = Array.from({ length: 12 }, (_, i) => ((i * 7) % 12) / 4 - 1);
  const key = (i: number) => [Math.floor(i / 6), Math.floor(i / 2) % 3, i % 2].map((place, at) => (axis.includes(at) ? 0 : place)).join();
  const keys = values.map((_, i) => key(i));
  const count = values.length / new Set(keys).size;
  const n = over === 'sum' ? 1 : count;
  const sums = keys.map((one) => values.reduce((sum, v, i) => (keys[i] === one ? sum + v : sum), 0));
  const x = tf.tensor3d(values, [...shape]);
  const reduce = over === 'sum' ? tf.sum : tf.mean;
  const f = (point: tf.Tensor) => tf.sum(tf.square(reduce(point, axis, keepDims)));
  await expectNear(tf.tidy(() => tf.grad(f)(x)), sums.map((sum) => (2 * sum) / n ** 2), 1e-5); // biome-ignore format: one line
  // And again: the gradient of |∇f|² is 8 · count · sum / n⁴, spread likewise.
  const again = (point: tf.Tensor) => tf.sum(tf.square(tf.grad(f)(point)));
  await expectNear(tf.tidy(() => tf.grad(again)(x)), sums.map((sum) => (8 * count * sum) / n ** 4), 1e-5); // biome-ignore format: one line
  x.dispose();
}
