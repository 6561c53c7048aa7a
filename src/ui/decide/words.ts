import type { Evaluation } from '../../core/protocol';
import { healthyBelow } from '../../store/derived';
import { percent } from '../format';

export const sliceWords = (evaluation: Evaluation, i: number): string => {
  const slice = evaluation.slices[i];
  return slice ? `${slice.group} · slice ${slice.index}` : '';
};

/** "above 99.97 % of healthy pixels", the one number that means the same for every scorer. */
export function healthyWords(evaluation: Evaluation, level: number): string {
  const below = healthyBelow(evaluation, level);
  return below === null ? 'no healthy pixels to compare with' : `above ${percent(below)} of healthy pixels`;
}
