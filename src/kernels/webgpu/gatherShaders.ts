/** The shaders of gatherProduct. */
import type { Element, Template } from '../program';
import { activation, each, element, type Lanes, range, WORKGROUP } from './lanes';

type Values = { transposed: boolean; k: Lanes; n: Lanes; tm: number; tn: number; gate: 'none' | 'own' | 'other' };

const UNIFORMS = Object.fromEntries(
  [
    ...['images', 'channels', 'columns', 'h', 'w', 'th', 'tw', 'kh', 'kw', 'tiles'],
    // Forward, from one target pixel to the next the source moves by the stride, and from tap to tap by one pixel on.
    // Backward, target pixels of one phase are a stride apart, the source moves by one pixel, and every stride-th tap is one pixel back.
    ...['backward', 'padY', 'padX', 'phasesY', 'phasesX', 'stepY', 'stepX'],
  ].map((name) => [name, 'i32' as const]),
);

/** The grid of target pixels that one layer of workgroups does: all of them, or those of one phase of the stride. */
const GRID = `
  let phaseY = i32(layer) / u.phasesX;
  let phaseX = i32(layer) % u.phasesX;
  let rows = (u.th - phaseY + u.phasesY - 1) / u.phasesY;
  let cols = (u.tw - phaseX + u.phasesX - 1) / u.phasesX;
  let pixels = u.images * rows * cols;
  let back = u.backward == 1;
  let firstY = select(0, (phaseY + u.padY) % u.phasesY, back);
  let firstX = select(0, (phaseX + u.padX) % u.phasesX, back);
  let originY = select(-u.padY, (phaseY + u.padY) / u.phasesY, back);
  let originX = select(-u.padX, (phaseX + u.padX) / u.phasesX, back);
  let onward = select(1, -1, back);`;

/** Declares the source position of pixel `p`, as seen by the first tap, under names that end in `m`. */
const origin = (m: number, p: string) => `
  let p${m} = min(${p}, pixels - 1);
  let x${m} = p${m} % cols * u.stepX + originX;
  let y${m} = p${m} / cols % rows * u.stepY + originY;
  let image${m} = p${m} / (cols * rows) * u.h;`;

/** The loops over taps that reach the phase. */
const taps = (body: string) => `
  var down = 0;
  for (var ky = firstY; ky < u.kh; ky += u.phasesY) {
    var right = 0;
    for (var kx = firstX; kx < u.kw; kx += u.phasesX) {
      let tap = ky * u.kw + kx;${body}
      right += onward;
    }
    down += onward;
  }`;

/** Where pixel m finds the tap in the source, if it does. */
const source = (m: number) => `
      let iy${m} = y${m} + down;
      let ix${m} = x${m} + right;
      let in${m} = (iy${m} >= 0) & (iy${m} < u.h) & (ix${m} >= 0) & (ix${m} < u.w);
      let at${m} = select(0, ((image${m} + iy${m}) * u.w + ix${m}) * u.channels, in${m});`;

/** Flat index of the target pixel `p` of the grid. */
const target = (p: string) =>
  `((${p} / (cols * rows) * u.th + ${p} / cols % rows * u.phasesY + phaseY) * u.tw + ${p} % cols * u.phasesX + phaseX)`;

const LETTERS = ['x', 'y', 'z', 'w'];
const letter = (of: Lanes, i: number) => (of === 4 ? `.${LETTERS[i]}` : '');

/** acc += a · w for pixels m and column tiles j; `weight(j, i)` is the factor of channel lane i (of column lane i, when transposed). */
function accumulate({ transposed, k, n, tm, tn }: Values, weight: (j: number, i: number) => string): string {
  const loads = transposed
    ? (j: number) => [
        ...range(n).map((l) => `let r${j}_${l} = ${weight(j, l)};`),
        ...range(k).map((i) => `let w${j}_${i} = ${element(n)}(${range(n).map((l) => `r${j}_${l}${letter(k, i)}`)});`),
      ]
    : (j: number) => range(k).map((i) => `let w${j}_${i} = ${weight(j, i)};`);
  const sum = (m: number, j: number) => [`acc${m}_${j}`, ...range(k).map((i) => `a${m}${letter(k, i)} * w${j}_${i}`)].join(' + ');
  return [...range(tn).flatMap(loads), ...range(tm).flatMap((m) => range(tn).map((j) => `acc${m}_${j} = ${sum(m, j)};`))].join('\n');
}

type Gated = Pick<Values, 'n' | 'gate'>;

/** A result as it is stored at `to`. */
const stored = ({ n, gate }: Gated, to: string, sum: string) =>
  gate === 'none' ? sum : activation(n, gate === 'own' ? sum : `by[${to}]`, sum);

/** Buffers and uniforms of the gate. */
const gateReads = ({ n, gate }: Gated): Record<string, Element> => (gate === 'other' ? { by: element(n) } : {});
const gateUniforms = ({ gate }: Gated): Record<string, 'f32'> => (gate === 'none' ? {} : { slope: 'f32' });

const declare = ({ n, tm, tn }: Values) => each(tm, (m) => each(tn, (j) => `var acc${m}_${j} = ${element(n)}();`));

/** One invocation does `tm` pixels by `tn` column tiles, straight from memory. */
export const direct: Template<Values> = {
  name: 'gather',
  shader: (values) => {
    const { transposed, k, n, tm, tn } = values;
    return {
      reads: { x: element(k), f: element(transposed ? k : n), ...gateReads(values) },
      writes: { y: element(n) },
      uniforms: { ...UNIFORMS, ...gateUniforms(values) },
      workgroup: WORKGROUP,
      main: `${GRID}
  let item = i32(group * ${WORKGROUP}u + local);
  let col = item % u.tiles * ${tn};
  let first = item / u.tiles * ${tm};
  if (first >= pixels) { return; }
  ${each(tm, (m) => origin(m, `first + ${m}`))}
  ${declare(values)}
  ${taps(`
      ${each(tm, source)}
      for (var c = 0; c < u.channels; c++) {
        ${each(tm, (m) => `let a${m} = select(${element(k)}(), x[at${m} + c], in${m});`)}
        ${
          transposed
            ? `let w = (tap * u.columns + col) * ${n} * u.channels + c;`
            : `let w = (tap * u.channels + c) * ${k} * u.columns + col;`
        }
        ${accumulate(values, transposed ? (j, l) => `f[w + ${n * j + l} * u.channels]` : (j, i) => `f[w + ${i} * u.columns + ${j}]`)}
      }`)}
  ${each(
    tm,
    (m) => `if (first + ${m} < pixels) {
    let to = ${target(`p${m}`)} * u.columns + col;
    ${each(tn, (j) => `y[to + ${j}] = ${stored(values, `to + ${j}`, `acc${m}_${j}`)};`)}
  }`,
  )}`,
    };
  },
};

/** A value of `k` lanes times another, lanes added up. */
const times = (k: Lanes, a: string, b: string) => (k === 4 ? `dot(${a}, ${b})` : `${a} * ${b}`);

type RowValues = { k: Lanes; tm: number; taps: number; backward: boolean; gate: Values['gate'] };

/** Where there is one column, there is little to do with a source pixel once it is loaded: an invocation does `tm` pixels of a row, each source pixel
 * serving all `taps` of them that it feeds. From one pixel to the next the source moves by one. */
export const row: Template<RowValues> = {
  name: 'gatherRow',
  shader: (values) => {
    const { k, tm, taps: across, backward } = values;
    const zero = `${element(k)}()`;
    /** Which tap takes the j-th source pixel to target pixel m. */
    const tap = (m: number, j: number) => (backward ? m + across - 1 - j : j - m);
    const last = tm + across - 1;
    const gated = { ...values, n: 1 as const };
    return {
      reads: { x: element(k), f: element(k), ...gateReads(gated) },
      writes: { y: 'f32' },
      uniforms: { ...UNIFORMS, ...gateUniforms(gated) },
      workgroup: WORKGROUP,
      main: `${GRID}
  let segments = (cols + ${tm - 1}) / ${tm};
  let item = i32(group * ${WORKGROUP}u + local);
  if (item >= u.images * rows * segments) { return; }
  let first = item % segments * ${tm};
  let row = item / segments % rows;
  let image = item / (segments * rows);
  let x0 = first + originX${backward ? ` - ${across - 1}` : ''};
  ${each(tm, (m) => `var acc${m} = 0.0;`)}
  var iy = row * u.stepY + originY;
  for (var ky = firstY; ky < u.kh; ky += u.phasesY) {
    if ((iy >= 0) & (iy < u.h)) {
      let line = (image * u.h + iy) * u.w;
      ${each(last, (j) => `let in${j} = (x0 + ${j} >= 0) & (x0 + ${j} < u.w); let at${j} = select(0, line + x0 + ${j}, in${j}) * u.channels;`)}
      ${each(across, (t) => `let there${t} = firstX + ${t} * u.phasesX < u.kw; let of${t} = select(0, ky * u.kw + firstX + ${t} * u.phasesX, there${t}) * u.channels;`)}
      for (var c = 0; c < u.channels; c++) {
        ${each(across, (t) => `let w${t} = select(${zero}, f[of${t} + c], there${t});`)}
        ${each(last, (j) => `{ let a = select(${zero}, x[at${j} + c], in${j}); ${each(tm, (m) => (tap(m, j) >= 0 && tap(m, j) < across ? `acc${m} += ${times(k, 'a', `w${tap(m, j)}`)};` : ''))} }`)}
      }
    }
    iy += onward;
  }
  let to = ((image * u.th + row * u.phasesY + phaseY) * u.tw + first * u.phasesX + phaseX);
  ${each(tm, (m) => `if (first + ${m} < cols) { let p = to + ${m} * u.phasesX; y[p] = ${stored(gated, 'p', `acc${m}`)}; }`)}`,
    };
  },
};

/** [taps, columns, channels] to [taps, channels, columns], both in fours: four by four an invocation. */
export const turned: Template<null> = {
  name: 'turned',
  shader: () => ({
    reads: { f: 'vec4f' },
    writes: { y: 'vec4f' },
    uniforms: { taps: 'i32', columns: 'i32', channels: 'i32' },
    workgroup: WORKGROUP,
    main: `
  let item = i32(group * ${WORKGROUP}u + local);
  let column = item % u.columns;
  let channel = item / u.columns % u.channels;
  let tap = item / (u.columns * u.channels);
  if (tap >= u.taps) { return; }
  let at = (tap * u.columns + column) * 4 * u.channels + channel;
  let to = (tap * u.channels + channel) * 4 * u.columns + column;
  ${each(4, (i) => `let r${i} = f[at + ${i} * u.channels];`)}
  ${each(
    4,
    (i) =>
      `y[to + ${i} * u.columns] = vec4f(${range(4)
        .map((l) => `r${l}.${LETTERS[i]}`)
        .join(', ')});`,
  )}`,
  }),
};

/** Sides of the tile of a workgroup: pixels and columns, in values, and the stretch of channels that is held at a time, in fours. */
export const TILE = 64;
const DEEP = 4;

/** A workgroup does 64 pixels by 64 columns from copies in its shared memory; an invocation 8 by 8 of them. Channels and columns in fours. */
export const tiled: Template<Values> = {
  name: 'gatherTiled',
  shader: (values) => {
    const { transposed } = values;
    const copies = (TILE * DEEP) / WORKGROUP;
    const copyWeights = transposed
      ? (i: number) => `
        { let column = firstColumn * 4 + slot + ${16 * i}; let c = c0 + deep;
          weights[deep * ${TILE} + slot + ${16 * i}] = select(vec4f(), f[(tap * u.columns * 4 + column) * u.channels + c], (column < u.columns * 4) & (c < u.channels)); }`
      : (i: number) => `
        { let column = firstColumn + i32(local) % 16; let c = c0 * 4 + i32(local) / 16 + ${4 * i};
          weights[(i32(local) / 16 + ${4 * i}) * 16 + i32(local) % 16] = select(vec4f(), f[(tap * u.channels * 4 + c) * u.columns + column], (column < u.columns) & (c < u.channels * 4)); }`;
    const weight = transposed
      ? (j: number, l: number) => `weights[d * ${TILE} + (tj + ${8 * j}) * 4 + ${l}]`
      : (j: number, i: number) => `weights[(d * 4 + ${i}) * 16 + tj + ${8 * j}]`;
    return {
      reads: { x: 'vec4f', f: 'vec4f', ...gateReads(values) },
      writes: { y: 'vec4f' },
      uniforms: { ...UNIFORMS, ...gateUniforms(values) },
      workgroup: WORKGROUP,
      globals: `var<workgroup> pixelsHeld: array<vec4f, ${TILE * DEEP}>;
var<workgroup> weights: array<vec4f, ${TILE * DEEP}>;`,
      main: `${GRID}
  let firstColumn = i32(group) % u.tiles * 16;
  let first = i32(group) / u.tiles * ${TILE};
  if (first >= pixels) { return; }
  let slot = i32(local) / ${DEEP};
  let deep = i32(local) % ${DEEP};
  let ti = i32(local) / 8;
  let tj = i32(local) % 8;
  ${each(copies, (m) => origin(m, `first + slot + ${16 * m}`))}
  ${declare(values)}
  ${taps(`
      ${each(copies, source)}
      for (var c0 = 0; c0 < u.channels; c0 += ${DEEP}) {
        workgroupBarrier();
        ${each(copies, (m) => `pixelsHeld[deep * ${TILE} + slot + ${16 * m}] = select(vec4f(), x[at${m} + c0 + deep], in${m} & (c0 + deep < u.channels));`)}
        ${each(copies, copyWeights)}
        workgroupBarrier();
        for (var d = 0; d < ${DEEP}; d++) {
          ${each(values.tm, (m) => `let a${m} = pixelsHeld[d * ${TILE} + ti + ${8 * m}];`)}
          ${accumulate(values, weight)}
        }
      }`)}
  ${each(
    values.tm,
    (m) => `{
    let p = first + ti + ${8 * m};
    if (p < pixels) {
      let to = ${target('p')} * u.columns + firstColumn + tj;
      ${each(values.tn, (j) => `if (firstColumn + tj + ${8 * j} < u.columns) { y[to + ${8 * j}] = ${stored(values, `to + ${8 * j}`, `acc${m}_${j}`)}; }`)}
    }
  }`,
  )}`,
    };
  },
};
