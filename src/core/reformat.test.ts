import { describe, expect, it } from 'vitest';
import { type At, type Box, boxOf, GAP, geometryOf, placeIn, reformat, viewOf, viewsOf, voxelAt, voxelsOf } from './reformat';
import type { Stack } from './types';

const SIZE = 4;
const STACK: Stack = { plane: 'axial', count: 5, reversed: false, pitch: 2.5 };
/** Slices 0, 1, 3 and 4 of five, in another order than they lie; and one of another volume. */
const slices = [3, 0, 4, 1].map((index) => ({ volume: 'a', index, stack: STACK })).concat({ volume: 'b', index: 2, stack: STACK });

const box = (plane: Stack['plane'], size: number, count: number): Box => ({ plane, size, pitch: 1, slices: Int32Array.from({ length: count }, (_, n) => n) }); // biome-ignore format: one line
const shown = (of: Box, plane: Stack['plane'], at: At, value: (slice: number, pixel: number) => number) => {
  const view = viewOf(of, plane);
  const values = reformat(of, view, at, value, new Int16Array(view.rows * view.columns));
  return Array.from({ length: view.rows }, (_, r) => [...values.subarray(r * view.columns, (r + 1) * view.columns)]);
};
/** A voxel by its name: 100 · slice + 10 · row + column. */
const named = (size: number) => (slice: number, pixel: number) => 100 * slice + 10 * Math.floor(pixel / size) + (pixel % size);
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const down = (n: number) => range(n).reverse();

describe('the box of a slice', () => {
  it('holds the slices of its volume in order of display, and a gap where one is missing', () => {
    expect([...(boxOf(slices, 'a', SIZE) as Box).slices]).toEqual([1, 3, GAP, 0, 2]);
    const turned = slices.map((slice) => ({ ...slice, stack: { ...STACK, reversed: true } }));
    expect([...(boxOf(turned, 'a', SIZE) as Box).slices]).toEqual([2, 0, GAP, 3, 1]);
    expect(boxOf([{ volume: 'a', index: 0, stack: null }], 'a', SIZE)).toBeNull();
  });
});

describe('the planes of a volume', () => {
  it('are as large as the body, whatever lies between its slices', () => {
    const sizes = viewsOf(boxOf(slices, 'a', SIZE) as Box).map(({ plane, rows, columns, height, width }) => [plane, rows, columns, height, width]); // biome-ignore format: one line
    expect(sizes).toEqual([
      ['axial', 4, 4, 4, 4],
      ['coronal', 5, 4, 12.5, 4],
      ['sagittal', 5, 4, 12.5, 4],
    ]);
    const coronal = { ...box('coronal', 4, 5), pitch: 2.5 };
    expect(viewsOf(coronal).map(({ height, width }) => [height, width])).toEqual([
      [12.5, 4],
      [4, 4],
      [4, 12.5],
    ]);
  });

  it('hold the voxels that indexing by hand finds, head up, nose up or to the left, right on the left', () => {
    const at = { slice: 2, row: 1, column: 3 };
    const voxel = (n: number, r: number, c: number) => 100 * n + 10 * r + c;
    const rows = range(4);
    // Axial slices run to the head, their rows to the back, their columns to the left.
    expect(shown(box('axial', 4, 5), 'axial', at, named(4))).toEqual(rows.map((r) => rows.map((c) => voxel(2, r, c))));
    expect(shown(box('axial', 4, 5), 'coronal', at, named(4))).toEqual(down(5).map((n) => rows.map((c) => voxel(n, 1, c))));
    expect(shown(box('axial', 4, 5), 'sagittal', at, named(4))).toEqual(down(5).map((n) => rows.map((r) => voxel(n, r, 3))));
    // Coronal slices run to the front, their rows to the feet, their columns to the left.
    expect(shown(box('coronal', 4, 5), 'axial', at, named(4))).toEqual(down(5).map((n) => rows.map((c) => voxel(n, 1, c))));
    expect(shown(box('coronal', 4, 5), 'coronal', at, named(4))).toEqual(rows.map((r) => rows.map((c) => voxel(2, r, c))));
    expect(shown(box('coronal', 4, 5), 'sagittal', at, named(4))).toEqual(rows.map((r) => down(5).map((n) => voxel(n, r, 3))));
    // Sagittal slices run to the right, their rows to the feet, their columns to the back.
    expect(shown(box('sagittal', 4, 5), 'axial', at, named(4))).toEqual(rows.map((c) => down(5).map((n) => voxel(n, 1, c))));
    expect(shown(box('sagittal', 4, 5), 'coronal', at, named(4))).toEqual(rows.map((r) => down(5).map((n) => voxel(n, r, 3))));
    expect(shown(box('sagittal', 4, 5), 'sagittal', at, named(4))).toEqual(rows.map((r) => rows.map((c) => voxel(2, r, c))));
  });

  it('show a slice that is missing as a gap, and ask nothing about it', () => {
    const asked = new Set<number>();
    const value = (slice: number, pixel: number) => {
      asked.add(slice);
      return pixel;
    };
    const coronal = shown(boxOf(slices, 'a', SIZE) as Box, 'coronal', { slice: 0, row: 2, column: 0 }, value);
    expect(coronal[2]).toEqual([GAP, GAP, GAP, GAP]);
    expect(coronal.filter((_, r) => r !== 2)).toEqual(Array(4).fill([8, 9, 10, 11]));
    expect([...asked].sort()).toEqual([0, 1, 2, 3]);
  });

  it('find the voxel under a place, and the place of a voxel', () => {
    for (const plane of ['axial', 'coronal', 'sagittal'] as const) {
      const of = box(plane, 4, 5);
      const at = { slice: 4, row: 2, column: 1 };
      for (const view of viewsOf(of)) {
        const { row, column } = placeIn(of, view, at);
        expect(shown(of, view.plane, at, named(4))[row][column]).toBe(named(4)(4, 9));
        for (let r = 0; r < view.rows; r++)
          for (let c = 0; c < view.columns; c++) expect(placeIn(of, view, voxelAt(of, view, at, r, c))).toEqual({ row: r, column: c });
      }
    }
  });
});

describe('all voxels in space', () => {
  it('lie as the planes show them: steps to the left, the back and the head for axial slices, and so on', () => {
    const steps = (plane: Stack['plane']) => {
      const { affine } = geometryOf({ ...box(plane, 4, 5), pitch: 2.5 }, 2);
      return [0, 1, 2].map((axis) => [0, 1, 2].map((world) => affine[4 * world + axis]));
    };
    expect(steps('axial')).toEqual([[-2, 0, 0], [0, -2, 0], [0, 0, 5]]); // biome-ignore format: a matrix
    expect(steps('coronal')).toEqual([[-2, 0, 0], [0, 0, -2], [0, 5, 0]]); // biome-ignore format: a matrix
    expect(steps('sagittal')).toEqual([[0, -2, 0], [0, 0, -2], [5, 0, 0]]); // biome-ignore format: a matrix
  });

  it('have their middle at the origin, and 0 for a gap', () => {
    const of = boxOf(slices, 'a', SIZE) as Box;
    const { affine, spacing, known } = geometryOf(of, null);
    const middle = [1.5, 1.5, 2, 1];
    expect([0, 1, 2].map((row) => middle.reduce((sum, v, i) => sum + v * affine[4 * row + i], 0))).toEqual([0, 0, 0]);
    expect([spacing, known]).toEqual([[1, 1, 2.5], false]);
    const voxels = voxelsOf(of, (slice, pixel) => 16 * slice + pixel + 1);
    expect([...voxels.subarray(32, 48)]).toEqual(Array(16).fill(0));
    expect([voxels[0], voxels[5], voxels[16], voxels[48], voxels[79]]).toEqual([17, 22, 49, 1, 48]);
  });
});
