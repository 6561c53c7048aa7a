/** Numbers about lesions instead of pixels: a lesion is an 8-connected region of the truth in one slice. */
import type { BitMask } from './bitMask';
import { LEVELS } from './cut';
import { type Regions, regionsOf } from './regions';
import { mirrored, type Side } from './side';

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

/** False-positive rate up to which AUPRO is integrated. */
export const AUPRO_LIMIT = 0.3;

/** Counts by code over slices with a mask: normal pixels, and lesion pixels, each as a share of its lesion. */
export class RegionOverlap {
  private readonly shares = new Float64Array(LEVELS);
  private readonly normal = new Float64Array(LEVELS);
  private lesions = 0;

  /** @param codes of many slices; the one that `truth` is about begins at `start` */
  add(codes: Uint16Array, start: number, truth: BitMask): void {
    const { height, width } = truth;
    for (let i = start; i < start + height * width; i++) this.normal[codes[i]]++;
    const { count, sizes, first, from, to, region } = regionsOf([truth], true);
    this.lesions += count;
    for (let y = 0; y < height; y++)
      for (let run = first[y]; run < first[y + 1]; run++)
        for (let i = start + y * width + from[run]; i < start + y * width + to[run]; i++) {
          this.normal[codes[i]]--;
          this.shares[codes[i]] += 1 / sizes[region[run]];
        }
  }

  /** Area under the curve of per-region overlap (mean over lesions of the share that is flagged) against the false-positive rate of pixels,
   * up to `limit` and divided by it (Bergmann et al., MVTec AD, IJCV 2021), on the levels of the codes. null without a lesion or a normal
   * pixel. */
  aupro(side: Side, limit = AUPRO_LIMIT): number | null {
    const normals = this.normal.reduce((a, b) => a + b, 0);
    if (this.lesions === 0 || normals === 0) return null;
    let area = 0;
    let [rate, share] = [0, 0];
    for (let level = LEVELS - 1; level >= 0 && rate < limit; level--) {
      const code = side === 'dark' ? mirrored(level) : level;
      const nextRate = rate + this.normal[code] / normals;
      const nextShare = share + this.shares[code] / this.lesions;
      const end = Math.min(nextRate, limit);
      const atEnd = nextRate > rate ? share + ((nextShare - share) * (end - rate)) / (nextRate - rate) : nextShare;
      area += ((end - rate) * (share + atEnd)) / 2;
      [rate, share] = [nextRate, nextShare];
    }
    return area / limit;
  }
}
