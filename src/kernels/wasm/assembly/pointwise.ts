/** Work on every value by itself, or on every value of a channel alike. One chunk: a run of pixels or values, given by the arguments. */

/** x where it is above 0, slope · x elsewhere. */
@inline
export function activate(x: v128, slope: v128): v128 {
  return v128.bitselect(x, f32x4.mul(x, slope), f32x4.gt(x, f32x4.splat(0)));
}

@inline
export function activateOne(x: f32, slope: f32): f32 {
  return x > 0 ? x : slope * x;
}

/**
 * act(scale · x + shift) by channel, or act(x + shift) where the scale's address is 0.
 * Arguments: 0 x, 1 y, 2 scale, 3 shift, 4 channels, 5 slope (f32), 6 pixels of a group, 7 pixels a chunk, 8 chunks of a group. A group (an
 * image, for instance norm; else the whole batch) has its own scale and shift, one after the other.
 */
export function scaleShift(chunk: i32, args: usize): void {
  const channels = load<i32>(args, 16);
  const slope = load<f32>(args, 20);
  const perGroup = load<i32>(args, 24);
  const perChunk = load<i32>(args, 28);
  const chunks = load<i32>(args, 32);
  const group = chunk / chunks;
  const first = (chunk % chunks) * perChunk;
  const pixels = min(perChunk, perGroup - first);
  const row = <usize>channels << 2;
  const offset = <usize>(group * perGroup + first) * row;
  const x = <usize>load<u32>(args) + offset;
  const y = <usize>load<u32>(args, 4) + offset;
  const scale = <usize>load<u32>(args, 8);
  const shift = <usize>load<u32>(args, 12) + <usize>group * row;
  if (scale) scaleShiftPixels(x, y, scale + <usize>group * row, shift, row, pixels, slope);
  else shiftPixels(x, y, shift, row, pixels, slope);
}

function scaleShiftPixels(x: usize, y: usize, scale: usize, shift: usize, row: usize, pixels: i32, slope: f32): void {
  const slopes = f32x4.splat(slope);
  for (let p = 0; p < pixels; p++) {
    let c: usize = 0;
    for (; c + 16 <= row; c += 16) {
      const v = f32x4.add(f32x4.mul(v128.load(x + c), v128.load(scale + c)), v128.load(shift + c));
      v128.store(y + c, activate(v, slopes));
    }
    for (; c < row; c += 4) store<f32>(y + c, activateOne(load<f32>(x + c) * load<f32>(scale + c) + load<f32>(shift + c), slope));
    x += row;
    y += row;
  }
}

function shiftPixels(x: usize, y: usize, shift: usize, row: usize, pixels: i32, slope: f32): void {
  const slopes = f32x4.splat(slope);
  for (let p = 0; p < pixels; p++) {
    let c: usize = 0;
    for (; c + 16 <= row; c += 16) v128.store(y + c, activate(f32x4.add(v128.load(x + c), v128.load(shift + c)), slopes));
    for (; c < row; c += 4) store<f32>(y + c, activateOne(load<f32>(x + c) + load<f32>(shift + c), slope));
    x += row;
    y += row;
  }
}

/**
 * x where by > 0, slope · x elsewhere.
 * Arguments: 0 x, 1 by, 2 target, 3 values, 4 slope (f32), 5 values a chunk (a multiple of 4).
 */
export function gate(chunk: i32, args: usize): void {
  const perChunk = load<i32>(args, 20);
  const slope = load<f32>(args, 16);
  const first = <usize>(chunk * perChunk) << 2;
  const end = first + (<usize>min(perChunk, load<i32>(args, 12) - chunk * perChunk) << 2);
  const x = <usize>load<u32>(args);
  const by = <usize>load<u32>(args, 4);
  const target = <usize>load<u32>(args, 8);
  const slopes = f32x4.splat(slope);
  let i = first;
  for (; i + 16 <= end; i += 16) {
    const v = v128.load(x + i);
    v128.store(target + i, v128.bitselect(v, f32x4.mul(v, slopes), f32x4.gt(v128.load(by + i), f32x4.splat(0))));
  }
  for (; i < end; i += 4) store<f32>(target + i, load<f32>(by + i) > 0 ? load<f32>(x + i) : slope * load<f32>(x + i));
}

/**
 * Inverted dropout by hash: value i is kept where mix32(i · 0x9E3779B1 + draw) ≥ least, and multiplied by gain.
 * Arguments: 0 x, 1 y, 2 values, 3 draw, 4 least (u32), 5 gain (f32), 6 values a chunk (a multiple of 4).
 */
export function dropout(chunk: i32, args: usize): void {
  const perChunk = load<i32>(args, 24);
  const first = chunk * perChunk;
  const end = min(load<i32>(args, 8), first + perChunk);
  const x = <usize>load<u32>(args);
  const y = <usize>load<u32>(args, 4);
  const draw = load<i32>(args, 12);
  const least = load<u32>(args, 16);
  const gain = load<f32>(args, 20);
  let i = first;
  const step = i32x4.splat(0x9e3779b1 * 4);
  let key = i32x4.add(i32x4.mul(i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3)), i32x4.splat(0x9e3779b1)), i32x4.splat(draw));
  for (; i + 4 <= end; i += 4) {
    let h = v128.xor(key, i32x4.shr_u(key, 16));
    h = i32x4.mul(h, i32x4.splat(0x7feb352d));
    h = v128.xor(h, i32x4.shr_u(h, 15));
    h = i32x4.mul(h, i32x4.splat(0x846ca68b));
    h = v128.xor(h, i32x4.shr_u(h, 16));
    const kept = i32x4.ge_u(h, i32x4.splat(least));
    const at = <usize>i << 2;
    v128.store(y + at, v128.and(kept, f32x4.mul(v128.load(x + at), f32x4.splat(gain))));
    key = i32x4.add(key, step);
  }
  for (; i < end; i++) {
    let h: u32 = <u32>i * 0x9e3779b1 + <u32>draw;
    h ^= h >> 16;
    h *= 0x7feb352d;
    h ^= h >> 15;
    h *= 0x846ca68b;
    h ^= h >> 16;
    const at = <usize>i << 2;
    store<f32>(y + at, h >= least ? load<f32>(x + at) * gain : 0);
  }
}

/**
 * Adam (Kingma & Ba 2015, Algorithm 1) on one variable.
 * Arguments: 0 p, 1 g, 2 m, 3 v, 4 new p, 5 new m, 6 new v, 7 values, 8 values a chunk (a multiple of 4), then f32: 9 β1, 10 1 − β1, 11 β2,
 * 12 1 − β2, 13 rate over the first moment's correction, 14 root of the second's, inverse, 15 ε.
 */
export function adam(chunk: i32, args: usize): void {
  const perChunk = load<i32>(args, 32);
  let i = <usize>(chunk * perChunk) << 2;
  const end = i + (<usize>min(perChunk, load<i32>(args, 28) - chunk * perChunk) << 2);
  const p = <usize>load<u32>(args);
  const g = <usize>load<u32>(args, 4);
  const m = <usize>load<u32>(args, 8);
  const v = <usize>load<u32>(args, 12);
  const newP = <usize>load<u32>(args, 16);
  const newM = <usize>load<u32>(args, 20);
  const newV = <usize>load<u32>(args, 24);
  const beta1 = load<f32>(args, 36);
  const rest1 = load<f32>(args, 40);
  const beta2 = load<f32>(args, 44);
  const rest2 = load<f32>(args, 48);
  const rate = load<f32>(args, 52);
  const root = load<f32>(args, 56);
  const epsilon = load<f32>(args, 60);
  for (; i + 16 <= end; i += 16) {
    const gradient = v128.load(g + i);
    const first = f32x4.add(f32x4.mul(v128.load(m + i), f32x4.splat(beta1)), f32x4.mul(gradient, f32x4.splat(rest1)));
    const squared = f32x4.mul(f32x4.mul(gradient, gradient), f32x4.splat(rest2));
    const second = f32x4.add(f32x4.mul(v128.load(v + i), f32x4.splat(beta2)), squared);
    const below = f32x4.add(f32x4.mul(f32x4.sqrt(second), f32x4.splat(root)), f32x4.splat(epsilon));
    v128.store(newM + i, first);
    v128.store(newV + i, second);
    v128.store(newP + i, f32x4.sub(v128.load(p + i), f32x4.div(f32x4.mul(first, f32x4.splat(rate)), below)));
  }
  for (; i < end; i += 4) {
    const gradient = load<f32>(g + i);
    const first = load<f32>(m + i) * beta1 + gradient * rest1;
    const second = load<f32>(v + i) * beta2 + gradient * gradient * rest2;
    store<f32>(newM + i, first);
    store<f32>(newV + i, second);
    store<f32>(newP + i, load<f32>(p + i) - (first * rate) / (sqrt<f32>(second) * root + epsilon));
  }
}

/**
 * Copies rows of values between places of different stride: joins and cuts along the last axis.
 * Arguments: 0 source, 1 target, 2 rows, 3 values a row, 4 source stride, 5 target stride (values), 6 rows a chunk.
 */
export function copyRows(chunk: i32, args: usize): void {
  const perChunk = load<i32>(args, 24);
  const first = chunk * perChunk;
  const last = min(load<i32>(args, 8), first + perChunk);
  const width = <usize>load<i32>(args, 12) << 2;
  const fromStride = <usize>load<i32>(args, 16) << 2;
  const toStride = <usize>load<i32>(args, 20) << 2;
  let from = <usize>load<u32>(args) + <usize>first * fromStride;
  let to = <usize>load<u32>(args, 4) + <usize>first * toStride;
  for (let r = first; r < last; r++) {
    let i: usize = 0;
    for (; i + 16 <= width; i += 16) v128.store(to + i, v128.load(from + i));
    for (; i < width; i += 4) store<f32>(to + i, load<f32>(from + i));
    from += fromStride;
    to += toStride;
  }
}

@inline
function combined(kind: i32, a: v128, b: v128): v128 {
  return kind == 0 ? f32x4.add(a, b) : kind == 1 ? f32x4.mul(a, b) : f32x4.sub(a, b);
}

/**
 * a + b, a · b or a − b, value by value; either may be a single value.
 * Arguments: 0 a, 1 b, 2 target, 3 values, 4 values a chunk (a multiple of 4), 5 kind (0 +, 1 ·, 2 −), 6 a is single, 7 b is single.
 */
export function combine(chunk: i32, args: usize): void {
  const perChunk = load<i32>(args, 16);
  const first = <usize>(chunk * perChunk) << 2;
  const count = <usize>min(perChunk, load<i32>(args, 12) - chunk * perChunk) << 2;
  const kind = load<i32>(args, 20);
  const stepA: usize = load<i32>(args, 24) ? 0 : 16;
  const stepB: usize = load<i32>(args, 28) ? 0 : 16;
  let a = <usize>load<u32>(args) + (stepA ? first : 0);
  let b = <usize>load<u32>(args, 4) + (stepB ? first : 0);
  let to = <usize>load<u32>(args, 8) + first;
  const end = to + count;
  if (stepA && stepB) {
    for (; to + 16 <= end; to += 16) {
      v128.store(to, combined(kind, v128.load(a), v128.load(b)));
      a += 16;
      b += 16;
    }
  } else if (stepA) {
    const single = v128.load32_splat(b);
    for (; to + 16 <= end; to += 16) {
      v128.store(to, combined(kind, v128.load(a), single));
      a += 16;
    }
  } else {
    const single = v128.load32_splat(a);
    for (; to + 16 <= end; to += 16) {
      v128.store(to, combined(kind, single, v128.load(b)));
      b += stepB;
    }
  }
  for (; to < end; to += 4) {
    const x = load<f32>(a);
    const y = load<f32>(b);
    store<f32>(to, kind == 0 ? x + y : kind == 1 ? x * y : x - y);
    a += stepA >> 2;
    b += stepB >> 2;
  }
}
