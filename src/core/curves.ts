/** Numbers over all cuts, from counts by code, and their intervals by patient. */
import { type Interval, intervalOf, resamplesOf } from './bootstrap';
import { LEVELS } from './cut';
import type { Ranking } from './ranking';
import { mirrored, type Side } from './side';

/** LEVELS entries each: anomalous pixels of a code, one each or as shares of their lesions (of `lesions` in all), and normal pixels. */
export type CodeCounts = { anomalous: Float64Array; normal: Float64Array; lesions: number };

export const noCounts = (): CodeCounts => ({ anomalous: new Float64Array(LEVELS), normal: new Float64Array(LEVELS), lesions: 0 });

/** The counts of a patient without the codes that none of its pixels has. */
export type PatientCounts = { codes: Uint16Array; anomalous: Float64Array; normal: Float64Array; lesions: number };

export function compact({ anomalous, normal, lesions }: CodeCounts): PatientCounts {
  const codes = Uint16Array.from(normal.keys()).filter((code) => anomalous[code] !== 0 || normal[code] !== 0);
  const of = (counts: Float64Array) => Float64Array.from(codes, (code) => counts[code]);
  return { codes, anomalous: of(anomalous), normal: of(normal), lesions };
}

/** Writes the sum of `patients`, each so many `times`, to `into`. */
export function addUp(patients: readonly PatientCounts[], times: ArrayLike<number>, into: CodeCounts): CodeCounts {
  into.anomalous.fill(0);
  into.normal.fill(0);
  into.lesions = 0;
  patients.forEach(({ codes, anomalous, normal, lesions }, p) => {
    const n = times[p];
    if (n === 0) return;
    into.lesions += n * lesions;
    for (let i = 0; i < codes.length; i++) {
      into.anomalous[codes[i]] += n * anomalous[i];
      into.normal[codes[i]] += n * normal[i];
    }
  });
  return into;
}

const total = (counts: Float64Array) => counts.reduce((a, b) => a + b, 0);

/** Pixels as a ranking, the most anomalous code of this side first: what ranking.ts says of scores holds of codes. */
export function rankingOf({ anomalous, normal }: CodeCounts, side: Side): Ranking {
  const [thresholds, tp, fp] = [new Float64Array(LEVELS), new Uint32Array(LEVELS), new Uint32Array(LEVELS)];
  let [entries, positives, negatives] = [0, 0, 0];
  for (let level = LEVELS - 1; level >= 0; level--) {
    const code = side === 'dark' ? mirrored(level) : level;
    if (anomalous[code] + normal[code] === 0) continue;
    positives += anomalous[code];
    negatives += normal[code];
    thresholds[entries] = level;
    tp[entries] = positives;
    fp[entries++] = negatives;
  }
  const known = <T extends Float64Array | Uint32Array>(all: T) => all.subarray(0, entries) as T;
  return { positives, negatives, thresholds: known(thresholds), tp: known(tp), fp: known(fp) };
}

/** False-positive rate up to which AUPRO is integrated. */
export const AUPRO_LIMIT = 0.3;

/**
 * Area under the curve of per-region overlap (mean over lesions of the share that is flagged) against the false-positive rate of pixels, up to
 * `limit` and divided by it (Bergmann et al., MVTec AD, IJCV 2021). null without a lesion or a normal pixel.
 * @param counts those of `addRegions` (lesions.ts) over the slices with a mask
 */
export function auproOf({ anomalous, normal, lesions }: CodeCounts, side: Side, limit = AUPRO_LIMIT): number | null {
  const normals = total(normal);
  if (lesions === 0 || normals === 0) return null;
  let area = 0;
  let [rate, share] = [0, 0];
  for (let level = LEVELS - 1; level >= 0 && rate < limit; level--) {
    const code = side === 'dark' ? mirrored(level) : level;
    const nextRate = rate + normal[code] / normals;
    const nextShare = share + anomalous[code] / lesions;
    const end = Math.min(nextRate, limit);
    const atEnd = nextRate > rate ? share + ((nextShare - share) * (end - rate)) / (nextRate - rate) : nextShare;
    area += ((end - rate) * (share + atEnd)) / 2;
    [rate, share] = [nextRate, nextShare];
  }
  return area / limit;
}

/**
 * 95 % intervals of numbers over sets of patients drawn with replacement (bootstrap.ts); yields after every set, so that its caller can do something
 * else in between. null with fewer than two patients; for one number where too few sets have it.
 */
export function* intervalsOf<K extends string>(
  patients: readonly PatientCounts[],
  numbers: (sum: CodeCounts) => Record<K, number | null>,
  resamples?: number,
): Generator<void, Record<K, Interval | null> | null, void> {
  if (patients.length < 2) return null;
  const sum = noCounts();
  const times = new Uint32Array(patients.length);
  const found: Record<K, number | null>[] = [];
  for (const drawn of resamplesOf(patients.length, resamples)) {
    times.fill(0);
    for (const i of drawn) times[i]++;
    found.push(numbers(addUp(patients, times, sum)));
    yield;
  }
  const interval = (key: K) => intervalOf(found.map((one) => one[key]));
  return Object.fromEntries(Object.keys(found[0]).map((key) => [key, interval(key as K)])) as Record<K, Interval | null>;
}
