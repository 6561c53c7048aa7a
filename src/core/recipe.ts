/** The preprocessing recipe: what is done to every volume before a network sees it. Plain data, so that it stands in the run record, and a
 * run can be repeated from it. Whatever is chosen, pixels end in [0, 1] and the background is 0. */

/** The planes to cut a volume in. */
export const PLANES = ['axial', 'coronal', 'sagittal'] as const;
export type PlaneName = (typeof PLANES)[number];

export type Intensity =
  /** Minimum and maximum of the volume to 0 and 1: the papers' default. */
  | { kind: 'unit' }
  /** z-scores over the brain, from −clip to clip, to 0 and 1: 0.5 is the brain's mean. */
  | { kind: 'zscore'; clip: number }
  /** Two percentiles of the brain to 0 and 1, what lies beyond them clipped. */
  | { kind: 'percentile'; low: number; high: number }
  /** Two values of the files' own, the same for every volume, to 0 and 1, what lies beyond them clipped: a CT window, or all of 0 to 255. */
  | { kind: 'window'; low: number; high: number };

export type Recipe = {
  plane: PlaneName;
  intensity: Intensity;
  /** Slices to keep, from the first end of the axis (inferior, posterior, left) to the other, in per cent of their number. */
  range: { from: number; to: number };
  /** A slice is empty when fewer than this share of its pixels is above this level; null keeps all. */
  nonEmpty: { level: number; share: number } | null;
  /** Side of the square that a network sees, in pixels: a slice's or, with `patches`, a patch's. */
  size: number;
  /** 'area': averaged areas when shrinking, linear when enlarging. */
  resampling: Resampling;
  /** Whether what lies outside an organ mask (brain, liver, lungs) becomes background, where a volume has one. */
  organ: boolean;
  /** Share of the rows cut off at the top (COVIDx: 0.08), before the square is made. */
  topCrop: number;
  /** A square by padding the shorter side, or by cutting the longer one at both ends (COVIDx). */
  square: 'pad' | 'crop';
  /** Random patches (AnoGAN, Section 3): slices are resized to `field` pixels, and networks see squares of `size` cut from them; null, or absent
   * in records of before there were any: whole slices. */
  patches?: { field: number } | null;
};

/** Side of the square that slices are resized to, in pixels. */
export const sliceSize = ({ size, patches }: Pick<Recipe, 'size' | 'patches'>): number => patches?.field ?? size;

/** A recipe without the size, which is a parameter of the model. */
export type Preparation = Omit<Recipe, 'size'>;

export const RESAMPLINGS = ['area', 'linear', 'nearest'] as const;
export type Resampling = (typeof RESAMPLINGS)[number];

/** What the papers do: [0, 1] per volume, all axial slices that are not empty, padded to a square. */
export const PAPER_RECIPE: Preparation = {
  plane: 'axial',
  intensity: { kind: 'unit' },
  range: { from: 0, to: 100 },
  nonEmpty: { level: 0.05, share: 0.01 },
  resampling: 'area',
  organ: false,
  topCrop: 0,
  square: 'pad',
  patches: null,
};

export function paperRecipe(size: number): Recipe {
  return { ...PAPER_RECIPE, size };
}

/** What is wrong with a recipe, as sentences; empty when it can be used. */
export function recipeProblems(recipe: Recipe): string[] {
  const { plane, intensity, range, nonEmpty, size, resampling, topCrop, square, patches } = recipe;
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
  if (patches) {
    const { field } = patches;
    check(
      Number.isInteger(field) && within(field, 8, 1024),
      `The size ${field} of slices to cut patches from is not a whole number from 8 to 1024.`,
    );
    check(
      !(field < size),
      `Patches of ${size} × ${size} do not fit in slices of ${field} × ${field} pixels. Cut them from at least ${size} pixels, or choose a smaller size for the method.`,
    );
  }
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
  if (intensity.kind === 'window')
    check(
      Number.isFinite(intensity.low) && Number.isFinite(intensity.high) && intensity.low < intensity.high,
      `The window from ${intensity.low} to ${intensity.high} is not two values in order.`,
    );
  return problems;
}
