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
