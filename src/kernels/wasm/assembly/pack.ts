/**
 * Packs the right factor of a product, [depth, columns], into panels of 8 columns: for each block of `block` steps, panel by panel,
 * [steps, 8], zeros beyond the last column. A factor of at most 3 columns is packed column by column instead, [columns, steps], the steps
 * padded with zeros to a multiple of 4.
 *
 * Arguments: 0 source, 1 depth of a tap, 2 columns, 3 block, 4 transposed, 5 narrow, 6 phases, 7 number of phases.
 * The source is [tap, depth, columns], or transposed [tap, columns, depth]. A phase (see gather.ts) names its taps and its packed factor.
 * One chunk: a block of steps of at most `GROUP` panels.
 */
import * as phase from './phase';

/** Panels a chunk packs. */
export const GROUP = 8;

export function packFactor(chunk: i32, args: usize): void {
  const at = phase.find(<usize>load<u32>(args, 24), load<i32>(args, 28), chunk, phase.PACK);
  const columns = load<i32>(args, 8);
  const block = load<i32>(args, 12);
  const depth = load<i32>(at, phase.DEPTH);
  const groups = (((columns + 7) >> 3) + GROUP - 1) / GROUP;
  const local = chunk - load<i32>(at, phase.PACK);
  const first = (local / groups) * block;
  const steps = min(block, depth - first);
  const target = <usize>load<u32>(at, phase.FACTOR);
  if (load<i32>(args, 20)) packColumns(args, at, first, steps, columns, target + ((<usize>first * <usize>columns) << 2));
  else {
    const panels = (columns + 7) >> 3;
    const panel = (local % groups) * GROUP;
    const last = min(panels, panel + GROUP);
    const place = target + ((<usize>first * <usize>panels) << 5);
    if (load<i32>(args, 16)) packTransposed(args, at, first, steps, columns, panel, last, place);
    else packRows(args, at, first, steps, columns, panel, last, place);
  }
}

function packRows(args: usize, at: usize, first: i32, steps: i32, columns: i32, panel: i32, last: i32, place: usize): void {
  const source = <usize>load<u32>(args);
  const perTap = load<i32>(args, 4);
  const stride = <usize>steps << 5;
  const whole = min(last, columns >> 3);
  let tap = first / perTap;
  let channel = first % perTap;
  let row: usize = 0;
  let read = false;
  for (let k = 0; k < steps; k++) {
    if (!read) {
      row = source + ((<usize>(phase.tapIndex(at, tap) * perTap + channel) * <usize>columns) << 2);
      read = true;
    }
    let to = place + <usize>panel * stride + (<usize>k << 5);
    for (let p = panel; p < whole; p++) {
      const from = row + (<usize>p << 5);
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      to += stride;
    }
    if (whole < last) {
      for (let i = 0; i < 8; i++) {
        const column = (whole << 3) + i;
        store<f32>(to + (<usize>i << 2), column < columns ? load<f32>(row + (<usize>column << 2)) : 0);
      }
    }
    row += <usize>columns << 2;
    if (++channel == perTap) {
      channel = 0;
      tap++;
      read = false;
    }
  }
}

function packTransposed(args: usize, at: usize, first: i32, steps: i32, columns: i32, panel: i32, last: i32, place: usize): void {
  const source = <usize>load<u32>(args);
  const perTap = load<i32>(args, 4);
  const line = <usize>perTap << 2;
  for (let p = panel; p < last; p++) {
    const valid = min(8, columns - (p << 3));
    let to = place + ((<usize>p * <usize>steps) << 5);
    let k = 0;
    while (k < steps) {
      const tap = (first + k) / perTap;
      const channel = (first + k) % perTap;
      const run = min(perTap - channel, steps - k);
      let from = source + ((<usize>(phase.tapIndex(at, tap) * columns + (p << 3)) * <usize>perTap + <usize>channel) << 2);
      let i = 0;
      if (valid == 8) {
        for (; i + 4 <= run; i += 4) {
          half(from, line, to);
          half(from + 4 * line, line, to + 16);
          from += 16;
          to += 128;
        }
      }
      for (; i < run; i++) {
        for (let n = 0; n < 8; n++) store<f32>(to + (<usize>n << 2), n < valid ? load<f32>(from + <usize>n * line) : 0);
        from += 4;
        to += 32;
      }
      k += run;
    }
  }
}

/** Transposes 4 × 4 values: rows `line` bytes apart become columns of rows 32 bytes apart. */
@inline
function half(from: usize, line: usize, to: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + line);
  const r2 = v128.load(from + 2 * line);
  const r3 = v128.load(from + 3 * line);
  const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const b = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const c = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(a, c, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(a, c, 2, 3, 6, 7), 32);
  v128.store(to, v128.shuffle<f32>(b, d, 0, 1, 4, 5), 64);
  v128.store(to, v128.shuffle<f32>(b, d, 2, 3, 6, 7), 96);
}

function packColumns(args: usize, at: usize, first: i32, steps: i32, columns: i32, place: usize): void {
  const source = <usize>load<u32>(args);
  const perTap = load<i32>(args, 4);
  const transposed = load<i32>(args, 16);
  const padded = (steps + 3) & -4;
  for (let n = 0; n < columns; n++) {
    let tap = first / perTap;
    let channel = first % perTap;
    for (let k = 0; k < padded; k++) {
      let v: f32 = 0;
      if (k < steps) {
        const t = phase.tapIndex(at, tap);
        const index = transposed ? (t * columns + n) * perTap + channel : (t * perTap + channel) * columns + n;
        v = load<f32>(source + (<usize>index << 2));
        if (++channel == perTap) {
          channel = 0;
          tap++;
        }
      }
      store<f32>(place + (<usize>(n * padded + k) << 2), v);
    }
  }
}
