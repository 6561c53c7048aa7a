/** What Compare works out: which rows may be compared, where each is cut, and what a raw score means among healthy pixels. */
import { cutAt, scoreOf } from '../core/cut';
import { problemAt } from '../core/maskProblem';
import type { Metrics } from '../core/metrics';
import { mirroredMetrics, turnedRanks } from '../core/mirrored';
import { cleanVolume, isOff, NO_CLEAN_UP } from '../core/morphology';
import type { Scores } from '../core/runs';
import { mirrored, mirroredTables, type Side } from '../core/side';
import { bestDice, healthyQuantile } from '../core/threshold';
import { stacksOf } from '../core/volumes';
import type { OwnCut, Row } from './shelf';

/** Rows that share a chart: those of the first one's test slices. Unknown data (no fingerprint) are nobody's. */
export const sameData = (a: Row, b: Row): boolean => a === b || (!!a.scores?.data && a.scores.data === b.scores?.data);

/** 'VAE · Rec-grad' */
export const titleOf = ({ record, scores }: Row): string => (scores ? `${record.name} · ${scores.scorer}` : record.name);

/** A, B, C … in the order of the table: it stays with a run, whichever others are compared. */
export const letterOf = (rows: readonly Row[], id: string): string => {
  const i = rows.findIndex((row) => row.id === id);
  return i < 26 ? String.fromCharCode(65 + i) : `A${i - 25}`;
};

/** Rows that are compared when nobody has chosen any. */
export const FIRST = 4;

/** The newest that share their data. */
export function newest(rows: readonly Row[]): string[] {
  const last = rows.findLast((row) => row.scores);
  return last ? rows.filter((row) => row.scores && row.scores.data === last.scores?.data).slice(-FIRST).map(({ id }) => id) : []; // biome-ignore format: one line
}

/** What is compared once a run is opened: it too, in place of those with other data and, where there is no room, of the first. */
export function chosenWith(rows: readonly Row[], chosen: readonly string[], id: string): readonly string[] {
  const before = chosen.length > 0 ? chosen : newest(rows);
  const row = rows.find((one) => one.id === id);
  if (!row?.scores || before.includes(id)) return before;
  const beside = before.filter((other) => rows.some((one) => one.id === other && sameData(one, row)));
  return [...(beside.length < FIRST ? beside : beside.slice(1)), id];
}

export const USUAL_CUT: OwnCut = { by: 'bestDice', side: 'bright', level: 0, cleanUp: NO_CLEAN_UP };

/** Which scores of a row are anomalous, where it is compared. */
export const sideOf = ({ cut = USUAL_CUT, decided, scores }: Pick<Row, 'cut' | 'decided' | 'scores'>): Side =>
  scores?.mapless ? 'bright' : cut.by === 'decided' && decided ? decided.side : cut.side;

/** Where a run is cut, its scores turned to that side (there, higher is more anomalous); `level` null: nothing to stand on. */
export type Placed = Pick<OwnCut, 'by' | 'side' | 'cleanUp'> & { scores: Scores; level: number | null };

export function placed({ cut = USUAL_CUT, decided }: Pick<Row, 'cut' | 'decided'>, scores: Scores): Placed {
  const { by } = cut;
  const { side, cleanUp, level } = by === 'decided' && decided ? decided : cut;
  const turned = scoresOn(scores, side);
  const at = scores.mapless ? null : by === 'hand' ? level : by === 'decided' ? (decided?.level ?? null) : ruledLevel(turned, by);
  return { by, side, cleanUp, scores: turned, level: at };
}

const ruledLevel = ({ tables, healthy }: Scores, by: 'bestDice' | 'healthy'): number | null =>
  by === 'bestDice' ? bestDice(tables).level : healthyQuantile(healthy, 0.01).level;

const darkScores = new WeakMap<Scores, Scores>();

/** The scores themselves, or negated, with all that cuts and numbers are made of; the slices keep theirs. */
export function scoresOn(scores: Scores, side: Side): Scores {
  if (side === 'bright' || scores.mapless) return scores;
  const known = darkScores.get(scores);
  if (known) return known;
  const { lo, hi, maps, healthy, metrics } = scores;
  const tables = mirroredTables(scores.tables);
  const dark = {
    ...scores,
    lo: -hi,
    hi: -lo,
    maps: maps === null ? null : maps.map(mirrored),
    tables,
    metrics: mirroredMetrics(metrics, tables, lo, hi),
    healthy: healthy.slice().reverse(),
  };
  darkScores.set(scores, dark);
  return dark;
}

/** The cleaned mask of a slice, 1 = flagged; null without a map or a level. */
export function maskOf({ scores, level, cleanUp }: Placed, slice: number): Uint8Array | null {
  const { maps, height, width, slices } = scores;
  if (!maps || level === null) return null;
  const size = height * width;
  const raw = (i: number) => Uint8Array.from(maps.subarray(i * size, (i + 1) * size), (code) => Number(code >= level));
  if (isOff(cleanUp)) return raw(slice);
  const stack = cleanUp.space === 'volume' ? stacksOf(slices).find((one) => one.includes(slice))! : [slice];
  return cleanVolume(stack.map(raw), height, width, cleanUp)[stack.indexOf(slice)];
}

const shares = new WeakMap<Uint32Array, Float64Array | null>();

/** Share of healthy pixels below each code; null without healthy pixels. */
export function healthyShares(healthy: Uint32Array): Float64Array | null {
  const known = shares.get(healthy);
  if (known !== undefined) return known;
  const total = healthy.reduce((sum, n) => sum + n, 0);
  const below = new Float64Array(healthy.length);
  for (let i = 1; i < healthy.length; i++) below[i] = below[i - 1] + healthy[i - 1] / total;
  const answer = total > 0 ? below : null;
  shares.set(healthy, answer);
  return answer;
}

/** Byte of a colour table: 90 % of healthy pixels below is a third, 99 % two thirds, 99.9 % and more the top. */
export const byteOfShare = (share: number): number => Math.round(255 * Math.min(1, Math.log10(1 / Math.max(1e-3, 1 - share)) / 3));

export type Under = { raw: number; healthy: number | null; flagged: boolean | null };

/** What one run says about one pixel of a slice; null without a map. @param mask of that slice */
export function underCursor({ scores, side }: Placed, slice: number, pixel: number, mask: Uint8Array | null): Under | null {
  const { maps, healthy, lo, hi, height, width } = scores;
  if (!maps) return null;
  const code = maps[slice * height * width + pixel];
  const raw = scoreOf(code, lo, hi);
  return { raw: side === 'dark' ? -raw : raw, healthy: healthyShares(healthy)?.[code] ?? null, flagged: mask && mask[pixel] === 1 };
}

/** `problem`: what the Dice has to be read with, if anything. */
type SliceDice = { mean: number | null; sd: number | null; problem?: string | null } | null;

const bestDices = new WeakMap<Scores, SliceDice>();

/** Dice of the slices with an anomaly at the level of best pooled Dice; null without one. */
export function diceAtBest(scores: Scores): SliceDice {
  const known = bestDices.get(scores);
  if (known !== undefined) return known;
  const { level } = bestDice(scores.tables);
  const cut = level === null || scores.mapless ? null : cutAt(scores.tables, level);
  const dice = cut && { mean: cut.meanDice, sd: cut.sdDice, problem: problemAt(scores.tables, cut.level, scores.body) };
  bestDices.set(scores, dice);
  return dice;
}

export type RowNumbers = { side: Side; metrics: Metrics; dice: SliceDice };

/** The numbers of a row with its own side taken as the anomalous one; null for one without scores. Of low scores there are ranks alone until
 * the row's counts are read. */
export function rowNumbers(row: Row, scores: Scores | undefined): RowNumbers | null {
  if (!row.scores) return null;
  const side = sideOf(row);
  const { metrics, dice } = row.scores;
  if (side === 'bright') return { side, metrics, dice };
  if (!scores) return { side, metrics: turnedRanks(metrics), dice: null };
  const turned = scoresOn(scores, side);
  return { side, metrics: turned.metrics, dice: diceAtBest(turned) };
}

export type Spread = { mean: number; sd: number } | null;
export type Repeated = { key: string; first: Row; seeds: readonly number[]; auc: Spread; dice: Spread; problem: string | null };

/** Runs that differ in their seed alone and have learnt as long, two seeds or more. */
export function repeatedRuns(rows: readonly Row[], all: Readonly<Record<string, Scores>> = {}): Repeated[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    if (!row.scores?.data) continue;
    const { model, params, training, update } = row.record;
    const { scorer, smooth, data } = row.scores;
    const key = JSON.stringify([model, Object.entries(params).sort(), update, training, scorer, smooth, data, sideOf(row)]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups].flatMap(([key, group]) => {
    const bySeed = new Map(group.map((row) => [row.record.seed, row]));
    if (bySeed.size < 2) return [];
    const own = [...bySeed.values()];
    const numbers = own.map((row) => rowNumbers(row, all[row.id]));
    return [
      {
        key,
        first: own[0],
        seeds: [...bySeed.keys()].sort((a, b) => a - b),
        auc: spreadOf(numbers.map((one) => one?.metrics.imageAuc ?? null)),
        dice: spreadOf(numbers.map((one) => one?.dice?.mean ?? null)),
        problem: numbers.map((one) => one?.dice?.problem ?? null).find((one) => one !== null) ?? null,
      },
    ];
  });
}

/** Mean and sample standard deviation; null where one of them is missing. */
export function spreadOf(values: readonly (number | null)[]): Spread {
  if (values.length < 2 || values.some((v) => v === null)) return null;
  const known = values as readonly number[];
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  return { mean, sd: Math.sqrt(known.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (known.length - 1)) };
}
