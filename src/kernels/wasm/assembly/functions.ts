/** Functions of single values. */

/** Above this tanh is 1 to float32. */
const END: f32 = 9.1;
/** Below this tanh is x + x³ · P(x²): 1 − 2 / (e^2x + 1) would lose digits. */
const SMALL: f32 = 0.64;
/** ln 2 in two parts, the first of so few digits that its multiples are exact. */
const LN2: f32 = 0.693359375;
const LN2_REST: f32 = -0.00021219444;

@inline
function times(v: v128, by: f32): v128 {
  return f32x4.mul(v, f32x4.splat(by));
}

@inline
function plus(v: v128, more: f32): v128 {
  return f32x4.add(v, f32x4.splat(more));
}

/** e^t for t in 0 to 20, to 1e-7 of itself: 2^n times a polynomial on ± ln 2 / 2 (fitted at Chebyshev points). */
@inline
function exponential(t: v128): v128 {
  const n = f32x4.nearest(times(t, 1.4426950408889634));
  const r = f32x4.sub(f32x4.sub(t, times(n, LN2)), times(n, LN2_REST));
  let p = plus(times(r, 0.001394463159250447), 0.008371933517693228);
  p = plus(f32x4.mul(p, r), 0.04166627991182365);
  p = plus(f32x4.mul(p, r), 0.16666645643405825);
  p = plus(f32x4.mul(p, r), 0.5000000084542512);
  p = plus(f32x4.mul(p, r), 1);
  p = plus(f32x4.mul(p, r), 1);
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/** tanh x, NaN where x is. */
@inline
function tanh4(x: v128): v128 {
  const size = f32x4.min(f32x4.abs(x), f32x4.splat(END));
  const z = f32x4.mul(size, size);
  let p = plus(times(z, -0.006001789691672257), 0.02093141405777913);
  p = plus(f32x4.mul(p, z), -0.0538370133998292);
  p = plus(f32x4.mul(p, z), 0.1333267896372184);
  p = plus(f32x4.mul(p, z), -0.333333280651063);
  const near = f32x4.add(size, f32x4.mul(size, f32x4.mul(z, p)));
  const far = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), plus(exponential(times(size, 2)), 1)));
  const y = v128.bitselect(near, far, f32x4.lt(size, f32x4.splat(SMALL)));
  const sign = i32x4.splat(0x80000000);
  return v128.bitselect(x, y, sign);
}

/** 1 above 0, −1 below, else 0. */
@inline
function sign4(x: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  return f32x4.sub(v128.and(f32x4.gt(x, zero), one), v128.and(f32x4.lt(x, zero), one));
}

/** Arguments: 0 x, 1 y, 2 values, 3 values a chunk (a multiple of 4), 4 function (0 tanh, 1 sign). */
export function evaluate(chunk: i32, args: usize): void {
  const perChunk = load<i32>(args, 12);
  const first = <usize>(chunk * perChunk) << 2;
  const count = <usize>min(perChunk, load<i32>(args, 8) - chunk * perChunk) << 2;
  const tanh = load<i32>(args, 16) == 0;
  let x = <usize>load<u32>(args) + first;
  let y = <usize>load<u32>(args, 4) + first;
  const end = y + count;
  for (; y + 16 <= end; y += 16) {
    const v = v128.load(x);
    v128.store(y, tanh ? tanh4(v) : sign4(v));
    x += 16;
  }
  for (; y < end; y += 4) {
    const v = v128.load32_splat(x);
    store<f32>(y, f32x4.extract_lane(tanh ? tanh4(v) : sign4(v), 0));
    x += 4;
  }
}
