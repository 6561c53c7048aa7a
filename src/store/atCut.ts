/** The numbers of the cut that a methods text reports. */
import type { Assessed, Cleaned } from '../core/answers';
import type { AtCut } from '../core/methods';
import { diceThreeWays, patientCounts } from '../core/overlap';
import type { Evaluation } from '../core/protocol';
import type { Cut } from './cut';
import { answers, countsOf, numbersOf } from './derived';

/** Null without a cut, and until clean-up has gone through the whole set. */
export function atCutOf(evaluation: Evaluation, cut: Cut | null, cleaned: Cleaned | null, assessed: Assessed | null): AtCut | null {
  if (!cut || evaluation.mapless) return null;
  const { approximate, area, sdDice, precision, sensitivity } = numbersOf(evaluation, cut, cleaned);
  if (approximate) return null;
  const groups = evaluation.slices.map(({ group }) => group);
  const ways = diceThreeWays(patientCounts(countsOf(evaluation, cut, cleaned), groups));
  const known = answers(assessed, evaluation, cut) ? assessed : null;
  return {
    area: area ?? 0,
    dice: ways && { ...ways, sd: sdDice, slices: evaluation.tables.anomalous.length },
    ci95: known?.diceCi95 ?? null,
    patients: known?.patients ?? 0,
    ...{ precision, recall: sensitivity, lesions: ways && (known?.detection ?? null) },
  };
}
