/** Intervals by resampling patients: slices of one patient are alike, so they come and go together (cluster bootstrap, Efron and Tibshirani
 * 1993, chapter 13: percentile interval). */
import { Random } from './random';

export type Bootstrap = {
  ci95: [number, number];
  /** Resamples in which the number could be computed; the interval stands on these. */
  resamples: number;
};

/** Percentile interval of `statistic`, which gets the indices of a resample's items (of all items of patients drawn with replacement) and
 * returns null where it cannot be computed. null with fewer than two patients, or when half of the resamples or more give nothing.
 * @param groups patient of each item */
export function bootstrap(
  groups: readonly string[],
  statistic: (items: readonly number[]) => number | null,
  { resamples = 1000, seed = 1 } = {},
): Bootstrap | null {
  const members = new Map<string, number[]>();
  groups.forEach((group, i) => {
    const own = members.get(group);
    if (own) own.push(i);
    else members.set(group, [i]);
  });
  const patients = [...members.values()];
  if (patients.length < 2) return null;
  const random = new Random(seed);
  const values: number[] = [];
  for (let k = 0; k < resamples; k++) {
    const value = statistic(patients.flatMap(() => patients[random.below(patients.length)]));
    if (value !== null) values.push(value);
  }
  if (values.length * 2 <= resamples) return null;
  const sorted = Float64Array.from(values).sort();
  return { ci95: [quantile(sorted, 0.025), quantile(sorted, 0.975)], resamples: values.length };
}

/** Linear between the two nearest, as numpy.quantile does. */
function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}
