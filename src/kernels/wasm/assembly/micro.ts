/** The innermost loops: tiles of a matrix product held in registers. All packed operands are contiguous in the order they are read. */

/** Where a tile goes: added to what is there, or stored over it; `columns` < 8 of a panel at the right edge. */
@inline
function put(c: usize, low: v128, high: v128, columns: i32, add: bool, spill: usize): void {
  if (columns == 8) {
    if (add) {
      low = f32x4.add(v128.load(c), low);
      high = f32x4.add(v128.load(c, 16), high);
    }
    v128.store(c, low);
    v128.store(c, high, 16);
  } else {
    v128.store(spill, low);
    v128.store(spill, high, 16);
    for (let i: usize = 0; i < <usize>columns << 2; i += 4) {
      const v = load<f32>(spill + i);
      store<f32>(c + i, add ? load<f32>(c + i) + v : v);
    }
  }
}

/** 4 rows of A, `lda` bytes apart, by a panel [depth, 8] of B. `rows` points to four addresses of C. */
export function tile4x8(a: usize, lda: usize, b: usize, depth: i32, rows: usize, column: usize, columns: i32, add: bool, spill: usize): void {
  let a1 = a + lda;
  let a2 = a1 + lda;
  let a3 = a2 + lda;
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  for (const end = b + (<usize>depth << 5); b < end; b += 32) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const t0 = v128.load32_splat(a);
    c00 = f32x4.add(c00, f32x4.mul(t0, b0));
    c01 = f32x4.add(c01, f32x4.mul(t0, b1));
    const t1 = v128.load32_splat(a1);
    c10 = f32x4.add(c10, f32x4.mul(t1, b0));
    c11 = f32x4.add(c11, f32x4.mul(t1, b1));
    const t2 = v128.load32_splat(a2);
    c20 = f32x4.add(c20, f32x4.mul(t2, b0));
    c21 = f32x4.add(c21, f32x4.mul(t2, b1));
    const t3 = v128.load32_splat(a3);
    c30 = f32x4.add(c30, f32x4.mul(t3, b0));
    c31 = f32x4.add(c31, f32x4.mul(t3, b1));
    a += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
  }
  put(<usize>load<u32>(rows) + column, c00, c01, columns, add, spill);
  put(<usize>load<u32>(rows, 4) + column, c10, c11, columns, add, spill);
  put(<usize>load<u32>(rows, 8) + column, c20, c21, columns, add, spill);
  put(<usize>load<u32>(rows, 12) + column, c30, c31, columns, add, spill);
}

/** As tile4x8, for rows of `runs` runs of `length` values, `jump` bytes between them; `from` points to the addresses of the four. */
export function tile4x8Runs(
  from: usize,
  jump: usize,
  runs: i32,
  length: i32,
  b: usize,
  rows: usize,
  column: usize,
  columns: i32,
  add: bool,
  spill: usize,
): void {
  let a = <usize>load<u32>(from);
  let a1 = <usize>load<u32>(from, 4);
  let a2 = <usize>load<u32>(from, 8);
  let a3 = <usize>load<u32>(from, 12);
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  for (; runs > 0; runs--) {
    for (const end = b + (<usize>length << 5); b < end; b += 32) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const t0 = v128.load32_splat(a);
      c00 = f32x4.add(c00, f32x4.mul(t0, b0));
      c01 = f32x4.add(c01, f32x4.mul(t0, b1));
      const t1 = v128.load32_splat(a1);
      c10 = f32x4.add(c10, f32x4.mul(t1, b0));
      c11 = f32x4.add(c11, f32x4.mul(t1, b1));
      const t2 = v128.load32_splat(a2);
      c20 = f32x4.add(c20, f32x4.mul(t2, b0));
      c21 = f32x4.add(c21, f32x4.mul(t2, b1));
      const t3 = v128.load32_splat(a3);
      c30 = f32x4.add(c30, f32x4.mul(t3, b0));
      c31 = f32x4.add(c31, f32x4.mul(t3, b1));
      a += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    a += jump;
    a1 += jump;
    a2 += jump;
    a3 += jump;
  }
  put(<usize>load<u32>(rows) + column, c00, c01, columns, add, spill);
  put(<usize>load<u32>(rows, 4) + column, c10, c11, columns, add, spill);
  put(<usize>load<u32>(rows, 8) + column, c20, c21, columns, add, spill);
  put(<usize>load<u32>(rows, 12) + column, c30, c31, columns, add, spill);
}

/** One row of A by a panel [depth, 8] of B. */
export function tile1x8(a: usize, b: usize, depth: i32, c: usize, columns: i32, add: bool, spill: usize): void {
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  for (const end = b + (<usize>depth << 5); b < end; b += 32) {
    const t = v128.load32_splat(a);
    c0 = f32x4.add(c0, f32x4.mul(t, v128.load(b)));
    c1 = f32x4.add(c1, f32x4.mul(t, v128.load(b, 16)));
    a += 4;
  }
  put(c, c0, c1, columns, add, spill);
}

/** 4 interleaved rows [depth, 4] by a panel [depth, 8]; C's first `rows` rows are `ldc` bytes apart. */
export function tileQuad(a: usize, b: usize, depth: i32, c: usize, ldc: usize, rows: i32, columns: i32, add: bool, spill: usize): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  for (const end = b + (<usize>depth << 5); b < end; b += 32) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const t0 = v128.load32_splat(a);
    c00 = f32x4.add(c00, f32x4.mul(t0, b0));
    c01 = f32x4.add(c01, f32x4.mul(t0, b1));
    const t1 = v128.load32_splat(a, 4);
    c10 = f32x4.add(c10, f32x4.mul(t1, b0));
    c11 = f32x4.add(c11, f32x4.mul(t1, b1));
    const t2 = v128.load32_splat(a, 8);
    c20 = f32x4.add(c20, f32x4.mul(t2, b0));
    c21 = f32x4.add(c21, f32x4.mul(t2, b1));
    const t3 = v128.load32_splat(a, 12);
    c30 = f32x4.add(c30, f32x4.mul(t3, b0));
    c31 = f32x4.add(c31, f32x4.mul(t3, b1));
    a += 16;
  }
  put(c, c00, c01, columns, add, spill);
  if (rows > 1) put(c + ldc, c10, c11, columns, add, spill);
  if (rows > 2) put(c + 2 * ldc, c20, c21, columns, add, spill);
  if (rows > 3) put(c + 3 * ldc, c30, c31, columns, add, spill);
}

@inline
export function total(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 2) + (f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 3));
}

/** The totals of four, side by side, each added up as by `total`. */
@inline
function totals(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

@inline
function putOne(c: usize, v: f32, add: bool): void {
  store<f32>(c, add ? load<f32>(c) + v : v);
}

/** 4 rows, read as by tile4x8Runs, by one column: products of whole rows, for outputs too narrow for a panel. `length` is a multiple of 4. */
export function dot4Runs(from: usize, jump: usize, runs: i32, length: i32, b: usize, rows: usize, column: usize, add: bool): void {
  let a = <usize>load<u32>(from);
  let a1 = <usize>load<u32>(from, 4);
  let a2 = <usize>load<u32>(from, 8);
  let a3 = <usize>load<u32>(from, 12);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  for (; runs > 0; runs--) {
    for (const end = b + (<usize>length << 2); b < end; b += 16) {
      const t = v128.load(b);
      c0 = f32x4.add(c0, f32x4.mul(t, v128.load(a)));
      c1 = f32x4.add(c1, f32x4.mul(t, v128.load(a1)));
      c2 = f32x4.add(c2, f32x4.mul(t, v128.load(a2)));
      c3 = f32x4.add(c3, f32x4.mul(t, v128.load(a3)));
      a += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
    }
    a += jump;
    a1 += jump;
    a2 += jump;
    a3 += jump;
  }
  const sums = totals(c0, c1, c2, c3);
  putOne(<usize>load<u32>(rows) + column, f32x4.extract_lane(sums, 0), add);
  putOne(<usize>load<u32>(rows, 4) + column, f32x4.extract_lane(sums, 1), add);
  putOne(<usize>load<u32>(rows, 8) + column, f32x4.extract_lane(sums, 2), add);
  putOne(<usize>load<u32>(rows, 12) + column, f32x4.extract_lane(sums, 3), add);
}

/** One row of A by one column. */
export function dot1(a: usize, b: usize, depth: i32, c: usize, add: bool): void {
  let sum = f32x4.splat(0);
  for (const end = b + (<usize>depth << 2); b < end; b += 16) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(a), v128.load(b)));
    a += 16;
  }
  putOne(c, total(sum), add);
}

/** 4 interleaved rows [depth, 4] by one column of `ldb` bytes a step. C's first `rows` rows are `ldc` bytes apart. */
export function quadByColumn(a: usize, b: usize, ldb: usize, depth: i32, c: usize, ldc: usize, rows: i32, add: bool): void {
  let even = f32x4.splat(0);
  let odd = f32x4.splat(0);
  const end = a + (<usize>depth << 4);
  for (; a + 16 < end; a += 32) {
    even = f32x4.add(even, f32x4.mul(v128.load(a), v128.load32_splat(b)));
    odd = f32x4.add(odd, f32x4.mul(v128.load(a, 16), v128.load32_splat(b + ldb)));
    b += ldb << 1;
  }
  if (a < end) even = f32x4.add(even, f32x4.mul(v128.load(a), v128.load32_splat(b)));
  const sum = f32x4.add(even, odd);
  putOne(c, f32x4.extract_lane(sum, 0), add);
  if (rows > 1) putOne(c + ldc, f32x4.extract_lane(sum, 1), add);
  if (rows > 2) putOne(c + 2 * ldc, f32x4.extract_lane(sum, 2), add);
  if (rows > 3) putOne(c + 3 * ldc, f32x4.extract_lane(sum, 3), add);
}
