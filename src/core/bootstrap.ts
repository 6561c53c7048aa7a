/** Intervals by resampling patients: slices of one patient are alike, so they come and go together (cluster bootstrap; percentile interval,
 * Efron and Tibshirani 1993, chapter 13). */
import { Random } from './random';

export type Interval = [low: number, high: number];

export const RESAMPLES = 1000;

/** 95 % percentile intervals of several numbers at once, by the same resamples: `statistic` gets as many patients, 0 … n − 1, as there are,
 * drawn with replacement. null with fewer than two patients. */
export function bootstrap<K extends string>(
  patients: number,
  statistic: (drawn: Uint32Array) => Record<K, number>,
  { resamples = RESAMPLES, seed = 1 } = {},
): Record<K, Interval> | null {
  if (patients < 2) return null;
  const results = Array.from(resamplesOf(patients, resamples, seed), statistic);
  const interval = (key: K): Interval => percentiles(Float64Array.from(results, (result) => result[key]));
  return Object.fromEntries(Object.keys(results[0]).map((key) => [key, interval(key as K)])) as Record<K, Interval>;
}

/** Patients 0 … n − 1, drawn with replacement, again and again; the array is written anew for the next. */
export function* resamplesOf(patients: number, resamples = RESAMPLES, seed = 1): Generator<Uint32Array, void, void> {
  const random = new Random(seed);
  const drawn = new Uint32Array(patients);
  for (let n = 0; n < resamples; n++) {
    for (let i = 0; i < patients; i++) drawn[i] = random.below(patients);
    yield drawn;
  }
}

/** Share of the resamples that must have a number: one that is often undefined has no spread to speak of. */
const DEFINED = 0.95;

/** The 95 % interval of what resamples gave; null where too many of them have no number. */
export function intervalOf(values: readonly (number | null)[]): Interval | null {
  const defined = values.filter((value) => value !== null);
  return defined.length >= DEFINED * values.length ? percentiles(Float64Array.from(defined)) : null;
}

/** From the 2.5 to the 97.5 percentile. */
export function percentiles(values: Float64Array): Interval {
  const sorted = values.slice().sort();
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
}

/** Linear between the two nearest, as numpy.quantile does. */
function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}
