import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../core/random';
import { glorotUniform, heUniform, normal } from './initializers';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('heUniform', () => {
  it.each([
    [[4, 4, 16, 32], 256, 1],
    [[3, 3, 8, 64], 72, 0.3],
  ])('%j fills ± gain · √(6 / fan-in) evenly', (shape, fanIn, gain) => {
    const bound = gain * Math.sqrt(6 / fanIn);
    const values = heUniform(shape, fanIn, new Random(1), gain).dataSync<'float32'>();
    const largest = values.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
    expect(largest).toBeLessThanOrEqual(bound * (1 + 1e-6));
    expect(largest).toBeGreaterThan(0.99 * bound);
    // Standard error of the mean of a uniform variable, and of its mean square; five of them.
    const n = values.length;
    expect(Math.abs(values.reduce((a, v) => a + v, 0) / n)).toBeLessThan((5 * bound) / Math.sqrt(3 * n));
    const meanSquare = values.reduce((a, v) => a + v * v, 0) / n;
    expect(Math.abs(meanSquare / (bound * bound) - 1 / 3)).toBeLessThan((5 * Math.sqrt(4 / 45)) / Math.sqrt(n));
  });

  it('is decided by the seed, and leaves one tensor', () => {
    const before = tf.memory().numTensors;
    const draw = (seed: number) => heUniform([5, 7], 5, new Random(seed));
    const [a, b, c] = [draw(3), draw(3), draw(4)];
    expect(tf.memory().numTensors).toBe(before + 3);
    expect(a.shape).toEqual([5, 7]);
    expect(b.dataSync()).toEqual(a.dataSync());
    expect(c.dataSync()).not.toEqual(a.dataSync());
    tf.dispose([a, b, c]);
  });

  it('draws on from where the generator stands', () => {
    const random = new Random(3);
    const first = heUniform([8], 1, random).dataSync();
    expect(heUniform([8], 1, random).dataSync()).not.toEqual(first);
  });
});

describe('glorotUniform', () => {
  it.each([[[3, 3, 16, 32]], [[2, 2, 64, 128]], [[400, 1]]])('%j is what tf.layers draws from, by its bound and its spread', (shape) => {
    const ours = glorotUniform(shape, new Random(1)).dataSync<'float32'>();
    const theirs = tf.initializers.glorotUniform({ seed: 3 }).apply(shape).dataSync<'float32'>();
    const [a, b] = [ours, theirs].map((values) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0));
    expect(Math.abs(a / b - 1)).toBeLessThan(0.02);
    const square = (values: Float32Array) => values.reduce((sum, v) => sum + v * v, 0) / values.length;
    // Relative error of a mean square of n uniform values: √(4/5n); five of them, twice.
    expect(Math.abs(square(ours) / square(theirs) - 1)).toBeLessThan(10 * Math.sqrt(0.8 / ours.length));
  });

  it('is decided by the seed', () => {
    const draw = (seed: number) => glorotUniform([3, 3, 2, 4], new Random(seed)).dataSync();
    expect(draw(3)).toEqual(draw(3));
    expect(draw(4)).not.toEqual(draw(3));
  });
});

describe('normal', () => {
  it('has mean 0, variance 1 and the tails of a normal', () => {
    const n = 40_000;
    const values = normal([200, 200], new Random(9)).dataSync<'float32'>();
    const moment = (k: number) => values.reduce((a, v) => a + v ** k, 0) / n;
    expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan((5 * Math.sqrt(96)) / Math.sqrt(n));
    expect(normal([200, 200], new Random(9)).dataSync()).toEqual(values);
  });
});
