import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../core/random';
import { heUniform, normal } from './initializers';

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
