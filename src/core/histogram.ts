/** Histograms of codes. */
import { LEVELS } from './cut';

/** Counts of each code, LEVELS bins; with `images` (alike in length), only where the image is above 0. */
export function codeHistogram(codes: Uint16Array, images: ArrayLike<number> | null): Uint32Array<ArrayBuffer> {
  if (images && images.length !== codes.length) throw new Error(`${codes.length} codes but ${images.length} pixels`);
  const histogram = new Uint32Array(LEVELS);
  for (let i = 0; i < codes.length; i++) if (!images || images[i] > 0) histogram[codes[i]]++;
  return histogram;
}

/** Sums neighbouring bins down to `bins`, for display; the bin count must be a divisor of the histogram's. */
export function rebin(histogram: Uint32Array, bins = 256): Uint32Array<ArrayBuffer> {
  const width = histogram.length / bins;
  if (!Number.isInteger(width)) throw new Error(`${histogram.length} bins do not fall into ${bins}`);
  const out = new Uint32Array(bins);
  for (let i = 0; i < histogram.length; i++) out[Math.floor(i / width)] += histogram[i];
  return out;
}

/** Share of the counted items with code < level, in [0, 1]: the percentile of a level among healthy pixels. null when nothing was counted. */
export function shareBelow(histogram: Uint32Array, level: number): number | null {
  let below = 0;
  let total = 0;
  for (let i = 0; i < histogram.length; i++) {
    total += histogram[i];
    if (i < level) below += histogram[i];
  }
  return total === 0 ? null : below / total;
}

/** Lowest and highest code where the image is above 0, of each slice of `size` pixels, in pairs; slices without such a pixel are left out. */
export function codeRanges(codes: Uint16Array, images: ArrayLike<number>, size: number): Uint16Array<ArrayBuffer> {
  const ranges: number[] = [];
  for (let start = 0; start < codes.length; start += size) {
    let [low, high] = [LEVELS, -1];
    for (let i = start; i < start + size; i++) {
      if (!(images[i] > 0)) continue;
      if (codes[i] < low) low = codes[i];
      if (codes[i] > high) high = codes[i];
    }
    if (high >= 0) ranges.push(low, high);
  }
  return Uint16Array.from(ranges);
}
