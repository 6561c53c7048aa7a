/** How the slices of a volume lie on its voxel grid: which voxel axis is which, and how a slice fits its square. */
import { edgesOf } from '../core/planes';
import { type PlaneName, paperRecipe, type Recipe } from '../core/recipe';
import type { Edges, Geometry } from '../core/types';
import { layOutPlane, type VoxelDirection } from './orientation';

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
  plane: PlaneName;
  /** Axial: from inferior to superior, rows from anterior to posterior, columns from the patient's right to left; the others as `LAYOUT` in
   * orientation.ts has them. */
  slices: Axis;
  rows: Axis;
  columns: Axis;
  rowFit: Fit;
  columnFit: Fit;
  /** Letters for the edges of a slice; null where the file does not say. */
  edges: Edges | null;
  /** Area of one model pixel in mm², where the file says how large voxels are. */
  pixelArea: number | undefined;
};

type Shape = { width: number; height: number; depth: number; geometry: Geometry };

/** What of a recipe decides where slices lie. */
export type Layout = Pick<Recipe, 'size' | 'plane' | 'topCrop' | 'square'>;

/** Lays slices over a volume by the nearest permutation of its axes: nothing is interpolated between slices.
 * @param recipe a number is the papers' recipe at that size */
export function gridOf({ width, height, depth, geometry }: Shape, recipe: Layout | number): Grid {
  const { size, plane, topCrop, square } = typeof recipe === 'number' ? paperRecipe(recipe) : recipe;
  const counts = [width, height, depth];
  const strides = [1, width, width * height];
  const layout = layOutPlane(geometry, counts, plane);
  const axis = ({ voxelAxis, reversed }: VoxelDirection): Axis => {
    const [count, stride] = [counts[voxelAxis], strides[voxelAxis]];
    const start = reversed ? (count - 1) * stride : 0;
    return { voxelAxis, count, start, stride: reversed ? -stride : stride, spacing: geometry.spacing[voxelAxis] };
  };
  const [slices, ...sides] = [layout.slices, layout.rows, layout.columns].map(axis);
  let [rows, columns] = sides;
  const cut = Math.floor(rows.count * topCrop);
  rows = kept(rows, cut, rows.count - cut);
  if (square === 'crop') {
    const side = Math.min(rows.count * rows.spacing, columns.count * columns.spacing);
    [rows, columns] = [rows, columns].map((one) => {
      const count = Math.max(1, Math.floor(side / one.spacing + 1e-6));
      return kept(one, Math.floor((one.count - count) / 2), count);
    });
  }
  const side = Math.max(rows.count * rows.spacing, columns.count * columns.spacing);
  const edges = layout.known ? edgesOf(layout.plane) : null;
  const pixelArea = geometry.known ? (side / size) ** 2 : undefined;
  const shared = { size, width, height, depth, geometry, plane: layout.plane, slices, rows, columns, edges, pixelArea };
  return { ...shared, rowFit: fitOf(rows, side), columnFit: fitOf(columns, side) };
}

/** A part of an axis. */
function kept(axis: Axis, from: number, count: number): Axis {
  return { ...axis, count, start: axis.start + from * axis.stride };
}

/** The padding is a whole number of source pixels, so that a slice that needs no resizing is not blurred by half a pixel. */
function fitOf({ count, spacing }: Axis, side: number): Fit {
  const extent = side / spacing;
  return { count, extent, pad: Math.floor((extent - count) / 2 + 1e-6) };
}
