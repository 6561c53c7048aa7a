/**
 * Convolution by Winograd's F(4 × 4, 3 × 3) (Lavin & Gray 2016): 36 products for 16 outputs of 9 taps. What is not 3 × 3 of stride 1 is brought
 * to it: a strided source is `step`² interleaved parts, each read through at most 3 × 3 taps, a strided target `step`² interleaved groups.
 *
 * Arguments: 0 source [n, 1 h, 2 w, 3 channels], 4 its step, 5 6 row and column that the first tap of pixel 0 reads (in steps), 7 8 tiles a
 * column and a row, 9 tiles in all, 10 target [n, 11 h, 12 w, 13 channels], 14 its step, 15 depth (parts · channels), 16 columns (groups ·
 * channels), 17 transformed filter, 18 list of taps: for each part or group, 9 indices into the filter or −1, 19 filter, 20 transposed, 21 transformed
 * source, 22 transformed slope, 23 products of the two.
 * All channels are multiples of 4.
 */
import { tile1x8, tile4x8, tileQuad } from './micro';
import { inverse, slope6, source6, taps3, taps6 } from './winogradTransforms';

const POINTS: i32 = 36;
/** Tiles, steps and columns that a chunk of the product holds at once. */
const TILES = 32;
const STEPS = 64;
const COLUMNS = 64;
/** Tiles a stretch of the filter gradient's sum. */
const STRETCH = 256;

/** The thread's scratch: a spilled tile and row addresses, a 6 × 6 workspace, then [points, tiles, steps] and [points, tiles, columns]. */
const ROWS: usize = 64;
const WORK: usize = 512;
const FINE: usize = 2048;
const PRODUCT: usize = FINE + 4 * 36 * TILES * STEPS;

/** [block of STEPS, point, panel, steps, 8]. One chunk: one block of one panel. */
export function winogradFilter(chunk: i32, args: usize, scratch: usize): void {
  const channels = load<i32>(args, 12);
  const outputs = load<i32>(args, 52);
  const depth = load<i32>(args, 60);
  const columns = load<i32>(args, 64);
  const panels = (columns + 7) >> 3;
  const first = (chunk / panels) * STEPS;
  const panel = chunk % panels;
  const steps = min(STEPS, depth - first);
  const filter = <usize>load<u32>(args, 76);
  const transposed = load<i32>(args, 80) != 0;
  const stride = <usize>(panels * steps) << 5;
  const place = <usize>load<u32>(args, 68) + (<usize>(first * POINTS) << 5) * <usize>panels + (<usize>(panel * steps) << 5);
  for (let k = 0; k < steps; k++) {
    const part = (first + k) / channels;
    const channel = (first + k) % channels;
    for (let half = 0; half < 2; half++) {
      const to = place + (<usize>k << 5) + (<usize>half << 4);
      const column = (panel << 3) + (half << 2);
      if (column >= columns) {
        for (let p = 0; p < POINTS; p++) v128.store(to + <usize>p * stride, f32x4.splat(0));
        continue;
      }
      const group = column / outputs;
      const output = column % outputs;
      const list = <usize>load<u32>(args, 72) + <usize>(max(part, group) * 36);
      for (let t = 0; t < 9; t++) {
        const tap = load<i32>(list + (<usize>t << 2));
        let v = f32x4.splat(0);
        if (tap >= 0) {
          if (transposed) {
            const from = filter + (<usize>((tap * outputs + output) * channels + channel) << 2);
            const line = <usize>channels << 2;
            v = v128.load32_zero(from);
            v = v128.load32_lane(from + line, v, 1);
            v = v128.load32_lane(from + 2 * line, v, 2);
            v = v128.load32_lane(from + 3 * line, v, 3);
          } else v = v128.load(filter + (<usize>((tap * channels + channel) * outputs + output) << 2));
        }
        v128.store(scratch + WORK + (<usize>t << 4), v);
      }
      taps6(scratch + WORK, to, stride);
    }
  }
}

/** A 6 × 6 tile of four channels of one part, transformed, to 36 places `stride` bytes apart. */
@inline
function transformSource(args: usize, tile: i32, k: i32, work: usize, to: usize, stride: usize): void {
  const height = load<i32>(args, 4);
  const width = load<i32>(args, 8);
  const channels = load<i32>(args, 12);
  const step = load<i32>(args, 16);
  const down = load<i32>(args, 28);
  const across = load<i32>(args, 32);
  const part = k / channels;
  const image = tile / (down * across);
  const y = step * (4 * ((tile / across) % down) + load<i32>(args, 20)) + part / step;
  const x = step * (4 * (tile % across) + load<i32>(args, 24)) + (part % step);
  const from = <usize>load<u32>(args) + (<usize>(image * height * width * channels + (k % channels)) << 2);
  const pixel = <usize>channels << 2;
  const inside = y >= 0 && x >= 0 && y + 5 * step < height && x + 5 * step < width;
  for (let j = 0; j < 6; j++) {
    const column = x + j * step;
    const at = work + (<usize>j << 4);
    if (inside || <u32>column < <u32>width) {
      for (let i = 0; i < 6; i++) {
        const row = y + i * step;
        const there = inside || <u32>row < <u32>height;
        v128.store(at + <usize>(i * 96), there ? v128.load(from + <usize>(row * width + column) * pixel) : f32x4.splat(0));
      }
    } else for (let i = 0; i < 6; i++) v128.store(at + <usize>(i * 96), f32x4.splat(0));
  }
  source6(work, to, stride);
}

/** Whether a point of a part or group is 0 throughout: its outermost taps, on which alone the outermost points depend, are not there. */
function vacant(list: usize, point: i32): bool {
  const row = point / 6;
  const column = point % 6;
  return (
    (row == 0 && none(list, 0, 4)) || (row == 5 && none(list, 24, 4)) || (column == 0 && none(list, 0, 12)) || (column == 5 && none(list, 8, 12))
  );
}

@inline
function none(list: usize, first: usize, step: usize): bool {
  return (load<i32>(list + first) & load<i32>(list + first + step) & load<i32>(list + first + 2 * step)) == -1;
}

/** The convolution. One chunk: TILES tiles by COLUMNS columns. */
export function winogradProduct(chunk: i32, args: usize, scratch: usize): void {
  const depth = load<i32>(args, 60);
  const columns = load<i32>(args, 64);
  const panels = (columns + 7) >> 3;
  const blocks = (columns + COLUMNS - 1) / COLUMNS;
  const first = (chunk / blocks) * TILES;
  const tiles = min(TILES, load<i32>(args, 36) - first);
  const panel = (chunk % blocks) * (COLUMNS >> 3);
  const lastPanel = min(panels, panel + (COLUMNS >> 3));
  const line = <usize>(lastPanel - panel) << 5;
  const channels = load<i32>(args, 12);
  const outputs = load<i32>(args, 52);
  const group = (panel << 3) / outputs;
  for (let k = 0; k < depth; k += STEPS) {
    const steps = min(STEPS, depth - k);
    const a = <usize>steps << 2;
    for (let tile = 0; tile < tiles; tile++)
      for (let c = 0; c < steps; c += 4)
        transformSource(args, first + tile, k + c, scratch + WORK, scratch + FINE + (<usize>(tile * steps + c) << 2), <usize>(tiles * steps) << 2);
    const factor = <usize>load<u32>(args, 68) + (<usize>(k * POINTS) << 5) * <usize>panels;
    const part = k / channels;
    const single = part == (k + steps - 1) / channels && group == ((lastPanel << 3) - 1) / outputs;
    const list = <usize>load<u32>(args, 72) + <usize>(max(part, group) * 36);
    for (let p = 0; p < POINTS; p++) {
      if (single && vacant(list, p)) {
        if (k == 0) memory.fill(scratch + PRODUCT + <usize>(p * tiles) * line, 0, <usize>tiles * line);
        continue;
      }
      const fine = scratch + FINE + (<usize>(p * tiles * steps) << 2);
      const product = scratch + PRODUCT + <usize>(p * tiles) * line;
      for (let n = panel; n < lastPanel; n++) {
        const b = factor + (<usize>((p * panels + n) * steps) << 5);
        const column = <usize>(n - panel) << 5;
        let r = 0;
        for (; r + 4 <= tiles; r += 4) {
          const c = product + <usize>r * line;
          store<u32>(scratch + ROWS, <u32>c);
          store<u32>(scratch + ROWS, <u32>(c + line), 4);
          store<u32>(scratch + ROWS, <u32>(c + 2 * line), 8);
          store<u32>(scratch + ROWS, <u32>(c + 3 * line), 12);
          tile4x8(fine + <usize>r * a, a, b, steps, scratch + ROWS, column, 8, k > 0, scratch);
        }
        for (; r < tiles; r++) tile1x8(fine + <usize>r * a, b, steps, product + <usize>r * line + column, 8, k > 0, scratch);
      }
    }
  }
  for (let tile = 0; tile < tiles; tile++)
    for (let n = panel << 3; n < min(columns, lastPanel << 3); n += 4)
      putTile(args, first + tile, n, scratch + PRODUCT + <usize>tile * line + (<usize>(n - (panel << 3)) << 2), <usize>tiles * line, scratch + WORK);
}

/** 4 × 4 outputs of four channels, to where the target has them. */
@inline
function putTile(args: usize, tile: i32, column: i32, from: usize, stride: usize, work: usize): void {
  const down = load<i32>(args, 28);
  const across = load<i32>(args, 32);
  const height = load<i32>(args, 44);
  const width = load<i32>(args, 48);
  const channels = load<i32>(args, 52);
  const step = load<i32>(args, 56);
  const group = column / channels;
  const image = tile / (down * across);
  const y = 4 * step * ((tile / across) % down) + group / step;
  const x = 4 * step * (tile % across) + (group % step);
  inverse(from, stride, work);
  for (let i = 0; i < 4; i++) {
    const row = y + i * step;
    if (row >= height) break;
    for (let j = 0; j < 4; j++) {
      const at = x + j * step;
      if (at >= width) break;
      const pixel = (image * height + row) * width + at;
      v128.store(<usize>load<u32>(args, 40) + (<usize>(pixel * channels + (column % channels)) << 2), v128.load(work + <usize>((i * 4 + j) << 4)));
    }
  }
}

/** The source for the filter gradient, [point, depth / 4, tiles, 4]. One chunk: 16 tiles. */
export function winogradSource(chunk: i32, args: usize, scratch: usize): void {
  const depth = load<i32>(args, 60);
  const tiles = load<i32>(args, 36);
  const stride = <usize>(depth * tiles) << 2;
  for (let tile = chunk * 16; tile < min(tiles, chunk * 16 + 16); tile++)
    for (let k = 0; k < depth; k += 4)
      transformSource(args, tile, k, scratch + WORK, <usize>load<u32>(args, 84) + (<usize>((k >> 2) * tiles + tile) << 4), stride);
}

/** The slope of the target (step 1) for the filter gradient, [point, panel, tiles, 8]. One chunk: 16 tiles. */
export function winogradSlope(chunk: i32, args: usize, scratch: usize): void {
  const down = load<i32>(args, 28);
  const across = load<i32>(args, 32);
  const tiles = load<i32>(args, 36);
  const height = load<i32>(args, 44);
  const width = load<i32>(args, 48);
  const columns = load<i32>(args, 64);
  const panels = (columns + 7) >> 3;
  const stride = <usize>(panels * tiles) << 5;
  for (let tile = chunk * 16; tile < min(tiles, chunk * 16 + 16); tile++) {
    const y = 4 * ((tile / across) % down);
    const x = 4 * (tile % across);
    for (let n = 0; n < panels << 3; n += 4) {
      for (let i = 0; i < 4; i++)
        for (let j = 0; j < 4; j++) {
          const pixel = ((tile / (down * across)) * height + y + i) * width + x + j;
          const there = n < columns && y + i < height && x + j < width;
          const v = there ? v128.load(<usize>load<u32>(args, 40) + (<usize>(pixel * columns + n) << 2)) : f32x4.splat(0);
          v128.store(scratch + WORK + <usize>((i * 4 + j) << 4), v);
        }
      slope6(scratch + WORK, <usize>load<u32>(args, 88) + (<usize>((n >> 3) * tiles + tile) << 5) + (<usize>(n & 4) << 2), stride);
    }
  }
}

/** Source times slope, summed over tiles, [point, depth, columns]. One chunk: 32 rows of one point. */
export function winogradSums(chunk: i32, args: usize, scratch: usize): void {
  const depth = load<i32>(args, 60);
  const columns = load<i32>(args, 64);
  const tiles = load<i32>(args, 36);
  const panels = (columns + 7) >> 3;
  const blocks = (depth + 31) >> 5;
  const point = chunk / blocks;
  const row = (chunk % blocks) << 5;
  const channels = load<i32>(args, 12);
  const part = row / channels;
  if (part == (min(depth, row + 32) - 1) / channels && vacant(<usize>load<u32>(args, 72) + <usize>(part * 36), point)) return;
  const line = <usize>columns << 2;
  const sums = <usize>load<u32>(args, 92) + <usize>(point * depth) * line;
  for (let tile = 0; tile < tiles; tile += STRETCH) {
    const count = min(STRETCH, tiles - tile);
    for (let n = 0; n < panels; n++) {
      const b = <usize>load<u32>(args, 88) + (<usize>((point * panels + n) * tiles + tile) << 5);
      for (let k = row; k < min(depth, row + 32); k += 4) {
        const a = <usize>load<u32>(args, 84) + (<usize>((point * (depth >> 2) + (k >> 2)) * tiles + tile) << 4);
        tileQuad(a, b, count, sums + <usize>k * line + (<usize>n << 5), line, 4, min(8, columns - (n << 3)), tile > 0, scratch);
      }
    }
  }
}

/** The filter gradient from those sums, written where the list of taps says. One chunk: one row of the depth. */
export function winogradGradient(chunk: i32, args: usize, scratch: usize): void {
  const channels = load<i32>(args, 12);
  const depth = load<i32>(args, 60);
  const columns = load<i32>(args, 64);
  const list = <usize>load<u32>(args, 72) + <usize>((chunk / channels) * 36);
  const channel = chunk % channels;
  const stride = <usize>(depth * columns) << 2;
  for (let n = 0; n < columns; n += 4) {
    taps3(<usize>load<u32>(args, 92) + (<usize>(chunk * columns + n) << 2), stride, scratch + WORK);
    for (let t = 0; t < 9; t++) {
      const tap = load<i32>(list + (<usize>t << 2));
      if (tap < 0) continue;
      const to = <usize>load<u32>(args, 76) + (<usize>((tap * channels + channel) * columns + n) << 2);
      v128.store(to, v128.load(scratch + WORK + (<usize>t << 4)));
    }
  }
}
