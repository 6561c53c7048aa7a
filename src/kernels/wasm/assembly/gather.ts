/**
 * Convolution, its input gradient, and the matrix product: every output pixel is a row of source pixels, gathered tap by tap (zeros outside
 * the image), times the packed factor of pack.ts.
 *
 * Arguments: 0 source [n, 1 h, 2 w, 3 channels], 4 target [n, 5 h, 6 w, 7 columns], 8 9 source step per grid row and column, 10 11 target step,
 * 12 phases, 13 number of phases, 14 column blocks, 15 panels a column block, 16 block of steps, 17 narrow, 18 direct (the source is
 * already the matrix), 19 bias (address or 0), 20 slope (f32).
 * One chunk: at most ROWS_A_CHUNK pixels of a phase by one column block.
 */
import { dot1, dot4, tile1x8, tile4x8 } from './micro';
import * as phase from './phase';

export const ROWS_A_CHUNK = 64;

/** The thread's scratch: a spilled tile, then per row the target's address, the source image's, and the source row and column; then the matrix. */
const TARGET: usize = 64;
const IMAGE: usize = TARGET + 4 * ROWS_A_CHUNK;
const ROW: usize = IMAGE + 4 * ROWS_A_CHUNK;
const COLUMN: usize = ROW + 4 * ROWS_A_CHUNK;
const MATRIX: usize = 2048;

export function gatherProduct(chunk: i32, args: usize, scratch: usize): void {
  const at = phase.find(<usize>load<u32>(args, 48), load<i32>(args, 52), chunk, phase.CHUNK);
  const blocks = load<i32>(args, 56);
  const local = chunk - load<i32>(at, phase.CHUNK);
  const first = (local / blocks) * ROWS_A_CHUNK;
  const rows = min(ROWS_A_CHUNK, load<i32>(at, phase.PIXELS) - first);
  const columns = load<i32>(args, 28);
  const narrow = load<i32>(args, 68) != 0;
  const direct = load<i32>(args, 72) != 0;
  const panels = (columns + 7) >> 3;
  const panel = (local % blocks) * load<i32>(args, 60);
  const lastPanel = min(panels, panel + load<i32>(args, 60));
  const depth = load<i32>(at, phase.DEPTH);
  const block = load<i32>(args, 64);
  const factor = <usize>load<u32>(at, phase.FACTOR);
  const channels = load<i32>(args, 12);
  address(args, at, scratch, first, rows);
  if (depth == 0) {
    for (let r = 0; r < rows; r++) memory.fill(<usize>load<u32>(scratch + TARGET + (<usize>r << 2)), 0, <usize>columns << 2);
  }
  for (let k = 0; k < depth; k += block) {
    const steps = min(block, depth - k);
    let matrix = scratch + MATRIX;
    let line = <usize>((steps + 3) & -4) << 2;
    if (direct) {
      line = <usize>channels << 2;
      matrix = <usize>load<u32>(args) + <usize>first * line + (<usize>k << 2);
    } else gather(args, at, scratch, rows, k, steps);
    if (narrow) {
      const padded = (steps + 3) & -4;
      const place = factor + ((<usize>k * <usize>columns) << 2);
      for (let n = 0; n < columns; n++) {
        const b = place + (<usize>(n * padded) << 2);
        let r = 0;
        for (; r + 4 <= rows; r += 4) {
          dot4(matrix + <usize>r * line, line, b, padded, scratch + TARGET + (<usize>r << 2), <usize>n << 2, k > 0);
        }
        for (; r < rows; r++) {
          dot1(matrix + <usize>r * line, b, padded, <usize>load<u32>(scratch + TARGET + (<usize>r << 2)) + (<usize>n << 2), k > 0);
        }
      }
    } else {
      const place = factor + ((<usize>k * <usize>panels) << 5);
      for (let p = panel; p < lastPanel; p++) {
        const b = place + ((<usize>p * <usize>steps) << 5);
        const valid = min(8, columns - (p << 3));
        let r = 0;
        for (; r + 4 <= rows; r += 4) {
          tile4x8(matrix + <usize>r * line, line, b, steps, scratch + TARGET + (<usize>r << 2), <usize>p << 5, valid, k > 0, scratch);
        }
        for (; r < rows; r++) {
          const c = <usize>load<u32>(scratch + TARGET + (<usize>r << 2)) + (<usize>p << 5);
          tile1x8(matrix + <usize>r * line, b, steps, c, valid, k > 0, scratch);
        }
      }
    }
  }
}

/** Notes for every row of the chunk where it reads and writes. */
function address(args: usize, at: usize, scratch: usize, first: i32, rows: i32): void {
  const gridRows = load<i32>(at, phase.ROWS);
  const gridColumns = load<i32>(at, phase.COLUMNS);
  const source = <usize>load<u32>(args);
  const image = (<usize>load<i32>(args, 4) * <usize>load<i32>(args, 8) * <usize>load<i32>(args, 12)) << 2;
  const target = <usize>load<u32>(args, 16);
  const height = load<i32>(args, 20);
  const width = load<i32>(args, 24);
  const pixel = <usize>load<i32>(args, 28) << 2;
  let j = first % gridColumns;
  let i = (first / gridColumns) % gridRows;
  let n = first / (gridColumns * gridRows);
  for (let r = 0; r < rows; r++) {
    const to = scratch + (<usize>r << 2);
    const y = load<i32>(at, phase.TOP) + i * load<i32>(args, 40);
    const x = load<i32>(at, phase.LEFT) + j * load<i32>(args, 44);
    store<u32>(to, <u32>(target + <usize>((n * height + y) * width + x) * pixel), TARGET);
    store<u32>(to, <u32>(source + <usize>n * image), IMAGE);
    store<i32>(to, i * load<i32>(args, 32), ROW);
    store<i32>(to, j * load<i32>(args, 36), COLUMN);
    if (++j == gridColumns) {
      j = 0;
      if (++i == gridRows) {
        i = 0;
        n++;
      }
    }
  }
}

/** Steps k … k + steps of every row of the chunk, side by side, padded with zeros to a multiple of 4. */
function gather(args: usize, at: usize, scratch: usize, rows: i32, k: i32, steps: i32): void {
  const height = load<i32>(args, 4);
  const width = load<i32>(args, 8);
  const channels = load<i32>(args, 12);
  const list = <usize>load<u32>(at, phase.LIST);
  const line = <usize>((steps + 3) & -4) << 2;
  for (let r = 0; r < rows; r++) {
    const row = scratch + (<usize>r << 2);
    const image = <usize>load<u32>(row, IMAGE);
    const y0 = load<i32>(row, ROW);
    const x0 = load<i32>(row, COLUMN);
    let to = scratch + MATRIX + <usize>r * line;
    const end = to + line;
    let tap = list + <usize>((k / channels) * 12);
    let channel = k % channels;
    for (let left = steps; left > 0; tap += 12) {
      const run = min(channels - channel, left);
      const y = y0 + load<i32>(tap);
      const x = x0 + load<i32>(tap, 4);
      if (<u32>y < <u32>height && <u32>x < <u32>width) {
        copy(to, image + (<usize>((y * width + x) * channels + channel) << 2), run);
      } else clear(to, run);
      to += <usize>run << 2;
      left -= run;
      channel = 0;
    }
    for (; to < end; to += 4) store<f32>(to, 0);
  }
}

@inline
function copy(to: usize, from: usize, count: i32): void {
  const end = to + (<usize>count << 2);
  for (; to + 16 <= end; to += 16) {
    v128.store(to, v128.load(from));
    from += 16;
  }
  for (; to < end; to += 4) {
    store<f32>(to, load<f32>(from));
    from += 4;
  }
}

@inline
function clear(to: usize, count: i32): void {
  const end = to + (<usize>count << 2);
  for (; to + 16 <= end; to += 16) v128.store(to, f32x4.splat(0));
  for (; to < end; to += 4) store<f32>(to, 0);
}
