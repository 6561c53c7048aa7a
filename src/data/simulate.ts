/** Simulated anomalies (A2B-GAN, section 4.3): a square of an image replaced by its mean, so that a result can be judged by eye. */
import { Random } from '../core/random';
import type { Slice } from '../core/types';
import { DataError } from './errors';

/** Side of the square: 40 pixels of 128 in the paper, in proportion elsewhere. */
const SIDE = 40 / 128;

/**
 * A copy of each slice, ⌊share · n + ½⌋ of them with one square somewhere replaced by its mean, and every one with a mask that says exactly
 * where. Deterministic in all three arguments; the slices given are left alone. `brain` stays that of the untouched volume.
 *
 * The square lies inside the image, at any place where it changes something and its centre is on the body (above 0): the paper's photographs
 * are all body.
 * @param slices healthy ones
 * @param share of anomalous slices, 0 to 1
 * @throws DataError for a slice that is anomalous already or has no place for a square
 */
export function simulateAnomalies(slices: readonly Slice[], share: number, seed: number): Slice[] {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`The share of anomalous slices is a number from 0 to 1, not ${share}.`);
  const ill = slices.find(({ label, truth }) => label === 1 || truth?.includes(1));
  if (ill)
    throw new DataError(`${ill.name} is anomalous already: where its anomaly ends would be unknown. Simulate anomalies on healthy slices.`);
  const random = new Random(seed);
  const chosen = new Set(random.permutation(slices.length).subarray(0, Math.round(share * slices.length)));
  return slices.map((slice, i) => {
    const truth = new Uint8Array(slice.pixels.length);
    return chosen.has(i) ? painted(slice, truth, random) : { ...slice, truth, label: 0 };
  });
}

function painted(slice: Slice, truth: Uint8Array, random: Random): Slice {
  const { width, height } = slice;
  const side = Math.round(SIDE * Math.min(width, height));
  const inside = placed(slice, side, random);
  const pixels = slice.pixels.slice();
  const mean = inside.reduce((sum, i) => sum + pixels[i], 0) / inside.length;
  for (const i of inside) {
    pixels[i] = mean;
    truth[i] = 1;
  }
  return { ...slice, name: `${slice.name}, square`, pixels, truth, label: 1 };
}

/** Indices of the pixels of a square, drawn from all that hold more than one value around a centre above 0. */
function placed({ name, pixels, width, height }: Slice, side: number, random: Random): number[] {
  const middle = Math.floor(side / 2);
  const corners: number[] = [];
  for (let y = 0; y + side <= height; y++)
    for (let x = 0; x + side <= width; x++) if (pixels[(y + middle) * width + x + middle] > 0) corners.push(y * width + x);
  while (corners.length > 0) {
    const [corner] = corners.splice(random.below(corners.length), 1);
    const inside = Array.from({ length: side * side }, (_, i) => corner + Math.floor(i / side) * width + (i % side));
    if (inside.some((i) => pixels[i] !== pixels[corner])) return inside;
  }
  throw new DataError(`${name} has no place for a square of ${side} pixels that would change it. Leave it out.`);
}
