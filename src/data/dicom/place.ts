/** Where the pixels of a DICOM file lie, from LPS to RAS. PS3.3 C.7.6.2.1.1. */
import type { DataSet } from 'dicom-parser';
import { isInvertible, spacingOf } from '../../core/affine';
import type { Geometry } from '../../core/types';
import { unknown } from '../nrrd';
import { items, numbers } from './header';

export type Vector = readonly [number, number, number];

/** One plane: its first pixel's centre in LPS millimetres, the directions of its columns and rows, and its pixel size. */
export type Plane = {
  position: Vector;
  /** Towards higher column indices. */
  along: Vector;
  /** Towards higher row indices. */
  down: Vector;
  /** Between rows, between columns. */
  spacing: readonly [number, number];
};

export const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const normalOf = ({ along: a, down: d }: Pick<Plane, 'along' | 'down'>): Vector => [
  a[1] * d[2] - a[2] * d[1],
  a[2] * d[0] - a[0] * d[2],
  a[0] * d[1] - a[1] * d[0],
];

/** The plane of a single-frame file, or of the top level of a classic multi-frame one; null where the header does not say. */
export function planeOf(dataSet: DataSet): Plane | null {
  return planeFrom(
    numbers(dataSet, 'x00200032', 3),
    numbers(dataSet, 'x00200037', 6),
    numbers(dataSet, 'x00280030', 2) ?? numbers(dataSet, 'x00181164', 2),
  );
}

function planeFrom(position: number[] | null, orientation: number[] | null, spacing: number[] | null): Plane | null {
  if (!position || !orientation || !spacing || !(spacing[0] > 0 && spacing[1] > 0)) return null;
  const along = orientation.slice(0, 3) as unknown as Vector;
  const down = orientation.slice(3) as unknown as Vector;
  // Unit vectors at right angles, as far as the decimals of a header go.
  const unit = [along, down].every((v) => Math.abs(Math.hypot(...v) - 1) < 1e-2) && Math.abs(dot(along, down)) < 1e-2;
  return unit ? { position: position as unknown as Vector, along, down, spacing: [spacing[0], spacing[1]] } : null;
}

/** The planes of an enhanced multi-frame file, from its functional groups; null where one does not say. */
export function framePlanes(dataSet: DataSet, frames: number): Plane[] | null {
  const [shared] = items(dataSet, 'x52009229');
  const groups = items(dataSet, 'x52009230');
  if (groups.length !== frames) return null;
  const planes = groups.map((group) => {
    const from = (sequence: string) => items(group, sequence)[0] ?? items(shared, sequence)[0];
    const [position, orientation, measures] = ['x00209113', 'x00209116', 'x00289110'].map(from);
    if (!position || !orientation || !measures) return null;
    return planeFrom(numbers(position, 'x00200032', 3), numbers(orientation, 'x00200037', 6), numbers(measures, 'x00280030', 2));
  });
  return planes.every((p) => p !== null) ? (planes as Plane[]) : null;
}

/** The RAS affine of planes `step` apart (LPS millimetres), or null where it is not usable. */
export function geometryFrom({ position, along, down, spacing }: Plane, step: Vector): Geometry | null {
  const row = (r: number) => {
    const sign = r < 2 ? -1 : 1;
    return [sign * along[r] * spacing[1], sign * down[r] * spacing[0], sign * step[r], sign * position[r]];
  };
  const affine = [...row(0), ...row(1), ...row(2), 0, 0, 0, 1];
  return isInvertible(affine) ? { affine, spacing: spacingOf(affine), known: true } : null;
}

/** Distance between slices that a header states; 1 where it does not. */
function statedStep(dataSet: DataSet): number {
  const offsets = numbers(dataSet, 'x3004000c', 2);
  const step = offsets ? offsets[1] - offsets[0] : (numbers(dataSet, 'x00180088', 1) ?? numbers(dataSet, 'x00180050', 1))?.[0];
  return step !== undefined && Number.isFinite(step) && step !== 0 ? step : 1;
}

export type Placed = {
  geometry: Geometry;
  /** Frames in the order in which they lie in space; null where that is the file's. */
  order: number[] | null;
};

/** Where the frames of one file lie. @param notes receives a sentence where that is not known */
export function placeFile(dataSet: DataSet, frames: number, notes: string[]): Placed {
  const planes = frames > 1 || dataSet.elements.x52009230 ? framePlanes(dataSet, frames) : null;
  const stack = planes && areParallel(planes) ? stackOf(planes) : null;
  if (stack && 'step' in stack && stack.gaps.length === 0) {
    const geometry = geometryFrom((planes as Plane[])[stack.order[0]], stack.step);
    if (geometry) return { geometry, order: stack.order.every((f, i) => f === i) ? null : stack.order };
  }
  const plane = planes?.[0] ?? planeOf(dataSet);
  const single = plane && (frames === 1 || !planes) ? plane : null;
  if (single) {
    const normal = normalOf(single);
    const length = statedStep(dataSet);
    const geometry = geometryFrom(single, normal.map((v) => v * length) as unknown as Vector);
    if (geometry) return { geometry, order: null };
  }
  notes.push(
    planes
      ? `Its ${frames} frames are no stack of evenly spaced planes; left and right are unknown.`
      : 'Its header does not say where its pixels lie; left and right are unknown.',
  );
  const size = numbers(dataSet, 'x00280030', 2);
  return {
    geometry: unknown(size && size[0] > 0 && size[1] > 0 ? [size[1], size[0], Math.abs(statedStep(dataSet))] : [1, 1, 1]),
    order: null,
  };
}

/** Whether planes point the same way and have pixels of the same size. */
function areParallel([first, ...others]: readonly Plane[]): boolean {
  const numbersOf = ({ along, down, spacing }: Plane) => [...along, ...down, ...spacing];
  const own = numbersOf(first);
  return others.every((plane) => numbersOf(plane).every((v, i) => Math.abs(v - own[i]) < 1e-3));
}

/** How far a step may be from the median before the slices count as unevenly spaced; positions are rounded in headers. */
const UNEVEN = 0.03;

export type Stack =
  | {
      order: number[];
      step: Vector;
      /** After which place in `order` planes are missing, and how many. */
      gaps: { after: number; missing: number }[];
      tilted: boolean;
    }
  | { repeated: number[][] }
  | { uneven: [number, number] };

/** Sorts parallel planes along their normal. @returns their order with the step from one to the next; else which of them lie at the same
 * place, or between which two the distance fits no common step. */
export function stackOf(planes: readonly Plane[]): Stack {
  const normal = normalOf(planes[0]);
  const height = planes.map((plane) => dot(plane.position, normal));
  const order = planes.map((_, i) => i).sort((a, b) => height[a] - height[b] || a - b);
  if (planes.length === 1) return { order, step: normal, gaps: [], tilted: false };
  const steps = order.slice(1).map((p, n) => height[p] - height[order[n]]);
  const extent = height[order[order.length - 1]] - height[order[0]];
  const same = Math.max(1e-3, (extent / planes.length) * UNEVEN);
  const places: number[][] = [[order[0]]];
  steps.forEach((step, n) => {
    if (step > same) places.push([order[n + 1]]);
    else places[places.length - 1].push(order[n + 1]);
  });
  if (places.some((place) => place.length > 1)) return { repeated: places };
  const median = [...steps].sort((a, b) => a - b)[Math.floor((steps.length - 1) / 2)];
  const gaps: { after: number; missing: number }[] = [];
  let total = 0;
  for (const [n, step] of steps.entries()) {
    const times = Math.round(step / median);
    if (Math.abs(step - times * median) > UNEVEN * median * Math.max(1, times)) return { uneven: [order[n], order[n + 1]] };
    if (times > 1) gaps.push({ after: n, missing: times - 1 });
    total += times;
  }
  const [first, last] = [planes[order[0]].position, planes[order[order.length - 1]].position];
  const step = [0, 1, 2].map((a) => (last[a] - first[a]) / total) as unknown as Vector;
  return { order, step, gaps, tilted: dot(step, normal) < Math.cos(Math.PI / 180) * Math.hypot(...step) };
}
