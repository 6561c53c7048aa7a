/** The preprocessing recipe: what is done to every volume before a network sees it. Plain data, so that it stands in the run record, and a
 * run can be repeated from it. Whatever is chosen, pixels end in [0, 1] and the background is 0. */
import { sortFloat32 } from '../core/sortFloat32';
import { DataError } from './errors';
import { PLANES, type PlaneName } from './orientation';

export type Intensity =
  /** Minimum and maximum of the volume to 0 and 1: the papers' default. */
  | { kind: 'unit' }
  /** z-scores over the brain, from −clip to clip, to 0 and 1: 0.5 is the brain's mean. */
  | { kind: 'zscore'; clip: number }
  /** Two percentiles of the brain to 0 and 1, what lies beyond them clipped. */
  | { kind: 'percentile'; low: number; high: number };

export type Recipe = {
  plane: PlaneName;
  intensity: Intensity;
  /** Slices to keep, from the first end of the axis (inferior, posterior, left) to the other, in per cent of their number. */
  range: { from: number; to: number };
  /** A slice is empty when fewer than this share of its pixels is above this level; null keeps all. */
  nonEmpty: { level: number; share: number } | null;
  /** Side of the square that slices are resized to, in pixels. */
  size: number;
  /** 'area': averaged areas when shrinking, linear when enlarging. */
  resampling: Resampling;
  /** Whether what lies outside an organ mask (brain, liver, lungs) becomes background, where a volume has one. */
  organ: boolean;
  /** Share of the rows cut off at the top (COVIDx: 0.08), before the square is made. */
  topCrop: number;
  /** A square by padding the shorter side, or by cutting the longer one at both ends (COVIDx). */
  square: 'pad' | 'crop';
};

export const RESAMPLINGS = ['area', 'linear', 'nearest'] as const;
export type Resampling = (typeof RESAMPLINGS)[number];

/** What the papers do: [0, 1] per volume, all axial slices that are not empty, padded to a square. */
export const PAPER_RECIPE: Omit<Recipe, 'size'> = {
  plane: 'axial',
  intensity: { kind: 'unit' },
  range: { from: 0, to: 100 },
  nonEmpty: { level: 0.05, share: 0.01 },
  resampling: 'area',
  organ: false,
  topCrop: 0,
  square: 'pad',
};

export function paperRecipe(size: number): Recipe {
  return { ...PAPER_RECIPE, size };
}

/** What is wrong with a recipe, as sentences; empty when it can be used. */
export function recipeProblems(recipe: Recipe): string[] {
  const { plane, intensity, range, nonEmpty, size, resampling, topCrop, square } = recipe;
  const problems: string[] = [];
  const check = (holds: boolean, sentence: string) => {
    if (!holds) problems.push(sentence);
  };
  const within = (v: number, low: number, high: number) => v >= low && v <= high;
  check(PLANES.includes(plane), `The plane "${plane}" is not one of ${PLANES.join(', ')}.`);
  check(RESAMPLINGS.includes(resampling), `The resampling "${resampling}" is not one of ${RESAMPLINGS.join(', ')}.`);
  check(square === 'pad' || square === 'crop', `The square "${square}" is neither pad nor crop.`);
  check(Number.isInteger(size) && within(size, 8, 1024), `The size ${size} is not a whole number from 8 to 1024.`);
  check(
    within(range.from, 0, 100) && within(range.to, 0, 100) && range.from < range.to,
    `The slice range from ${range.from} to ${range.to} % is empty or outside 0 to 100.`,
  );
  check(within(topCrop, 0, 0.9), `The top crop ${topCrop} is not from 0 to 0.9.`);
  if (nonEmpty)
    check(within(nonEmpty.level, 0, 1) && within(nonEmpty.share, 0, 1), 'The level and share of the non-empty filter are not from 0 to 1.');
  if (intensity.kind === 'zscore')
    check(within(intensity.clip, 0.1, 100), `The z-score is clipped at ${intensity.clip}, not from 0.1 to 100.`);
  if (intensity.kind === 'percentile') {
    check(
      within(intensity.low, 0, 100) && within(intensity.high, 0, 100) && intensity.low < intensity.high,
      `The percentiles ${intensity.low} and ${intensity.high} are not in order from 0 to 100.`,
    );
  }
  return problems;
}

/** pixel = clamp((value − low) · scale, 0, 1) where the value is above `background`, else 0. */
export type Mapping = { low: number; scale: number; background: number };

/** How the intensities of one volume become pixels.
 * @param organ where not 0, the organ; without it the brain is what lies above the volume's minimum
 * @throws DataError when nothing varies there */
export function mappingOf(voxels: Float32Array, intensity: Intensity, organ: Uint8Array | null): Mapping {
  const inside = organ ? voxels.filter((_, i) => organ[i] !== 0) : voxels;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const v of inside) {
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
