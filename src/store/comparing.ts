/** What Compare works out: which rows may be compared, where each is cut, and what a raw score means among healthy pixels. */
import { scoreOf } from '../core/cut';
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

/** A, B, C … in the order of the table: runs of one method share their colour, and a letter tells them apart. */
export const letterOf = (rows: readonly Row[], id: string): string => {
  const i = rows.findIndex((row) => row.id === id);
  return i < 26 ? String.fromCharCode(65 + i) : `A${i - 25}`;
};

export const USUAL_CUT: OwnCut = { by: 'bestDice', side: 'bright', level: 0, cleanUp: NO_CLEAN_UP };

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

/** The scores themselves, or negated, with all that cuts are made of. */
export function scoresOn(scores: Scores, side: Side): Scores {
  if (side === 'bright' || scores.mapless) return scores;
  const { lo, hi, maps, tables, healthy } = scores;
  const dark = darkScores.get(scores) ?? {
    ...scores,
    lo: -hi,
    hi: -lo,
    maps: maps === null ? null : maps.map(mirrored),
    tables: mirroredTables(tables),
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

export type Spread = { mean: number; sd: number } | null;
export type Repeated = { key: string; first: Row; seeds: readonly number[]; auc: Spread; dice: Spread; problem: string | null };

/** Runs that differ in their seed alone and have learnt as long, two seeds or more. */
export function repeatedRuns(rows: readonly Row[]): Repeated[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    if (!row.scores?.data) continue;
    const { model, params, training, update } = row.record;
    const { scorer, smooth, data } = row.scores;
    const key = JSON.stringify([model, Object.entries(params).sort(), update, training, scorer, smooth, data]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups].flatMap(([key, group]) => {
    const bySeed = new Map(group.map((row) => [row.record.seed, row]));
    if (bySeed.size < 2) return [];
    const all = [...bySeed.values()];
    return [
      {
        key,
        first: all[0],
        seeds: [...bySeed.keys()].sort((a, b) => a - b),
        auc: spreadOf(all.map((row) => row.scores?.metrics.imageAuc ?? null)),
        dice: spreadOf(all.map((row) => row.scores?.dice?.mean ?? null)),
        problem: all.map((row) => row.scores?.dice?.problem ?? null).find((one) => one !== null) ?? null,
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
