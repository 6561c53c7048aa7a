import { describe, expect, it } from 'vitest';
import { Random } from '../core/random';
import type { Slice } from '../core/types';
import { patchAt, randomPatches } from './patches';

const slice = (pixel: (r: number, c: number) => number, more: Partial<Slice> = {}): Slice => ({
  name: 's',
  group: 'g',
  volume: 'v',
  index: 0,
  height: 6,
  width: 5,
  pixels: Float32Array.from({ length: 30 }, (_, i) => pixel(Math.floor(i / 5), i % 5)),
  brain: { mean: 0, sd: 1 },
  edges: null,
  ...more,
});

describe('patchAt', () => {
  it('cuts pixels and mask alike, and is anomalous when any of its pixels is', () => {
    const truth = new Uint8Array(30);
    truth[3 * 5 + 2] = 1;
    const whole = slice((r, c) => 10 * r + c, { truth, label: 1 });
    const patch = patchAt(whole, 2, 1, 3);
    expect([...patch.pixels]).toEqual([21, 22, 23, 31, 32, 33, 41, 42, 43]);
    expect([...(patch.truth as Uint8Array)]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    expect([patch.label, patchAt(whole, 0, 0, 2).label]).toEqual([1, 0]);
    expect([
      patchAt(
        slice(() => 1, { label: 0 }),
        0,
        0,
        2,
      ).label,
      patchAt(
        slice(() => 1, { label: 1 }),
        0,
        0,
        2,
      ).label,
    ]).toEqual([0, undefined]);
  });
});

describe('randomPatches', () => {
  const draw = (slices: Slice[], count: number, seed: number, nonEmpty: { level: number; share: number } | null = null) => {
    const patches = randomPatches(slices, 4, nonEmpty, new Random(seed));
    return Array.from({ length: count }, () => patches.next().value.name);
  };

  it('reach every place about equally often, and depend on the seed alone', () => {
    const names = draw([slice(() => 1)], 3000, 1);
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    // 3 rows × 2 columns of places; 5 standard deviations of a binomial of 3000 and 1/6.
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(5 * Math.sqrt((3000 * 5) / 36));
    expect(draw([slice(() => 1)], 20, 1)).toEqual(names.slice(0, 20));
  });

  it('pass over empty ones, and say so when there is nothing else', () => {
    const corner = slice((r, c) => (r === 0 && c === 0 ? 1 : 0));
    expect(new Set(draw([corner], 50, 2, { level: 0.5, share: 0.05 }))).toEqual(new Set(['s patch 0,0']));
    expect(() => draw([slice(() => 0)], 1, 3, { level: 0.5, share: 0.01 })).toThrow('every patch of 4 × 4 was empty');
    expect(() => draw([slice(() => 0, { height: 3 })], 1, 3)).toThrow('no patch of 4 × 4 fits');
    expect(() => draw([], 1, 3)).toThrow('no slices');
  });
});
