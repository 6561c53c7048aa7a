/** Counts of a mask against the truth. Prediction is score ≥ threshold. */

export type Confusion = { tp: number; fp: number; fn: number; tn: number };

/** Counts of `scores` ≥ `threshold` against `truths` (above 0 = anomalous). NaN never reaches a threshold. */
export function confusion(scores: ArrayLike<number>, truths: ArrayLike<number>, threshold: number): Confusion {
  if (scores.length !== truths.length) throw new Error(`${scores.length} scores but ${truths.length} truths`);
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (let i = 0; i < scores.length; i++) {
    const flagged = scores[i] >= threshold;
    if (truths[i] > 0) {
      if (flagged) counts.tp++;
      else counts.fn++;
    } else if (flagged) counts.fp++;
    else counts.tn++;
  }
  return counts;
}

/** 2|A∩B| / (|A|+|B|) from the counts; two empty masks score 1. */
export function dice({ tp, fp, fn }: Pick<Confusion, 'tp' | 'fp' | 'fn'>): number {
  const areas = 2 * tp + fp + fn;
  return areas === 0 ? 1 : (2 * tp) / areas;
}

/** tp / (tp + fp); null when nothing is flagged. */
export function precision({ tp, fp }: Pick<Confusion, 'tp' | 'fp'>): number | null {
  return tp + fp === 0 ? null : tp / (tp + fp);
}

/** tp / (tp + fn); null when nothing is anomalous. */
export function sensitivity({ tp, fn }: Pick<Confusion, 'tp' | 'fn'>): number | null {
  return tp + fn === 0 ? null : tp / (tp + fn);
}

/** fp / (fp + tn); null when nothing is normal. */
export function falseAlarmRate({ fp, tn }: Pick<Confusion, 'fp' | 'tn'>): number | null {
  return fp + tn === 0 ? null : fp / (fp + tn);
}

/** tn / (fp + tn); null when nothing is normal. */
export function specificity({ fp, tn }: Pick<Confusion, 'fp' | 'tn'>): number | null {
  return fp + tn === 0 ? null : tn / (fp + tn);
}

/** Harmonic mean of precision and recall, 2·tp / (2·tp + fp + fn); null when nothing is flagged or anomalous. */
export function f1({ tp, fp, fn }: Pick<Confusion, 'tp' | 'fp' | 'fn'>): number | null {
  return 2 * tp + fp + fn === 0 ? null : (2 * tp) / (2 * tp + fp + fn);
}

/** Counts of images: one is flagged when any of its pixels is. @param flagged pixels flagged in each image; labels null where not known */
export function imageConfusion(flagged: ArrayLike<number>, labels: readonly (0 | 1 | null)[]): Confusion {
  const known = labels.flatMap((label, i) => (label === null ? [] : [{ label, flagged: flagged[i] > 0 ? 1 : 0 }]));
  return confusion(
    known.map((one) => one.flagged),
    known.map((one) => one.label),
    1,
  );
}

/** Pixels of each slice; 0 everywhere for a slice without a mask. */
export type SliceCounts = { tp: ArrayLike<number>; fp: ArrayLike<number>; fn: ArrayLike<number> };

/** Dice three ways, over slices (patients) with an anomaly among `items`: mean over slices, mean over patients whose slices count as one, and
 * all pixels as one. null without an anomaly.
 * @param groups patient of each slice */
export function diceThreeWays({ tp, fp, fn }: SliceCounts, groups: readonly string[], items: readonly number[] = [...groups.keys()]) {
  const sums = new Map<string, { tp: number; fp: number; fn: number }>();
  const pooled = { tp: 0, fp: 0, fn: 0 };
  let [total, n] = [0, 0];
  for (const i of items) {
    if (tp[i] + fn[i] === 0) continue;
    const own = { tp: tp[i], fp: fp[i], fn: fn[i] };
    const patient = sums.get(groups[i]) ?? { tp: 0, fp: 0, fn: 0 };
    for (const sum of [patient, pooled]) for (const key of ['tp', 'fp', 'fn'] as const) sum[key] += own[key];
    sums.set(groups[i], patient);
    total += dice(own);
    n++;
  }
  if (n === 0) return { slice: null, patient: null, pooled: null };
  const patients = [...sums.values()];
  return { slice: total / n, patient: patients.reduce((sum, one) => sum + dice(one), 0) / patients.length, pooled: dice(pooled) };
}
