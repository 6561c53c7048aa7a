/** Every rule of an evaluation, in the order of the menu. */
import type { Tables } from './cut';
import type { Side } from './side';
import {
  balanced,
  bestDice,
  bestF1,
  type FittedOn,
  healthyImages,
  healthyQuantile,
  healthySigma,
  type LabelSums,
  otsu,
  peak,
  type Threshold,
  valley,
  youden,
} from './threshold';

export type RuleSettings = {
  /** Share of healthy pixels, and of healthy images, that may be flagged, 0 … 1. */
  pixelRate: number;
  imageRate: number;
  /** Standard deviations beyond the healthy mean. */
  sigmas: number;
};

export const USUAL_RULES: RuleSettings = { pixelRate: 0.01, imageRate: 0.05, sigmas: 3 };

/** Lowest and highest value of each. */
export const RULE_RANGES: Readonly<Record<keyof RuleSettings, readonly [number, number]>> = {
  pixelRate: [0, 1],
  imageRate: [0, 1],
  sigmas: [0, 20],
};

export type RuleInput = {
  /** Codes of test pixels above 0, LEVELS bins; and of healthy ones. */
  histogram: Uint32Array;
  healthy: Uint32Array;
  /** Lowest and highest code of each healthy image, in pairs. */
  healthyRanges: Uint16Array;
  tables: Tables;
  /** Counts over validation slices with a mask; null without an anomaly among them. */
  validation: LabelSums | null;
};

/** Rules with masks are left out where there is none. The first with an answer is the default. Every part of `input` is of `side`: mirrored
 * for the dark one. */
export function rulesOf(
  input: RuleInput,
  { pixelRate, imageRate, sigmas }: RuleSettings = USUAL_RULES,
  side: Side = 'bright',
): Threshold[] {
  const { histogram, healthy, healthyRanges, tables, validation } = input;
  const rules = [
    valley(histogram, side),
    healthyQuantile(healthy, pixelRate, side),
    healthySigma(healthy, sigmas, side),
    healthyImages(healthyRanges, imageRate, side),
    otsu(histogram),
    peak(histogram, 'last', side),
    peak(histogram, 'first', side),
  ];
  const [sums, on]: [LabelSums, FittedOn] = validation ? [validation, 'validation'] : [tables, 'test'];
  if (sums.overTruth[0] > 0) rules.push(...[youden, balanced, bestDice, bestF1].map((rule) => rule(sums, on)));
  return rules;
}
