import type { Evaluation } from '../../core/protocol';
import type { Side } from '../../core/side';
import { healthyBelow, sided } from '../../store/derived';
import { percent } from '../format';

export const sliceWords = (evaluation: Evaluation, i: number): string => {
  const slice = evaluation.slices[i];
  return slice ? `${slice.group} · slice ${slice.index}` : '';
};

/** "above 99.97 % of healthy pixels", the one number that means the same for every scorer. */
export function healthyWords(evaluation: Evaluation, { level, side }: { level: number; side: Side }): string {
  const beyond = healthyBelow(sided(evaluation, side), level);
  if (beyond === null) return 'no healthy pixels to compare with';
  return `${side === 'dark' ? 'below' : 'above'} ${percent(beyond)} of healthy pixels`;
}
