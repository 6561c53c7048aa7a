/** Volumes to slices as a recipe says: a direction, [0, 1], empty slices dropped, resized to the model; and back again. */
import { paperRecipe, type Recipe } from '../core/recipe';
import type { Slice, Stack, Volume } from '../core/types';
import { brainStatistics } from './brain';
import { counted, DataError } from './errors';
import { type Axis, type Fit, type Grid, gridOf } from './grid';
import { type Mapping, mapPixels, mappingOf, rangeOf } from './recipe';
import { areaWeights, imageWeights, resize } from './resample';

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
export function assertContrast({ width, height, depth, voxels }: Volume): void {
  if ([width, height, depth].filter((n) => n > 1).length < 2) {
    const shape = depth === 1 ? `${width} × ${height} pixels` : `${width} × ${height} × ${depth} voxels`;
    throw new DataError(`It has ${shape}: an image needs at least 2 × 2. Leave it out.`);
  }
  const [value] = voxels;
  if (voxels.every((v) => v === value))
    throw new DataError(`It has no contrast: its value is ${value} everywhere. Leave it out or export it again.`);
}

/** Cuts a volume into slices as a recipe says; the papers' are axial, row 0 anterior, column 0 the patient's right.
 *
 * Pixels are in [0, 1] and the background is 0, like the padding. A square keeps physical proportions. A slice's label comes from its mask;
 * without one a single image takes the volume's label, and every slice of a volume labelled normal is normal, while a slice of an anomalous
 * volume stays unlabelled, since the anomaly may lie elsewhere.
 * @param how a recipe; a number is the papers' at that size
 * @param organ in voxel order, not 0 inside the organ
 * @throws DataError for a volume without contrast, or with nothing but empty slices */
export function slicesOf(volume: Volume, how: Recipe | number, organ: Uint8Array | null = null): Sliced {
  assertContrast(volume);
  const recipe = typeof how === 'number' ? paperRecipe(how) : how;
  const cutter = cutterOf(volume, recipe, organ);
  const { grid } = cutter;
  const { size } = recipe;
  const single = grid.slices.count === 1;
  const covering = { rows: areaWeights(grid.rowFit, size), columns: areaWeights(grid.columnFit, size) };
  const [first, last] = rangeOf(grid.slices.count, recipe.range);
  const stack = stackOf(grid);
  const kept: Omit<Slice, 'brain'>[] = [];
  let vanished = 0;

  for (let n = first; n <= last; n++) {
    const plane = cutter.mapped(n);
    if (isEmpty(plane, recipe.nonEmpty)) continue;
    const index = voxelIndex(grid.slices, n);
    const slice: Omit<Slice, 'brain'> = {
      name: single ? volume.name : `${volume.name} slice ${index}`,
      group: volume.group,
      volume: volume.name,
      index,
      height: size,
      width: size,
      pixels: cutter.resized(plane),
      edges: grid.edges,
    };
    if (grid.pixelArea !== undefined) slice.pixelArea = grid.pixelArea;
    if (!single) slice.stack = stack;
    if (volume.truth) {
      takePlane(volume.truth, grid, n, plane);
      const anomalous = plane.some((t) => t > 0);
      const share = resize(plane, grid.rows.count, grid.columns.count, covering.rows, covering.columns);
      slice.truth = Uint8Array.from(share, (s) => (s >= 0.5 - 1e-6 ? 1 : 0));
      if (anomalous && !slice.truth.includes(1)) vanished++;
      slice.label = anomalous ? 1 : 0;
    }
    if (volume.label !== undefined && (single || (!volume.truth && volume.label === 0))) slice.label = volume.label;
    kept.push(slice);
  }

  const cut = last - first + 1;
  if (kept.length === 0) {
    const { level, share } = recipe.nonEmpty ?? { level: 0, share: 0 };
    throw new DataError(
      `It is empty: less than ${100 * share} % of every slice is above ${100 * level} % of its range. Leave it out, or remove the one bright spot.`,
    );
  }
  const empty = cut - kept.length;
  const notes: string[] = [];
  if (cut < grid.slices.count) notes.push(`Slices ${first + 1} to ${last + 1} of ${grid.slices.count} kept by the recipe.`);
  if (empty > 0) notes.push(`${empty} of ${counted(cut, 'slice')} dropped as empty.`);
  if (vanished > 0)
    notes.push(`In ${counted(vanished, 'slice')} the mask is too small to survive at ${size} × ${size} pixels; the label stays anomalous.`);
  const brain = brainStatistics(kept.map((s) => s.pixels));
  const anomalousVolume = volume.label === 1 && !volume.truth && grid.slices.count > 1;
  return { slices: kept.map((slice) => ({ ...slice, brain })), empty, notes, anomalousVolume, grid };
}

/** One slice before and after the recipe, for looking at: `before` is the papers' [0, 1] over the whole volume, both at the recipe's size.
 * @param n counted in display order */
export function previewOf(
  volume: Volume,
  recipe: Recipe,
  organ: Uint8Array | null,
  n: number,
): { before: Float32Array; after: Float32Array } {
  const plain = cutterOf(volume, { ...paperRecipe(recipe.size), plane: recipe.plane }, null);
  const cut = cutterOf(volume, recipe, organ);
  return { before: plain.resized(plain.mapped(n)), after: cut.resized(cut.mapped(n)) };
}

export function isEmpty(plane: Float32Array, filter: Recipe['nonEmpty']): boolean {
  if (!filter) return false;
  const { level } = filter;
  let above = 0;
  for (let i = 0; i < plane.length; i++) if (plane[i] > level) above++;
  return above < filter.share * plane.length;
}

/** Cuts and resizes one slice at a time. `mapped` returns the same array each time. */
function cutterOf(volume: Volume, recipe: Recipe, organMask: Uint8Array | null) {
  const organ = recipe.organ ? organMask : null;
  const grid = gridOf(volume, recipe);
  const { rows, columns } = grid;
  const mapping: Mapping = mappingOf(volume.voxels, recipe.intensity, organ);
  const rowWeights = imageWeights(grid.rowFit, recipe.size, recipe.resampling);
  const columnWeights = imageWeights(grid.columnFit, recipe.size, recipe.resampling);
  const plane = new Float32Array(rows.count * columns.count);
  const inside = organ ? new Float32Array(plane.length) : null;
  return {
    grid,
    mapped(n: number): Float32Array {
      takePlane(volume.voxels, grid, n, plane);
      if (organ && inside) takePlane(organ, grid, n, inside);
      mapPixels(plane, mapping, inside);
      return plane;
    },
    resized: (pixels: Float32Array) => resize(pixels, rows.count, columns.count, rowWeights, columnWeights),
  };
}

/** Copies slice n, in display order, into `plane` [rows, columns]. */
function takePlane(source: Float32Array | Uint8Array, { slices, rows, columns }: Grid, n: number, plane: Float32Array): void {
  const base = slices.start + rows.start + columns.start + n * slices.stride;
  for (let r = 0, o = 0; r < rows.count; r++) {
    let at = base + r * rows.stride;
    for (let c = 0; c < columns.count; c++, o++, at += columns.stride) plane[o] = source[at];
  }
}

function stackOf({ plane, slices, rows, rowFit, size }: Grid): Stack {
  return { plane, count: slices.count, reversed: slices.stride < 0, pitch: (slices.spacing * size) / (rowFit.extent * rows.spacing) };
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
