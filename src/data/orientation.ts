/** Which way a volume lies: letters, the nearest reordering of its axes to right-anterior-superior, and the planes to look at it in. */
import { type Direction, LAYOUT, letterAt } from '../core/planes';
import { PLANES, type PlaneName } from '../core/recipe';
import type { AxisIndex, Geometry } from '../core/types';

/** Signed axes: display axis d (right, anterior, superior) runs along voxel axis `axes[d]`, backwards where `flips[d]`. */
export type Reorder = { axes: readonly [AxisIndex, AxisIndex, AxisIndex]; flips: readonly [boolean, boolean, boolean] };

export const PERMUTATIONS: readonly (readonly [AxisIndex, AxisIndex, AxisIndex])[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

/** The reordering whose axes lie closest to right, anterior and superior. An exact tie goes to the order in the file. */
export function nearestReorder({ affine, spacing }: Geometry): Reorder {
  const cosine = (world: number, axis: number) => affine[4 * world + axis] / spacing[axis];
  const fit = (p: readonly number[]) => p.reduce((sum, axis, world) => sum + Math.abs(cosine(world, axis)), 0);
  const axes = PERMUTATIONS.reduce((best, p) => (fit(p) > fit(best) + 1e-9 ? p : best));
  const flips = axes.map((axis, world) => cosine(world, axis) < 0) as unknown as Reorder['flips'];
  return { axes, flips };
}

/** Where each voxel axis (width, height, depth) points: 'LPS' and the like, by the nearest direction; each direction once. */
export function axisLetters(geometry: Geometry): string {
  const { axes, flips } = nearestReorder(geometry);
  const letters = ['', '', ''];
  axes.forEach((axis, world) => {
    letters[axis] = letterAt({ world: world as AxisIndex, positive: !flips[world] });
  });
  return letters.join('');
}

/** A display direction on the voxel array: along which voxel axis, and whether against it. */
export type VoxelDirection = { voxelAxis: AxisIndex; reversed: boolean };
export type VoxelLayout = { plane: PlaneName; known: boolean } & Record<'slices' | 'rows' | 'columns', VoxelDirection>;

/** How the slices of a plane lie on the voxels. A volume that is a single plane is shown as that plane, whichever was asked for: cut in
 * another direction it would be lines. */
export function layOutPlane(geometry: Geometry, counts: readonly number[], asked: PlaneName): VoxelLayout {
  const { axes, flips } = nearestReorder(geometry);
  const single = counts.filter((n) => n === 1).length === 1 ? (counts.indexOf(1) as AxisIndex) : null;
  const plane = single === null ? asked : (PLANES.find((p) => axes[LAYOUT[p].slices.world] === single) as PlaneName);
  if (single !== null && !geometry.known) {
    // The file says nothing: the picture stays as it is stored.
    const [columns, rows] = ([0, 1, 2] as const).filter((axis) => axis !== single);
    const asStored = (voxelAxis: AxisIndex) => ({ voxelAxis, reversed: false });
    return { plane, known: false, slices: asStored(single), rows: asStored(rows), columns: asStored(columns) };
  }
  const along = ({ world, positive }: Direction): VoxelDirection => ({ voxelAxis: axes[world], reversed: flips[world] === positive });
  const { slices, rows, columns } = LAYOUT[plane];
  return { plane, known: geometry.known, slices: along(slices), rows: along(rows), columns: along(columns) };
}

type Block = { width: number; height: number; depth: number; geometry: Geometry };

/** The same volume with its voxels in right-anterior-superior order (nothing is interpolated), and the affine that goes with that. */
export function toRas<T extends Float32Array | Uint8Array>(values: T, block: Block): Block & { values: T } {
  const { affine, spacing, known } = block.geometry;
  const { axes, flips } = nearestReorder(block.geometry);
  const counts = [block.width, block.height, block.depth];
  const [width, height, depth] = axes.map((axis) => counts[axis]);
  const column = (d: number, row: number) => affine[4 * row + axes[d]] * (flips[d] ? -1 : 1);
  const origin = (row: number) =>
    affine[4 * row + 3] + axes.reduce<number>((sum, axis, d) => sum + (flips[d] ? affine[4 * row + axis] * (counts[axis] - 1) : 0), 0);
  const moved = [0, 1, 2].flatMap((row) => [column(0, row), column(1, row), column(2, row), origin(row)]);
  const [sx, sy, sz] = axes.map((axis) => spacing[axis]);
  const out = values.slice() as T;
  copy(block, values, (ras, source) => {
    out[ras] = values[source];
  });
  return { width, height, depth, values: out, geometry: { affine: [...moved, 0, 0, 0, 1], spacing: [sx, sy, sz], known } };
}

/** Values in right-anterior-superior order back in the voxel order of `block`: the exact inverse of `toRas`. */
export function fromRas<T extends Float32Array | Uint8Array>(values: T, block: Block): T {
  const out = values.slice() as T;
  copy(block, values, (ras, source) => {
    out[source] = values[ras];
  });
  return out;
}

/** Calls back with the index of every voxel in both orders. */
function copy({ width, height, depth, geometry }: Block, values: ArrayLike<number>, move: (ras: number, source: number) => void): void {
  if (values.length !== width * height * depth)
    throw new RangeError(`${values.length} values do not fill ${width} × ${height} × ${depth} voxels.`);
  const { axes, flips } = nearestReorder(geometry);
  const counts = [width, height, depth];
  const strides = [1, width, width * height];
  const step = axes.map((axis, d) => (flips[d] ? -strides[axis] : strides[axis]));
  const start = axes.reduce<number>((sum, axis, d) => sum + (flips[d] ? (counts[axis] - 1) * strides[axis] : 0), 0);
  const [nx, ny, nz] = axes.map((axis) => counts[axis]);
  for (let z = 0, ras = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0, at = start + z * step[2] + y * step[1]; x < nx; x++, ras++, at += step[0]) move(ras, at);
    }
  }
}
