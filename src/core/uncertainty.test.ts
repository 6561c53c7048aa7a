import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packed } from './bitMask';
import { bootstrap } from './bootstrap';
import { DEFINITIONS } from './definitions';
import { delongTest } from './delong';
import { aupro, detectionOf } from './lesions';
import { confusion, dice, diceThreeWays, f1, imageConfusion, precision, sensitivity, specificity } from './overlap';
import { Random } from './random';
import { auroc, averagePrecision, delongCi95, rank } from './ranking';
import { draws } from './testDraws';

const fixture = (name: string) => JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8'));

type ScoreCase = { seed: number; n: number; steps: number; aucs: [number, number]; averagePrecision: number; delong: { difference: number; ci95: [number, number]; z: number; p: number }; confusion: object; precision: number; recall: number; specificity: number; f1: number }; // biome-ignore format: one line

/** The inputs of fixtures/make.py. */
function scoresOf({ seed, n, steps }: ScoreCase) {
  const r = draws(seed, 3 * n);
  const labels = r.slice(0, n).map((v) => (v % 3 === 0 ? 1 : 0));
  const score = (v: number, y: number, part: number) => Math.floor((v * steps) / 65536) + Math.floor((steps * y) / part);
  return {
    labels,
    a: r.slice(n, 2 * n).map((v, i) => score(v, labels[i], 3)),
    b: r.slice(2 * n).map((v, i) => score(v, labels[i], seed === 14 ? 1 : 6)),
  };
}

describe.each(fixture('scores') as ScoreCase[])('against scikit-learn and SciPy (fixtures/make.py), seed $seed', (golden) => {
  const { labels, a, b } = scoresOf(golden);
  it('ranks and counts alike', () => {
    expect(auroc(rank(a, labels))).toBeCloseTo(golden.aucs[0], 12);
    expect(auroc(rank(b, labels))).toBeCloseTo(golden.aucs[1], 12);
    expect(averagePrecision(rank(a, labels))).toBeCloseTo(golden.averagePrecision, 12);
    const counts = confusion(a, labels, Math.floor(golden.steps / 2));
    expect(counts).toEqual(golden.confusion);
    const numbers = [precision(counts), sensitivity(counts), specificity(counts), f1(counts)];
    [golden.precision, golden.recall, golden.specificity, golden.f1].forEach((value, i) => {
      expect(numbers[i]).toBeCloseTo(value, 12);
    });
  });
  it("DeLong's test agrees with its definition over all pairs", () => {
    const test = delongTest(a, b, labels)!;
    expect(test.aucs[0]).toBeCloseTo(golden.aucs[0], 12);
    expect(test.difference).toBeCloseTo(golden.delong.difference, 12);
    expect(test.ci95[0]).toBeCloseTo(golden.delong.ci95[0], 10);
    expect(test.ci95[1]).toBeCloseTo(golden.delong.ci95[1], 10);
    expect(test.z).toBeCloseTo(golden.delong.z, 9);
    expect(Math.abs(test.p / golden.delong.p - 1)).toBeLessThan(1e-9);
  });
});

describe('DeLong test', () => {
  const [golden] = fixture('scores') as ScoreCase[];
  const { labels, a, b } = scoresOf(golden);
  const test = delongTest(a, b, labels)!;

  it('does not change under a monotone transform or another order, and turns with its arguments', () => {
    const stretched = a.map((v) => v ** 3);
    expect(delongTest(stretched, b, labels)).toEqual(test);
    const order = [...new Random(4).permutation(labels.length)];
    const pick = (values: number[]) => order.map((i) => values[i]);
    const shuffled = delongTest(pick(a), pick(b), pick(labels))!;
    expect(shuffled.p).toBeCloseTo(test.p, 10);
    expect(delongTest(b, a, labels)).toMatchObject({ difference: -test.difference, z: -test.z, p: test.p });
  });
  it('against a score that knows nothing its variance is that of the interval of one AUC', () => {
    const constant = labels.map(() => 0);
    const one = delongTest(a, constant, labels)!;
    const ci = delongCi95(rank(a, labels))!;
    expect(one.ci95[1] - one.difference).toBeCloseTo(ci[1] - one.aucs[0], 12);
  });
  it('says nothing where there is nothing to say', () => {
    expect(delongTest(a, a, labels)).toBeNull();
    expect(delongTest([1, 2, 3], [3, 2, 1], [1, 0, 0])).toBeNull();
    expect(() => delongTest([1], [1, 2], [1, 0])).toThrow('1 and 2 scores do not fit 2 labels');
    expect(() => delongTest([1, Number.NaN, 2, 3], [1, 2, 3, 4], [1, 0, 0, 1])).toThrow('not a number');
  });
});

describe('bootstrap', () => {
  const groups = Array.from({ length: 60 }, (_, i) => `p${i % 20}`);
  const random = new Random(2);
  const values = groups.map(() => random.normal());
  const mean = (items: readonly number[]) => items.reduce((sum, i) => sum + values[i], 0) / items.length;

  it('covers what theory says of a mean over patients', () => {
    const own = Array.from({ length: 20 }, (_, p) => (values[p] + values[p + 20] + values[p + 40]) / 3);
    const centre = own.reduce((a, b) => a + b) / 20;
    const error = Math.sqrt(own.reduce((sum, v) => sum + (v - centre) ** 2, 0) / 20 / 20);
    const { ci95, resamples } = bootstrap(groups, mean, { resamples: 4000 })!;
    expect(resamples).toBe(4000);
    expect(Math.abs(ci95[0] - (centre - 1.96 * error))).toBeLessThan(0.15 * error);
    expect(Math.abs(ci95[1] - (centre + 1.96 * error))).toBeLessThan(0.15 * error);
  });
  it('is the same for the same seed, another for another', () => {
    expect(bootstrap(groups, mean)).toEqual(bootstrap(groups, mean));
    expect(bootstrap(groups, mean, { seed: 2 })).not.toEqual(bootstrap(groups, mean));
  });
  it('takes whole patients, and says how many resamples counted', () => {
    bootstrap(groups, (items) => {
      const times = new Map<number, number>();
      for (const i of items) times.set(i, (times.get(i) ?? 0) + 1);
      for (const [i, n] of times) expect(times.get((i + 20) % 60)).toBe(n);
      return 0;
    });
    expect(bootstrap(['a', 'a'], mean)).toBeNull();
    expect(bootstrap(groups, () => null)).toBeNull();
    let k = 0;
    expect(bootstrap(groups, () => (k++ % 4 === 0 ? null : k), { resamples: 100 })!.resamples).toBe(75);
  });
});

type LesionCase = { seed: number; shape: [number, number, number]; share: number; aupro: number; auproFull: number; regions: number; found: number; missed: number; falseRegions: number }; // biome-ignore format: one line

describe.each(fixture('lesions') as LesionCase[])('lesions against SciPy (fixtures/make.py), seed $seed', (golden) => {
  const [n, height, width] = golden.shape;
  const size = height * width;
  const last = (n - 1) * size;
  const truths = Uint8Array.from(draws(golden.seed, n * size), (v, i) => (i < last && v < golden.share * 65536 ? 1 : 0));
  const maps = Uint16Array.from(draws(golden.seed + 100, n * size), (v, i) => Math.floor(v / 32) + 700 * truths[i]);
  const masked = Array<boolean>(n).fill(true);
  const bits = (values: Uint8Array | Uint16Array, low: number) => masked.map((_, i) => packed(values, i * size, height, width, low));

  it('AUPRO up to 30 % and over all rates', () => {
    expect(aupro(maps, truths, masked, height, width)).toBeCloseTo(golden.aupro, 10);
    expect(aupro(maps, truths, masked, height, width, 1)).toBeCloseTo(golden.auproFull, 10);
  });
  it('AUPRO does not change under a monotone transform, and with a slice without a mask', () => {
    const stretched = maps.map((code) => code + Math.floor(code / 3));
    expect(aupro(stretched, truths, masked, height, width)).toBeCloseTo(golden.aupro, 10);
    const more = [maps, maps.subarray(0, size)].flatMap((part) => [...part]);
    const truth = [...truths, ...new Uint8Array(size).fill(1)];
    expect(aupro(Uint16Array.from(more), Uint8Array.from(truth), [...masked, false], height, width)).toBeCloseTo(golden.aupro, 10);
  });
  it('found, missed and false regions', () => {
    const { found, missed, falseRegions } = golden;
    expect(detectionOf(bits(maps, 1700), bits(truths, 1))).toEqual({ found, missed, falseRegions, images: n });
    expect(found + missed).toBe(golden.regions);
  });
  it('nothing without a lesion', () => {
    expect(aupro(maps, new Uint8Array(n * size), masked, height, width)).toBeNull();
    expect(aupro(maps, new Uint8Array(n * size).fill(1), masked, height, width)).toBeNull();
  });
});

describe('Dice three ways', () => {
  const counts = { tp: [3, 0, 5, 0], fp: [1, 7, 0, 0], fn: [2, 0, 5, 4] };
  const groups = ['a', 'a', 'b', 'b'];
  it('per slice, per patient and pooled stand on the slices with an anomaly', () => {
    const own = [dice({ tp: 3, fp: 1, fn: 2 }), dice({ tp: 5, fp: 0, fn: 5 }), 0];
    const { slice, patient, pooled } = diceThreeWays(counts, groups);
    expect(slice).toBeCloseTo((own[0] + own[1] + own[2]) / 3, 14);
    expect(patient).toBeCloseTo((own[0] + 10 / (10 + 9)) / 2, 14);
    expect(pooled).toBeCloseTo(16 / (16 + 1 + 11), 14);
  });
  it('of a resample count a slice as often as it was drawn', () => {
    const twice = { tp: [3, 3], fp: [1, 1], fn: [2, 2] };
    expect(diceThreeWays(counts, groups, [0, 0])).toEqual(diceThreeWays(twice, ['a', 'a']));
    expect(diceThreeWays(counts, groups, [1])).toEqual({ slice: null, patient: null, pooled: null });
  });
  it('an image is flagged when a pixel is', () => {
    expect(imageConfusion([0, 3, 1, 0, 9], [0, 0, 1, 1, null])).toEqual({ tp: 1, fp: 1, fn: 1, tn: 1 });
    expect(f1({ tp: 0, fp: 0, fn: 0 })).toBeNull();
  });
});

it('every definition is one sentence with a source', () => {
  for (const { title, sentence, source } of Object.values(DEFINITIONS)) {
    expect(title.length * source.length).toBeGreaterThan(0);
    expect(sentence).toMatch(/^[A-Z0-9][^.]*(\d\.\d[^.]*)*\.$/);
  }
});
