/** Volumes to slices: the axial direction, [0, 1] over the volume, empty slices dropped, resized to the model; and back again. */
import type { Slice, Volume } from '../core/types';
import { brainStatistics } from './brain';
import { counted, DataError } from './errors';
import { type Axis, type Fit, type Grid, gridOf } from './grid';
import type { PlaneName } from './orientation';

import { areaWeights, imageWeights, resize } from './resample';

/** A slice is empty when fewer than this share of its pixels … */
const EMPTY_SHARE = 0.01;
/** … is above this level of the volume's [0, 1] range. */
const EMPTY_LEVEL = 0.05;

export type Sliced = {
  slices: Slice[];
  /** How many slices were dropped as empty. */
  empty: number;
  /** Sentences about what was left out. */
  notes: string[];
  /** Labelled anomalous as a whole, with no mask to say where: any of its slices may hold the anomaly, so none of them is known to be healthy. */
  anomalousVolume: boolean;
  /** What `unslice` needs to put maps back on the source grid. */
  grid: Grid;
};

/** @throws DataError when there is nothing to see: a single pixel, or the same value everywhere */
export function assertContrast({ width, height, depth, voxels }: Volume): { min: number; max: number } {
  if ([width, height, depth].filter((n) => n > 1).length < 2) {
    const shape = depth === 1 ? `${width} × ${height} pixels` : `${width} × ${height} × ${depth} voxels`;
    throw new DataError(`It has ${shape}: an image needs at least 2 × 2. Leave it out.`);
  }
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const v of voxels) {
    if (v < min) min = v;
    if (v > max) max = v;
  }
  if (min === max) throw new DataError(`It has no contrast: its value is ${min} everywhere. Leave it out or export it again.`);
  return { min, max };
}

/** Cuts a volume into axial slices of `size` × `size`, row 0 anterior, column 0 the patient's right.
 *
 * Intensities are scaled to [0, 1] by the volume's minimum and maximum, after which padding is 0 like the minimum. The square keeps
 * physical proportions. A slice's label comes from its mask; without one a single image takes the volume's label, and every slice of a
 * volume labelled normal is normal, while a slice of an anomalous volume stays unlabelled, since the anomaly may lie elsewhere.
 * @throws DataError for a volume without contrast, or with nothing but empty slices */
export function slicesOf(volume: Volume, size: number, options: { plane?: PlaneName } = {}): Sliced {
  const { min, max } = assertContrast(volume);
  const grid = gridOf(volume, size, options.plane);
  const { rows, columns } = grid;
  const pixelCount = rows.count * columns.count;
  const scale = 1 / (max - min);
  const resizing = { rows: imageWeights(grid.rowFit, size), columns: imageWeights(grid.columnFit, size) };
  const covering = { rows: areaWeights(grid.rowFit, size), columns: areaWeights(grid.columnFit, size) };
  const plane = new Float32Array(pixelCount);
  const kept: Omit<Slice, 'brain'>[] = [];
  let vanished = 0;

  for (let n = 0; n < grid.slices.count; n++) {
    takePlane(volume.voxels, grid, n, plane);
    let above = 0;
    for (let i = 0; i < pixelCount; i++) {
      plane[i] = (plane[i] - min) * scale;
      if (plane[i] > EMPTY_LEVEL) above++;
    }
    if (above < EMPTY_SHARE * pixelCount) continue;
    const index = voxelIndex(grid.slices, n);
    const slice: Omit<Slice, 'brain'> = {
      name: grid.slices.count === 1 ? volume.name : `${volume.name} slice ${index}`,
      group: volume.group,
      volume: volume.name,
      index,
      height: size,
      width: size,
      pixels: resize(plane, rows.count, columns.count, resizing.rows, resizing.columns),
      oriented: grid.oriented,
    };
    if (grid.pixelArea !== undefined) slice.pixelArea = grid.pixelArea;
    if (volume.truth) {
      takePlane(volume.truth, grid, n, plane);
      const anomalous = plane.some((t) => t > 0);
      const share = resize(plane, rows.count, columns.count, covering.rows, covering.columns);
      slice.truth = Uint8Array.from(share, (s) => (s >= 0.5 - 1e-6 ? 1 : 0));
      if (anomalous && !slice.truth.includes(1)) vanished++;
      slice.label = anomalous ? 1 : 0;
    }
    const single = grid.slices.count === 1;
    if (volume.label !== undefined && (single || (!volume.truth && volume.label === 0))) slice.label = volume.label;
    kept.push(slice);
  }

  if (kept.length === 0) {
    throw new DataError(
      'It is empty: less than 1 % of every slice is above 5 % of its brightest value. Leave it out, or remove the one bright spot.',
    );
  }
  const empty = grid.slices.count - kept.length;
  const notes: string[] = [];
  if (empty > 0) notes.push(`${empty} of ${counted(grid.slices.count, 'slice')} dropped as empty.`);
  if (vanished > 0)
    notes.push(`In ${counted(vanished, 'slice')} the mask is too small to survive at ${size} × ${size} pixels; the label stays anomalous.`);
  const brain = brainStatistics(kept.map((s) => s.pixels));
  const anomalousVolume = volume.label === 1 && !volume.truth && grid.slices.count > 1;
  return { slices: kept.map((slice) => ({ ...slice, brain })), empty, notes, anomalousVolume, grid };
}

/** Copies slice n, in display order, into `plane` [rows, columns]. */
function takePlane(source: Float32Array | Uint8Array, { slices, rows, columns }: Grid, n: number, plane: Float32Array): void {
  const base = slices.start + rows.start + columns.start + n * slices.stride;
  for (let r = 0, o = 0; r < rows.count; r++) {
    let at = base + r * rows.stride;
    for (let c = 0; c < columns.count; c++, o++, at += columns.stride) plane[o] = source[at];
  }
}

/** Position n of the display order as a voxel index of the file; the map is its own inverse. */
function voxelIndex(axis: Axis, n: number): number {
  return axis.stride < 0 ? axis.count - 1 - n : n;
}

/** Puts maps at model size back onto the source grid.
 * @param maps one per slice, `index` as in `Slice`; slices without a map (dropped as empty) stay 0
 * @param as 'map' interpolates bilinearly, 'mask' takes the nearest pixel
 * @returns one value a voxel, in the voxel order of the source */
export function unslice(
  grid: Grid,
  maps: Iterable<{ index: number; values: Float32Array | Uint8Array }>,
  as: 'map' | 'mask',
): Float32Array<ArrayBuffer> {
  const { size, slices, rows, columns } = grid;
  const out = new Float32Array(grid.width * grid.height * grid.depth);
  const y = positions(grid.rowFit, size, as);
  const x = positions(grid.columnFit, size, as);
  for (const { index, values } of maps) {
    const base = slices.start + rows.start + columns.start + voxelIndex(slices, index) * slices.stride;
    for (let r = 0; r < rows.count; r++) {
      const upper = y.first[r] * size;
      const lower = y.second[r] * size;
      const ty = y.share[r];
      let at = base + r * rows.stride;
      for (let c = 0; c < columns.count; c++, at += columns.stride) {
        const [x0, x1, tx] = [x.first[c], x.second[c], x.share[c]];
        const top = values[upper + x0] * (1 - tx) + values[upper + x1] * tx;
        const bottom = values[lower + x0] * (1 - tx) + values[lower + x1] * tx;
        out[at] = top * (1 - ty) + bottom * ty;
      }
    }
  }
  return out;
}

/** For every source pixel the two model pixels around its centre and the share of the second; for masks the nearest, twice. */
function positions({ count, pad, extent }: Fit, size: number, as: 'map' | 'mask') {
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const share = new Float32Array(count);
  const within = (i: number) => Math.max(0, Math.min(size - 1, i));
  for (let i = 0; i < count; i++) {
    const at = ((pad + i + 0.5) * size) / extent - 0.5;
    if (as === 'mask') {
      first[i] = within(Math.round(at));
      second[i] = first[i];
    } else {
      first[i] = within(Math.floor(at));
      second[i] = within(Math.floor(at) + 1);
      share[i] = at - Math.floor(at);
    }
  }
  return { first, second, share };
}
