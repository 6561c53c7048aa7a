/**
 * Filter gradient, and the product with a transposed left factor: rows (tap, channel) of gathered source pixels, by dy, summed over pixels.
 *
 * Arguments: 0 x [n, 1 h, 2 w, 3 channels], 4 output rows, 5 output columns, 6 columns (channels of dy), 7 pixels n · rows · columns,
 * 8 9 stride, 10 11 padding before, 12 taps a kernel row, 13 rows in all (taps · channels), 14 block of pixels, 15 dy packed by pack.ts (as it
 * is, where narrow), 16 target [rows, columns], 17 narrow, 18 19 dilation, 20 rows a chunk (a multiple of 4).
 */
import { quadByColumn, tileQuad } from './micro';

const MATRIX: usize = 2048;

export function filterProduct(chunk: i32, args: usize, scratch: usize): void {
  const columns = load<i32>(args, 24);
  const pixels = load<i32>(args, 28);
  const rows = load<i32>(args, 52);
  const block = load<i32>(args, 56);
  const dy = <usize>load<u32>(args, 60);
  const target = <usize>load<u32>(args, 64);
  const perChunk = load<i32>(args, 80);
  const first = chunk * perChunk;
  const last = min(rows, first + perChunk);
  const line = <usize>columns << 2;
  const panels = (columns + 7) >> 3;
  for (let pixel = 0; pixel < pixels; pixel += block) {
    const depth = min(block, pixels - pixel);
    let quad = scratch + MATRIX;
    for (let row = first; row < last; row += 4) {
      gatherQuad(args, row, min(4, last - row), pixel, depth, quad);
      quad += <usize>depth << 4;
    }
    if (load<i32>(args, 68)) {
      quad = scratch + MATRIX;
      for (let row = first; row < last; row += 4) {
        for (let n = 0; n < columns; n++) {
          const c = target + (<usize>(row * columns + n) << 2);
          quadByColumn(quad, dy + (<usize>(pixel * columns + n) << 2), line, depth, c, line, min(4, last - row), pixel > 0);
        }
        quad += <usize>depth << 4;
      }
    } else {
      const place = dy + ((<usize>pixel * <usize>panels) << 5);
      for (let p = 0; p < panels; p++) {
        const b = place + ((<usize>p * <usize>depth) << 5);
        const valid = min(8, columns - (p << 3));
        quad = scratch + MATRIX;
        for (let row = first; row < last; row += 4) {
          const c = target + (<usize>(row * columns + (p << 3)) << 2);
          tileQuad(quad, b, depth, c, line, min(4, last - row), valid, pixel > 0, scratch);
          quad += <usize>depth << 4;
        }
      }
    }
  }
}

/** Four rows (tap, channel) over `depth` pixels, interleaved [depth, 4]; zeros outside the image and beyond the last row. */
function gatherQuad(args: usize, row: i32, rows: i32, pixel: i32, depth: i32, to: usize): void {
  const channels = load<i32>(args, 12);
  if (rows == 4 && (channels & 3) == 0) gatherRow<v128>(args, row, pixel, depth, to);
  else {
    for (let r = 0; r < 4; r++) {
      if (r < rows) gatherRow<f32>(args, row + r, pixel, depth, to + (<usize>r << 2));
      else for (let i = 0; i < depth; i++) store<f32>(to + (<usize>r << 2) + (<usize>i << 4), 0);
    }
  }
}

/** One row, or four neighbouring channels of one tap (T = v128), every 16 bytes. */
function gatherRow<T>(args: usize, row: i32, pixel: i32, depth: i32, to: usize): void {
  const height = load<i32>(args, 4);
  const width = load<i32>(args, 8);
  const channels = load<i32>(args, 12);
  const outRows = load<i32>(args, 16);
  const outColumns = load<i32>(args, 20);
  const tapsARow = load<i32>(args, 48);
  const stepX = load<i32>(args, 36);
  const tap = row / channels;
  const dy = (tap / tapsARow) * load<i32>(args, 72) - load<i32>(args, 40);
  const dx = (tap % tapsARow) * load<i32>(args, 76) - load<i32>(args, 44);
  // Output columns whose source column lies in the image.
  const low = dx >= 0 ? 0 : (stepX - 1 - dx) / stepX;
  const high = width - 1 - dx < 0 ? 0 : min(outColumns, (width - 1 - dx) / stepX + 1);
  const source = <usize>load<u32>(args) + (<usize>(row % channels) << 2);
  const stride = <usize>(stepX * channels) << 2;
  let j = pixel % outColumns;
  let i = (pixel / outColumns) % outRows;
  let n = pixel / (outColumns * outRows);
  for (let left = depth; left > 0; ) {
    const end = min(outColumns, j + left);
    left -= end - j;
    const y = i * load<i32>(args, 32) + dy;
    if (<u32>y < <u32>height) {
      const until = min(end, low);
      for (; j < until; j++) to = zero<T>(to);
      let from = source + (<usize>(((n * height + y) * width + j * stepX + dx) * channels) << 2);
      const inside = min(end, high);
      for (; j < inside; j++) {
        if (sizeof<T>() == 16) v128.store(to, v128.load(from));
        else store<f32>(to, load<f32>(from));
        from += stride;
        to += 16;
      }
    }
    for (; j < end; j++) to = zero<T>(to);
    j = 0;
    if (++i == outRows) {
      i = 0;
      n++;
    }
  }
}

@inline
function zero<T>(to: usize): usize {
  if (sizeof<T>() == 16) v128.store(to, f32x4.splat(0));
  else store<f32>(to, 0);
  return to + 16;
}
