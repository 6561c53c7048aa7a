/**
 * The transforms of F(4 × 4, 3 × 3) at the points 0, ±1, ±2, ∞, on four channels at a time. Each is one-dimensional along the rows, then along the
 * columns. Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A; the gradient of g is Gᵀ[(Bᵀ d B) ⊙ (A dY Aᵀ)]G.
 */

@inline
function times(v: v128, by: f32): v128 {
  return f32x4.mul(v, f32x4.splat(by));
}

/** Bᵀ along one line of 6. */
@inline
function source1(from: usize, step: usize, to: usize, stride: usize): void {
  const d0 = v128.load(from);
  const d1 = v128.load(from + step);
  const d2 = v128.load(from + 2 * step);
  const d3 = v128.load(from + 3 * step);
  const d4 = v128.load(from + 4 * step);
  const d5 = v128.load(from + 5 * step);
  const a = f32x4.sub(d4, times(d2, 4));
  const b = f32x4.sub(d3, times(d1, 4));
  const c = f32x4.sub(d4, d2);
  const e = times(f32x4.sub(d3, d1), 2);
  v128.store(to, f32x4.add(f32x4.sub(times(d0, 4), times(d2, 5)), d4));
  v128.store(to + stride, f32x4.add(a, b));
  v128.store(to + 2 * stride, f32x4.sub(a, b));
  v128.store(to + 3 * stride, f32x4.add(c, e));
  v128.store(to + 4 * stride, f32x4.sub(c, e));
  v128.store(to + 5 * stride, f32x4.add(f32x4.sub(times(d1, 4), times(d3, 5)), d5));
}

/** Bᵀ d B of 6 × 6 vectors, `down` and `across` bytes apart, by way of `work` to 36 places `stride` bytes apart. */
@inline
export function source6(from: usize, down: usize, across: usize, work: usize, to: usize, stride: usize): void {
  for (let j: usize = 0; j < 6; j++) source1(from + j * across, down, work + 16 * j, 96);
  for (let i: usize = 0; i < 6; i++) source1(work + 96 * i, 16, to + 6 * i * stride, stride);
}

/** Aᵀ along one line of 6, giving 4. */
@inline
function inverse1(from: usize, step: usize, to: usize, stride: usize): void {
  const m0 = v128.load(from);
  const m1 = v128.load(from + step);
  const m2 = v128.load(from + 2 * step);
  const m3 = v128.load(from + 3 * step);
  const m4 = v128.load(from + 4 * step);
  const m5 = v128.load(from + 5 * step);
  const s1 = f32x4.add(m1, m2);
  const d1 = f32x4.sub(m1, m2);
  const s2 = f32x4.add(m3, m4);
  const d2 = f32x4.sub(m3, m4);
  v128.store(to, f32x4.add(f32x4.add(m0, s1), s2));
  v128.store(to + stride, f32x4.add(d1, times(d2, 2)));
  v128.store(to + 2 * stride, f32x4.add(s1, times(s2, 4)));
  v128.store(to + 3 * stride, f32x4.add(f32x4.add(d1, times(d2, 8)), m5));
}

/** Aᵀ m A of 36 vectors `stride` bytes apart, by way of `work` to 4 × 4 vectors, `down` and `across` bytes apart. */
@inline
export function inverse(from: usize, stride: usize, work: usize, to: usize, down: usize, across: usize): void {
  for (let i: usize = 0; i < 6; i++) inverse1(from + 6 * i * stride, stride, work + 64 * i, 16);
  for (let j: usize = 0; j < 4; j++) inverse1(work + 16 * j, 64, to + j * across, down);
}

/** A along one line of 4, giving 6. */
@inline
function slope1(from: usize, step: usize, to: usize, stride: usize): void {
  const g0 = v128.load(from);
  const g1 = v128.load(from + step);
  const g2 = v128.load(from + 2 * step);
  const g3 = v128.load(from + 3 * step);
  const even = f32x4.add(g0, g2);
  const odd = f32x4.add(g1, g3);
  const even2 = f32x4.add(g0, times(g2, 4));
  const odd2 = f32x4.add(times(g1, 2), times(g3, 8));
  v128.store(to, g0);
  v128.store(to + stride, f32x4.add(even, odd));
  v128.store(to + 2 * stride, f32x4.sub(even, odd));
  v128.store(to + 3 * stride, f32x4.add(even2, odd2));
  v128.store(to + 4 * stride, f32x4.sub(even2, odd2));
  v128.store(to + 5 * stride, g3);
}

/** A g Aᵀ of the 4 × 4 vectors at `work`, to 36 places `stride` bytes apart. */
@inline
export function slope6(work: usize, to: usize, stride: usize): void {
  const half = work + 256;
  for (let j: usize = 0; j < 64; j += 16) slope1(work + j, 64, half + j, 64);
  for (let i: usize = 0; i < 6; i++) slope1(half + 64 * i, 16, to + 6 * i * stride, stride);
}

/** G along one line of 3, giving 6. */
@inline
function taps1(from: usize, step: usize, to: usize, stride: usize): void {
  const w0 = v128.load(from);
  const w1 = v128.load(from + step);
  const w2 = v128.load(from + 2 * step);
  const outer = f32x4.add(w0, w2);
  const far = f32x4.add(times(w0, 1 / 24), times(w2, 1 / 6));
  const middle = times(w1, 1 / 12);
  v128.store(to, times(w0, 0.25));
  v128.store(to + stride, times(f32x4.add(outer, w1), -1 / 6));
  v128.store(to + 2 * stride, times(f32x4.sub(outer, w1), -1 / 6));
  v128.store(to + 3 * stride, f32x4.add(far, middle));
  v128.store(to + 4 * stride, f32x4.sub(far, middle));
  v128.store(to + 5 * stride, w2);
}

/** G g Gᵀ of the 3 × 3 vectors at `work`, to 36 places `stride` bytes apart. */
@inline
export function taps6(work: usize, to: usize, stride: usize): void {
  const half = work + 256;
  for (let j: usize = 0; j < 48; j += 16) taps1(work + j, 48, half + j, 48);
  for (let i: usize = 0; i < 6; i++) taps1(half + 48 * i, 16, to + 6 * i * stride, stride);
}

/** Gᵀ along one line of 6, giving 3. */
@inline
function back1(from: usize, step: usize, to: usize, stride: usize): void {
  const u1 = v128.load(from + step);
  const u2 = v128.load(from + 2 * step);
  const u3 = v128.load(from + 3 * step);
  const u4 = v128.load(from + 4 * step);
  const near = times(f32x4.add(u1, u2), 1 / 6);
  const far = f32x4.add(u3, u4);
  const odd = f32x4.add(times(f32x4.sub(u2, u1), 1 / 6), times(f32x4.sub(u3, u4), 1 / 12));
  v128.store(to, f32x4.add(f32x4.sub(times(v128.load(from), 0.25), near), times(far, 1 / 24)));
  v128.store(to + stride, odd);
  v128.store(to + 2 * stride, f32x4.add(f32x4.sub(times(far, 1 / 6), near), v128.load(from + 5 * step)));
}

/** Gᵀ u G of 36 vectors `stride` bytes apart, to 3 × 3 vectors at `work`. */
@inline
export function taps3(from: usize, stride: usize, work: usize): void {
  const half = work + 256;
  for (let i: usize = 0; i < 6; i++) back1(from + 6 * i * stride, stride, half + 48 * i, 16);
  for (let j: usize = 0; j < 48; j += 16) back1(half + j, 48, work + j, 48);
}
