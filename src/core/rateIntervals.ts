/** Intervals by patient of rates. */
import { type Interval, intervalOf, resamplesOf } from './bootstrap';
import { type Confusion, type Rates, ratesOf } from './overlap';

export type RateIntervals = Record<keyof Rates, Interval | null>;

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
  const found: Rates[] = [];
  for (const drawn of resamplesOf(patients.length, resamples)) {
    const sum = { tp: 0, fp: 0, fn: 0, tn: 0 };
    for (const i of drawn) for (const key of ['tp', 'fp', 'fn', 'tn'] as const) sum[key] += patients[i][key];
    found.push(ratesOf(sum));
  }
  const of = (key: keyof Rates) => intervalOf(found.map((rates) => rates[key]));
  return { precision: of('precision'), sensitivity: of('sensitivity'), specificity: of('specificity'), f1: of('f1') };
}
