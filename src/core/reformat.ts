/** A volume in three planes, from the slices of one of them. Every voxel is shown as it is: nothing is interpolated, and a slice that is not
 * there stays a gap. */
import { LAYOUT } from './planes';
import { PLANES, type PlaneName } from './recipe';
import type { Geometry, Stack } from './types';

/** A volume as its slices see it, `size` × `size` pixels each. */
export type Box = {
  plane: PlaneName;
  size: number;
  /** Distance between slices, in sides of a pixel. */
  pitch: number;
  /** In order of display: the place in the evaluation of every slice of the volume; −1 where it was left out or not scored. */
  slices: Int32Array;
};

/** A voxel: its slice in order of display, its row and column there. */
export type At = { slice: number; row: number; column: number };
type Axis = keyof At;

/** One plane of a box: which way it runs over the slices, in voxels, and how large it is in sides of a pixel. */
export type View = {
  plane: PlaneName;
  down: Axis;
  across: Axis;
  through: Axis;
  rows: number;
  columns: number;
  height: number;
  width: number;
};

/** What stands for a voxel of a slice that is not there. */
export const GAP = -1;

/** The box of a volume; null for a single image. */
export function boxOf(slices: readonly { volume: string; index: number; stack: Stack | null }[], volume: string, size: number): Box | null {
  const stack = slices.find((slice) => slice.volume === volume)?.stack;
  if (!stack) return null;
  const places = new Int32Array(stack.count).fill(GAP);
  slices.forEach((slice, i) => {
    if (slice.volume === volume) places[stack.reversed ? stack.count - 1 - slice.index : slice.index] = i;
  });
  return { plane: stack.plane, size, pitch: stack.pitch, slices: places };
}

export function viewOf({ plane, size, pitch, slices }: Box, of: PlaneName): View {
  const own = LAYOUT[plane];
  const axisAlong = (world: number): Axis => (world === own.slices.world ? 'slice' : world === own.rows.world ? 'row' : 'column');
  const { slices: deep, rows, columns } = LAYOUT[of];
  const [down, across, through] = [rows, columns, deep].map(({ world }) => axisAlong(world));
  const voxels = (axis: Axis) => (axis === 'slice' ? slices.length : size);
  const extent = (axis: Axis) => (axis === 'slice' ? slices.length * pitch : size);
  return { plane: of, down, across, through, rows: voxels(down), columns: voxels(across), height: extent(down), width: extent(across) };
}

export const viewsOf = (box: Box): View[] => PLANES.map((plane) => viewOf(box, plane));

/** The voxel at a row and column of a view through `at`. On screen, rows run to the feet or the back and columns to the left or the back, slices
 * the other way. */
export function voxelAt(box: Box, { down, across }: View, at: At, row: number, column: number): At {
  const along = (axis: Axis, n: number) => (axis === 'slice' ? box.slices.length - 1 - n : n);
  return { ...at, [down]: along(down, row), [across]: along(across, column) };
}

/** Row and column of a voxel in a view. */
export function placeIn(box: Box, { down, across }: View, at: At): { row: number; column: number } {
  const along = (axis: Axis) => (axis === 'slice' ? box.slices.length - 1 - at.slice : at[axis]);
  return { row: along(down), column: along(across) };
}

/** The plane through a voxel, row by row as on screen.
 * @param value of a place in the evaluation, and a pixel of that slice
 * @param out rows × columns; `GAP` where there is no slice */
export function reformat(box: Box, view: View, at: At, value: (slice: number, pixel: number) => number, out: Int16Array): Int16Array {
  const { size, slices } = box;
  const origin = voxelAt(box, view, at, 0, 0);
  const step = (axis: Axis, of: Axis) => (axis !== of ? 0 : axis === 'slice' ? -1 : 1);
  const [downSlice, acrossSlice] = [step(view.down, 'slice'), step(view.across, 'slice')];
  const pixels = (axis: Axis) => step(axis, 'row') * size + step(axis, 'column');
  const [downPixel, acrossPixel] = [pixels(view.down), pixels(view.across)];
  const first = origin.row * size + origin.column;
  for (let r = 0, o = 0; r < view.rows; r++)
    for (let c = 0; c < view.columns; c++, o++) {
      const slice = slices[origin.slice + r * downSlice + c * acrossSlice];
      out[o] = slice === GAP ? GAP : value(slice, first + r * downPixel + c * acrossPixel);
    }
  return out;
}

/** All voxels of a box, the first along a row, then down the rows, then through the slices in order of display; 0 where there is no slice.
 * @param value from 0 to 255, of a place in the evaluation and a pixel of that slice */
export function voxelsOf({ size, slices }: Box, value: (slice: number, pixel: number) => number): Uint8Array<ArrayBuffer> {
  const pixels = size * size;
  const out = new Uint8Array(slices.length * pixels);
  slices.forEach((slice, n) => {
    if (slice !== GAP) for (let i = 0; i < pixels; i++) out[n * pixels + i] = value(slice, i);
  });
  return out;
}

/** Where those voxels lie, the middle of the box at the origin. Oblique scans are straightened to the nearest axes, as on screen.
 * @param side of a pixel in millimetres; null where the file does not say */
export function geometryOf({ plane, size, pitch, slices }: Box, side: number | null): Geometry {
  const pixel = side ?? 1;
  const spacing = [pixel, pixel, pitch * pixel] as const;
  const counts = [size, size, slices.length];
  const { columns, rows, slices: through } = LAYOUT[plane];
  const affine = new Array<number>(16).fill(0);
  [columns, rows, through].forEach(({ world, positive }, axis) => {
    const step = positive ? spacing[axis] : -spacing[axis];
    affine[4 * world + axis] = step;
    affine[4 * world + 3] = (-step * (counts[axis] - 1)) / 2;
  });
  affine[15] = 1;
  return { affine, spacing, known: side !== null };
}
