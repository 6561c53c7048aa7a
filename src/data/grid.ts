/** How the axial slices of a volume lie on its voxel grid: which voxel axis is which, and how a slice fits its square. */
import type { Geometry } from '../core/types';

/** One slice direction on the voxel array: voxel n of it, counted in display order, is `start + n · stride` voxels into the array. */
export type Axis = { voxelAxis: 0 | 1 | 2; count: number; start: number; stride: number; spacing: number };

/** One side of the square that a slice is fitted into, in source pixels: `pad` before the image, `extent` in all. */
export type Fit = { count: number; pad: number; extent: number };

export type Grid = {
  size: number;
  width: number;
  height: number;
  depth: number;
  geometry: Geometry;
  /** From inferior to superior, from anterior to posterior (rows), from the patient's right to left (columns). */
  slices: Axis;
  rows: Axis;
  columns: Axis;
  rowFit: Fit;
  columnFit: Fit;
  /** Whether left and right on the slices are the patient's. */
  oriented: boolean;
  /** Area of one model pixel in mm², where the file says how large voxels are. */
  pixelArea: number | undefined;
};

type Shape = { width: number; height: number; depth: number; geometry: Geometry };

/** Lays axial slices of `size` × `size` over a volume by the nearest permutation of its axes: nothing is interpolated between slices. */
export function gridOf({ width, height, depth, geometry }: Shape, size: number): Grid {
  const counts = [width, height, depth];
  const strides = [1, width, width * height];
  const plan = planOf(geometry, counts);
  const axis = (voxelAxis: 0 | 1 | 2, reversed: boolean): Axis => {
    const [count, stride] = [counts[voxelAxis], strides[voxelAxis]];
    const start = reversed ? (count - 1) * stride : 0;
    return { voxelAxis, count, start, stride: reversed ? -stride : stride, spacing: geometry.spacing[voxelAxis] };
  };
  const slices = axis(...plan.slices);
  const rows = axis(...plan.rows);
  const columns = axis(...plan.columns);
  const side = Math.max(rows.count * rows.spacing, columns.count * columns.spacing);
  const oriented = geometry.known && plan.axial;
  const pixelArea = geometry.known ? (side / size) ** 2 : undefined;
  const shared = { size, width, height, depth, geometry, slices, rows, columns, oriented, pixelArea };
  return { ...shared, rowFit: fitOf(rows, side), columnFit: fitOf(columns, side) };
}

/** The padding is a whole number of source pixels, so that a slice that needs no resizing is not blurred by half a pixel. */
function fitOf({ count, spacing }: Axis, side: number): Fit {
  const extent = side / spacing;
  return { count, extent, pad: Math.floor((extent - count) / 2 + 1e-6) };
}

type Plan = Record<'slices' | 'rows' | 'columns', [voxelAxis: 0 | 1 | 2, reversed: boolean]> & { axial: boolean };

const PERMUTATIONS: readonly (readonly [0 | 1 | 2, 0 | 1 | 2, 0 | 1 | 2])[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

function planOf({ affine, spacing }: Geometry, counts: readonly number[]): Plan {
  const cosine = (world: number, voxelAxis: number) => affine[4 * world + voxelAxis] / spacing[voxelAxis];
  const fit = (p: readonly number[]) => p.reduce((sum, voxelAxis, world) => sum + Math.abs(cosine(world, voxelAxis)), 0);
  const [x, y, z] = PERMUTATIONS.reduce((best, p) => (fit(p) > fit(best) + 1e-9 ? p : best));
  const single = counts.filter((n) => n === 1).length === 1 ? (counts.indexOf(1) as 0 | 1 | 2) : null;
  if (single !== null && single !== z) {
    // A single sagittal or coronal plane: cut axially it would be lines, so it stays the picture that it is.
    const [columns, rows] = ([0, 1, 2] as const).filter((a) => a !== single);
    return { slices: [single, false], rows: [rows, false], columns: [columns, false], axial: false };
  }
  return { slices: [z, cosine(2, z) < 0], rows: [y, cosine(1, y) > 0], columns: [x, cosine(0, x) > 0], axial: true };
}
