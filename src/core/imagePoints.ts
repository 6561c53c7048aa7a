/** Where a score of whole slices is cut: thresholds fitted on slices with a label, and what they give on the test set. */
import { balanced, type PointRates, rank, ratesAt, youden } from './ranking';
import type { Side } from './side';

export type ImageScore = { score: number; label: 0 | 1 | null };

/** Slices are called anomalous at `threshold` and beyond: above for the bright side, below for the dark one. */
export type ImagePoint = { rule: 'youden' | 'balanced'; threshold: number; rates: PointRates };

export type ImagePoints = { fittedOn: 'validation' | 'test'; slices: number; points: readonly ImagePoint[] };

/** Youden's point, and HealthyGAN's where sensitivity equals specificity (its released test code), with the rates of the test slices. Fitted
 * on `validation` if there is any. null where a class is missing in either set. Scores that are not numbers are left out. */
export function imagePoints(test: readonly ImageScore[], validation: readonly ImageScore[] | null, side: Side): ImagePoints | null {
  const sign = side === 'dark' ? -1 : 1;
  const ranked = (slices: readonly ImageScore[]) => {
    const known = slices.filter(({ score, label }) => label !== null && !Number.isNaN(score));
    const scores = known.map(({ score }) => sign * score);
    return rank(scores, known.map(({ label }) => label!)); // biome-ignore format: one line
  };
  const judged = ranked(test);
  const fitted = validation ? ranked(validation) : judged;
  const points: ImagePoint[] = [];
  for (const [rule, choose] of [
    ['youden', youden],
    ['balanced', balanced],
  ] as const) {
    // biome-ignore format: one line
    const point = choose(fitted);
    const rates = point && ratesAt(judged, point.threshold);
    if (!rates) return null;
    points.push({ rule, threshold: sign * point.threshold, rates });
  }
  return { fittedOn: validation ? 'validation' : 'test', slices: fitted.positives + fitted.negatives, points };
}
