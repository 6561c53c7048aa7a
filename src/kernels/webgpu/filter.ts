/**
 * The product that filter gradients come down to: for every tap, source pixels [channels] times the pixels they fed [columns], summed over pixels.
 * The sum is split over rows of the image into parts, which a second pass adds up in order: no atomics, the same bits every time.
 */
import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { output, release, run, type Template } from '../program';
import type { Axis } from './gather';
import { each, element, type Lanes, lanes, range, WORKGROUP } from './lanes';
import { sumOfParts } from './parts';
import { sizesOn } from './tune';

export type Filter = { images: number; channels: number; columns: number; rows: Axis; cols: Axis };

/**
 * Channels of x in `tx` loads of `x` lanes, columns of dy in `ty` loads of `y` lanes; a window of `down` by `taps` pixels moves along the row by
 * `stride`.
 */
type Values = { x: Lanes; y: Lanes; tx: number; ty: number; down: number; taps: number; stride: number };

/** Pixels of a part, at the least: fewer would not pay for the second pass. */
const LEAST_PIXELS = 64;
const LETTERS = ['x', 'y', 'z', 'w'];

/** One invocation does one row of taps, tx · x channels and ty · y columns, over the rows of one part. */
const slide: Template<Values> = {
  name: 'filter',
  shader: (values) => {
    const { x, y, tx, ty, down, taps, stride } = values;
    const fresh = Math.min(stride, taps);
    const zero = `${element(x)}()`;
    const load = (j: number) => `
      { let ix = ox * ${stride} - u.px + ${j};
        let there = (ix >= 0) & (ix < u.w);
        ${each(
          down,
          (v) => `let in${v} = there & rowIn${v};
        let at${v} = select(0, (line${v} + ix) * u.channels + channel, in${v});
        ${each(tx, (i) => `x${v}_${i}_${j} = select(${zero}, a[at${v} + ${i}], in${v});`)}`,
        )} }`;
    // A sum is a vector over columns for each lane l of x where columns come in fours, else one over the lanes of x.
    const sums = y === 4 ? range(x) : [0];
    const type = y === 4 ? 'vec4f' : element(x);
    const all = (line: (name: string, v: number, i: number, j: number, t: number) => string) =>
      each(down, (v) => each(tx, (i) => each(taps, (j) => each(ty, (t) => line(`s${v}_${i}_${j}_${t}`, v, i, j, t)))));
    const lane = (l: number) => (y === 4 && x === 4 ? `.${LETTERS[l]}` : '');
    const store = (name: string, v: number, i: number, j: number, t: number) =>
      each(x, (l) => {
        const value = y === 1 && x === 4 ? `${name}_0.${LETTERS[l]}` : `${name}_${l}`;
        return `parts[to + (((${v} * ${taps} + ${j}) * u.channels + ${i}) * ${x} + ${l}) * u.columns + ${t}] = ${value};`;
      });
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
  let ky = item % u.perPart / (tiles * (u.channels / ${tx})) * ${down};
  ${all((name) => sums.map((l) => `var ${name}_${l} = ${type}();`).join('\n'))}
  ${each(down, (v) => each(tx, (i) => each(taps, (j) => `var x${v}_${i}_${j} = ${zero};`)))}
  let end = min((part + 1) * u.linesAPart, u.lines);
  var r = part * u.linesAPart;
  var oy = r % u.oh;
  var top = r / u.oh * u.h;
  loop {
    if (r >= end) { break; }
    let iy = oy * u.sy - u.py + ky;
    ${each(
      down,
      (v) => `let rowIn${v} = (iy + ${v} >= 0) & (iy + ${v} < u.h);
    let line${v} = (top + iy + ${v}) * u.w;`,
    )}
    ${down === 1 ? 'if (!rowIn0) { continue; }' : ''}
    var source = r * u.ow * u.columns + column;
    { let ox = 0; ${range(taps - fresh)
      .map(load)
      .join('')} }
    for (var ox = 0; ox < u.ow; ox++) {
      ${range(fresh)
        .map((j) => load(taps - fresh + j))
        .join('')}
      ${each(ty, (t) => `let d${t} = dy[source + ${t}];`)}
      ${all((name, v, i, j, t) => sums.map((l) => `${name}_${l} += x${v}_${i}_${j}${lane(l)} * d${t};`).join('\n'))}
      ${each(down, (v) => each(tx, (i) => each(taps - fresh, (j) => `x${v}_${i}_${j} = x${v}_${i}_${j + fresh};`)))}
      source += u.columns;
    }
    continuing {
      r++;
      let over = oy + 1 == u.oh;
      oy = select(oy + 1, 0, over);
      top += select(0, u.h, over);
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
  const values = { x, y, tx: 1, ty: 1, down: 1, taps: cols.taps, stride: cols.stride };
  const { sums, enough } = sizesOn(backend);
  const grow = (key: 'tx' | 'ty' | 'down', to: number) => {
    if (x * values.tx * y * values.ty * values.down * values.taps * (to / values[key]) <= sums) values[key] = to;
  };
  // A single channel is too little work for a load of dy: then all rows of taps are done at once.
  if (x === 1) grow('down', rows.taps);
  if ((columns / y) % 2 === 0) grow('ty', 2);
  if ((channels / x) % 2 === 0) grow('tx', 2);
  const perPart = (rows.taps / values.down) * (channels / x / values.tx) * (columns / y / values.ty);
  const lines = images * rows.target;
  const linesAPart = Math.max(Math.ceil((lines * perPart) / enough), Math.ceil(LEAST_PIXELS / cols.target));
  const count = Math.ceil(lines / linesAPart);
  const target = output(backend, shape);
  const parts = count === 1 ? target : output(backend, [count, tf.util.sizeFromShape([...shape])]);
  const geometry = [lines, rows.source, cols.source, rows.target, cols.target, channels / x, columns / y];
  run(backend, slide, values, {
    reads: [a, dy],
    writes: [parts],
    uniforms: [...geometry, rows.taps, rows.stride, rows.pad, cols.pad, linesAPart, perPart, count],
    groups: Math.ceil((perPart * count) / WORKGROUP),
  });
  if (parts !== target) {
    sumOfParts(backend, parts, target, count);
    release(backend, parts);
  }
  return target;
}
