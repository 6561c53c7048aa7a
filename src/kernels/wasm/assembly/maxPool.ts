/**
 * Max pooling 2 × 2 with stride 2 and its gradient, which goes to the first of equal values.
 * Arguments: 0 x [n, 1 h, 2 w, 3 channels], 4 y (or dy) [n, 5 rows, 6 columns, channels], 7 gradient's target [n, h, w, channels].
 * Rows and columns of x beyond the windows belong to none. One chunk: one row of windows.
 */
export function maxPool(chunk: i32, args: usize): void {
  const width = load<i32>(args, 8);
  const row = <usize>load<i32>(args, 12) << 2;
  const columns = load<i32>(args, 24);
  const line = <usize>width * row;
  let x = <usize>load<u32>(args) + firstRow(chunk, args) * line;
  let y = <usize>load<u32>(args, 16) + <usize>(chunk * columns) * row;
  for (let j = 0; j < columns; j++) {
    let c: usize = 0;
    for (; c + 16 <= row; c += 16) {
      const top = f32x4.max(v128.load(x + c), v128.load(x + row + c));
      const bottom = f32x4.max(v128.load(x + line + c), v128.load(x + line + row + c));
      v128.store(y + c, f32x4.max(top, bottom));
    }
    for (; c < row; c += 4) {
      const top = max(load<f32>(x + c), load<f32>(x + row + c));
      store<f32>(y + c, max(top, max(load<f32>(x + line + c), load<f32>(x + line + row + c))));
    }
    x += 2 * row;
    y += row;
  }
}

/** The target is cleared beforehand where windows do not cover it. */
export function maxPoolGradient(chunk: i32, args: usize): void {
  const width = load<i32>(args, 8);
  const row = <usize>load<i32>(args, 12) << 2;
  const columns = load<i32>(args, 24);
  const line = <usize>width * row;
  const from = firstRow(chunk, args) * line;
  let x = <usize>load<u32>(args) + from;
  let dx = <usize>load<u32>(args, 28) + from;
  let dy = <usize>load<u32>(args, 16) + <usize>(chunk * columns) * row;
  for (let j = 0; j < columns; j++) {
    let c: usize = 0;
    for (; c + 16 <= row; c += 16) {
      const x0 = v128.load(x + c);
      const x1 = v128.load(x + row + c);
      const x2 = v128.load(x + line + c);
      const x3 = v128.load(x + line + row + c);
      const most = f32x4.max(f32x4.max(x0, x1), f32x4.max(x2, x3));
      const g = v128.load(dy + c);
      const is0 = f32x4.eq(x0, most);
      const is1 = v128.andnot(f32x4.eq(x1, most), is0);
      const is2 = v128.andnot(f32x4.eq(x2, most), v128.or(is0, is1));
      const none = v128.or(v128.or(is0, is1), is2);
      v128.store(dx + c, v128.and(g, is0));
      v128.store(dx + row + c, v128.and(g, is1));
      v128.store(dx + line + c, v128.and(g, is2));
      v128.store(dx + line + row + c, v128.andnot(g, none));
    }
    for (; c < row; c += 4) {
      const x0 = load<f32>(x + c);
      const x1 = load<f32>(x + row + c);
      const x2 = load<f32>(x + line + c);
      const x3 = load<f32>(x + line + row + c);
      const most = max(max(x0, x1), max(x2, x3));
      const g = load<f32>(dy + c);
      const which = x0 == most ? 0 : x1 == most ? 1 : x2 == most ? 2 : 3;
      store<f32>(dx + c, which == 0 ? g : 0);
      store<f32>(dx + row + c, which == 1 ? g : 0);
      store<f32>(dx + line + c, which == 2 ? g : 0);
      store<f32>(dx + line + row + c, which == 3 ? g : 0);
    }
    x += 2 * row;
    dx += 2 * row;
    dy += row;
  }
}

/** Row of x, over the whole batch, where a row of windows begins. */
@inline
function firstRow(chunk: i32, args: usize): usize {
  const rows = load<i32>(args, 20);
  return <usize>((chunk / rows) * load<i32>(args, 4) + 2 * (chunk % rows));
}
