/** What a move of the threshold costs, without and with clean-up, on one thread. */
import { loadavg } from 'node:os';
import type { CleanAsked } from '../core/answers';
import { packed, unpacked } from '../core/bitMask';
import { buildTables, type Cut, cutAt, LEVELS } from '../core/cut';
import { type CleanUp, cleanStack } from '../core/morphology';
import type { Evaluation } from '../core/protocol';
import { Random } from '../core/random';
import { stacksOf } from '../core/volumes';
import { Cleaner } from '../engine/clean';

const SLICES = 2000;
const SIDE = 128;
const SIZE = SIDE * SIDE;
/** Slices of one volume. */
const DEPTH = 50;
/** Masks in view. */
const VISIBLE = 64;
/** Different slices; the set repeats them. */
const DISTINCT = 100;

/** Speckle with a few smooth blobs, some of them lesions: at high levels isolated pixels, at low ones a crowd. */
function madeEvaluation(): Evaluation {
  const random = new Random(1);
  const maps = new Uint16Array(SLICES * SIZE);
  const truths = new Uint8Array(SLICES * SIZE);
  for (let slice = 0; slice < DISTINCT; slice++) {
    const blobs = Array.from({ length: 5 }, () => [random.below(SIDE), random.below(SIDE), random.between(4, 12)]);
    for (let i = 0; i < SIZE; i++) {
      const [y, x] = [Math.floor(i / SIDE), i % SIDE];
      const near = blobs.map(([b, a, r]) => Math.exp(-(((y - b) ** 2 + (x - a) ** 2) / r ** 2)));
      const score = 400 * Math.abs(random.normal()) + 1800 * Math.max(...near);
      maps[slice * SIZE + i] = Math.min(LEVELS - 1, Math.floor(score));
      truths[slice * SIZE + i] = near[0] > 0.5 ? 1 : 0;
    }
  }
  for (let slice = DISTINCT; slice < SLICES; slice += DISTINCT) {
    maps.copyWithin(slice * SIZE, 0, DISTINCT * SIZE);
    truths.copyWithin(slice * SIZE, 0, DISTINCT * SIZE);
  }
  const slices = Array.from({ length: SLICES }, (_, i) => ({ volume: `v${Math.floor(i / DEPTH)}`, index: i % DEPTH, masked: true }));
  const tables = buildTables(maps, truths, Array(SLICES).fill(true), SIZE);
  // What a cut looks at; the rest of an evaluation costs nothing here.
  return { run: 'bench', scorer: 's', smooth: false, mapless: false, height: SIDE, width: SIDE, slices, maps, truths, tables } as unknown as Evaluation; // biome-ignore format: one line
}

/** Milliseconds on the clock and of processor time: on a busy machine the second says what the work costs. */
type Times = { wall: number[]; processor: number[] };
type Row = { what: string; bar: number; times: Times };

/** Levels as a drag passes them. */
const drag = (n: number): number[] => Array.from({ length: n }, (_, i) => 500 + Math.floor((2500 * i) / n));

/** Prints a table in Markdown on stdout. */
export async function threshold(): Promise<void> {
  const evaluation = madeEvaluation();
  const { tables, maps, slices } = evaluation;
  const cleaner = new Cleaner();
  cleaner.keep(evaluation);
  const cleanUp: CleanUp = { opening: 3, closing: 5, order: 'open-close', minimum: 20, fillHoles: true, space: 'slice' };
  const visible = Array.from({ length: VISIBLE }, (_, i) => Math.floor((i * SLICES) / VISIBLE));
  const stacks = stacksOf(slices);
  const inView = stacks.filter((stack) => stack.some((slice) => visible.includes(slice)));
  const masks = visible.map(() => new Uint8Array(SIZE));
  let cut: Cut | undefined;

  const move = (level: number) => {
    cut = cutAt(tables, level, cut);
    visible.forEach((slice, k) => {
      const mask = masks[k];
      const codes = maps.subarray(slice * SIZE, (slice + 1) * SIZE);
      for (let i = 0; i < SIZE; i++) mask[i] = codes[i] >= level ? 1 : 0;
    });
  };
  const cleanVisible = (level: number, stacked: readonly (readonly number[])[], how: CleanUp) => {
    for (const stack of stacked) {
      const bits = stack.map((slice) => packed(maps, slice * SIZE, SIDE, SIDE, level));
      cleanStack(bits, how);
      stack.forEach((slice, i) => {
        const k = visible.indexOf(slice);
        if (k >= 0) masks[k] = unpacked(bits[i]);
      });
    }
  };
  let ask = 0;
  const cleanSet = (level: number, space: CleanUp['space']) => {
    const asked: CleanAsked = {
      run: 'bench',
      scorer: 's',
      smooth: false,
      side: 'bright',
      level,
      cleanUp: { ...cleanUp, space },
      ask: ask++,
    };
    return cleaner.clean(asked);
  };

  const rows: Row[] = [
    { what: `numbers of all slices + ${VISIBLE} masks, no clean-up`, bar: 16, times: await timed(drag(200), move) },
    {
      what: `${VISIBLE} masks with clean-up, slice by slice`,
      bar: 150,
      times: await timed(drag(30), (level) => cleanVisible(level, visible.map((slice) => [slice]), cleanUp)), // biome-ignore format: one line
    },
    {
      what: `${VISIBLE} masks with clean-up through their ${inView.length} volumes`,
      bar: 1000,
      times: await timed(drag(8), (level) => cleanVisible(level, inView, { ...cleanUp, space: 'volume' })),
    },
    { what: 'the set with clean-up, slice by slice', bar: 1000, times: await timed(drag(8), (level) => cleanSet(level, 'slice')) },
    { what: 'the set with clean-up, in volumes', bar: 1000, times: await timed(drag(8), (level) => cleanSet(level, 'volume')) },
  ];
  console.log(`${SLICES} slices of ${SIDE}², one thread; opening 3, closing 5, holes filled, 20 pixels at least.`);
  console.log(`Load average ${loadavg()[0].toFixed(1)}.\n`);
  console.log('| a level change | median ms | slowest ms | median ms of processor time | bar ms | |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const { what, bar, times } of rows) {
    const [wall, processor] = [times.wall, times.processor].map((all) => [...all].sort((a, b) => a - b));
    const [median, slowest, own] = [wall[wall.length >> 1], wall.at(-1)!, processor[processor.length >> 1]];
    const verdict = median < bar ? 'holds' : own < bar ? 'holds in processor time' : 'MISSED';
    console.log(`| ${what} | ${median.toFixed(1)} | ${slowest.toFixed(1)} | ${own.toFixed(1)} | ${bar} | ${verdict} |`);
  }
}

/** Times of each level, after one that is not counted. */
async function timed(levels: readonly number[], work: (level: number) => unknown): Promise<Times> {
  await work(levels[0]);
  const times: Times = { wall: [], processor: [] };
  for (const level of levels) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    await work(level);
    times.wall.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    times.processor.push((user + system) / 1000);
  }
  return times;
}
