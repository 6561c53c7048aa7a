/** The right way up: every order in which a volume can be stored, oblique ones, and masks that go back where they came from. */
import { readHeader, readImage } from 'nifti-reader-js';
import { describe, expect, it } from 'vitest';
import { affineOfQuaternion, isInvertible, spacingOf } from '../core/affine';
import { writeNifti } from '../core/niftiWrite';
import { edgesOf } from '../core/planes';
import { PLANES, paperRecipe } from '../core/recipe';
import type { Geometry } from '../core/types';
import { gridOf } from './grid';
import { decodeFile } from './load';
import { axisLetters, fromRas, nearestReorder, PERMUTATIONS, toRas } from './orientation';
import { slicesOf, unslice } from './slices';
import { dicom, rawBytes, sliceTags } from './testArchives';
import { decodeDrop, drop, niftiFile } from './testFiles';

const WORLD = [5, 6, 7];

/** All 48 ways to store a box of 5 × 6 × 7 mm voxels at (100, 200, 300), and the same turned by a few degrees. */
const CASES = PERMUTATIONS.flatMap((order) =>
  Array.from({ length: 8 }, (_, signs) => {
    const counts = order.map((world) => WORLD[world]);
    const affine = [...Array(15).fill(0), 1];
    order.forEach((world, axis) => {
      const back = (signs >> axis) & 1;
      affine[4 * world + axis] = back ? -(world + 1) : world + 1;
      affine[4 * world + 3] = 100 * (world + 1) + (back ? (world + 1) * (WORLD[world] - 1) : 0);
    });
    return { counts, affine, letters: order.map((world, axis) => ((signs >> axis) & 1 ? 'LPI' : 'RAS')[world]) };
  }),
).map((c) => ({ ...c, letters: c.letters.join('') }));

const geometryOf = (affine: readonly number[]): Geometry => ({ affine, spacing: spacingOf(affine), known: true });
const place = (m: readonly number[], p: readonly number[]) =>
  [0, 1, 2].map((r) => m[4 * r] * p[0] + m[4 * r + 1] * p[1] + m[4 * r + 2] * p[2] + m[4 * r + 3]);
const expectClose = (found: readonly number[], wanted: readonly number[], digits: number) => {
  wanted.forEach((v, i) => {
    expect(found[i]).toBeCloseTo(v, digits);
  });
};
const multiply = (a: readonly number[], b: readonly number[]) =>
  Array.from({ length: 16 }, (_, n) => [0, 1, 2, 3].reduce((sum, k) => sum + a[4 * (n >> 2) + k] * b[4 * k + (n & 3)], 0));
/** Turned about three axes by up to a quarter of a right angle. */
const TURN = affineOfQuaternion({ b: 0.12, c: -0.1, d: 0.15, offset: [3, -4, 5], qfac: 1 }, [1, 1, 1]);

/** Every voxel holds its index, counted from 1. */
const numbered = (count: number) => Float32Array.from({ length: count }, (_, i) => i + 1);

describe.each([
  ['straight', (affine: readonly number[]) => affine],
  ['oblique', (affine: readonly number[]) => multiply(TURN, affine)],
])('%s', (_, turned) => {
  it('names the axes of all 48 orders', () => {
    expect(CASES.length).toBe(48);
    expect(new Set(CASES.map((c) => c.letters)).size).toBe(48);
    for (const { affine, letters } of CASES) expect(axisLetters(geometryOf(turned(affine)))).toBe(letters);
  });

  it('reorders to RAS without moving a voxel in space, and exactly back', () => {
    for (const { counts, affine: straight } of CASES) {
      const affine = turned(straight);
      const [width, height, depth] = counts;
      const block = { width, height, depth, geometry: geometryOf(affine) };
      const values = numbered(width * height * depth);
      const ras = toRas(values, block);
      expect([ras.width, ras.height, ras.depth]).toEqual(WORLD);
      expect(axisLetters(ras.geometry)).toBe('RAS');
      for (const [i, j, k] of [
        [0, 0, 0],
        [4, 0, 0],
        [0, 5, 0],
        [0, 0, 6],
        [2, 3, 4],
      ]) {
        const source = ras.values[(k * ras.height + j) * ras.width + i] - 1;
        const voxel = [source % width, Math.floor(source / width) % height, Math.floor(source / (width * height))];
        expectClose(place(affine, voxel), place(ras.geometry.affine, [i, j, k]), 9);
      }
      expect(Buffer.compare(Buffer.from(fromRas(ras.values, block).buffer), Buffer.from(values.buffer))).toBe(0);
    }
  });

  it.each(PLANES)('cuts %s slices whose edges point where the letters say', (plane) => {
    for (const { counts, affine: straight } of CASES) {
      const affine = turned(straight);
      const [width, height, depth] = counts;
      const grid = gridOf({ width, height, depth, geometry: geometryOf(affine) }, { ...paperRecipe(8), plane });
      const voxelAt = (s: number, r: number, c: number) => {
        const at = [grid.slices, grid.rows, grid.columns].reduce((sum, axis, n) => sum + axis.start + [s, r, c][n] * axis.stride, 0);
        return [at % width, Math.floor(at / width) % height, Math.floor(at / (width * height))];
      };
      const origin = place(affine, voxelAt(0, 0, 0));
      const towards = (to: readonly number[]) => {
        const step = place(affine, to).map((v, axis) => v - origin[axis]);
        const axis = step.map(Math.abs).indexOf(Math.max(...step.map(Math.abs)));
        return (step[axis] > 0 ? 'RAS' : 'LPI')[axis];
      };
      const edges = edgesOf(plane);
      expect([towards(voxelAt(0, 0, 1)), towards(voxelAt(0, 1, 0)), towards(voxelAt(1, 0, 0))]).toEqual([
        edges.right,
        edges.bottom,
        { axial: 'S', coronal: 'A', sagittal: 'R' }[plane],
      ]);
      expect(grid.edges).toEqual(edges);
      expect(grid.edges?.left).toBe(plane === 'sagittal' ? 'A' : 'R');
    }
  });

  it('puts a mask back on the voxels it was drawn on, as another reader sees it', () => {
    for (const { counts, affine: straight } of CASES) {
      const affine = turned(straight);
      const [width, height, depth] = counts;
      const geometry = geometryOf(affine);
      const truth = new Uint8Array(width * height * depth);
      const ras = nearestReorder(geometry);
      // The voxel at display position (1, 2, 3) of right, anterior, superior.
      const voxel = [0, 0, 0];
      ras.axes.forEach((axis, world) => {
        voxel[axis] = ras.flips[world] ? counts[axis] - 2 - world : 1 + world;
      });
      truth[(voxel[2] * height + voxel[1]) * width + voxel[0]] = 1;
      const volume = { name: 'v', group: 'g', width, height, depth, voxels: numbered(truth.length), truth, geometry, dtype: 'float32' };
      for (const plane of PLANES) {
        const { slices, grid } = slicesOf(volume, { ...paperRecipe(42), plane });
        const back = Uint8Array.from(
          unslice(
            grid,
            slices.map((s) => ({ index: s.index, values: s.truth as Uint8Array })),
            'mask',
          ),
        );
        const file = writeNifti(back, { width, height, depth, geometry });
        const header = readHeader(file.buffer);
        expectClose(header.affine.flat(), affine, 3);
        const written = new Uint8Array(readImage(header, file.buffer));
        expect(written.indexOf(1)).toBe(truth.indexOf(1));
        expect(written.lastIndexOf(1)).toBe(truth.indexOf(1));
      }
    }
  });
});

describe('edges', () => {
  it('are those of a radiologist', () => {
    expect(edgesOf('axial')).toEqual({ left: 'R', right: 'L', top: 'A', bottom: 'P' });
    expect(edgesOf('coronal')).toEqual({ left: 'R', right: 'L', top: 'S', bottom: 'I' });
    expect(edgesOf('sagittal')).toEqual({ left: 'A', right: 'P', top: 'S', bottom: 'I' });
  });

  it('of a single plane are its own, whichever plane is asked for', () => {
    const geometry = geometryOf([0, 0, 1, 0, 1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 1]);
    const grid = gridOf({ width: 9, height: 8, depth: 1, geometry }, 9);
    expect([grid.plane, grid.edges, grid.slices.count]).toEqual(['sagittal', edgesOf('sagittal'), 1]);
    // Stored with anterior to the right: the columns are turned round.
    expect([grid.columns.stride, grid.rows.stride]).toEqual([-1, 9]);
  });
});

describe('where a header says it twice, or not at all', () => {
  const codes = (q: number, s: number) =>
    niftiFile([4, 4, 4], (i) => i, { patch: (v) => [q, s].forEach((code, i) => void v.setInt16(252 + 2 * i, code, true)) });
  it.each([
    [1, 0, 'q-form', true],
    [0, 1, 's-form', true],
    [1, 1, 's-form', true],
    [0, 0, undefined, false],
  ])('q-form code %i, s-form code %i: %s', async (q, s, from, known) => {
    const { orientationFrom, geometry, notes } = await decodeFile(new Blob([codes(q, s)]), 'a.nii', 'image');
    expect([orientationFrom, geometry.known]).toEqual([from, known]);
    expect(notes.join().includes('left and right are unknown')).toBe(!known);
  });
});

it('an s-form and a q-form that disagree are said, with the distance', async () => {
  const moved = niftiFile([4, 4, 4], (i) => i, { patch: (v) => v.setFloat32(292, 30, true) });
  const { notes, orientationFrom } = await decodeFile(new Blob([moved]), 'a.nii', 'image');
  expect(orientationFrom).toBe('s-form');
  expect(notes).toEqual(['Its s-form and q-form place it up to 30 mm apart; the s-form was used.']);
});

describe('a mask of a DICOM series', () => {
  it('has the geometry of the headers: LPS turned to RAS, slices by position', async () => {
    const along = [0.96, 0.28, 0];
    const down = [-0.28 * 0.8, 0.96 * 0.8, 0.6];
    const normal = [0.28 * 0.6, -0.96 * 0.6, 0.8];
    const files = Object.fromEntries(
      [2, 0, 3, 1].map((k, n) => {
        const position = [10, -20, 30].map((v, a) => v + 2.5 * k * normal[a]);
        const tags = sliceTags(6, 5, position, { '00200037': [...along, ...down].join('\\'), '00280030': '1.5\\0.75' });
        return [`p/${n}.dcm`, dicom(tags, rawBytes(Int16Array.from({ length: 30 }, (_, i) => 100 * k + i)))];
      }),
    );
    const [{ volume }] = (await decodeDrop(drop(files))).volumes;
    expect(isInvertible(volume.geometry.affine)).toBe(true);
    const { width, height, depth, geometry } = volume;
    expect([width, height, depth, volume.voxels[0], volume.voxels[90]]).toEqual([6, 5, 4, 0, 300]);
    const file = writeNifti(new Uint8Array(120).fill(1, 93, 94), { width, height, depth, geometry });
    const header = readHeader(file.buffer);
    // Voxel (3, 0, 3): C.7.6.2.1.1 by hand, then the first two coordinates change sign.
    const lps = [10, -20, 30].map((v, a) => v + 7.5 * normal[a] + 3 * 0.75 * along[a]);
    expectClose(place(header.affine.flat(), [3, 0, 3]), [-lps[0], -lps[1], lps[2]], 4);
    expect(new Uint8Array(readImage(header, file.buffer)).indexOf(1)).toBe(93);
    expect(header.dims.slice(0, 4)).toEqual([3, 6, 5, 4]);
  });
});
