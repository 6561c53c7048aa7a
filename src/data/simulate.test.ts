import { describe, expect, it } from 'vitest';
import { Random } from '../core/random';
import type { Slice } from '../core/types';
import { simulateAnomalies, simulateRoles } from './simulate';

/** Noise on a disc; the rest is 0. */
function slice(seed: number, size = 64, radius = 0.4 * size): Slice {
  const random = new Random(seed);
  const pixels = Float32Array.from({ length: size * size }, (_, i) =>
    Math.hypot(Math.floor(i / size) - size / 2, (i % size) - size / 2) < radius ? random.between(0.2, 0.9) : 0,
  );
  const name = `slice ${seed}`;
  return { name, group: name, volume: name, index: 0, height: size, width: size, pixels, brain: { mean: 0.5, sd: 0.2 }, edges: null };
}
const slices = (n: number, size?: number) => Array.from({ length: n }, (_, i) => slice(i, size));

/** All that a slice says, pixels and mask with it. */
const plain = (one: Slice) => ({ ...one, pixels: one.pixels, truth: one.truth });

/** First and last row and column of a mask. */
function box(truth: Uint8Array, size: number) {
  const at = [...truth.keys()].filter((i) => truth[i] === 1);
  const [rows, columns] = [at.map((i) => Math.floor(i / size)), at.map((i) => i % size)];
  return { count: at.length, top: Math.min(...rows), bottom: Math.max(...rows), left: Math.min(...columns), right: Math.max(...columns) };
}

describe('simulated anomalies', () => {
  it.each([
    [128, 40],
    [64, 20],
    [32, 10],
  ])('at %i² are squares of %i pixels, of their own mean, with masks that end where they end', (size, side) => {
    const before = slices(6, size);
    for (const [i, { pixels, truth, label, name }] of simulateAnomalies(before, 1, 7).entries()) {
      const old = before[i].pixels;
      const { count, top, bottom, left, right } = box(truth!, size);
      expect([count, bottom - top + 1, right - left + 1]).toEqual([side * side, side, side]);
      let sum = 0;
      for (let y = top; y <= bottom; y++) for (let x = left; x <= right; x++) sum += old[y * size + x];
      const mean = Math.fround(sum / side ** 2);
      const painted = new Set(pixels.filter((_, k) => truth![k] === 1));
      expect([...painted]).toEqual([expect.closeTo(mean, 6)]);
      expect(pixels.every((v, k) => truth![k] === 1 || v === old[k])).toBe(true);
      expect(old[(top + side / 2) * size + left + side / 2], 'the centre is on the body').toBeGreaterThan(0);
      expect([label, name]).toEqual([1, `${before[i].name}, square`]);
    }
  });

  it.each([
    [0, 0],
    [0.3, 3],
    [0.25, 3],
    [1, 10],
  ])('a share of %f of ten is %i slices; the others are as they were, with empty masks', (share, n) => {
    const before = slices(10, 16);
    const after = simulateAnomalies(before, share, 1);
    expect(after.filter(({ label, truth }) => label === 1 && truth!.includes(1)).length).toBe(n);
    for (const [i, one] of after.entries())
      if (one.label !== 1) expect(plain(one)).toEqual({ ...before[i], label: 0, truth: new Uint8Array(256) });
  });

  it('repeat themselves by their seed alone, at many places, and leave what was given alone', () => {
    const before = slices(40, 16);
    const kept = structuredClone(before);
    const first = simulateAnomalies(before, 0.5, 3);
    expect(before).toEqual(kept);
    expect(simulateAnomalies(before, 0.5, 3).map(plain)).toEqual(first.map(plain));
    const other = simulateAnomalies(before, 0.5, 4);
    expect(other.map(({ label }) => label)).not.toEqual(first.map(({ label }) => label));
    const boxes = first.filter(({ label }) => label === 1).map(({ truth }) => box(truth!, 16));
    expect(new Set(boxes.map(({ top }) => top)).size).toBeGreaterThan(5);
    expect(new Set(boxes.map(({ left }) => left)).size).toBeGreaterThan(5);
  });

  it('lie in all roles but the reference, half of the slices where results are measured, at places of their own', () => {
    const roles = { reference: slices(6, 16), mixed: slices(20, 16), validation: slices(4, 16), test: slices(20, 16) };
    const { reference, mixed, validation, test } = simulateRoles(roles, { share: 0.3, seed: 5 });
    expect(reference).toBe(roles.reference);
    const anomalous = (all: readonly Slice[]) => all.filter(({ label, truth }) => label === 1 && truth!.includes(1)).length;
    expect([anomalous(mixed), anomalous(validation), anomalous(test)]).toEqual([6, 2, 10]);
    const whole = simulateRoles(roles, { share: 0.5, seed: 5 });
    const labels = (all: readonly Slice[]) => all.map(({ label }) => label);
    expect(labels(whole.mixed)).not.toEqual(labels(whole.test));
    expect(simulateRoles(roles, { share: 0.5, seed: 5 }).test.map(plain)).toEqual(whole.test.map(plain));
  });

  it('always change something, however little there is to change', () => {
    const size = 32;
    const sparse = { ...slice(1, size, 0), pixels: new Float32Array(size * size) };
    sparse.pixels[17 * size + 20] = 0.8;
    for (let seed = 0; seed < 5; seed++) {
      const [{ pixels }] = simulateAnomalies([sparse], 1, seed);
      expect(pixels[17 * size + 20]).toBeCloseTo(0.8 / 100, 6);
    }
  });

  it('are refused where they could not be told: an anomaly already there, nothing to change, a share that is none', () => {
    const marked = { ...slice(1), truth: new Uint8Array(64 * 64).fill(1, 5, 6) };
    expect(() => simulateAnomalies([slice(0), marked], 0.5, 1)).toThrow('slice 1 is anomalous already');
    expect(() => simulateAnomalies([{ ...slice(2), label: 1 }], 0, 1)).toThrow('slice 2 is anomalous already');
    const flat = { ...slice(3), pixels: new Float32Array(64 * 64).fill(0.5) };
    expect(() => simulateAnomalies([flat], 1, 1)).toThrow('slice 3 has no place for a square of 20 pixels');
    expect(() => simulateAnomalies(slices(2), 1.5, 1)).toThrow('not 1.5');
    expect(() => simulateAnomalies(slices(2), Number.NaN, 1)).toThrow('NaN');
  });
});
