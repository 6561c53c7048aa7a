/** Intervals by patient of rates and of the pixel AUROC. */
import { type Interval, percentiles, resamplesOf } from './bootstrap';
import { LEVELS } from './cut';
import { type Confusion, type Rates, ratesOf } from './overlap';

export type RateIntervals = Record<keyof Rates, Interval | null>;

/** Share of the resamples that must have the number: one that is often undefined has no spread to speak of. */
const DEFINED = 0.95;

/** Sums by patient; a patient of whom nothing is counted is left out. @param counts of each slice, null: not counted */
export function confusionsOf(counts: readonly (Confusion | null)[], groups: readonly string[]): Confusion[] {
  const sums = new Map<string, Confusion>();
  counts.forEach((own, i) => {
    if (!own) return;
    const sum = sums.get(groups[i]) ?? { tp: 0, fp: 0, fn: 0, tn: 0 };
    for (const key of ['tp', 'fp', 'fn', 'tn'] as const) sum[key] += own[key];
    sums.set(groups[i], sum);
  });
  return [...sums.values()];
}

/** 95 % intervals of all rates; null with fewer than two patients, and for a rate that some resamples have and too many have not. */
export function rateIntervals(patients: readonly Confusion[], resamples?: number): RateIntervals | null {
  if (patients.length < 2) return null;
  const found: Record<keyof Rates, number[]> = { precision: [], sensitivity: [], specificity: [], f1: [] };
  let n = 0;
  for (const drawn of resamplesOf(patients.length, resamples)) {
    const sum = { tp: 0, fp: 0, fn: 0, tn: 0 };
    for (const i of drawn) for (const key of ['tp', 'fp', 'fn', 'tn'] as const) sum[key] += patients[i][key];
    const rates = ratesOf(sum);
    for (const key of Object.keys(found) as (keyof Rates)[]) if (rates[key] !== null) found[key].push(rates[key]);
    n++;
  }
  const of = (values: number[]) => (values.length >= DEFINED * n ? percentiles(Float64Array.from(values)) : null);
  return { precision: of(found.precision), sensitivity: of(found.sensitivity), specificity: of(found.specificity), f1: of(found.f1) };
}

/** With more patients every resample would take the square of them. */
export const MOST_PATIENTS = 400;

/** Counts by code of one patient: anomalous and normal pixels. */
export type PixelCounts = { anomalous: Float64Array; normal: Float64Array };

/** 95 % interval of the pixel AUROC on the levels of the codes, ties half; null with fewer than two patients or more than `MOST_PATIENTS`. A
 * resample's AUROC is a sum over its pairs of patients, so that no pixel is looked at again. */
export function aurocInterval(patients: readonly PixelCounts[], resamples?: number): Interval | null {
  const n = patients.length;
  if (n < 2 || n > MOST_PATIENTS) return null;
  const total = (counts: Float64Array) => counts.reduce((a, b) => a + b, 0);
  const anomalous = Float64Array.from(patients, (one) => total(one.anomalous));
  const normal = Float64Array.from(patients, (one) => total(one.normal));
  const codes = patients.map((one) => Array.from(one.anomalous.keys()).filter((code) => one.anomalous[code] > 0));
  const won = new Float64Array(n * n);
  const below = new Float64Array(LEVELS);
  patients.forEach((other, q) => {
    for (let code = 0, sum = 0; code < LEVELS; code++) {
      below[code] = sum + other.normal[code] / 2;
      sum += other.normal[code];
    }
    patients.forEach((one, p) => {
      let pairs = 0;
      for (const code of codes[p]) pairs += one.anomalous[code] * below[code];
      won[p * n + q] = pairs;
    });
  });
  const values: number[] = [];
  const times = new Float64Array(n);
  for (const drawn of resamplesOf(n, resamples)) {
    times.fill(0);
    for (const i of drawn) times[i]++;
    let [pairs, positives, negatives] = [0, 0, 0];
    for (let p = 0; p < n; p++) {
      if (times[p] === 0) continue;
      positives += times[p] * anomalous[p];
      negatives += times[p] * normal[p];
      let own = 0;
      for (let q = 0; q < n; q++) own += times[q] * won[p * n + q];
      pairs += times[p] * own;
    }
    if (positives > 0 && negatives > 0) values.push(pairs / (positives * negatives));
  }
  return values.length > 0 ? percentiles(Float64Array.from(values)) : null;
}
