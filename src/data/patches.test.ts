import { describe, expect, it } from 'vitest';
import { Random } from '../core/random';
import type { Slice } from '../core/types';
import { coveringPatches, gridPatches, patchAt, patchedRoles, patchNote, randomPatch, stitch } from './patches';

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

describe('a random patch', () => {
  const draw = (slices: Slice[], count: number, seed: number, nonEmpty: { level: number; share: number } | null = null) => {
    const random = new Random(seed);
    const deal = () => slices[random.below(slices.length)];
    return Array.from({ length: count }, () => randomPatch(deal, { size: 4, nonEmpty }, random).name);
  };

  it('lies at every place about equally often, and depends on the seed alone', () => {
    const names = draw([slice(() => 1)], 3000, 1);
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    // 3 rows × 2 columns of places; 5 standard deviations of a binomial of 3000 and 1/6.
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(5 * Math.sqrt((3000 * 5) / 36));
    expect(draw([slice(() => 1)], 20, 1)).toEqual(names.slice(0, 20));
  });

  it('is never an empty one, and a sentence where there is nothing else', () => {
    const corner = slice((r, c) => (r === 0 && c === 0 ? 1 : 0));
    expect(new Set(draw([corner], 50, 2, { level: 0.5, share: 0.05 }))).toEqual(new Set(['s patch 0,0']));
    expect(() => draw([slice(() => 0)], 1, 3, { level: 0.5, share: 0.01 })).toThrow('every patch of 4 × 4 was empty');
    expect(() => draw([slice(() => 0, { height: 3 })], 1, 3)).toThrow('no patch of 4 × 4 fits');
  });
});

describe('patches side by side', () => {
  const truth = new Uint8Array(30);
  truth[4 * 5 + 3] = 1;

  it('lie in the middle, in reading order, equal to direct slicing, each with the label of its own mask', () => {
    const whole = slice((r, c) => (r === 2 && c < 2 ? 0 : 10 * r + c + 1), { truth, label: 1, pixelArea: 2 });
    const patches = gridPatches(whole, { size: 2, nonEmpty: null });
    expect(patches.map(({ name }) => name)).toEqual([0, 2, 4].flatMap((r) => [`s patch ${r},0`, `s patch ${r},2`]));
    expect(patches.map(({ label }) => label)).toEqual([0, 0, 0, 0, 0, 1]);
    patches.forEach((patch, i) => {
      const [r, c] = [2 * Math.floor(i / 2), 2 * (i % 2)];
      const at = [0, 5, 1, 6].sort((a, b) => a - b).map((o) => 5 * r + c + o);
      expect([...patch.pixels]).toEqual(at.map((o) => whole.pixels[o]));
      expect([...(patch.truth ?? [])]).toEqual(at.map((o) => truth[o]));
      expect(patch).toMatchObject({ group: 'g', volume: patch.name, height: 2, width: 2, pixelArea: 2, brain: whole.brain });
    });
  });

  it('leave what is over at both ends, and drop empty ones', () => {
    const whole = slice((r) => (r < 3 ? 0 : 1));
    expect(gridPatches(whole, { size: 4, nonEmpty: null }).map(({ name }) => name)).toEqual(['s patch 1,0']);
    const names = gridPatches(whole, { size: 2, nonEmpty: { level: 0.5, share: 0.6 } }).map(({ name }) => name);
    expect(names).toEqual(['s patch 4,0', 's patch 4,2']);
  });

  it('keep no copy of the pixels: a patch is what its slice is', () => {
    const whole = slice(() => 1, { truth: truth.slice(), label: 1 });
    const last = gridPatches(whole, { size: 2, nonEmpty: null })[5];
    whole.pixels[4 * 5 + 2] = 7;
    whole.truth?.fill(1);
    expect([[...last.pixels], [...(last.truth ?? [])]]).toEqual([
      [7, 1, 1, 1],
      [1, 1, 1, 1],
    ]);
  });

  it('say nothing about health where the mask of an anomalous slice is empty', () => {
    const [patch] = gridPatches(
      slice(() => 1, { truth: new Uint8Array(30), label: 1 }),
      { size: 4, nonEmpty: null },
    );
    expect([patch.label, patch.truth]).toEqual([undefined, undefined]);
  });

  it('of a role that are all empty stop the run', () => {
    const roles = { reference: [], mixed: [], validation: [], test: [slice(() => 0)] };
    expect(() => patchedRoles(roles, { size: 4, nonEmpty: { level: 0.5, share: 0.1 } })).toThrow(
      /^Every patch of 4 × 4 of the test slices is empty\./,
    );
  });
});

describe('patches that cover a slice', () => {
  const placesOf = (height: number, width: number, size: number) =>
    coveringPatches(
      slice(() => 1, { height, width, pixels: new Float32Array(height * width).fill(1) }),
      { size, nonEmpty: null },
    ).map(({ row, column }) => [row, column]);

  it('overlap by half, and end at the edges', () => {
    expect(placesOf(4, 4, 4)).toEqual([[0, 0]]);
    expect(placesOf(8, 4, 4)).toEqual([[0, 0], [2, 0], [4, 0]]); // biome-ignore format: places
    expect(placesOf(6, 5, 4).map(([, column]) => column)).toEqual([0, 1, 0, 1]);
    expect(new Set(placesOf(7, 7, 3).map(([row]) => row))).toEqual(new Set([0, 1, 2, 3, 4]));
  });

  it('leave no pixel out, whatever the sizes', () => {
    for (let size = 1; size <= 7; size++)
      for (let length = size; length <= 20; length++) {
        const covered = new Set<number>();
        for (const [row, column] of placesOf(length, size, size)) {
          expect([row >= 0, row + size <= length, column]).toEqual([true, true, 0]);
          for (let r = 0; r < size; r++) covered.add(row + r);
        }
        expect(covered.size).toBe(length);
      }
  });

  it('are those that are not empty, or all where all are', () => {
    const corner = slice((r, c) => (r === 0 && c === 0 ? 1 : 0));
    const nonEmpty = { level: 0.5, share: 0.01 };
    expect(coveringPatches(corner, { size: 4, nonEmpty }).map(({ row, column }) => [row, column])).toEqual([[0, 0]]);
    expect(coveringPatches(slice(() => 0), { size: 4, nonEmpty }).length).toBe(4); // biome-ignore format: one line
  });
});

describe('stitching', () => {
  it('is the mean of the patches on each pixel, and what is asked for where none lies', () => {
    const whole = slice(() => 0, { height: 3, width: 4, pixels: new Float32Array(12) });
    const patches = [{ row: 0, column: 0 }, { row: 0, column: 1 }, { row: 1, column: 1 }].map((at) => ({ ...at, height: 2, width: 2 })); // biome-ignore format: places
    const values = [[2, 4, 6, 8], [10, 12, 14, 16], [30, 32, 34, 36]]; // biome-ignore format: values
    let seen: number[] = [];
    const stitched = stitch(whole, patches, (i) => values[i], (covered) => {
      seen = [...covered];
      return -1;
    }); // biome-ignore format: a call
    expect([...stitched]).toEqual([2, 7, 12, -1, 6, (8 + 14 + 30) / 3, 24, -1, -1, 34, 36, -1]);
    expect(seen).toEqual([2, 7, 12, 6, (8 + 14 + 30) / 3, 24, 34, 36]);
  });

  it('of the pixels of patches gives the slice back', () => {
    const random = new Random(3);
    const whole = slice(() => random.uniform());
    const patches = coveringPatches(whole, { size: 4, nonEmpty: null });
    expect(Float32Array.from(stitch(whole, patches, (i) => patches[i].pixels, () => Number.NaN))).toEqual(whole.pixels); // biome-ignore format: one line
  });
});

it('sentences say how slices are scored in patches', () => {
  const square = [slice(() => 1, { height: 5 }), slice(() => 0, { height: 5 })];
  expect(patchNote(square, { size: 2, nonEmpty: null })).toMatch(
    /^2 test slices of 5 × 5 pixels, scored in up to 16 patches of 2 × 2 each that overlap by half; .* A slice's score is the highest of its patches\.$/,
  );
});
