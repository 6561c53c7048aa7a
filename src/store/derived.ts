import type { Assessed, Cleaned } from '../core/answers';
import { type Curves, countsAt, curves, cutAt, LEVELS, type Cut as Numbers, type Tables } from '../core/cut';
import { codeHistogram, rebin, shareBelow } from '../core/histogram';
import { mirroredMetrics } from '../core/mirrored';
import { isOff, NO_CLEAN_UP } from '../core/morphology';
import { dice, precision, type SliceCounts, sensitivity } from '../core/overlap';
import { peaksOf } from '../core/peaks';
import type { Evaluation } from '../core/protocol';
import { type RuleSettings, rulesOf } from '../core/rules';
import { mirrored, mirroredSums, mirroredTables, type Side } from '../core/side';
import { bestDice, type Threshold } from '../core/threshold';
import { type Cut, cleanUpOf } from './cut';

/** Bins of the histogram on screen. */
export const BINS = 256;
/** The scale of the handle: 0–255, whatever the unit of the score. */
export const TOP = 255;

export const clampLevel = (level: number): number => Math.min(LEVELS - 1, Math.max(0, Math.round(level)));
/** Where a level stands on the axis of the scores, which is the same for both sides. */
export const shownOf = (level: number, side: Side): number => ((side === 'dark' ? mirrored(level) : level) / (LEVELS - 1)) * TOP;
export const levelOf = (shown: number, side: Side): number => {
  const level = clampLevel((shown / TOP) * (LEVELS - 1));
  return side === 'dark' ? mirrored(level) : level;
};

// ---- sides ---------------------------------------------------------------------------------------------------------------------

const darkSides = new WeakMap<Evaluation, Evaluation>();

/** The evaluation itself, or with its scores negated: in both, higher is more anomalous. */
export function sided(e: Evaluation, side: Side): Evaluation {
  if (side === 'bright' || e.mapless) return e;
  const known = darkSides.get(e);
  if (known) return known;
  const tables = mirroredTables(e.tables);
  const dark: Evaluation = {
    ...e,
    lo: -e.hi,
    hi: -e.lo,
    maps: e.maps.map(mirrored),
    healthy: e.healthy.slice().reverse(),
    healthyRanges: e.healthyRanges.map((_, i, all) => mirrored(all[i ^ 1])),
    validation: e.validation && mirroredSums(e.validation),
    tables,
    metrics: mirroredMetrics(e.metrics, tables, e.lo, e.hi),
  };
  darkSides.set(e, dark);
  return dark;
}

// ---- once per evaluation -------------------------------------------------------------------------------------------------------

/** What the page works out once per evaluation and side, so that a drag only looks up. */
export type Derived = {
  /** null without a slice that holds an anomaly, and without a map. */
  curves: Curves | null;
  /** Test pixels above 0 by code. */
  codes: Uint32Array;
  /** The level with the best Dice on the test masks. */
  oracle: number | null;
  /** Test pixels above 0 in BINS bins: all, and with masks those outside and inside the truth of slices that have one; healthy pixels, scaled
   * to as many as all. */
  histogram: Uint32Array;
  /** Bins of its peaks, from left to right. */
  peaks: readonly number[];
  normal: Uint32Array | null;
  anomalous: Uint32Array | null;
  healthy: Float64Array;
  groups: number;
  /** The slice worth showing first: the one with the largest anomaly, else the highest score. */
  first: number;
};

const derivations = new WeakMap<Evaluation, Derived>();

export function derive(e: Evaluation): Derived {
  const known = derivations.get(e);
  if (known) return known;
  const { tables } = e;
  const codes = codeHistogram(e.maps, e.images);
  const labelled = !e.mapless && tables.anomalous.length > 0;
  const histogram = rebin(codes, BINS);
  const bins = rebin(e.healthy, BINS);
  const scale = sum(histogram) / Math.max(1, sum(bins));
  const derived: Derived = {
    curves: e.mapless ? null : curves(tables),
    codes,
    oracle: labelled ? bestDice(tables).level : null,
    histogram,
    peaks: e.mapless ? [] : peaksOf(histogram),
    ...(labelled ? byTruth(e) : { normal: null, anomalous: null }),
    healthy: Float64Array.from(bins, (n) => n * scale),
    groups: new Set(e.slices.map((slice) => slice.group)).size,
    first: largest(tables, e),
  };
  derivations.set(e, derived);
  return derived;
}

const ruled = new WeakMap<Evaluation, { settings: RuleSettings; rules: readonly Threshold[] }>();

/** The rules on one side, with the last settings kept; none where there is no map to cut. @param e as scored, not turned to a side */
export function rulesFor(e: Evaluation, side: Side, settings: RuleSettings): readonly Threshold[] {
  if (e.mapless) return [];
  const turned = sided(e, side);
  const known = ruled.get(turned);
  if (known && (Object.keys(settings) as (keyof RuleSettings)[]).every((key) => known.settings[key] === settings[key])) return known.rules;
  const rules = rulesOf({ ...turned, histogram: derive(turned).codes }, settings, side);
  ruled.set(turned, { settings, rules });
  return rules;
}

function byTruth({ slices, maps, images, truths, tables }: Evaluation): { normal: Uint32Array; anomalous: Uint32Array } {
  const counts = [new Uint32Array(LEVELS), new Uint32Array(LEVELS)];
  const size = tables.slicePixels;
  slices.forEach(({ masked }, slice) => {
    if (!masked) return;
    for (let i = slice * size; i < (slice + 1) * size; i++) if (images[i] > 0) counts[truths[i] > 0 ? 1 : 0][maps[i]]++;
  });
  return { normal: rebin(counts[0], BINS), anomalous: rebin(counts[1], BINS) };
}

/** Share of healthy pixels below the level; null without a healthy reference. */
export const healthyBelow = (e: Evaluation, level: number): number | null => shareBelow(e.healthy, level);

function largest(tables: Tables, e: Evaluation): number {
  let best = 0;
  if (tables.anomalous.length === 0) {
    for (let i = 1; i < e.slices.length; i++) if (e.slices[i].score > e.slices[best].score) best = i;
    return best;
  }
  for (let row = 1; row < tables.anomalous.length; row++) if (tables.hits[row * LEVELS] > tables.hits[best * LEVELS]) best = row;
  return tables.anomalous[best];
}

// ---- at a cut ------------------------------------------------------------------------------------------------------------------

let last: { evaluation: Evaluation; numbers: Numbers } | null = null;

/** The numbers at a level, before clean-up. One answer is kept, so that everything drawn in a frame shares one look-up; its arrays are used
 * again by the next. */
export function numbersAt(evaluation: Evaluation, level: number): Numbers {
  if (last?.evaluation === evaluation && last.numbers.level === level) return last.numbers;
  const reuse = last?.evaluation === evaluation ? last.numbers : undefined;
  last = { evaluation, numbers: cutAt(evaluation.tables, level, reuse) };
  return last.numbers;
}

/** Whether the worker's answer is about this cut of this evaluation. */
export const answers = <T extends Cleaned | Assessed>(answer: T | null, e: Evaluation, cut: Cut): answer is T =>
  concerns(answer, e) && answer.level === cut.level && answer.side === cut.side && sameSettings(answer.cleanUp, cleanUpOf(cut));

/** Whether it is about this evaluation at all. */
export const concerns = <T extends Cleaned | Assessed>(answer: T | null, e: Evaluation): answer is T =>
  answer !== null && answer.run === e.run && answer.scorer === e.scorer && answer.smooth === e.smooth && answer.slices === e.slices.length;

const sameSettings = (a: Cleaned['cleanUp'], b: Cleaned['cleanUp']): boolean =>
  (Object.keys(NO_CLEAN_UP) as (keyof typeof a)[]).every((key) => a[key] === b[key]);

export type Decided = Numbers & {
  /** With clean-up, until the worker has answered: the numbers of its last answer, else those before clean-up. */
  approximate: boolean;
};

/** The numbers of a decision, clean-up included. @param e as scored, not turned to a side */
export function numbersOf(e: Evaluation, cut: Cut, cleaned: Cleaned | null): Decided {
  const here = numbersAt(sided(e, cut.side), cut.level);
  if (isOff(cleanUpOf(cut))) return { ...here, approximate: false };
  if (!concerns(cleaned, e) || cleaned.side !== cut.side) return { ...here, approximate: true };
  return { ...numbersAfter(e, cleaned), approximate: !answers(cleaned, e, cut) };
}

/** Pixels per slice behind those numbers. */
export const countsOf = (e: Evaluation, cut: Cut, cleaned: Cleaned | null): SliceCounts =>
  isOff(cleanUpOf(cut)) || !concerns(cleaned, e) || cleaned.side !== cut.side ? countsAt(sided(e, cut.side).tables, cut.level) : cleaned;

const afterwards = new WeakMap<Cleaned, Numbers>();

function numbersAfter(e: Evaluation, cleaned: Cleaned): Numbers {
  const known = afterwards.get(cleaned);
  if (known) return known;
  const { anomalous, empty, slices, slicePixels } = e.tables;
  const sliceDice = new Float32Array(slices).fill(Number.NaN);
  const sum = { tp: 0, fp: 0, fn: 0 };
  for (const slice of anomalous) {
    const [tp, fp, fn] = [cleaned.tp[slice], cleaned.fp[slice], cleaned.fn[slice]];
    sum.tp += tp;
    sum.fp += fp;
    sum.fn += fn;
    sliceDice[slice] = dice({ tp, fp, fn });
  }
  const n = anomalous.length;
  const tn = n * slicePixels - sum.tp - sum.fp - sum.fn;
  const { mean } = cleaned.dice;
  const squares = anomalous.reduce((total, slice) => total + (sliceDice[slice] - (mean ?? 0)) ** 2, 0);
  const onEmpty = empty.reduce((total, slice) => total + cleaned.area[slice], 0);
  const flagged = onEmpty + sum.tp + sum.fp;
  const numbers: Numbers = {
    level: cleaned.level,
    ...sum,
    tn,
    dice: n > 0 ? dice(sum) : null,
    precision: n > 0 ? precision(sum) : null,
    sensitivity: sensitivity(sum),
    falseAlarmRate: sum.fp + tn > 0 ? sum.fp / (sum.fp + tn) : null,
    meanDice: mean,
    sdDice: n > 1 ? Math.sqrt(squares / (n - 1)) : null,
    area: cleaned.area.reduce((a, b) => a + b, 0) / (slices * slicePixels),
    emptyArea: empty.length > 0 ? onEmpty / (empty.length * slicePixels) : null,
    emptyShare: flagged > 0 ? onEmpty / flagged : null,
    sliceDice,
    sliceFlagged: cleaned.area,
  };
  afterwards.set(cleaned, numbers);
  return numbers;
}

const sum = (values: Uint32Array): number => values.reduce((a, b) => a + b, 0);
