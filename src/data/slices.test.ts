import { describe, expect, it } from 'vitest';
import { IMAGE_GEOMETRY, spacingOf } from '../core/affine';
import { Random } from '../core/random';
import { paperRecipe } from '../core/recipe';
import { type Box, boxOf, reformat, viewsOf } from '../core/reformat';
import type { Geometry, Volume } from '../core/types';
import { PERMUTATIONS } from './orientation';
import { drawPhantom } from './phantom';
import { slicesOf, unslice } from './slices';

const RAS_SHAPE = [20, 24, 16] as const;
const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

/** A head with a blob at its right front, stored with voxel axis a along world axis order[a], reversed where bit a of `signs` is set. */
function stored(order: readonly number[], signs: number): Volume {
  const shape = order.map((world) => RAS_SHAPE[world]);
  const [width, height, depth] = shape;
  const affine = [...Array(15).fill(0), 1];
  order.forEach((world, a) => {
    const reversed = (signs >> a) & 1;
    affine[4 * world + a] = reversed ? -1 : 1;
    if (reversed) affine[4 * world + 3] = RAS_SHAPE[world] - 1;
  });
  const voxels = new Float32Array(width * height * depth);
  const truth = new Uint8Array(voxels.length);
  for (let k = 0, o = 0; k < depth; k++) {
    for (let j = 0; j < height; j++) {
      for (let i = 0; i < width; i++, o++) {
        const [x, y, z] = [0, 1, 2].map((w) => affine[4 * w] * i + affine[4 * w + 1] * j + affine[4 * w + 2] * k + affine[4 * w + 3]);
        const head = ((x - 9.5) / 8) ** 2 + ((y - 11.5) / 10) ** 2 + ((z - 7.5) / 7) ** 2 < 1;
        const blob = x >= 13 && x <= 15 && y >= 14 && y <= 17 && z >= 6 && z <= 9;
        voxels[o] = head ? (blob ? 100 : 40 + x + y / 2 + z / 4) : 0;
        truth[o] = blob ? 1 : 0;
      }
    }
  }
  const geometry: Geometry = { affine, spacing: spacingOf(affine) as [number, number, number], known: true };
  return { name: 'v', group: 'g', width, height, depth, voxels, truth, geometry, dtype: 'float32' };
}

/** Equal exactly when the arrays are; comparing hundreds of arrays element by element takes the test runner seconds. */
function bytesOf(arrays: readonly (Float32Array | Uint8Array)[]): string {
  return arrays.map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength).toString('base64')).join(' ');
}

describe('slicesOf', () => {
  it('shows the same head whatever the voxel order: all 48 of them', () => {
    const reference = slicesOf(stored([0, 1, 2], 0), 24);
    const at = reference.slices.find((s) => s.truth!.includes(1))!;
    const first = at.truth!.indexOf(1);
    // 24 rows, anterior first: y = 17 is row 6. Columns run from the right, x = 15 is column 4, after 2 of padding.
    expect([Math.floor(first / 24), first % 24]).toEqual([6, 6]);
    for (const order of ORDERS) {
      for (let signs = 0; signs < 8; signs++) {
        const volume = stored(order, signs);
        const { slices, grid } = slicesOf(volume, 24);
        expect(bytesOf(slices.map((s) => s.pixels))).toBe(bytesOf(reference.slices.map((s) => s.pixels)));
        expect(bytesOf(slices.map((s) => s.truth!))).toBe(bytesOf(reference.slices.map((s) => s.truth!)));
        expect(grid.edges?.left).toBe('R');
        const back = unslice(
          grid,
          slices.map((s) => ({ index: s.index, values: s.truth! })),
          'mask',
        );
        expect(bytesOf([Uint8Array.from(back)])).toBe(bytesOf([volume.truth!]));
      }
    }
  });

  it('drops empty slices and says how many', () => {
    const { slices, empty, notes } = slicesOf(stored([0, 1, 2], 0), 24);
    expect(slices.length + empty).toBe(16);
    expect(empty).toBeGreaterThan(0);
    expect(notes[0]).toBe(`${empty} of 16 slices dropped as empty.`);
    const above = slices.flatMap((s) => [...s.pixels].filter((v) => v > 0));
    const mean = above.reduce((a, v) => a + v, 0) / above.length;
    expect(slices[0].brain.mean).toBeCloseTo(mean, 6);
    expect(slices[0].brain.sd).toBeCloseTo(Math.sqrt(above.reduce((a, v) => a + (v - mean) ** 2, 0) / above.length), 6);
  });

  const image = (width: number, height: number, value: (x: number, y: number) => number, extra: Partial<Volume> = {}): Volume => ({
    name: 'i',
    group: 'i',
    width,
    height,
    depth: 1,
    voxels: Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
    geometry: IMAGE_GEOMETRY,
    dtype: 'uint8',
    ...extra,
  });

  it('leaves a plain image as it is stored', () => {
    const volume = image(4, 4, (x, y) => x + 4 * y);
    const [slice] = slicesOf(volume, 4).slices;
    expect([...slice.pixels]).toEqual([...volume.voxels].map((v) => Math.fround(v / 15)));
    expect(slice.edges).toBeNull();
    expect(slice.pixelArea).toBeUndefined();
  });

  it('averages areas when shrinking, interpolates when enlarging, pads to a square', () => {
    const small = slicesOf(
      image(4, 2, (x) => (x < 2 ? 0 : 10)),
      2,
    ).slices[0].pixels;
    // 4 × 2 in a 4 × 4 square: one row of padding above and below halves each area.
    expect([...small]).toEqual([0, 0.5, 0, 0.5]);
    const large = slicesOf(
      image(2, 2, (x) => x),
      4,
    ).slices[0].pixels;
    expect([...large.slice(0, 4)]).toEqual([0, 0.25, 0.75, 1]);
  });

  it('keeps physical proportions', () => {
    const thick = image(8, 4, (x, y) => 1 + x + y, {
      geometry: { affine: [-1, 0, 0, 0, 0, -2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], spacing: [1, 2, 1], known: true },
    });
    const { slices, grid } = slicesOf(thick, 8);
    expect(slices[0].pixels.every((v, i) => v > 0 || i === 0)).toBe(true);
    expect(grid.pixelArea).toBe(1);
  });

  it('refuses what has nothing to see', () => {
    expect(() =>
      slicesOf(
        image(9, 9, () => 7),
        8,
      ),
    ).toThrow('no contrast: its value is 7 everywhere');
    expect(() =>
      slicesOf(
        image(1, 1, () => 7),
        8,
      ),
    ).toThrow('1 × 1 pixels: an image needs at least 2 × 2');
    expect(() =>
      slicesOf(
        image(40, 40, (x, y) => (x + y === 0 ? 1 : 0)),
        8,
      ),
    ).toThrow('It is empty');
  });

  it('takes labels from the mask for volumes and from the label file for images', () => {
    const volume = stored([0, 1, 2], 0);
    const labels = slicesOf({ ...volume, label: 1 }, 24).slices.map((s) => s.label);
    expect(labels.filter((l) => l === 1).length).toBe(4);
    const { truth: _, ...unmasked } = volume;
    const whole = slicesOf({ ...unmasked, label: 1 }, 24);
    expect(whole.slices[0].label).toBeUndefined();
    expect(whole.anomalousVolume).toBe(true);
    expect(slicesOf({ ...volume, label: 1 }, 24).anomalousVolume).toBe(false);
    expect(slicesOf({ ...unmasked, label: 0 }, 24).anomalousVolume).toBe(false);
    expect(slicesOf({ ...unmasked, label: 0 }, 24).slices[0].label).toBe(0);
    expect(
      slicesOf(
        image(4, 4, (x) => x, { label: 1 }),
        4,
      ).slices[0].label,
    ).toBe(1);
  });

  it('says when a mask is too small to survive', () => {
    const truth = new Uint8Array(64 * 64);
    truth[2000] = 1;
    const { slices, notes } = slicesOf(
      image(64, 64, (x) => x, { truth }),
      16,
    );
    expect(slices[0].label).toBe(1);
    expect(notes.join()).toContain('In 1 slice the mask is too small');
  });
});

describe('unslice', () => {
  const dice = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    let [both, sum] = [0, 0];
    for (let i = 0; i < a.length; i++) {
      if (a[i] && b[i]) both++;
      sum += (a[i] ? 1 : 0) + (b[i] ? 1 : 0);
    }
    return (2 * both) / sum;
  };

  it('keeps a blob: Dice at equal size and at half of it', () => {
    const { pixels, truth } = drawPhantom(900200, 'tumour', 128);
    const volume: Volume = {
      name: 't',
      group: 't',
      width: 128,
      height: 128,
      depth: 1,
      voxels: pixels,
      truth,
      geometry: IMAGE_GEOMETRY,
      dtype: 'float32',
    };
    for (const [size, least] of [
      [128, 0.999],
      [64, 0.95],
      [200, 0.95],
    ]) {
      const { slices, grid } = slicesOf(volume, size);
      const back = unslice(grid, [{ index: 0, values: slices[0].truth! }], 'mask');
      expect(dice(back, truth)).toBeGreaterThan(least);
    }
  });

  it('interpolates maps and leaves slices without a map at 0', () => {
    const volume = stored([2, 0, 1], 5);
    const { slices, grid } = slicesOf(volume, 24);
    const one = slices[3];
    const back = unslice(grid, [{ index: one.index, values: new Float32Array(24 * 24).fill(0.5) }], 'map');
    expect(back.filter((v) => v === 0.5).length).toBe(20 * 24);
    expect(back.filter((v) => v === 0).length).toBe(back.length - 20 * 24);
  });
});

describe('the stack of a slice', () => {
  const [SIZE, PLANES] = [6, ['axial', 'coronal', 'sagittal'] as const];
  const cut = (volume: Volume, plane: (typeof PLANES)[number]) => slicesOf(volume, { ...paperRecipe(SIZE), plane, nonEmpty: null }).slices;

  it('gives the other planes as cutting the volume in them does, whatever way it is stored', () => {
    const random = new Random(4);
    let compared = 0;
    for (const axes of PERMUTATIONS)
      for (let signs = 0; signs < 8; signs++) {
        const affine = [0, 1, 2].flatMap((world) =>
          [0, 1, 2, 3].map((axis) => (axes[world] === axis ? ((signs >> world) & 1 ? -1 : 1) : 0)),
        );
        const geometry = { affine: [...affine, 0, 0, 0, 1], spacing: [1, 1, 1] as const, known: true };
        const voxels = Float32Array.from({ length: SIZE ** 3 }, () => random.uniform());
        const volume = { name: 'v', group: 'g', width: SIZE, height: SIZE, depth: SIZE, voxels, geometry, dtype: 'float32' };
        const plane = PLANES[signs % 3];
        const slices = cut(volume, plane).map((slice) => ({ ...slice, stack: slice.stack ?? null }));
        const box = boxOf(slices, 'v', SIZE) as Box;
        for (const view of viewsOf(box))
          for (const { index, stack, pixels } of cut(volume, view.plane)) {
            const n = stack?.reversed ? SIZE - 1 - index : index;
            const at = { slice: n, row: SIZE - 1 - n, column: SIZE - 1 - n }; // in-plane axes run the other way
            const levels = (v: number) => Math.round(30_000 * v);
            const shown = reformat(box, view, at, (i, k) => levels(slices[i].pixels[k]), new Int16Array(SIZE * SIZE));
            expect([...shown]).toEqual([...pixels].map(levels));
            compared++;
          }
      }
    expect(compared).toBe(48 * 3 * SIZE);
  });

  it('says how far slices lie apart in pixels, and nothing of a single image', () => {
    const geometry = { affine: [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1], spacing: [2, 2, 5] as const, known: true };
    const volume = { name: 'v', group: 'g', width: 12, height: 10, depth: 3, voxels: Float32Array.from({ length: 360 }, (_, i) => i), geometry, dtype: 'float32' }; // biome-ignore format: one line
    // 24 mm in 6 pixels of 4 mm.
    expect(cut(volume, 'axial')[0].stack).toEqual({ plane: 'axial', count: 3, reversed: false, pitch: 1.25 });
    expect(cut({ ...volume, depth: 1, voxels: volume.voxels.slice(0, 120) }, 'axial')[0].stack).toBeUndefined();
  });
});
