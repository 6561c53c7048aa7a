import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { biasActivation, dropout } from './layers';
import { batchNorm, instanceNorm, moveAverages, movingNorm } from './norm';

type Size = [number, number, number, number];
const SIZE: Size = [3, 4, 5, 2];
const wave = (length: number, salt: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * i + 78.233 * salt + 0.37 * i * i) + 0.3);
const image = (salt = 1, size: Size = SIZE) =>
  tf.tensor4d(
    wave(
      size.reduce((a, b) => a * b),
      salt,
    ),
    size,
  );
const gain = () => tf.tensor1d([1.2, 0.7]);
const bias = () => tf.tensor1d([0.1, -0.2]);

function expectSame(actual: tf.Tensor, expected: ArrayLike<number>, tolerance = 1e-5): void {
  const values = actual.dataSync();
  expect(values.length).toBe(expected.length);
  values.forEach((v, i) => {
    expect(Math.abs(v - expected[i])).toBeLessThan(tolerance);
  });
}

/** The definition, in double, over the indices that `group` sends to one number. */
function normalised(x: tf.Tensor4D, groups: number, group: (image: number, channel: number) => number, epsilon: number, slope: number) {
  const values = x.dataSync();
  const [, h, w, c] = x.shape;
  const key = (i: number) => group(Math.floor(i / (h * w * c)), i % c);
  const mean = new Float64Array(groups);
  const square = new Float64Array(groups);
  const count = new Float64Array(groups);
  values.forEach((v, i) => {
    mean[key(i)] += v;
    count[key(i)] += 1;
  });
  mean.forEach((v, k) => {
    mean[k] = v / count[k];
  });
  values.forEach((v, i) => {
    square[key(i)] += (v - mean[key(i)]) ** 2;
  });
  const variance = square.map((v, k) => v / count[k]);
  const [g, b] = [gain().dataSync(), bias().dataSync()];
  const y = Float64Array.from(values, (v, i) => {
    const u = (g[i % c] * (v - mean[key(i)])) / Math.sqrt(variance[key(i)] + epsilon) + b[i % c];
    return u > 0 ? u : slope * u;
  });
  return { y, mean, variance };
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe.each([1, 0, 0.2])('norms, slope %f', (slope) => {
  it('batch norm is its definition, and gives its statistics', () => {
    const x = image();
    const wanted = normalised(x, 2, (_, channel) => channel, 1e-3, slope);
    const { y, mean, variance } = batchNorm(x, gain(), bias(), 1e-3, slope);
    expectSame(y, wanted.y);
    expectSame(mean, wanted.mean);
    expectSame(variance, wanted.variance);
    expectSame(movingNorm(x, mean, variance, gain(), bias(), 1e-3, slope), wanted.y);
  });

  it('instance norm is its definition', () => {
    const x = image();
    expectSame(instanceNorm(x, gain(), bias(), 1e-5, slope), normalised(x, 6, (n, channel) => 2 * n + channel, 1e-5, slope).y);
  });

  it('gradients agree with differences', () => {
    const weight = image(9);
    const losses: ((x: tf.Tensor4D, g: tf.Tensor, b: tf.Tensor) => tf.Tensor4D)[] = [
      (x, g, b) => batchNorm(x, g, b, 1e-3, slope).y,
      (x, g, b) => instanceNorm(x, g, b, 1e-3, slope),
      (x, g, b) => movingNorm(x, tf.tensor1d([0.2, 0.1]), tf.tensor1d([0.5, 2]), g, b, 1e-3, slope),
      (x, g, b) => biasActivation(tf.mul(x, g), b, slope),
    ];
    for (const f of losses) {
      const loss = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(f(x as tf.Tensor4D, g, b), weight));
      const point = [image(), gain(), bias()];
      const gradients = tf.grads((x, g, b) => loss(x, g, b))(point);
      for (const [k, salt] of [3, 4, 5].entries()) {
        const direction = tf.tensor(wave(point[k].size, salt), point[k].shape);
        const at = (s: number) => loss(...(point.map((p, i) => (i === k ? tf.add(p, tf.mul(direction, s)) : p)) as [tf.Tensor, tf.Tensor, tf.Tensor])).dataSync()[0]; // biome-ignore format: one line
        const slopeOf = (at(1e-3) - at(-1e-3)) / 2e-3;
        expect(Math.abs(tf.sum(tf.mul(gradients[k], direction)).dataSync()[0] - slopeOf)).toBeLessThan(
          0.02 * Math.max(1, Math.abs(slopeOf)),
        );
      }
    }
  });
});

it('moves an average', () => {
  const average = tf.variable(tf.tensor1d([1, 2]));
  moveAverages([{ average, batch: tf.tensor1d([3, 0]) }], 0.9);
  expectSame(average, [1.2, 1.8]);
});

describe('dropout', () => {
  it('keeps the share it says, keeps the mean, and repeats itself by its draw', () => {
    const x = tf.ones([4, 32, 32, 8]) as tf.Tensor4D;
    const y = dropout(x, 0.3, 12345);
    const values = y.dataSync();
    const kept = values.filter((v) => v !== 0);
    expect(kept.length / values.length).toBeCloseTo(0.7, 2);
    for (const v of kept) expect(v).toBeCloseTo(1 / 0.7, 6);
    expectSame(dropout(x, 0.3, 12345), values);
    expect(dropout(x, 0.3, 12346).dataSync()).not.toEqual(values);
    expect(dropout(x, 0, 1)).toBe(x);
  });

  it('passes the gradient through what it kept', () => {
    const x = image();
    const mask = dropout(tf.onesLike(x), 0.5, 7).dataSync();
    expectSame(tf.grad((t) => tf.sum(dropout(t as tf.Tensor4D, 0.5, 7)))(x), mask);
  });
});
