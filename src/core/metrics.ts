import { confusion, dice } from './overlap';
import { auroc, averagePrecision, bestDice, delongCi95, rank } from './ranking';

/** What is known about one scorer on one test set. null means "cannot be computed"; `why` then holds the reason under the same key. */
export type Metrics = {
  /** Pixels of the slices that hold an anomaly, background included. */
  pixelAuroc: number | null;
  /** The same, only where the image is above 0. */
  pixelAurocInBrain: number | null;
  pixelAveragePrecision: number | null;
  /** Largest pooled Dice over all thresholds: fitted on the test masks, an upper bound. */
  bestDice: number | null;
  bestDiceThreshold: number | null;
  /** Pooled Dice at `threshold`, which `thresholdRule` names. */
  dice: number | null;
  threshold: number | null;
  thresholdRule: string;
  /** Slice scores against slice labels. */
  imageAuc: number | null;
  /** DeLong's 95 % interval. */
  imageAucCi95: [number, number] | null;
  /** Slices with an anomaly, on which the pixel numbers stand; slices with a label, on which the image numbers stand. */
  pixelSlices: number;
  imageSlices: number;
  why: Partial<Record<string, string>>;
};

/** One scorer's output on a test set of n slices; arrays hold n · height · width values in slice order. */
export type Measured = {
  /** Pixel scores, higher is more anomalous; null for a scorer that gives one number a slice and no map. */
  maps: Float32Array | null;
  /** 1 = anomalous; ignored for slices whose `masked` is false. */
  truths: Uint8Array;
  /** Intensities; above 0 is "in brain". */
  images: Float32Array;
  /** Whether a slice has a mask, an empty one included. */
  masked: readonly boolean[];
  /** 1 = anomalous image, 0 = normal, null = not known. */
  labels: readonly (0 | 1 | null)[];
  /** The slices' own numbers, higher is more anomalous. */
  scores: ArrayLike<number>;
  height: number;
  width: number;
  /** Pixel score from which a pixel is flagged; null when none was chosen. */
  threshold: number | null;
  thresholdRule: string;
};

const ONE_CLASS = 'undefined: only one class';
export const NO_MAP = 'This score gives one number a slice and no map.';
const NO_THRESHOLD = 'No threshold was chosen.';
const PIXEL_KEYS = ['pixelAuroc', 'pixelAurocInBrain', 'pixelAveragePrecision', 'bestDice', 'bestDiceThreshold', 'dice'] as const;
type PixelNumbers = Pick<Metrics, (typeof PIXEL_KEYS)[number] | 'pixelSlices'>;
type ImageNumbers = Pick<Metrics, 'imageAuc' | 'imageAucCi95' | 'imageSlices'>;

/** Every number of `Metrics` that the set allows, and for the others why not. Throws when lengths do not agree. */
export function measure(set: Measured): Metrics {
  const n = set.masked.length;
  const pixels = n * set.height * set.width;
  if (set.truths.length !== pixels || set.images.length !== pixels || (set.maps && set.maps.length !== pixels))
    throw new Error(`maps, truths and images must hold ${n} slices of ${set.height} × ${set.width}`);
  if (set.labels.length !== n || set.scores.length !== n) throw new Error(`labels and scores must hold ${n} slices`);
  const why: Metrics['why'] = {};
  const { threshold, thresholdRule } = set;
  if (threshold === null) why.threshold = NO_THRESHOLD;
  return { ...measurePixels(set, why), threshold, thresholdRule, ...measureImages(set, why), why };
}

/** Only slices with at least one anomalous pixel count: the papers' tables and ours stand on lesion slices. */
function measurePixels(set: Measured, why: Metrics['why']): PixelNumbers {
  const size = set.height * set.width;
  const anomalous: number[] = [];
  set.masked.forEach((masked, slice) => {
    if (masked && set.truths.subarray(slice * size, (slice + 1) * size).some((truth) => truth > 0)) anomalous.push(slice);
  });
  const numbers: PixelNumbers = {
    pixelAuroc: null,
    pixelAurocInBrain: null,
    pixelAveragePrecision: null,
    bestDice: null,
    bestDiceThreshold: null,
    dice: null,
    pixelSlices: set.maps ? anomalous.length : 0,
  };
  const refuse = (reason: string): PixelNumbers => {
    for (const key of PIXEL_KEYS) why[key] = reason;
    return numbers;
  };
  if (!set.maps) return refuse(NO_MAP);
  if (!set.masked.includes(true)) return refuse('No masks here, so no pixel can be called right or wrong.');
  if (anomalous.length === 0) return refuse('All masks are empty, so there is no anomaly to find.');

  const scores = new Float32Array(anomalous.length * size);
  const truths = new Uint8Array(scores.length);
  const images = new Float32Array(scores.length);
  anomalous.forEach((slice, i) => {
    scores.set(set.maps!.subarray(slice * size, (slice + 1) * size), i * size);
    truths.set(set.truths.subarray(slice * size, (slice + 1) * size), i * size);
    images.set(set.images.subarray(slice * size, (slice + 1) * size), i * size);
  });
  if (scores.includes(Number.NaN)) return refuse('The map holds values that are not numbers.');

  const ranking = rank(scores, truths);
  const best = bestDice(ranking)!;
  numbers.bestDice = best.dice;
  numbers.bestDiceThreshold = best.threshold;
  if (set.threshold === null) why.dice = NO_THRESHOLD;
  else numbers.dice = dice(confusion(scores, truths, set.threshold));
  const inBrain = rankInBrain(scores, truths, images);
  const ranks = { pixelAuroc: ranking, pixelAveragePrecision: ranking, pixelAurocInBrain: inBrain };
  for (const key of ['pixelAuroc', 'pixelAveragePrecision', 'pixelAurocInBrain'] as const) {
    numbers[key] = (key === 'pixelAveragePrecision' ? averagePrecision : auroc)(ranks[key]);
    if (numbers[key] === null) why[key] = ONE_CLASS;
    else if (ranks[key].thresholds.length === 1) {
      numbers[key] = null;
      why[key] = 'All pixels have the same score, so none ranks above another.';
    }
  }
  return numbers;
}

function rankInBrain(scores: Float32Array, truths: Uint8Array, images: Float32Array) {
  const keptScores = new Float32Array(scores.length);
  const keptTruths = new Uint8Array(scores.length);
  let kept = 0;
  for (let i = 0; i < scores.length; i++) {
    if (!(images[i] > 0)) continue;
    keptScores[kept] = scores[i];
    keptTruths[kept++] = truths[i];
  }
  return rank(keptScores.subarray(0, kept), keptTruths.subarray(0, kept));
}

function measureImages(set: Measured, why: Metrics['why']): ImageNumbers {
  const labelled = set.labels.flatMap((label, slice) => (label === null ? [] : [{ label, score: set.scores[slice] }]));
  const refuse = (reason: string): ImageNumbers => {
    why.imageAuc = reason;
    why.imageAucCi95 = reason;
    return { imageAuc: null, imageAucCi95: null, imageSlices: labelled.length };
  };
  if (labelled.length === 0) return refuse('No labels here, so no slice can be called normal or anomalous.');
  const lost = labelled.filter(({ score }) => Number.isNaN(score)).length;
  if (lost > 0) return refuse(`${lost} of ${labelled.length} labelled slices have no score.`);
  const ranking = rank(
    labelled.map(({ score }) => score),
    labelled.map(({ label }) => label),
  );
  const imageAuc = auroc(ranking);
  if (imageAuc === null) return refuse(ONE_CLASS);
  if (ranking.thresholds.length === 1) return refuse('All slices have the same score, so none ranks above another.');
  const imageAucCi95 = delongCi95(ranking);
  if (!imageAucCi95)
    why.imageAucCi95 =
      ranking.positives < 2 || ranking.negatives < 2
        ? 'An interval needs at least two slices of each class.'
        : "DeLong's interval has no width here, which would claim certainty.";
  return { imageAuc, imageAucCi95, imageSlices: labelled.length };
}
