/** What needs no training. These rows stand beside every model's, on the same slices, so that nobody is fooled by a number.
 *
 * | key | map (or only a slice's score) |
 * | --- | --- |
 * | raw | the intensity |
 * | rawZ | the intensity, z-scored by the volume's pixels above 0; background 0, clipped to ±1.5 |
 * | absMean | \|x − mean of the reference\|, both in that z-scored space |
 * | absMeanSmooth | the same, 7 × 7 Gaussian |
 * | contrast | score only: minus the standard deviation of the pixels above 0 (low contrast is suspicious) |
 * | localVariance | score only: minus the lowest variance of a 9 × 9 window (a flat patch is suspicious) |
 *
 * The score of a map is its mean over the pixels above 0, as for a model's map. */
import { type Measured, type Metrics, measure } from './metrics';
import { smooth } from './smooth';
import type { Slice } from './types';

export const BASELINES = ['raw', 'rawZ', 'absMean', 'absMeanSmooth', 'contrast', 'localVariance'] as const;
export type Baseline = (typeof BASELINES)[number];

export const CLIP = 1.5;
const WINDOW = 9;

/** Intensities and statistics of n slices, n · height · width values in slice order. */
export type Images = { images: Float32Array; brains: readonly Slice['brain'][]; height: number; width: number };
export type BaselineOutput = { map: Float32Array | null; scores: Float64Array };

/** Per-volume z-score over pixels above 0; background stays 0 (it is not shifted) and the rest is clipped to ±1.5. A constant volume
 * gives 0. `pixels` and the result: any number of pixels of one volume. */
export function zScore(pixels: Float32Array, brain: Slice['brain']): Float32Array {
  const scale = brain.sd > 0 ? 1 / brain.sd : 0;
  return pixels.map((x) => (x > 0 ? Math.max(-CLIP, Math.min(CLIP, (x - brain.mean) * scale)) : 0));
}

/** Mean of the reference slices in the z-scored space, height · width; null without slices. Throws on slices of different size. */
export function meanReference(reference: Iterable<Pick<Slice, 'pixels' | 'brain'>>): Float32Array | null {
  let sum: Float64Array | null = null;
  let count = 0;
  for (const { pixels, brain } of reference) {
    sum ??= new Float64Array(pixels.length);
    if (pixels.length !== sum.length) throw new Error(`reference slices hold ${sum.length} and ${pixels.length} pixels`);
    const z = zScore(pixels, brain);
    for (let i = 0; i < z.length; i++) sum[i] += z[i];
    count++;
  }
  return sum && Float32Array.from(sum, (value) => value / count);
}

/** Mean over the pixels above 0 for each slice; NaN for a slice without any. */
export function meanInBrain(maps: Float32Array, images: Float32Array, size: number): Float64Array {
  return overSlices(images, size, (start) => {
    let sum = 0;
    let count = 0;
    for (let i = start; i < start + size; i++) {
      if (!(images[i] > 0)) continue;
      sum += maps[i];
      count++;
    }
    return sum / count;
  });
}

/** Maps and slice scores of every baseline; those that need a mean reference are absent when it is null. */
export function baselineOutputs(set: Images, mean: Float32Array | null): Partial<Record<Baseline, BaselineOutput>> {
  const { images, brains, height, width } = set;
  const size = height * width;
  const scored = (map: Float32Array): BaselineOutput => ({ map, scores: meanInBrain(map, images, size) });
  const z = new Float32Array(images.length);
  brains.forEach((brain, slice) => {
    z.set(zScore(images.subarray(slice * size, (slice + 1) * size), brain), slice * size);
  });
  const outputs: Partial<Record<Baseline, BaselineOutput>> = {
    raw: scored(images),
    rawZ: scored(z),
    contrast: { map: null, scores: overSlices(images, size, (start) => -deviationInBrain(images, start, size)) },
    localVariance: { map: null, scores: overSlices(images, size, (start) => -lowestLocalVariance(images, start, height, width)) },
  };
  if (mean) {
    if (mean.length !== size) throw new Error(`the mean reference holds ${mean.length} pixels, a slice ${size}`);
    const distance = z.map((x, i) => Math.abs(x - mean[i % size]));
    outputs.absMean = scored(distance);
    outputs.absMeanSmooth = scored(smooth(distance, height, width));
  }
  return outputs;
}

/** The metrics of every baseline on one test set; what cannot be computed is null with a reason. */
export function measureBaselines(
  set: Images & Pick<Measured, 'truths' | 'masked' | 'labels'>,
  mean: Float32Array | null,
): Record<Baseline, Metrics> {
  const outputs = baselineOutputs(set, mean);
  const rows = BASELINES.map((id): [Baseline, Metrics] => {
    const { map, scores } = outputs[id] ?? { map: null, scores: new Float64Array(set.masked.length).fill(Number.NaN) };
    // As for a model's scores, a slice without one (nothing above 0) stays out of the image numbers; imageSlices counts the others.
    const labels = outputs[id] ? set.labels.map((label, slice) => (Number.isNaN(scores[slice]) ? null : label)) : set.labels;
    const metrics = measure({ ...set, labels, maps: map, scores, threshold: null, thresholdRule: 'none' });
    if (outputs[id]) return [id, metrics];
    for (const key of Object.keys(metrics.why) as (keyof Metrics)[]) metrics.why[key] = 'There is no reference set to take a mean of.';
    return [id, metrics];
  });
  return Object.fromEntries(rows) as Record<Baseline, Metrics>;
}

function overSlices(images: Float32Array, size: number, score: (start: number) => number): Float64Array {
  return Float64Array.from({ length: images.length / size }, (_, slice) => score(slice * size));
}

/** Population standard deviation of the pixels above 0. */
function deviationInBrain(images: Float32Array, start: number, size: number): number {
  const brain = images.subarray(start, start + size).filter((x) => x > 0);
  const mean = brain.reduce((a, b) => a + b, 0) / brain.length;
  return Math.sqrt(brain.reduce((a, b) => a + (b - mean) ** 2, 0) / brain.length);
}

/** Lowest variance of a 9 × 9 window that lies wholly above 0: empty background is flat everywhere and says nothing. ∞ where no window
 * fits, which makes the slice the least suspicious. */
function lowestLocalVariance(images: Float32Array, start: number, height: number, width: number): number {
  // Summed-area tables of count, value and square, with a row and a column of zeros before the first.
  const stride = width + 1;
  const count = new Float64Array(stride * (height + 1));
  const sum = new Float64Array(count.length);
  const square = new Float64Array(count.length);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const at = (r + 1) * stride + c + 1;
      const x = images[start + r * width + c];
      count[at] = (x > 0 ? 1 : 0) + count[at - 1] + count[at - stride] - count[at - stride - 1];
      sum[at] = x + sum[at - 1] + sum[at - stride] - sum[at - stride - 1];
      square[at] = x * x + square[at - 1] + square[at - stride] - square[at - stride - 1];
    }
  }
  const area = WINDOW * WINDOW;
  let lowest = Number.POSITIVE_INFINITY;
  for (let r = WINDOW; r <= height; r++) {
    for (let c = WINDOW; c <= width; c++) {
      const at = r * stride + c;
      const inWindow = (table: Float64Array) =>
        table[at] - table[at - WINDOW] - table[at - WINDOW * stride] + table[at - WINDOW * stride - WINDOW];
      if (inWindow(count) < area) continue;
      lowest = Math.min(lowest, Math.max(0, inWindow(square) / area - (inWindow(sum) / area) ** 2));
    }
  }
  return lowest;
}
