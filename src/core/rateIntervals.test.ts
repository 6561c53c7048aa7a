import { expect, it } from 'vitest';
import { resamplesOf } from './bootstrap';
import { Random } from './random';
import { confusionsOf, rateIntervals } from './rateIntervals';

/** Five patients of 3 to 7 slices of 30 pixels, codes with many ties. */
const random = new Random(8);
const groups = [3, 5, 4, 7, 3].flatMap((slices, p) => Array.from({ length: slices }, () => `p${p}`));
const slices = groups.map(() =>
  Array.from({ length: 30 }, () => {
    const truth = Number(random.uniform() < 0.3);
    return { truth, code: 200 * random.below(12) + 600 * truth };
  }),
);
const names = [...new Set(groups)];
const drawnSlices = (drawn: Uint32Array) => [...drawn].flatMap((p) => slices.filter((_, i) => groups[i] === names[p]));
/** Between the order statistics at 2.5 and 97.5 %, written out. */
const percentile = (values: number[], q: number) => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  return sorted[Math.floor(at)] + (at - Math.floor(at)) * (sorted[Math.ceil(at)] - sorted[Math.floor(at)]);
};
const intervalOf = (statistic: (pixels: { truth: number; code: number }[]) => number) => {
  const values = Array.from(resamplesOf(names.length, 60), (drawn) => statistic(drawnSlices(drawn).flat()));
  return [percentile(values, 0.025), percentile(values, 0.975)];
};

it('of rates are those of pixels counted again in every resample', () => {
  const level = 1400;
  const count = (pixels: { truth: number; code: number }[], flagged: boolean, truth: number) =>
    pixels.filter((one) => one.code >= level === flagged && one.truth === truth).length;
  const counts = slices.map((own) => ({ tp: count(own, true, 1), fp: count(own, true, 0), fn: count(own, false, 1), tn: count(own, false, 0) })); // biome-ignore format: one line
  const found = rateIntervals(confusionsOf(counts, groups), 60)!;
  const brute = {
    precision: intervalOf((all) => count(all, true, 1) / all.filter(({ code }) => code >= level).length),
    sensitivity: intervalOf((all) => count(all, true, 1) / all.filter(({ truth }) => truth === 1).length),
    specificity: intervalOf((all) => count(all, false, 0) / all.filter(({ truth }) => truth === 0).length),
    f1: intervalOf((all) => (2 * count(all, true, 1)) / (all.filter(({ code }) => code >= level).length + all.filter(({ truth }) => truth === 1).length)), // biome-ignore format: one line
  };
  for (const key of ['precision', 'sensitivity', 'specificity', 'f1'] as const) {
    expect(found[key]![0], key).toBeCloseTo(brute[key][0], 12);
    expect(found[key]![1], key).toBeCloseTo(brute[key][1], 12);
    expect(found[key]![0]).toBeLessThan(found[key]![1]);
  }
});

it('are none where a rate is often undefined, or patients are too few', () => {
  const one = { tp: 1, fp: 0, fn: 0, tn: 0 };
  const found = rateIntervals([one, one, one, { tp: 0, fp: 1, fn: 0, tn: 1 }])!;
  expect(found.specificity, 'a third of the resamples have no normal image').toBeNull();
  expect(found.sensitivity).toEqual([1, 1]);
  expect(rateIntervals([one])).toBeNull();
  expect(confusionsOf([one, null, one], ['a', 'b', 'a'])).toEqual([{ tp: 2, fp: 0, fn: 0, tn: 0 }]);
});
