/** What a Dice has to be read with where the mask separates nothing. */
import type { Tables } from './cut';

/** Share of the body from which a mask says no more than "everything", and of all pixels below which it cannot hold that much. */
const EVERYTHING = 0.9;
const LITTLE = 0.05;

/**
 * What a Dice has to be read with where the mask separates nothing; null where it does.
 * @param area share of all pixels that is flagged
 * @param body share of all pixels that is not background, asked for only where it can matter
 */
export function maskProblem(area: number, body: () => number): string | null {
  if (area === 0) return 'The mask is empty on every slice: a Dice here is that of finding nothing.';
  if (area < LITTLE || area < EVERYTHING * body()) return null;
  return `The mask holds ${(100 * area).toFixed(0)}\u00a0% of all pixels, as good as the whole body: a Dice here is that of calling everything anomalous.`;
}

/** Of the masks at a level of all slices, before any clean-up. `body` as in `Scores`: where nobody has counted it, the body may be all there is. */
export const problemAt = (
  { all, slices, slicePixels }: Pick<Tables, 'all' | 'slices' | 'slicePixels'>,
  level: number,
  body = 1,
): string | null => maskProblem(all[level] / (slices * slicePixels), () => body);

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
