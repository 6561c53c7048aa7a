import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { peaksOf } from './peaks';
import { Random } from './random';

const FIXTURE = '../shared/reference/metrics.json';

describe('peaks', () => {
  it.skipIf(!existsSync(FIXTURE))(`of the reference (${FIXTURE}, histogramPeak; skipped where that file is missing)`, () => {
    const { histogramNonZero, peaks } = JSON.parse(readFileSync(FIXTURE, 'utf8')).histogramPeak;
    const counts = Array.from({ length: 256 }, (_, i) => histogramNonZero[i] ?? 0);
    expect(peaksOf(counts)).toEqual(peaks);
  });

  it('mirror with the histogram, and do not depend on how much was counted', () => {
    const random = new Random(3);
    for (let trial = 0; trial < 50; trial++) {
      // Odd smoothing and plateaus of one bin alone: the middle of a longer one is rounded down.
      const centres = [20, 100 + random.below(50), 230];
      const counts = Array.from({ length: 256 }, (_, i) =>
        centres.reduce((sum, c, k) => sum + 1000 * (k + 1) * Math.exp(-(((i - c) / (4 + k)) ** 2)), 1e-3 * i),
      );
      const found = peaksOf(counts);
      expect(found).toEqual(centres);
      expect(peaksOf([...counts].reverse())).toEqual(found.map((bin) => 255 - bin).reverse());
      expect(peaksOf(counts.map((count) => 8 * count))).toEqual(found);
    }
  });

  it('are at either end, at the middle of a plateau, and none where nothing or too little stands out', () => {
    const bins = (of: (i: number) => number) => Array.from({ length: 256 }, (_, i) => of(i));
    expect(peaksOf(bins((i) => Math.max(0, 100 - i)))).toEqual([0]);
    expect(peaksOf(bins((i) => i))).toEqual([255]);
    expect(peaksOf(bins((i) => (i >= 100 && i <= 120 ? 50 : 0)))).toEqual([110]);
    expect(peaksOf(bins(() => 0))).toEqual([]);
    // A bump of a fifth of its own height on a floor, and one that holds a thousandth of the counts.
    expect(peaksOf(bins((i) => (Math.abs(i - 60) < 10 ? 100 : 80) * (i < 200 ? 1 : 0)))).not.toContain(60);
    expect(peaksOf(bins((i) => (i < 20 ? 1000 : i > 217 && i < 223 ? 4 : 0)))).toEqual([8]);
    expect(peaksOf(bins((i) => (i < 20 ? 1000 : i > 217 && i < 223 ? 60 : 0)))).toEqual([8, 220]);
  });
});
