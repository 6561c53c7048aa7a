/** ROC, precision–recall and Dice over all thresholds, from one sort. Prediction is score ≥ threshold; ties stand at one threshold. */
import { sortFloat32 } from './sortFloat32';

/** One entry for each distinct score, highest first: how many anomalous (`tp`) and normal (`fp`) items reach it. */
export type Ranking = { positives: number; negatives: number; thresholds: Float32Array | Float64Array; tp: Uint32Array; fp: Uint32Array };

export type OperatingPoint = { threshold: number; sensitivity: number; specificity: number };

/** Sorts `scores` (fastest as Float32Array) against `truths` (above 0 = anomalous), items alike in length.
 * Throws on NaN, which has no rank. */
export function rank(scores: ArrayLike<number>, truths: ArrayLike<number>): Ranking {
  const n = scores.length;
  if (truths.length !== n) throw new Error(`${n} scores but ${truths.length} truths`);
  const Floats = scores instanceof Float32Array ? Float32Array : Float64Array;
  let positives = 0;
  for (let i = 0; i < n; i++) if (truths[i] > 0) positives++;
  const negatives = n - positives;
  // Two sorts of bare numbers and a merge: no index has to travel with its score.
  const anomalous = new Floats(positives);
  const normal = new Floats(negatives);
  for (let i = 0, p = 0, q = 0; i < n; i++) {
    const score = scores[i];
    if (Number.isNaN(score)) throw new Error('a score is not a number');
    if (truths[i] > 0) anomalous[p++] = score;
    else normal[q++] = score;
  }
  for (const side of [anomalous, normal]) {
    if (side instanceof Float32Array) sortFloat32(side);
    else side.sort();
  }

  const thresholds = new Floats(n);
  const tp = new Uint32Array(n);
  const fp = new Uint32Array(n);
  let p = positives - 1;
  let q = negatives - 1;
  let count = 0;
  while (p >= 0 || q >= 0) {
    const score = q < 0 || (p >= 0 && anomalous[p] > normal[q]) ? anomalous[p] : normal[q];
    while (p >= 0 && anomalous[p] === score) p--;
    while (q >= 0 && normal[q] === score) q--;
    thresholds[count] = score;
    tp[count] = positives - 1 - p;
    fp[count] = negatives - 1 - q;
    count++;
  }
  return { positives, negatives, thresholds: thresholds.subarray(0, count), tp: tp.subarray(0, count), fp: fp.subarray(0, count) };
}

/** Area under the ROC curve by the trapezium rule, so that ties count half; null with one class. */
export function auroc({ positives, negatives, tp, fp }: Ranking): number | null {
  if (positives === 0 || negatives === 0) return null;
  let twice = 0;
  for (let i = 0, lastTp = 0, lastFp = 0; i < tp.length; i++) {
    twice += (fp[i] - lastFp) * (tp[i] + lastTp);
    lastTp = tp[i];
    lastFp = fp[i];
  }
  return twice / 2 / positives / negatives;
}

/** Step-wise sum of precision × gain in recall, no interpolation; null with one class. */
export function averagePrecision({ positives, negatives, tp, fp }: Ranking): number | null {
  if (positives === 0 || negatives === 0) return null;
  let sum = 0;
  for (let i = 0, lastTp = 0; i < tp.length; i++) {
    sum += ((tp[i] - lastTp) * tp[i]) / (tp[i] + fp[i]);
    lastTp = tp[i];
  }
  return sum / positives;
}

/** Largest sensitivity + specificity − 1, the highest threshold on ties (∞, "flag nothing", included); null with one class. */
export function youden(ranking: Ranking): (OperatingPoint & { j: number }) | null {
  const cut = firstBest(ranking, (sensitivity, falseAlarms) => sensitivity - falseAlarms);
  return cut && { ...cut, j: cut.sensitivity + cut.specificity - 1 };
}

/** Where sensitivity is closest to specificity (HealthyGAN's released test code), the highest threshold on ties; null with one class. */
export function balanced(ranking: Ranking): OperatingPoint | null {
  return firstBest(ranking, (sensitivity, falseAlarms) => -Math.abs(sensitivity - (1 - falseAlarms)));
}

function firstBest(
  { positives, negatives, thresholds, tp, fp }: Ranking,
  gain: (tpr: number, fpr: number) => number,
): OperatingPoint | null {
  if (positives === 0 || negatives === 0) return null;
  let best = gain(0, 0);
  let at = -1;
  for (let i = 0; i < tp.length; i++) {
    const value = gain(tp[i] / positives, fp[i] / negatives);
    if (value > best) {
      best = value;
      at = i;
    }
  }
  if (at < 0) return { threshold: Number.POSITIVE_INFINITY, sensitivity: 0, specificity: 1 };
  return { threshold: thresholds[at], sensitivity: tp[at] / positives, specificity: 1 - fp[at] / negatives };
}

/** What the papers' tables print at an operating point, of the anomalous class; precision is null where nothing is flagged. */
export type PointRates = { precision: number | null; recall: number; specificity: number; f1: number };

/** Rates at `score ≥ threshold`; null with one class. */
export function ratesAt({ positives, negatives, thresholds, tp, fp }: Ranking, threshold: number): PointRates | null {
  if (positives === 0 || negatives === 0) return null;
  let at = -1;
  while (at + 1 < thresholds.length && thresholds[at + 1] >= threshold) at++;
  const [hits, alarms] = at < 0 ? [0, 0] : [tp[at], fp[at]];
  const flagged = hits + alarms;
  return {
    precision: flagged === 0 ? null : hits / flagged,
    recall: hits / positives,
    specificity: 1 - alarms / negatives,
    f1: (2 * hits) / (flagged + positives),
  };
}

/** Largest Dice over all distinct thresholds, the highest threshold on ties; null when nothing is anomalous. */
export function bestDice({ positives, thresholds, tp, fp }: Ranking): { dice: number; threshold: number } | null {
  if (positives === 0) return null;
  let best = -1;
  let at = 0;
  for (let i = 0; i < tp.length; i++) {
    const value = (2 * tp[i]) / (positives + tp[i] + fp[i]);
    if (value > best) {
      best = value;
      at = i;
    }
  }
  return { dice: best, threshold: thresholds[at] };
}

/** 97.5 % point of the standard normal distribution. */
const Z975 = 1.959963984540054;

/** 95 % interval of the AUROC after DeLong, DeLong and Clarke-Pearson (1988), clipped to [0, 1]. null with fewer than two items of a
 * class, and where the estimated variance is 0 (classes fully apart, or all scores tied): the interval would claim certainty. */
export function delongCi95(ranking: Ranking): [number, number] | null {
  const area = auroc(ranking);
  const { positives, negatives, tp, fp } = ranking;
  if (area === null || positives < 2 || negatives < 2) return null;
  // Placement values: for an anomalous item the share of normal items below it, for a normal one the share of anomalous items above it.
  let overPositives = 0;
  let overNegatives = 0;
  for (let i = 0, lastTp = 0, lastFp = 0; i < tp.length; i++) {
    overPositives += (tp[i] - lastTp) * (1 - (fp[i] + lastFp) / (2 * negatives) - area) ** 2;
    overNegatives += (fp[i] - lastFp) * ((tp[i] + lastTp) / (2 * positives) - area) ** 2;
    lastTp = tp[i];
    lastFp = fp[i];
  }
  const variance = overPositives / (positives - 1) / positives + overNegatives / (negatives - 1) / negatives;
  if (!(variance > 1e-18)) return null;
  const half = Z975 * Math.sqrt(variance);
  return [Math.max(0, area - half), Math.min(1, area + half)];
}
