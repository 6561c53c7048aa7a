/** Numbers about lesions instead of pixels: a lesion is an 8-connected region of the truth in one slice. */
import type { BitMask } from './bitMask';
import type { CodeCounts } from './curves';
import { type Regions, regionsOf } from './regions';

export type Detection = {
  found: number;
  missed: number /** Regions of the masks that touch no lesion. */;
  falseRegions: number;
  images: number;
};

/** Lesions with at least one flagged pixel, those without, and false regions, over slices with a mask. `masks` and `truths` in the same order. */
export function detectionOf(masks: readonly BitMask[], truths: readonly BitMask[]): Detection {
  const total: Detection = { found: 0, missed: 0, falseRegions: 0, images: masks.length };
  masks.forEach((mask, i) => {
    const [lesions, regions] = [regionsOf([truths[i]], true), regionsOf([mask], true)];
    const found = touched(lesions, regions, mask.height);
    total.found += found;
    total.missed += lesions.count - found;
    total.falseRegions += regions.count - touched(regions, lesions, mask.height);
  });
  return total;
}

/** How many regions of `a` share a pixel with any of `b`. */
function touched(a: Regions, b: Regions, height: number): number {
  const hit = new Uint8Array(a.count);
  for (let y = 0; y < height; y++)
    for (let i = a.first[y], j = b.first[y]; i < a.first[y + 1] && j < b.first[y + 1]; ) {
      if (a.from[i] < b.to[j] && b.from[j] < a.to[i]) hit[a.region[i]] = 1;
      if (a.to[i] < b.to[j]) i++;
      else j++;
    }
  return hit.reduce((sum, one) => sum + one, 0);
}

/** Adds a slice to counts by code: normal pixels, and lesion pixels, each as a share of its lesion.
 * @param codes of many slices; the one that `truth` is about begins at `start` */
export function addRegions(counts: CodeCounts, codes: Uint16Array, start: number, truth: BitMask): void {
  const { height, width } = truth;
  for (let i = start; i < start + height * width; i++) counts.normal[codes[i]]++;
  const { count, sizes, first, from, to, region } = regionsOf([truth], true);
  counts.lesions += count;
  for (let y = 0; y < height; y++)
    for (let run = first[y]; run < first[y + 1]; run++)
      for (let i = start + y * width + from[run]; i < start + y * width + to[run]; i++) {
        counts.normal[codes[i]]--;
        counts.anomalous[codes[i]] += 1 / sizes[region[run]];
      }
}
