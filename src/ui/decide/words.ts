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

/** Share of the body from which a mask says no more than "everything", and of all pixels below which it cannot hold that much. */
const EVERYTHING = 0.9;
const LITTLE = 0.05;

/**
 * What a Dice has to be read with where the mask separates nothing; null where it does.
 * @param area share of all pixels that is flagged
 * @param body share of all pixels that is not background, asked for only where it can matter
 */
export function maskProblem(area: number, body: () => number): string | null {
  if (area === 0) return 'The mask is empty on every slice: a Dice here is that of finding nothing. Move the cut into the histogram.';
  if (area < LITTLE || area < EVERYTHING * body()) return null;
  return `The mask holds ${percent(area, 0)} of all pixels, as good as the whole body: a Dice here is that of calling everything anomalous.`;
}

const bodies = new WeakMap<Uint8Array, number>();

/** Share of the pixels of all slices that is not background, which is black. */
export function bodyShare(images: Uint8Array): number {
  const known = bodies.get(images);
  if (known !== undefined) return known;
  let body = 0;
  for (const value of images) if (value > 0) body++;
  bodies.set(images, body / images.length);
  return body / images.length;
}
