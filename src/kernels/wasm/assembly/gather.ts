/**
 * Convolution, its input gradient, and the matrix product: every output pixel is a row of source pixels, tap by tap (zeros outside the image), times
 * the packed factor of pack.ts. Where all taps of four pixels lie inside the image, and those beside each other in it follow each other, the rows are
 * read where they are, run by run; else they are gathered first.
 *
 * Arguments: 0 source [n, 1 h, 2 w, 3 channels], 4 target [n, 5 h, 6 w, 7 columns], 8 9 source step per grid row and column, 10 11 target step,
 * 12 phases, 13 number of phases, 14 column blocks, 15 panels a column block, 16 block of steps, 17 narrow, 18 direct (the source is
 * already the matrix).
 * One chunk: at most ROWS_A_CHUNK pixels of a phase by one column block.
 */
import { dot1, dot4Runs, tile1x8, tile4x8Runs } from './micro';
import * as phase from './phase';

export const ROWS_A_CHUNK = 64;

/**
 * The thread's scratch: a spilled tile, then per row the target's address, the source image's, the source row and column, the address of the first tap
 * where all are inside (else 0), and where the row of this block is read; per four rows how far their next run is; then the gathered rows.
 */
const TARGET: usize = 64;
const IMAGE: usize = TARGET + 4 * ROWS_A_CHUNK;
const ROW: usize = IMAGE + 4 * ROWS_A_CHUNK;
const COLUMN: usize = ROW + 4 * ROWS_A_CHUNK;
const INSIDE: usize = COLUMN + 4 * ROWS_A_CHUNK;
const FROM: usize = INSIDE + 4 * ROWS_A_CHUNK;
const JUMP: usize = FROM + 4 * ROWS_A_CHUNK;
const MATRIX: usize = 2048;

export function gatherProduct(chunk: i32, args: usize, scratch: usize): void {
  const at = phase.find(<usize>load<u32>(args, 48), load<i32>(args, 52), chunk, phase.CHUNK);
  const blocks = load<i32>(args, 56);
  const local = chunk - load<i32>(at, phase.CHUNK);
  const first = (local / blocks) * ROWS_A_CHUNK;
  const rows = min(ROWS_A_CHUNK, load<i32>(at, phase.PIXELS) - first);
  const columns = load<i32>(args, 28);
  const narrow = load<i32>(args, 68) != 0;
  const panels = (columns + 7) >> 3;
  const panel = (local % blocks) * load<i32>(args, 60);
  const lastPanel = min(panels, panel + load<i32>(args, 60));
  const depth = load<i32>(at, phase.DEPTH);
  const block = load<i32>(args, 64);
  const factor = <usize>load<u32>(at, phase.FACTOR);
  const run = load<i32>(at, phase.RUN);
  address(args, at, scratch, first, rows);
  if (depth == 0) {
    for (let r = 0; r < rows; r++) memory.fill(<usize>load<u32>(scratch + TARGET + (<usize>r << 2)), 0, <usize>columns << 2);
  }
  for (let k = 0; k < depth; k += block) {
    const steps = min(block, depth - k);
    const padded = (steps + 3) & -4;
    const length = run > 0 ? run : narrow ? padded : steps;
    const runs = run > 0 ? steps / run : 1;
    prepare(args, at, scratch, first, rows, k, steps);
    if (narrow) {
      const place = factor + ((<usize>k * <usize>columns) << 2);
      for (let n = 0; n < columns; n++) {
        const b = place + (<usize>(n * padded) << 2);
        let r = 0;
        for (; r + 4 <= rows; r += 4) {
          const row = scratch + (<usize>r << 2);
          dot4Runs(row + FROM, load<u32>(scratch + JUMP + <usize>r), runs, length, b, row + TARGET, <usize>n << 2, k > 0);
        }
        for (; r < rows; r++) {
          const row = scratch + (<usize>r << 2);
          dot1(<usize>load<u32>(row, FROM), b, padded, <usize>load<u32>(row, TARGET) + (<usize>n << 2), k > 0);
        }
      }
    } else {
      const place = factor + ((<usize>k * <usize>panels) << 5);
      for (let p = panel; p < lastPanel; p++) {
        const b = place + ((<usize>p * <usize>steps) << 5);
        const valid = min(8, columns - (p << 3));
        let r = 0;
        for (; r + 4 <= rows; r += 4) {
          const row = scratch + (<usize>r << 2);
          const jump = load<u32>(scratch + JUMP + <usize>r);
          tile4x8Runs(row + FROM, jump, runs, length, b, row + TARGET, <usize>p << 5, valid, k > 0, scratch);
        }
        for (; r < rows; r++) {
          const row = scratch + (<usize>r << 2);
          tile1x8(<usize>load<u32>(row, FROM), b, steps, <usize>load<u32>(row, TARGET) + (<usize>p << 5), valid, k > 0, scratch);
        }
      }
    }
  }
}

/** Notes for every row of the chunk where it reads and writes. */
function address(args: usize, at: usize, scratch: usize, first: i32, rows: i32): void {
  const gridRows = load<i32>(at, phase.ROWS);
  const gridColumns = load<i32>(at, phase.COLUMNS);
  const sourceHeight = load<i32>(args, 4);
  const sourceWidth = load<i32>(args, 8);
  const sourcePixel = <usize>load<i32>(args, 12) << 2;
  const image = <usize>(sourceHeight * sourceWidth) * sourcePixel;
  const pixel = <usize>load<i32>(args, 28) << 2;
  const targetImage = <usize>(load<i32>(args, 20) * load<i32>(args, 24)) * pixel;
  const targetLine = <usize>load<i32>(args, 24) * pixel;
  const downSource = load<i32>(args, 32);
  const acrossSource = load<i32>(args, 36);
  const downTarget = <usize>load<i32>(args, 40) * targetLine;
  const acrossTarget = <usize>load<i32>(args, 44) * pixel;
  // The first tap of a list in runs is the uppermost on the left, the last one the lowest on the right.
  const inRuns = load<i32>(at, phase.RUN) > 0;
  const list = <usize>load<u32>(at, phase.LIST);
  const last = list + <usize>((load<i32>(at, phase.TAPS) - 1) * 12);
  const top = inRuns ? load<i32>(list) : 0;
  const left = inRuns ? load<i32>(list, 4) : 0;
  const lastY = inRuns ? sourceHeight - load<i32>(last) : 0;
  const lastX = inRuns ? sourceWidth - load<i32>(last, 4) : 0;
  let j = first % gridColumns;
  let i = (first / gridColumns) % gridRows;
  const n = first / (gridColumns * gridRows);
  let from = <usize>load<u32>(args) + <usize>n * image;
  let origin = <usize>load<u32>(args, 16) + <usize>n * targetImage + <usize>load<i32>(at, phase.TOP) * targetLine + <usize>load<i32>(at, phase.LEFT) * pixel;
  for (let r = 0; r < rows; ) {
    const y = i * downSource;
    const there = inRuns && y + top >= 0 && y < lastY;
    const corner = from + <usize>((y + top) * sourceWidth + left) * sourcePixel;
    for (; r < rows && j < gridColumns; r++, j++) {
      const to = scratch + (<usize>r << 2);
      const x = j * acrossSource;
      store<u32>(to, <u32>(origin + <usize>i * downTarget + <usize>j * acrossTarget), TARGET);
      store<u32>(to, <u32>from, IMAGE);
      store<i32>(to, y, ROW);
      store<i32>(to, x, COLUMN);
      store<u32>(to, there && x + left >= 0 && x < lastX ? <u32>(corner + <usize>x * sourcePixel) : 0, INSIDE);
    }
    j = 0;
    if (++i == gridRows) {
      i = 0;
      from += image;
      origin += targetImage;
    }
  }
}

/** Notes where steps k … k + steps of every row are read, and gathers those that cannot be read in place. */
function prepare(args: usize, at: usize, scratch: usize, first: i32, rows: i32, k: i32, steps: i32): void {
  const direct = load<i32>(args, 72) != 0;
  const channels = load<i32>(args, 12);
  const line = <usize>((steps + 3) & -4) << 2;
  const run = load<i32>(at, phase.RUN);
  const below = run > 0 ? <usize>(phase.rowStep(at, run / channels) * load<i32>(args, 8) * channels) << 2 : 0;
  for (let r = 0; r < rows; r++) {
    const row = scratch + (<usize>r << 2);
    if (direct) {
      store<u32>(row, <u32>(<usize>load<u32>(args) + (<usize>((first + r) * channels + k) << 2)), FROM);
      store<u32>(scratch + JUMP + <usize>(r & -4), 0);
      continue;
    }
    if (run > 0 && (r & 3) == 0 && r + 4 <= rows) {
      if (load<u32>(row, INSIDE) != 0 && load<u32>(row, INSIDE + 4) != 0 && load<u32>(row, INSIDE + 8) != 0 && load<u32>(row, INSIDE + 12) != 0) {
        const shift = <u32>(<usize>(k / run) * below);
        for (let i: usize = 0; i < 16; i += 4) store<u32>(row + i, load<u32>(row + i, INSIDE) + shift, FROM);
        store<u32>(scratch + JUMP + <usize>r, <u32>(below - (<usize>run << 2)));
        r += 3;
        continue;
      }
    }
    const to = scratch + MATRIX + <usize>r * line;
    if (run > 0) gatherRuns(args, at, row, to, k / run, steps / run, run);
    else gather(args, at, row, to, k, steps);
    store<u32>(row, <u32>to, FROM);
    store<u32>(scratch + JUMP + <usize>(r & -4), 0);
  }
}

/** Steps k … k + steps of a row, side by side at `to`, padded with zeros to a multiple of 4. */
function gather(args: usize, at: usize, row: usize, to: usize, k: i32, steps: i32): void {
  const height = load<i32>(args, 4);
  const width = load<i32>(args, 8);
  const channels = load<i32>(args, 12);
  const image = <usize>load<u32>(row, IMAGE);
  const end = to + (<usize>((steps + 3) & -4) << 2);
  let tap = <usize>load<u32>(at, phase.LIST) + <usize>((k / channels) * 12);
  let channel = k % channels;
  for (let left = steps; left > 0; tap += 12) {
    const run = min(channels - channel, left);
    const y = load<i32>(row, ROW) + load<i32>(tap);
    const x = load<i32>(row, COLUMN) + load<i32>(tap, 4);
    if (<u32>y < <u32>height && <u32>x < <u32>width) {
      copy(to, image + (<usize>((y * width + x) * channels + channel) << 2), run);
    } else clear(to, run);
    to += <usize>run << 2;
    left -= run;
    channel = 0;
  }
  for (; to < end; to += 4) store<f32>(to, 0);
}

/** The runs from `first` on, `count` of them, side by side at `to`. */
function gatherRuns(args: usize, at: usize, row: usize, to: usize, first: i32, count: i32, run: i32): void {
  const height = load<i32>(args, 4);
  const width = load<i32>(args, 8);
  const channels = load<i32>(args, 12);
  const image = <usize>load<u32>(row, IMAGE);
  const taps = run / channels;
  const end = to + (<usize>((run * count + 3) & -4) << 2);
  let tap = <usize>load<u32>(at, phase.LIST) + <usize>(first * taps * 12);
  for (; count > 0; count--) {
    const y = load<i32>(row, ROW) + load<i32>(tap);
    const x = load<i32>(row, COLUMN) + load<i32>(tap, 4);
    const from = max(0, min(taps, -x));
    const until = <u32>y < <u32>height ? max(from, min(taps, width - x)) : from;
    clear(to, from * channels);
    to += <usize>(from * channels) << 2;
    copy(to, image + (<usize>((y * width + x + from) * channels) << 2), (until - from) * channels);
    to += <usize>((until - from) * channels) << 2;
    clear(to, (taps - until) * channels);
    to += <usize>((taps - until) * channels) << 2;
    tap += <usize>(taps * 12);
  }
  for (; to < end; to += 4) store<f32>(to, 0);
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
