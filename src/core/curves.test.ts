import { expect, it } from 'vitest';
import { packed } from './bitMask';
import { resamplesOf } from './bootstrap';
import { auproOf, type CodeCounts, compact, intervalsOf, noCounts, rankingOf } from './curves';
import { addRegions } from './lesions';
import { Random } from './random';
import { auroc, averagePrecision, rank } from './ranking';
import { mirrored } from './side';

/** Five patients of 3 to 7 slices of 5 × 6 pixels, codes with many ties; the last patient has no anomaly. */
const [HEIGHT, WIDTH] = [5, 6];
const random = new Random(8);
const patients = [3, 5, 4, 7, 3].map((slices, p) =>
  Array.from({ length: slices }, () => {
    const truths = Uint8Array.from({ length: HEIGHT * WIDTH }, () => Number(p < 4 && random.uniform() < 0.3));
    return { truths, codes: Uint16Array.from(truths, (truth) => 200 * random.below(12) + 600 * truth) };
  }),
);
type Slice = (typeof patients)[number][number];

function pixelsOf(slices: readonly Slice[]): CodeCounts {
  const counts = noCounts();
  for (const { truths, codes } of slices) truths.forEach((truth, i) => void (truth ? counts.anomalous : counts.normal)[codes[i]]++);
  return counts;
}
function regionsOf(slices: readonly Slice[]): CodeCounts {
  const counts = noCounts();
  for (const { truths, codes } of slices) addRegions(counts, codes, 0, packed(truths, 0, HEIGHT, WIDTH, 1));
  return counts;
}
/** From the drawn slices, each as often as its patient was drawn: numpy.quantile's way, written out. */
function brute(from: typeof patients, resamples: number, statistic: (slices: Slice[]) => number | null): [number, number] {
  const values = Array.from(resamplesOf(from.length, resamples), (drawn) => statistic([...drawn].flatMap((p) => from[p])))
    .filter((value) => value !== null)
    .sort((a, b) => a - b);
  const at = (q: number) => {
    const place = q * (values.length - 1);
    return values[Math.floor(place)] + (place - Math.floor(place)) * (values[Math.ceil(place)] - values[Math.floor(place)]);
  };
  return [at(0.025), at(0.975)];
}
/** Runs to the end; says how often it gave its caller a turn. */
function finish<T>(work: Generator<void, T, void>): { value: T; turns: number } {
  for (let turns = 0; ; turns++) {
    const next = work.next();
    if (next.done) return { value: next.value, turns };
  }
}
const close = (found: readonly number[] | null | undefined, expected: readonly number[]) => {
  expect(found?.[0]).toBeCloseTo(expected[0], 12);
  expect(found?.[1]).toBeCloseTo(expected[1], 12);
  expect(expected[0]).toBeLessThan(expected[1]);
};

it('of pixels are those of pixels ranked again in every resample, on both sides', () => {
  const known = patients.slice(0, 4);
  const numbers = (sum: CodeCounts) => ({
    auroc: auroc(rankingOf(sum, 'bright')),
    bright: averagePrecision(rankingOf(sum, 'bright')),
    dark: averagePrecision(rankingOf(sum, 'dark')),
  });
  const work = intervalsOf(known.map((own) => compact(pixelsOf(own))), numbers, 60); // biome-ignore format: one line
  const { value, turns } = finish(work);
  const ranked = (slices: Slice[], reach: (code: number) => number) =>
    rank(
      slices.flatMap(({ codes }) => [...codes].map(reach)),
      slices.flatMap(({ truths }) => [...truths]),
    );
  close(value?.auroc, brute(known, 60, (slices) => auroc(ranked(slices, (code) => code)))); // biome-ignore format: one line
  close(value?.bright, brute(known, 60, (slices) => averagePrecision(ranked(slices, (code) => code)))); // biome-ignore format: one line
  close(
    value?.dark,
    brute(known, 60, (slices) => averagePrecision(ranked(slices, mirrored))),
  );
  expect(turns).toBe(60);
});

it('of AUPRO are those of lesions counted again in every resample, where a set of patients has any', () => {
  const numbers = (sum: CodeCounts) => ({ bright: auproOf(sum, 'bright'), dark: auproOf(sum, 'dark') });
  const { value } = finish(intervalsOf(patients.map((own) => compact(regionsOf(own))), numbers, 80)); // biome-ignore format: one line
  for (const side of ['bright', 'dark'] as const) close(value?.[side], brute(patients, 80, (slices) => auproOf(regionsOf(slices), side))); // biome-ignore format: one line
});

it('are none of one patient, nor of a number that too many sets of patients lack', () => {
  const [first, clean] = [compact(regionsOf(patients[0])), compact(regionsOf(patients[4]))];
  const numbers = (sum: CodeCounts) => ({ aupro: auproOf(sum, 'bright') });
  expect(finish(intervalsOf([first], numbers)).value).toBeNull();
  expect(finish(intervalsOf([], numbers)).value).toBeNull();
  expect(finish(intervalsOf([first, clean], numbers)).value, 'a quarter of the sets has no lesion').toEqual({ aupro: null });
});

it('null with one class', () => {
  const none = { ...noCounts(), normal: pixelsOf(patients[0]).normal };
  expect([auroc(rankingOf(none, 'bright')), averagePrecision(rankingOf(none, 'dark')), auproOf(none, 'bright')]).toEqual([
    null,
    null,
    null,
  ]);
  const all = { ...pixelsOf(patients[0]), normal: noCounts().normal, lesions: 3 };
  expect([auroc(rankingOf(all, 'bright')), averagePrecision(rankingOf(all, 'bright')), auproOf(all, 'dark')]).toEqual([null, null, null]);
});
