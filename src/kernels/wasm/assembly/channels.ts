/**
 * Sums by channel over pixels, for bias gradients and norms. One chunk: `perChunk` pixels of one group (an image, for instance norm; else the
 * whole batch); it leaves its own partial sums, [chunk, sums, channels], which are folded in order afterwards.
 *
 * Arguments: 0 x, 1 partial sums, 2 channels, 3 pixels of a group, 4 pixels a chunk, 5 chunks of a group; more below.
 */

/** Values added in float32 before the sum goes on in double: one float32 after another is too coarse for the golden fixtures. */
const RUN = 8;

/** Σ x. */
export function channelSums(chunk: i32, args: usize): void {
  const row = <usize>load<i32>(args, 8) << 2;
  const pixels = pixelsOf(chunk, args);
  const x = <usize>load<u32>(args) + offsetOf(chunk, args);
  const out = <usize>load<u32>(args, 4) + <usize>chunk * row;
  let c: usize = 0;
  for (; c + 16 <= row; c += 16) v128.store(out + c, sum4(x + c, row, pixels));
  for (; c < row; c += 4) store<f32>(out + c, sum1(x + c, row, pixels));
}

/** The chunk's mean, and Σ (x − that mean)², by channel: folded exactly by the formula of Chan et al. (1979). */
export function channelMoments(chunk: i32, args: usize): void {
  const row = <usize>load<i32>(args, 8) << 2;
  const pixels = pixelsOf(chunk, args);
  const x = <usize>load<u32>(args) + offsetOf(chunk, args);
  const out = <usize>load<u32>(args, 4) + <usize>chunk * 2 * row;
  const share: f32 = 1 / <f32>pixels;
  let c: usize = 0;
  for (; c + 16 <= row; c += 16) {
    const mean = f32x4.mul(sum4(x + c, row, pixels), f32x4.splat(share));
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    let at = x + c;
    for (let p = 0; p < pixels; p += RUN) {
      let squares = f32x4.splat(0);
      for (const end = at + <usize>min(RUN, pixels - p) * row; at < end; at += row) {
        const d = f32x4.sub(v128.load(at), mean);
        squares = f32x4.add(squares, f32x4.mul(d, d));
      }
      low = f64x2.add(low, f64x2.promote_low_f32x4(squares));
      high = f64x2.add(high, f64x2.promote_low_f32x4(upper(squares)));
    }
    v128.store(out + c, mean);
    v128.store(out + row + c, both(low, high));
  }
  for (; c < row; c += 4) {
    const mean = sum1(x + c, row, pixels) * share;
    let squares: f64 = 0;
    let at = x + c;
    for (let p = 0; p < pixels; p++) {
      const d = load<f32>(at) - mean;
      squares += d * d;
      at += row;
    }
    store<f32>(out + c, mean);
    store<f32>(out + row + c, <f32>squares);
  }
}

/**
 * Σ g and Σ g · (x − centre) with g = dy · act′(scale · x + shift).
 * More arguments: 6 dy, 7 scale, 8 shift (by group and channel), 9 slope (f32), 10 centre (by group and channel).
 */
export function normSums(chunk: i32, args: usize): void {
  const row = <usize>load<i32>(args, 8) << 2;
  const pixels = pixelsOf(chunk, args);
  const offset = offsetOf(chunk, args);
  const x = <usize>load<u32>(args) + offset;
  const dy = <usize>load<u32>(args, 24) + offset;
  const group = <usize>(chunk / load<i32>(args, 20)) * row;
  const scale = <usize>load<u32>(args, 28) + group;
  const shift = <usize>load<u32>(args, 32) + group;
  const slope = load<f32>(args, 36);
  const centre = <usize>load<u32>(args, 40) + group;
  const out = <usize>load<u32>(args, 4) + <usize>chunk * 2 * row;
  let c: usize = 0;
  for (; c + 16 <= row; c += 16) {
    const m = v128.load(centre + c);
    const a = v128.load(scale + c);
    const b = v128.load(shift + c);
    let sumLow = f64x2.splat(0);
    let sumHigh = f64x2.splat(0);
    let productLow = f64x2.splat(0);
    let productHigh = f64x2.splat(0);
    let at = c;
    for (let p = 0; p < pixels; p += RUN) {
      let sum = f32x4.splat(0);
      let product = f32x4.splat(0);
      for (const end = at + <usize>min(RUN, pixels - p) * row; at < end; at += row) {
        const v = v128.load(x + at);
        const g = gradient4(v128.load(dy + at), v, a, b, slope);
        sum = f32x4.add(sum, g);
        product = f32x4.add(product, f32x4.mul(g, f32x4.sub(v, m)));
      }
      sumLow = f64x2.add(sumLow, f64x2.promote_low_f32x4(sum));
      sumHigh = f64x2.add(sumHigh, f64x2.promote_low_f32x4(upper(sum)));
      productLow = f64x2.add(productLow, f64x2.promote_low_f32x4(product));
      productHigh = f64x2.add(productHigh, f64x2.promote_low_f32x4(upper(product)));
    }
    v128.store(out + c, both(sumLow, sumHigh));
    v128.store(out + row + c, both(productLow, productHigh));
  }
  for (; c < row; c += 4) {
    const m = load<f32>(centre + c);
    const a = load<f32>(scale + c);
    const b = load<f32>(shift + c);
    let sum: f64 = 0;
    let product: f64 = 0;
    let at = c;
    for (let p = 0; p < pixels; p++) {
      const v = load<f32>(x + at);
      const g = load<f32>(dy + at) * slopeAt(v * a + b, slope);
      sum += g;
      product += g * (v - m);
      at += row;
    }
    store<f32>(out + c, <f32>sum);
    store<f32>(out + row + c, <f32>product);
  }
}

/**
 * α · g + β · x + γ by group and channel, with g as above: the gradient of a norm's input.
 * More arguments: 6 dy, 7 scale, 8 shift, 9 slope (f32), 10 target, 11 α, 12 β, 13 γ (by group and channel).
 */
export function normGradient(chunk: i32, args: usize): void {
  const row = <usize>load<i32>(args, 8) << 2;
  const pixels = pixelsOf(chunk, args);
  const offset = offsetOf(chunk, args);
  const group = <usize>(chunk / load<i32>(args, 20)) * row;
  const scale = <usize>load<u32>(args, 28) + group;
  const shift = <usize>load<u32>(args, 32) + group;
  const slope = load<f32>(args, 36);
  const alpha = <usize>load<u32>(args, 44) + group;
  const beta = <usize>load<u32>(args, 48) + group;
  const gamma = <usize>load<u32>(args, 52) + group;
  let x = <usize>load<u32>(args) + offset;
  let dy = <usize>load<u32>(args, 24) + offset;
  let target = <usize>load<u32>(args, 40) + offset;
  for (let p = 0; p < pixels; p++) {
    let c: usize = 0;
    for (; c + 16 <= row; c += 16) {
      const v = v128.load(x + c);
      const g = gradient4(v128.load(dy + c), v, v128.load(scale + c), v128.load(shift + c), slope);
      const rest = f32x4.add(f32x4.mul(v128.load(beta + c), v), v128.load(gamma + c));
      v128.store(target + c, f32x4.add(f32x4.mul(v128.load(alpha + c), g), rest));
    }
    for (; c < row; c += 4) {
      const v = load<f32>(x + c);
      const g = load<f32>(dy + c) * slopeAt(v * load<f32>(scale + c) + load<f32>(shift + c), slope);
      store<f32>(target + c, load<f32>(alpha + c) * g + (load<f32>(beta + c) * v + load<f32>(gamma + c)));
    }
    x += row;
    dy += row;
    target += row;
  }
}

@inline
function gradient4(dy: v128, x: v128, scale: v128, shift: v128, slope: f32): v128 {
  const before = f32x4.add(f32x4.mul(x, scale), shift);
  return v128.bitselect(dy, f32x4.mul(dy, f32x4.splat(slope)), f32x4.gt(before, f32x4.splat(0)));
}

/** Derivative of the activation. */
@inline
function slopeAt(before: f32, slope: f32): f32 {
  return before > 0 ? 1 : slope;
}

@inline
function pixelsOf(chunk: i32, args: usize): i32 {
  const perChunk = load<i32>(args, 16);
  return min(perChunk, load<i32>(args, 12) - (chunk % load<i32>(args, 20)) * perChunk);
}

/** Bytes from the first pixel of the batch to the first of the chunk. */
@inline
function offsetOf(chunk: i32, args: usize): usize {
  const chunks = load<i32>(args, 20);
  const pixel = (chunk / chunks) * load<i32>(args, 12) + (chunk % chunks) * load<i32>(args, 16);
  return (<usize>pixel * <usize>load<i32>(args, 8)) << 2;
}

@inline
function sum4(at: usize, row: usize, pixels: i32): v128 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let p = 0; p < pixels; p += RUN) {
    let sum = f32x4.splat(0);
    for (const end = at + <usize>min(RUN, pixels - p) * row; at < end; at += row) sum = f32x4.add(sum, v128.load(at));
    low = f64x2.add(low, f64x2.promote_low_f32x4(sum));
    high = f64x2.add(high, f64x2.promote_low_f32x4(upper(sum)));
  }
  return both(low, high);
}

@inline
function sum1(at: usize, row: usize, pixels: i32): f32 {
  let sum: f64 = 0;
  for (let p = 0; p < pixels; p++) {
    sum += load<f32>(at);
    at += row;
  }
  return <f32>sum;
}

@inline
function upper(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 2, 3, 2, 3);
}

@inline
function both(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}
