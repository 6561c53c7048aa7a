/** Which convolutions go by Winograd's F(4 × 4, 3 × 3) on WebAssembly, and how (assembly/winograd.ts). */
import type * as tf from '@tensorflow/tfjs';
import { type Native, native } from './native';
import { WINOGRAD_FILTER, WINOGRAD_GRADIENT, WINOGRAD_PRODUCT, WINOGRAD_SLOPE, WINOGRAD_SOURCE, WINOGRAD_SUMS } from './operations';

type Size = readonly number[];
type Info = tf.backend_util.Conv2DInfo;

const POINTS = 36;
/** Floats between one point's values and the next's. */
const PAD = 16;
/** Tiles a chunk of the product: as many as its scratch holds, or fewer for the threads to share, but not so few that the filter is read too often. */
const MOST_TILES = 32;
const FEWEST_TILES = 8;
const CHUNKS = 16;
const STEPS = 64;
const COLUMNS = 64;
const TILES_A_TRANSFORM = 16;
const ROWS_A_SUM = 32;
/** Fewer products than the direct way by this factor at least: the transforms have their price. */
const LEAST_GAIN = 1.6;
/** Transforming the filter must pay over so many tiles. */
const LEAST_TILES = 16;
const LEAST_CHANNELS = 16;

const ceil = (a: number, b: number) => Math.ceil(a / b);

/** One axis of a filter as at most three taps: for each part (or group), the tap at each of the three offsets, or −1; and the first offset. */
type Axis = { first: number; taps: number[][] };

function axis(pairs: { residue: number; offset: number; tap: number }[], stride: number): Axis | null {
  const first = Math.min(...pairs.map(({ offset }) => offset));
  const taps = Array.from({ length: stride }, () => [-1, -1, -1]);
  for (const { residue, offset, tap } of pairs) {
    if (offset - first > 2) return null;
    taps[residue][offset - first] = tap;
  }
  return { first, taps };
}

/** Output i reads input stride · (i + offset) + residue through `tap`. */
const forwardAxis = (taps: number, stride: number, pad: number): Axis | null =>
  axis(
    Array.from({ length: taps }, (_, tap) => {
      const offset = Math.floor((tap - pad) / stride);
      return { tap, offset, residue: tap - pad - stride * offset };
    }),
    stride,
  );

/** Input stride · i + residue was read by output i + offset through `tap`. */
const backwardAxis = (taps: number, stride: number, pad: number): Axis | null =>
  axis(
    Array.from({ length: stride }, (_, residue) =>
      Array.from({ length: taps }, (_, tap) => ({ residue, tap, offset: (residue + pad - tap) / stride })).filter(({ offset }) =>
        Number.isInteger(offset),
      ),
    ).flat(),
    stride,
  );

/** The taps of every part or group, 9 each. */
const listOf = (rows: Axis, columns: Axis, width: number): number[] =>
  rows.taps.flatMap((down) =>
    columns.taps.flatMap((across) => down.flatMap((a) => across.map((b) => (a < 0 || b < 0 ? -1 : a * width + b)))),
  );

type Plan = { rows: Axis; columns: Axis; down: number; across: number; tiles: number };

/** null where the direct way is better. `grid`: rows and columns of the output (backward: of each of its groups). */
function plan(info: Info, make: typeof forwardAxis, grid: readonly [number, number]): Plan | null {
  const { strideHeight: stride, inChannels, outChannels, filterHeight, filterWidth, padInfo } = info;
  if (stride !== info.strideWidth || stride > 2 || info.dilationHeight * info.dilationWidth !== 1) return null;
  if (inChannels % 4 || outChannels % 4 || Math.min(inChannels, outChannels) < LEAST_CHANNELS) return null;
  const rows = make(filterHeight, stride, padInfo.top);
  const columns = make(filterWidth, stride, padInfo.left);
  if (!rows || !columns) return null;
  const down = ceil(grid[0], 4);
  const across = ceil(grid[1], 4);
  const tiles = info.batchSize * down * across;
  const direct = info.batchSize * grid[0] * grid[1] * filterHeight * filterWidth;
  if (tiles < LEAST_TILES || direct < LEAST_GAIN * tiles * POINTS * stride * stride) return null;
  return { rows, columns, down, across, tiles };
}

type Image = { address: number; size: Size; step: number };

/** Everything that the operations read, in their order, and the list of taps, which is written at `list`. */
function argumentsOf(
  plan: Plan,
  source: Image,
  target: Image,
  list: number,
  filter: number,
  transposed: boolean,
  factor: number,
): number[] {
  const { rows, columns, down, across, tiles } = plan;
  return [
    source.address,
    ...source.size.slice(1),
    source.step,
    rows.first,
    columns.first,
    down,
    across,
    tiles,
    target.address,
    ...target.size.slice(1),
    target.step,
    source.step ** 2 * source.size[3],
    target.step ** 2 * target.size[3],
    factor,
    list,
    filter,
    Number(transposed),
  ];
}

function convolve(on: Native, plan: Plan, source: Image, target: Image, filter: number, transposed: boolean, filterWidth: number): void {
  const depth = source.step ** 2 * source.size[3];
  const panels = ceil(target.step ** 2 * target.size[3], 8);
  const list = listOf(plan.rows, plan.columns, filterWidth);
  const place = on.reserve(4 * (list.length + POINTS * (8 * panels * depth + PAD * ceil(depth, STEPS))) + 16);
  on.i32.set(list, place >> 2);
  const factor = (place + 4 * list.length + 15) & -16;
  const columnBlocks = ceil(8 * panels, COLUMNS);
  const share = 4 * ceil(plan.tiles * columnBlocks, 4 * CHUNKS);
  const tilesAChunk = Math.min(MOST_TILES, Math.max(FEWEST_TILES, share));
  const args = [...argumentsOf(plan, source, target, place, filter, transposed, factor), tilesAChunk];
  on.run(WINOGRAD_FILTER, args, ceil(depth, STEPS) * panels);
  on.run(WINOGRAD_PRODUCT, args, ceil(plan.tiles, tilesAChunk) * columnBlocks);
}

/** y = conv(x), or false where the direct way is better. */
export function winogradForward(info: Info, x: number, filter: number, y: number): boolean {
  const made = plan(info, forwardAxis, [info.outHeight, info.outWidth]);
  if (!made) return false;
  const source = { address: x, size: info.inShape, step: info.strideHeight };
  convolve(native(), made, source, { address: y, size: info.outShape, step: 1 }, filter, false, info.filterWidth);
  return true;
}

/** dx from dy, or false where the direct way is better. */
export function winogradInput(info: Info, dy: number, filter: number, dx: number): boolean {
  const stride = info.strideHeight;
  const made = plan(info, backwardAxis, [ceil(info.inHeight, stride), ceil(info.inWidth, info.strideWidth)]);
  if (!made) return false;
  const source = { address: dy, size: info.outShape, step: 1 };
  convolve(native(), made, source, { address: dx, size: info.inShape, step: stride }, filter, true, info.filterWidth);
  return true;
}

/** dw from x and dy, or false where the direct way is better. */
export function winogradFilter(info: Info, x: number, dy: number, dw: number): boolean {
  const made = plan(info, forwardAxis, [info.outHeight, info.outWidth]);
  if (!made) return false;
  const on = native();
  const { tiles } = made;
  const step = info.strideHeight;
  const depth = step ** 2 * info.inChannels;
  const columns = info.outChannels;
  const list = listOf(made.rows, made.columns, info.filterWidth);
  const byPoint = [depth * tiles, 8 * ceil(columns, 8) * tiles, depth * columns].map((values) => POINTS * (values + PAD));
  const sizes = [list.length, ...byPoint];
  const place = on.reserve(4 * sizes.reduce((a, b) => a + b) + 16);
  on.i32.set(list, place >> 2);
  const fine = (place + 4 * sizes[0] + 15) & -16;
  const slope = fine + 4 * sizes[1];
  const sums = slope + 4 * sizes[2];
  const source = { address: x, size: info.inShape, step };
  const args = [...argumentsOf(made, source, { address: dy, size: info.outShape, step: 1 }, place, dw, false, 0), fine, slope, sums];
  on.run(WINOGRAD_SOURCE, args, ceil(tiles, TILES_A_TRANSFORM));
  on.run(WINOGRAD_SLOPE, args, ceil(tiles, TILES_A_TRANSFORM));
  on.run(WINOGRAD_SUMS, args, POINTS * ceil(depth, ROWS_A_SUM));
  on.run(WINOGRAD_GRADIENT, args, depth);
  return true;
}
