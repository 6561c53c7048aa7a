import { type Curves, type Cut, curves, cutAt, LEVELS, type Tables } from '../core/cut';
import { codeHistogram, rebin, shareBelow } from '../core/histogram';
import type { Evaluation } from '../core/protocol';
import { bestDice, healthyQuantile, otsu, type Threshold, youden } from '../core/threshold';

/** Bins of the histogram on screen. */
export const BINS = 256;
/** The scale of the handle: 0–255, whatever the unit of the score. */
export const TOP = 255;
const HEALTHY_RATE = 0.01;

export const clampLevel = (level: number): number => Math.min(LEVELS - 1, Math.max(0, Math.round(level)));
export const shownOf = (level: number): number => (level / (LEVELS - 1)) * TOP;
export const levelOf = (shown: number): number => clampLevel((shown / TOP) * (LEVELS - 1));

/** What the page works out once per evaluation, so that a drag only looks up. */
export type Derived = {
  /** null without a slice that holds an anomaly, and without a map. */
  curves: Curves | null;
  /** None where there is no map to cut. */
  rules: readonly Threshold[];
  /** Test pixels above 0, and healthy pixels scaled to the same number, in BINS bins. */
  histogram: Uint32Array;
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
  const rules = e.mapless
    ? []
    : [healthyQuantile(e.healthy, HEALTHY_RATE), otsu(codes), ...(tables.anomalous.length > 0 ? [youden(tables), bestDice(tables)] : [])];
  const histogram = rebin(codes, BINS);
  const bins = rebin(e.healthy, BINS);
  const scale = sum(histogram) / Math.max(1, sum(bins));
  const derived: Derived = {
    curves: e.mapless ? null : curves(tables),
    rules,
    histogram,
    healthy: Float64Array.from(bins, (n) => n * scale),
    first: largest(tables, e),
    groups: new Set(e.slices.map((slice) => slice.group)).size,
  };
  derivations.set(e, derived);
  return derived;
}

/** Share of healthy pixels below the level; null without a healthy reference. */
export const healthyBelow = (e: Evaluation, level: number): number | null => shareBelow(e.healthy, level);

let last: { evaluation: Evaluation; cut: Cut } | null = null;

/** The numbers at a level. One answer is kept, so that everything drawn in a frame shares one look-up; its arrays are used again by the next. */
export function numbersAt(evaluation: Evaluation, level: number): Cut {
  if (last?.evaluation === evaluation && last.cut.level === level) return last.cut;
  const reuse = last?.evaluation === evaluation ? last.cut : undefined;
  last = { evaluation, cut: cutAt(evaluation.tables, level, reuse) };
  return last.cut;
}

function largest(tables: Tables, e: Evaluation): number {
  let best = 0;
  if (tables.anomalous.length === 0) {
    for (let i = 1; i < e.slices.length; i++) if (e.slices[i].score > e.slices[best].score) best = i;
    return best;
  }
  for (let row = 1; row < tables.anomalous.length; row++) if (tables.hits[row * LEVELS] > tables.hits[best * LEVELS]) best = row;
  return tables.anomalous[best];
}

const sum = (values: Uint32Array): number => values.reduce((a, b) => a + b, 0);
