/**
 * The product that filter gradients come down to: for every tap, source pixels [channels] times the pixels they fed [columns], summed over pixels.
 * The sum is split over rows of the image into parts, which a second pass adds up in order: no atomics, the same bits every time.
 */
import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { output, release, run, type Template } from '../program';
import { type Axis, each, element, type Lanes, lanes, range, WORKGROUP } from './gather';
import { sumOfParts } from './parts';

export type Filter = { images: number; channels: number; columns: number; rows: Axis; cols: Axis };

/** Channels of x in `tx` loads of `x` lanes, columns of dy in `ty` loads of `y` lanes; a window of `taps` along the row moves by `stride`. */
type Values = { x: Lanes; y: Lanes; tx: number; ty: number; taps: number; stride: number };

/** Invocations to aim for: enough to fill a large GPU; parts beyond that only cost memory. */
const INVOCATIONS = 16384;
/** Accumulators that an invocation can keep in registers. */

const LETTERS = ['x', 'y', 'z', 'w'];

/** One invocation does one row of taps, tx · x channels and ty · y columns, over the rows of one part. */
const slide: Template<Values> = {
  name: 'filter',
  shader: (values) => {
    const { x, y, tx, ty, taps, stride } = values;
    const fresh = Math.min(stride, taps);
    const load = (j: number) => `
      { let ix = ox * ${stride} - u.px + ${j};
        let there = (ix >= 0) & (ix < u.w);
        let at = select(0, (line + ix) * u.channels + channel, there);
        ${each(tx, (i) => `x${i}_${j} = select(${element(x)}(), a[at + ${i}], there);`)} }`;
    // Sums of one tap, for lane l of x: a vector over columns where there are four, else one over channels.
    const sums = y === 4 ? range(x) : [0];
    const acc = (i: number, j: number, t: number, l: number) => `s${i}_${j}_${t}_${l}`;
    const all = (line: (i: number, j: number, t: number) => string) => each(tx, (i) => each(taps, (j) => each(ty, (t) => line(i, j, t))));
    const lane = (i: number, j: number, l: number) => `x${i}_${j}${y === 4 && x === 4 ? `.${LETTERS[l]}` : ''}`;
    const type = y === 4 ? 'vec4f' : element(x);
    const at = (i: number, j: number, t: number, l: number) => `to + ((${j} * u.channels + ${i}) * ${x} + ${l}) * u.columns + ${t}`;
    const store = (i: number, j: number, t: number) =>
      y === 1 && x === 4
        ? each(4, (l) => `parts[${at(i, j, t, l)}] = ${acc(i, j, t, 0)}.${LETTERS[l]};`)
        : sums.map((l) => `parts[${at(i, j, t, l)}] = ${acc(i, j, t, l)};`).join('\n');
    return {
      reads: { a: element(x), dy: element(y) },
      writes: { parts: element(y) },
      uniforms: Object.fromEntries(
        ['lines', 'h', 'w', 'oh', 'ow', 'channels', 'columns', 'kh', 'sy', 'py', 'px', 'linesAPart', 'perPart', 'count'].map((name) => [
          name,
          'i32' as const,
        ]),
      ),
      workgroup: WORKGROUP,
      main: `
  let item = i32(group * ${WORKGROUP}u + local);
  let part = item / u.perPart;
  if (part >= u.count) { return; }
  let tiles = u.columns / ${ty};
  let column = item % tiles * ${ty};
  let channel = item / tiles % (u.channels / ${tx}) * ${tx};
  let ky = item % u.perPart / (tiles * (u.channels / ${tx}));
  ${all((i, j, t) => sums.map((l) => `var ${acc(i, j, t, l)} = ${type}();`).join('\n'))}
  ${each(tx, (i) => each(taps, (j) => `var x${i}_${j} = ${element(x)}();`))}
  let end = min((part + 1) * u.linesAPart, u.lines);
  for (var r = part * u.linesAPart; r < end; r++) {
    let iy = r % u.oh * u.sy - u.py + ky;
    if (iy < 0 || iy >= u.h) { continue; }
    let line = (r / u.oh * u.h + iy) * u.w;
    var source = r * u.ow * u.columns + column;
    { let ox = 0; ${range(taps - fresh)
      .map(load)
      .join('')} }
    for (var ox = 0; ox < u.ow; ox++) {
      ${range(fresh)
        .map((j) => load(taps - fresh + j))
        .join('')}
      ${each(ty, (t) => `let d${t} = dy[source + ${t}];`)}
      ${all((i, j, t) => sums.map((l) => `${acc(i, j, t, l)} += ${lane(i, j, l)} * d${t};`).join('\n'))}
      ${each(tx, (i) => each(taps - fresh, (j) => `x${i}_${j} = x${i}_${j + fresh};`))}
      source += u.columns;
    }
  }
  let to = ((part * u.kh + ky) * ${taps} * u.channels + channel) * ${x} * u.columns + column;
  ${all(store)}`,
    };
  },
};

/** Runs the product into a new tensor of `shape`, [taps down, taps right, channels, columns] or the same values. */
export function filterProduct(backend: unknown, a: TensorInfo, dy: TensorInfo, shape: readonly number[], on: Filter): TensorInfo {
  const { images, channels, columns, rows, cols } = on;
  const x = lanes(channels);
  const y = lanes(columns);
  const halves = (length: number) => (length % 2 === 0 ? 2 : 1);
  let ty = halves(columns / y);
  let tx = halves(channels / x);
  const MOST_ACCUMULATORS = (globalThis as any).ACC ?? 128;
  const accumulators = () => x * tx * y * ty * cols.taps;
  if (accumulators() > MOST_ACCUMULATORS) tx = 1;
  if (accumulators() > MOST_ACCUMULATORS) ty = 1;
  const perPart = rows.taps * (channels / x / tx) * (columns / y / ty);
  const lines = images * rows.target;
  const linesAPart = Math.ceil(lines / Math.min(lines, Math.max(1, Math.ceil(INVOCATIONS / perPart))));
  const count = Math.ceil(lines / linesAPart);
  const target = output(backend, shape);
  const parts = count === 1 ? target : output(backend, [count, tf.util.sizeFromShape([...shape])]);
  const geometry = [lines, rows.source, cols.source, rows.target, cols.target, channels / x, columns / y];
  run(
    backend,
    slide,
    { x, y, tx, ty, taps: cols.taps, stride: cols.stride },
    {
      reads: [a, dy],
      writes: [parts],
      uniforms: [...geometry, rows.taps, rows.stride, rows.pad, cols.pad, linesAPart, perPart, count],
      groups: Math.ceil((perPart * count) / WORKGROUP),
    },
  );
  if (parts !== target) {
    sumOfParts(backend, parts, target, count);
    release(backend, parts);
  }
  return target;
}
