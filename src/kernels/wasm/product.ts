/** The two products that convolutions, their gradients and matrix products come down to. */
import type { Native } from './native';
import { FILTER_PRODUCT, GATHER_PRODUCT, PACK_FACTOR } from './operations';

export type Size = [number, number, number, number];

/** Steps of a product done at a stretch: 64 rows of so many floats stay in the second cache. */
const BLOCK = 256;
/** A longer run is gathered; one of more than BLOCK is a block by itself. */
const LONGEST_RUN = 512;
const ROWS_A_CHUNK = 64;
const PANELS_A_PACK = 8;
/** Wider outputs are done in panels of 8 columns, narrower ones column by column. */
export const NARROW = 3;
/** A job should have so many chunks where it can, for the threads to share. */
const CHUNKS = 24;
const PHASE = 12;

export const ceil = (a: number, b: number) => Math.ceil(a / b);

/** A tap reads the source at (row · step + y, column · step + x) and the factor's slice `index`. */
export type Tap = { y: number; x: number; index: number };
type Phase = { rows: number; columns: number; top: number; left: number; taps: Tap[] };

/** Floats of the taps that lie beside each other, where the taps are a grid without gaps to the right: they are read as one; else 0. */
function runOf(taps: readonly Tap[], channels: number): number {
  const a = taps.filter(({ y }) => y === taps[0].y).length;
  const step = taps.length > a ? taps[a].y - taps[0].y : 0;
  const grid = taps.every(({ y, x }, i) => y === taps[0].y + step * Math.floor(i / a) && x === taps[0].x + (i % a));
  return grid ? a * channels : 0;
}

/** The runs of each phase, and how many steps are done at a stretch: whole runs, or none are read in place. */
function stretches(phases: readonly Phase[], channels: number, narrow: boolean): { runs: number[]; block: number } {
  const runs = phases.map(({ taps }) => (taps.length > 0 ? runOf(taps, channels) : 0));
  const none = { runs: runs.map(() => 0), block: BLOCK };
  if (narrow && runs.some((run) => run % 4 !== 0)) return none;
  if (phases.every(({ taps }) => taps.length * channels <= BLOCK)) return { runs, block: BLOCK };
  if (phases.length > 1 || runs[0] === 0 || runs[0] > LONGEST_RUN) return none;
  return { runs, block: runs[0] * Math.max(1, Math.floor(BLOCK / runs[0])) };
}

type Product = {
  source: { address: number; size: Size };
  target: { address: number; size: Size };
  factor: { address: number; transposed: boolean };
  phases: Phase[];
  /** Of the source and of the target, from one row or column of a phase's grid to the next. */
  sourceStep: [number, number];
  targetStep: [number, number];
};

/** The product of gathered source pixels and a packed factor (assembly/gather.ts). */
export function gatherProduct(on: Native, { source, target, factor, phases: given, sourceStep, targetStep }: Product): void {
  const [n, , , channels] = source.size;
  const phases = given.map((phase) => ({ ...phase, taps: [...phase.taps].sort((a, b) => a.y - b.y || a.x - b.x) }));
  const columns = target.size[3];
  const narrow = columns <= NARROW;
  const panels = ceil(columns, 8);
  const groups = ceil(panels, PANELS_A_PACK);
  const taps = phases.reduce((sum, phase) => sum + phase.taps.length, 0);
  const rowBlocks = phases.reduce((sum, { rows, columns: w }) => sum + ceil(n * rows * w, ROWS_A_CHUNK), 0);
  const panelsABlock = narrow ? panels : Math.max(Math.min(4, panels), ceil(panels, ceil(CHUNKS, rowBlocks)));
  const columnBlocks = ceil(panels, panelsABlock);
  const single = phases.length === 1 && phases[0].taps.length === 1;
  const whole = single && phases[0].rows === source.size[1] && phases[0].columns === source.size[2];
  const direct = whole && sourceStep[0] === 1 && sourceStep[1] === 1 && !(narrow && channels % 4) && inside(phases[0].taps[0]);

  const { runs, block } = direct ? { runs: [0], block: BLOCK } : stretches(phases, channels, narrow);
  const header = phases.length * PHASE + taps * 3;
  const width = narrow ? columns : 8 * panels;
  const depths = phases.map((phase) => phase.taps.length * channels);
  const padded = depths.map((depth) => Math.ceil(depth / 4) * 4);
  const place = on.reserve(4 * (header + width * padded.reduce((a, b) => a + b, 0)) + 16);
  const words: number[] = [];
  let list = place + 4 * phases.length * PHASE;
  let packed = (place + 4 * header + 15) & -16;
  let pack = 0;
  let chunk = 0;
  phases.forEach((phase, i) => {
    const pixels = n * phase.rows * phase.columns;
    words.push(phase.rows, phase.columns, phase.top, phase.left, pixels, phase.taps.length, list, depths[i], packed, pack, chunk, runs[i]);
    list += 12 * phase.taps.length;
    packed += 4 * width * padded[i];
    pack += ceil(depths[i], block) * (narrow ? 1 : groups);
    chunk += ceil(pixels, ROWS_A_CHUNK) * columnBlocks;
  });
  for (const phase of phases) for (const { y, x, index } of phase.taps) words.push(y, x, index);
  on.i32.set(words, place >> 2);
  on.run(PACK_FACTOR, [factor.address, channels, columns, block, Number(factor.transposed), Number(narrow), place, phases.length], pack);
  on.run(
    GATHER_PRODUCT,
    [
      source.address,
      ...source.size.slice(1),
      target.address,
      ...target.size.slice(1),
      ...sourceStep,
      ...targetStep,
      place,
      phases.length,
      columnBlocks,
      panelsABlock,
      block,
      Number(narrow),
      Number(direct),
    ],
    chunk,
  );
}

const inside = ({ y, x }: Tap) => y === 0 && x === 0;

export type Filter = {
  size: Size;
  out: [number, number];
  pixels: number;
  rows: number;
  columns: number;
  tapsARow: number;
  stride: [number, number];
  pad: [number, number];
  dilation: [number, number];
};

/** Rows (tap, channel) of gathered pixels times dy, summed over pixels (assembly/filter.ts). */
export function filterProduct(on: Native, x: number, dy: number, dw: number, f: Filter): void {
  const narrow = f.columns <= NARROW;
  const panels = ceil(f.columns, 8);
  let factor = dy;
  if (!narrow) {
    // One phase of one tap: dy itself, [pixels, columns], as the right factor.
    const place = on.reserve(4 * (PHASE + 3) + 32 * panels * f.pixels + 16);
    factor = (place + 4 * (PHASE + 3) + 15) & -16;
    on.i32.set([1, 1, 0, 0, f.pixels, 1, place + 4 * PHASE, f.pixels, factor, 0, 0, 0, 0, 0, 0], place >> 2);
    on.run(PACK_FACTOR, [dy, f.pixels, f.columns, BLOCK, 0, 0, place, 1], ceil(f.pixels, BLOCK) * ceil(panels, PANELS_A_PACK));
  }
  const perChunk = Math.min(32, Math.max(4, 4 * Math.floor(f.rows / CHUNKS / 4)));
  on.run(
    FILTER_PRODUCT,
    [
      x,
      ...f.size.slice(1),
      ...f.out,
      f.columns,
      f.pixels,
      ...f.stride,
      ...f.pad,
      f.tapsARow,
      f.rows,
      BLOCK,
      factor,
      dw,
      Number(narrow),
      ...f.dilation,
      perChunk,
    ],
    ceil(f.rows, perChunk),
  );
}
