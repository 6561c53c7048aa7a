/**
 * Convolution by Winograd's F(4 × 4, 3 × 3) (Lavin & Gray 2016): 36 products for 16 outputs of 9 taps. What is not 3 × 3 of stride 1 is brought
 * to it: a strided source is `step`² interleaved parts, each read through at most 3 × 3 taps, a strided target `step`² interleaved groups.
 *
 * Arguments: 0 source [n, 1 h, 2 w, 3 channels], 4 its step, 5 6 row and column that the first tap of pixel 0 reads (in steps), 7 8 tiles a
 * column and a row, 9 tiles in all, 10 target [n, 11 h, 12 w, 13 channels], 14 its step, 15 depth (parts · channels), 16 columns (groups ·
 * channels), 17 transformed filter, 18 list of taps: for each part or group, 9 indices into the filter or −1, 19 filter, 20 transposed. Of the
 * convolution 21 tiles a chunk; of the filter gradient 21 transformed source, 22 transformed slope, 23 products of the two. What is kept by points has
 * `PAD` bytes between one point's and the next's: powers of two apart, all 36 would share a few lines of the cache.
 * All channels are multiples of 4.
 */
import { tile1x8, tile4x8, tileQuad } from './micro';
import { inverse, slope6, source6, taps3, taps6 } from './winogradTransforms';

const POINTS: i32 = 36;
/** Tiles, steps and columns that a chunk of the product holds at once at most. */
const TILES = 32;
const STEPS = 64;
const COLUMNS = 64;
const PAD: usize = 64;
/** Tiles a stretch of the filter gradient's sum. */
const STRETCH = 256;

/**
 * The thread's scratch: a spilled tile and row addresses, a 6 × 6 workspace, a 6 × 6 tile at the edge of the image, then [points, tiles, steps] and
 * [points, tiles, columns].
 */
const ROWS: usize = 64;
const WORK: usize = 512;
const EDGE: usize = 1088;
const FINE: usize = 2048;
const PRODUCT: usize = FINE + <usize>POINTS * (4 * TILES * STEPS + PAD);

/** Bytes from one point's values to the next's. */
@inline
function pointStride(values: i32): usize {
  return (<usize>values << 2) + PAD;
}

/** Where the transformed filter of the steps from `first` on begins. */
@inline
function blockOfFilter(args: usize, first: i32, panels: i32): usize {
  return <usize>load<u32>(args, 68) + <usize>((first / STEPS) * POINTS) * pointStride(panels * STEPS * 8);
}

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
  const stride = pointStride(panels * steps * 8);
  const place = blockOfFilter(args, first, panels) + (<usize>(panel * steps) << 5);
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

/**
 * Steps `first` to `first` + `steps` of a tile, transformed four at a time, each to 36 places `stride` bytes apart, the fours `apart` bytes from each
 * other.
 */
function transformSource(args: usize, tile: i32, first: i32, steps: i32, scratch: usize, to: usize, apart: usize, stride: usize): void {
  const height = load<i32>(args, 4);
  const width = load<i32>(args, 8);
  const channels = load<i32>(args, 12);
  const step = load<i32>(args, 16);
  const down = load<i32>(args, 28);
  const across = load<i32>(args, 32);
  const line = tile / across;
  const top = step * (4 * (line % down) + load<i32>(args, 20));
  const left = step * (4 * (tile - line * across) + load<i32>(args, 24));
  const pixel = <usize>channels << 2;
  const right = pixel * <usize>step;
  const below = right * <usize>width;
  const image = <usize>load<u32>(args) + <usize>(line / down) * <usize>(height * width) * pixel;
  let channel = first % channels;
  for (let part = first / channels; steps > 0; part++) {
    const y = top + part / step;
    const x = left + (part % step);
    const inside = y >= 0 && x >= 0 && y + 5 * step < height && x + 5 * step < width;
    for (; channel < channels && steps > 0; channel += 4) {
      const from = image + (<usize>channel << 2);
      if (inside) source6(from + <usize>(y * width + x) * pixel, below, right, scratch + WORK, to, stride);
      else {
        for (let i = 0; i < 6; i++) {
          const row = y + i * step;
          for (let j = 0; j < 6; j++) {
            const column = x + j * step;
            const there = <u32>row < <u32>height && <u32>column < <u32>width;
            const v = there ? v128.load(from + <usize>(row * width + column) * pixel) : f32x4.splat(0);
            v128.store(scratch + EDGE + (<usize>(6 * i + j) << 4), v);
          }
        }
        source6(scratch + EDGE, 96, 16, scratch + WORK, to, stride);
      }
      to += apart;
      steps -= 4;
    }
    channel = 0;
  }
}

/** Whether a point of a part or group is 0 throughout: its outermost taps, on which alone the outermost points depend, are not there. */
function vacant(list: usize, point: i32): bool {
  const row = point / 6;
  const column = point % 6;
  return (
    (row == 0 && none(list, 0, 4)) || (row == 5 && none(list, 24, 4)) || (column == 0 && none(list, 0, 12)) || (column == 5 && none(list, 8, 12))
  );
}

/** Whether a point of all groups that a panel has columns of is. */
function vacantPanel(lists: usize, panel: i32, columns: i32, outputs: i32, point: i32): bool {
  const first = (panel << 3) / outputs;
  const last = (min(columns, (panel << 3) + 8) - 1) / outputs;
  return vacant(lists + <usize>(first * 36), point) && (first == last || vacant(lists + <usize>(last * 36), point));
}

@inline
function none(list: usize, first: usize, step: usize): bool {
  return (load<i32>(list + first) & load<i32>(list + first + step) & load<i32>(list + first + 2 * step)) == -1;
}

/** The convolution. One chunk: at most TILES tiles by COLUMNS columns. */
export function winogradProduct(chunk: i32, args: usize, scratch: usize): void {
  const depth = load<i32>(args, 60);
  const columns = load<i32>(args, 64);
  const panels = (columns + 7) >> 3;
  const blocks = (columns + COLUMNS - 1) / COLUMNS;
  const perChunk = load<i32>(args, 84);
  const first = (chunk / blocks) * perChunk;
  const tiles = min(perChunk, load<i32>(args, 36) - first);
  const panel = (chunk % blocks) * (COLUMNS >> 3);
  const lastPanel = min(panels, panel + (COLUMNS >> 3));
  const line = <usize>(lastPanel - panel) << 5;
  const ofProduct = <usize>tiles * line + PAD;
  const channels = load<i32>(args, 12);
  const outputs = load<i32>(args, 52);
  const lists = <usize>load<u32>(args, 72);
  for (let k = 0; k < depth; k += STEPS) {
    const steps = min(STEPS, depth - k);
    const a = <usize>steps << 2;
    const ofFine = pointStride(tiles * steps);
    for (let tile = 0; tile < tiles; tile++)
      transformSource(args, first + tile, k, steps, scratch, scratch + FINE + (<usize>(tile * steps) << 2), 16, ofFine);
    const factor = blockOfFilter(args, k, panels);
    const ofFactor = pointStride(panels * steps * 8);
    for (let p = 0; p < POINTS; p++) {
      // Steps from the first part to the last one that have something at this point; where the target has groups there is one part.
      let low = 0;
      let high = steps;
      if (columns == outputs) {
        low = steps;
        high = 0;
        for (let part = k / channels; part * channels < k + steps; part++) {
          if (vacant(lists + <usize>(part * 36), p)) continue;
          low = min(low, max(0, part * channels - k));
          high = min(steps, (part + 1) * channels - k);
        }
      }
      const fine = scratch + FINE + <usize>p * ofFine + (<usize>low << 2);
      const product = scratch + PRODUCT + <usize>p * ofProduct;
      for (let n = panel; n < lastPanel; n++) {
        const b = factor + <usize>p * ofFactor + (<usize>(n * steps + low) << 5);
        const column = <usize>(n - panel) << 5;
        let r = 0;
        if (low >= high || (columns != outputs && vacantPanel(lists, n, columns, outputs, p))) {
          if (k > 0) continue;
          for (; r < tiles; r++) {
            v128.store(product + <usize>r * line + column, f32x4.splat(0));
            v128.store(product + <usize>r * line + column, f32x4.splat(0), 16);
          }
          continue;
        }
        for (; r + 4 <= tiles; r += 4) {
          const c = product + <usize>r * line;
          store<u32>(scratch + ROWS, <u32>c);
          store<u32>(scratch + ROWS, <u32>(c + line), 4);
          store<u32>(scratch + ROWS, <u32>(c + 2 * line), 8);
          store<u32>(scratch + ROWS, <u32>(c + 3 * line), 12);
          tile4x8(fine + <usize>r * a, a, b, high - low, scratch + ROWS, column, 8, k > 0, scratch);
        }
        for (; r < tiles; r++) tile1x8(fine + <usize>r * a, b, high - low, product + <usize>r * line + column, 8, k > 0, scratch);
      }
    }
  }
  const end = min(columns, lastPanel << 3);
  for (let tile = 0; tile < tiles; tile++)
    putTile(args, first + tile, panel << 3, end, scratch + PRODUCT + <usize>tile * line, ofProduct, scratch);
}

/** 4 × 4 outputs of the columns from `column` to `end`, to where the target has them. */
function putTile(args: usize, tile: i32, column: i32, end: i32, from: usize, stride: usize, scratch: usize): void {
  const down = load<i32>(args, 28);
  const across = load<i32>(args, 32);
  const height = load<i32>(args, 44);
  const width = load<i32>(args, 48);
  const channels = load<i32>(args, 52);
  const step = load<i32>(args, 56);
  const line = tile / across;
  const top = 4 * step * (line % down);
  const left = 4 * step * (tile - line * across);
  const pixel = <usize>channels << 2;
  const right = pixel * <usize>step;
  const below = right * <usize>width;
  const image = <usize>load<u32>(args, 40) + <usize>(line / down) * <usize>(height * width) * pixel;
  let channel = column % channels;
  for (let group = column / channels; column < end; group++) {
    const y = top + group / step;
    const x = left + (group % step);
    const inside = y + 3 * step < height && x + 3 * step < width;
    for (; channel < channels && column < end; channel += 4) {
      const to = image + <usize>(y * width + x) * pixel + (<usize>channel << 2);
      if (inside) inverse(from, stride, scratch + WORK, to, below, right);
      else {
        inverse(from, stride, scratch + WORK, scratch + EDGE, 64, 16);
        for (let i = 0; i < 4 && y + i * step < height; i++)
          for (let j = 0; j < 4 && x + j * step < width; j++)
            v128.store(to + <usize>i * below + <usize>j * right, v128.load(scratch + EDGE + (<usize>(4 * i + j) << 4)));
      }
      from += 16;
      column += 4;
    }
    channel = 0;
  }
}

/** The source for the filter gradient, [point, depth / 4, tiles, 4]. One chunk: 16 tiles. */
export function winogradSource(chunk: i32, args: usize, scratch: usize): void {
  const depth = load<i32>(args, 60);
  const tiles = load<i32>(args, 36);
  const stride = pointStride(depth * tiles);
  for (let tile = chunk * 16; tile < min(tiles, chunk * 16 + 16); tile++)
    transformSource(args, tile, 0, depth, scratch, <usize>load<u32>(args, 84) + (<usize>tile << 4), <usize>tiles << 4, stride);
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
  const stride = pointStride(panels * tiles * 8);
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
  const lists = <usize>load<u32>(args, 72);
  const line = <usize>columns << 2;
  const sums = <usize>load<u32>(args, 92) + <usize>point * pointStride(depth * columns);
  const ofSource = <usize>point * pointStride(depth * tiles);
  const ofSlope = <usize>point * pointStride(panels * tiles * 8);
  for (let tile = 0; tile < tiles; tile += STRETCH) {
    const count = min(STRETCH, tiles - tile);
    for (let n = 0; n < panels; n++) {
      const b = <usize>load<u32>(args, 88) + ofSlope + (<usize>(n * tiles + tile) << 5);
      for (let k = row; k < min(depth, row + 32); k += 4) {
        if (vacant(lists + <usize>((k / channels) * 36), point)) continue;
        const a = <usize>load<u32>(args, 84) + ofSource + (<usize>((k >> 2) * tiles + tile) << 4);
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
  const stride = pointStride(depth * columns);
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
