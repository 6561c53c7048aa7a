import type { EvaluatedSlice, Evaluation } from '../../core/protocol';
import type { Side } from '../../core/side';
import { healthyBelow, sided } from '../../store/derived';
import { percent } from '../format';

export const sliceWords = (evaluation: Evaluation, i: number): string => {
  const slice = evaluation.slices[i];
  return slice ? placeWords(slice) : '';
};

/** Patient and slice number; of a single image its file, unless the patient's name says that much. */
export function placeWords({ group, volume, index, stack }: Pick<EvaluatedSlice, 'group' | 'volume' | 'index' | 'stack'>): string {
  if (stack) return `${group} · slice ${index}`;
  const file = volume.slice(volume.lastIndexOf('/') + 1);
  return volume === group ? group : file.includes(group) ? file : `${group} · ${file}`;
}

/** "above 99.97 % of healthy pixels", the one number that means the same for every scorer. */
export function healthyWords(evaluation: Evaluation, { level, side }: { level: number; side: Side }): string {
  const beyond = healthyBelow(sided(evaluation, side), level);
  if (beyond === null) return 'no healthy pixels to compare with';
  return `${side === 'dark' ? 'below' : 'above'} ${percent(beyond)} of healthy pixels`;
}
