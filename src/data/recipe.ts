/** How a recipe turns the intensities of a volume into pixels. */
import type { Intensity, Recipe } from '../core/recipe';
import { sortFloat32 } from '../core/sortFloat32';
import { DataError } from './errors';

/** pixel = clamp((value − low) · scale, 0, 1) where the value is above `background`, else 0. */
export type Mapping = { low: number; scale: number; background: number };

/** How the intensities of one volume become pixels.
 * @param organ where not 0, the organ; without it the brain is what lies above the volume's minimum
 * @throws DataError when nothing varies there */
export function mappingOf(voxels: Float32Array, intensity: Intensity, organ: Uint8Array | null): Mapping {
  const inside = organ ? voxels.filter((_, i) => organ[i] !== 0) : voxels;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < inside.length; i++) {
    const v = inside[i];
    if (v < min) min = v;
    if (v > max) max = v;
  }
  if (!(max > min))
    throw new DataError(
      organ
        ? 'Inside its organ mask nothing varies, or the mask is empty. Leave the mask out.'
        : `It has no contrast: its value is ${min} everywhere. Leave it out or export it again.`,
    );
  const background = organ ? Number.NEGATIVE_INFINITY : min;
  if (intensity.kind === 'window')
    return { low: intensity.low, scale: 1 / (intensity.high - intensity.low), background: Number.NEGATIVE_INFINITY };
  if (intensity.kind === 'unit') return { low: min, scale: 1 / (max - min), background };
  const brain = organ ? inside : voxels.filter((v) => v > min);
  if (intensity.kind === 'zscore') {
    const mean = brain.reduce((sum, v) => sum + v, 0) / brain.length;
    const sd = Math.sqrt(brain.reduce((sum, v) => sum + (v - mean) ** 2, 0) / brain.length);
    if (!(sd > 0))
      throw new DataError('Its values above the background are all the same: no z-score can be made of them. Use [0, 1] per volume.');
    return { low: mean - intensity.clip * sd, scale: 1 / (2 * intensity.clip * sd), background };
  }
  const sorted = organ ? inside : brain;
  sortFloat32(sorted);
  const [low, high] = [percentile(sorted, intensity.low), percentile(sorted, intensity.high)];
  if (!(high > low))
    throw new DataError(
      `Its ${intensity.low} and ${intensity.high} % percentiles are the same value, ${low}. Choose others, or use [0, 1] per volume.`,
    );
  return { low, scale: 1 / (high - low), background };
}

/** Linear between the two nearest ranks, as numpy.percentile's default. @param sorted ascending, not empty */
function percentile(sorted: Float32Array, percent: number): number {
  const at = (percent / 100) * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/** Applies a mapping in place. @param organ the same pixels of the organ mask */
export function mapPixels(pixels: Float32Array, { low, scale, background }: Mapping, organ: Float32Array | null): void {
  for (let i = 0; i < pixels.length; i++) {
    const v = pixels[i];
    const outside = v <= background || (organ !== null && organ[i] === 0);
    pixels[i] = outside ? 0 : Math.max(0, Math.min(1, (v - low) * scale));
  }
}

/** First and last slice (both kept) of `count`. */
export function rangeOf(count: number, { from, to }: Recipe['range']): [first: number, last: number] {
  const first = Math.min(count - 1, Math.floor((from / 100) * count));
  return [first, Math.max(first, Math.ceil((to / 100) * count) - 1)];
}
