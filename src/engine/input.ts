/** From [0, 1] pixels to the range a model is trained in, and back for the eye. */
import { zScore } from '../core/baselines';
import type { ModelSpec, Slice } from '../core/types';

type Range = ModelSpec['input'];

/** Pixels of one slice in the model's input range. */
export function toInput(slice: Pick<Slice, 'pixels' | 'brain'>, range: Range): Float32Array {
  if (range === 'zscore') return zScore(slice.pixels, slice.brain);
  return range === 'signed' ? slice.pixels.map((v) => 2 * v - 1) : slice.pixels;
}

/** Model-range values of one slice as bytes of the slice's own [0, 1] window; black where the slice itself is 0, as a z-score has no background. */
export function toBytes(values: Float32Array, slice: Pick<Slice, 'pixels' | 'brain'>, range: Range, out: Uint8Array): void {
  const { mean, sd } = slice.brain;
  for (let i = 0; i < out.length; i++) {
    const v = values[i];
    const pixel = range === 'zscore' ? (slice.pixels[i] > 0 ? v * sd + mean : 0) : range === 'signed' ? (v + 1) / 2 : v;
    out[i] = Math.round(255 * Math.min(1, Math.max(0, pixel)));
  }
}
