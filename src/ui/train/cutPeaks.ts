/** The two cuts taken apart at the peaks of their histograms (figure 2 of the ASC-Net paper). */
import { peaksOf, valleyBetween } from '../../core/peaks';

/** Bytes that belong to one peak: from the valley before it to the valley after it. */
export type Band = { peak: number; from: number; to: number };

/** Bands of an image of bytes, darkest first; together they hold every byte. One band where nothing stands apart. */
export function bandsOf(pixels: Uint8Array): Band[] {
  const counts = new Uint32Array(256);
  for (const v of pixels) counts[v]++;
  const peaks = peaksOf(counts);
  return peaks.map((peak, i) => ({
    peak,
    from: i === 0 ? 0 : valleyBetween(counts, peaks[i - 1], peak),
    to: i === peaks.length - 1 ? 255 : valleyBetween(counts, peak, peaks[i + 1]) - 1,
  }));
}

/** 255 where the image lies in the band, else 0. */
export const inBand = (pixels: Uint8Array, { from, to }: Band): Uint8Array => pixels.map((v) => (v >= from && v <= to ? 255 : 0));

/** Positive Dice of two cuts as Loss_Cw has it, without smoothing: 2 Σ f·w / (Σ f + Σ w); null where both are empty. */
export function overlapOf(fence: Uint8Array, wild: Uint8Array): number | null {
  let both = 0;
  let sum = 0;
  for (let i = 0; i < fence.length; i++) {
    both += (fence[i] * wild[i]) / 255;
    sum += fence[i] + wild[i];
  }
  return sum === 0 ? null : (2 * both) / sum;
}
