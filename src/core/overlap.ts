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

export type Rates = Record<'precision' | 'sensitivity' | 'specificity' | 'f1', number | null>;

/** All four at once; sensitivity is recall. */
export const ratesOf = (counts: Confusion): Rates => ({
  precision: precision(counts),
  sensitivity: sensitivity(counts),
  specificity: specificity(counts),
  f1: f1(counts),
});

/** Counts of images: one is flagged when any of its pixels is. @param flagged pixels flagged in each image; labels null where not known */
export function imageConfusion(flagged: ArrayLike<number>, labels: readonly (0 | 1 | null)[]): Confusion {
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
  labels.forEach((label, i) => {
    if (label === 1) counts[flagged[i] > 0 ? 'tp' : 'fn']++;
    else if (label === 0) counts[flagged[i] > 0 ? 'fp' : 'tn']++;
  });
  return counts;
}

/** Pixels of each slice; 0 everywhere for a slice without a mask. */
export type SliceCounts = { tp: ArrayLike<number>; fp: ArrayLike<number>; fn: ArrayLike<number> };

/** Pixels of one patient's slices with an anomaly; how many those are, and the sum of their Dice. */
export type PatientCounts = { tp: number; fp: number; fn: number; slices: number; sliceDice: number };

/** Sums by patient over the slices with an anomaly; a patient without one is left out.
 * @param groups patient of each slice */
export function patientCounts({ tp, fp, fn }: SliceCounts, groups: readonly string[]): PatientCounts[] {
  const sums = new Map<string, PatientCounts>();
  groups.forEach((group, i) => {
    if (tp[i] + fn[i] === 0) return;
    const sum = sums.get(group) ?? { tp: 0, fp: 0, fn: 0, slices: 0, sliceDice: 0 };
    sum.tp += tp[i];
    sum.fp += fp[i];
    sum.fn += fn[i];
    sum.slices++;
    sum.sliceDice += dice({ tp: tp[i], fp: fp[i], fn: fn[i] });
    sums.set(group, sum);
  });
  return [...sums.values()];
}

/** Dice three ways: mean over slices, mean over patients whose slices count as one, and all pixels as one. */
export type DiceWays = Record<'slice' | 'patient' | 'pooled', number>;

/** Of the patients `items`, each as often as it is named; null where none is. */
export function diceThreeWays(patients: readonly PatientCounts[], items: ArrayLike<number> = [...patients.keys()]): DiceWays | null {
  if (items.length === 0) return null;
  const all = { tp: 0, fp: 0, fn: 0 };
  let [slices, sliceDice, patientDice] = [0, 0, 0];
  for (let k = 0; k < items.length; k++) {
    const one = patients[items[k]];
    all.tp += one.tp;
    all.fp += one.fp;
    all.fn += one.fn;
    slices += one.slices;
    sliceDice += one.sliceDice;
    patientDice += dice(one);
  }
  return { slice: sliceDice / slices, patient: patientDice / items.length, pooled: dice(all) };
}
