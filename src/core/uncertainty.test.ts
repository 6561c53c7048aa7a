import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packed } from './bitMask';
import { bootstrap } from './bootstrap';
import { auproOf, noCounts } from './curves';
import { DEFINITIONS } from './definitions';
import { delongTest } from './delong';
import { imagePoints } from './imagePoints';
import { addRegions, detectionOf } from './lesions';
import {
  confusion,
  diceThreeWays,
  f1,
  imageConfusion,
  patientCounts,
  precision,
  type SliceCounts,
  sensitivity,
  specificity,
} from './overlap';
import { Random } from './random';
import { auroc, averagePrecision, delongCi95, type PointRates, rank } from './ranking';
import { mirrored } from './side';
import { draws } from './testDraws';

const fixture = (name: string) => JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8'));

type Points = Record<'youden' | 'balanced', { threshold: number } & PointRates>;
type ScoreCase = { seed: number; n: number; steps: number; aucs: [number, number]; averagePrecision: number; delong: { difference: number; ci95: [number, number]; z: number; p: number }; confusion: object; precision: number; recall: number; specificity: number; f1: number; fittedOnTest: Points; fittedOnOthers: Points }; // biome-ignore format: one line

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
  it('cuts slice scores where they say, on both sides', () => {
    const slices = (values: number[], sign: number) => values.map((score, i) => ({ score: sign * score, label: labels[i] as 0 | 1 }));
    for (const [sign, side] of [
      [1, 'bright'],
      [-1, 'dark'],
    ] as const) {
      // biome-ignore format: one line
      for (const [validation, expected] of [[null, golden.fittedOnTest], [slices(a, sign), golden.fittedOnOthers]] as const) { // biome-ignore format: one line
        const found = imagePoints([...slices(b, sign), { score: 1, label: null }, { score: Number.NaN, label: 1 }], validation, side)!;
        expect(found).toMatchObject({ fittedOn: validation ? 'validation' : 'test', slices: golden.n });
        expect(found.points.map(({ rule }) => rule)).toEqual(['youden', 'balanced']);
        for (const { rule, threshold, rates } of found.points) {
          const { threshold: wanted, ...numbers } = expected[rule];
          expect(threshold, rule).toBe(sign * wanted);
          for (const key of Object.keys(numbers) as (keyof PointRates)[]) expect(rates[key], `${rule} ${key}`).toBeCloseTo(numbers[key]!, 12);
        }
      }
    }
    expect(
      imagePoints(
        slices(b, 1).filter(({ label }) => label === 1),
        null,
        'bright',
      ),
    ).toBeNull();
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

type DiceCase = { seed: number; slices: number; patients: number; withLesion: number; dice: number[]; ci95: [number, number][] };
const WAYS = ['slice', 'patient', 'pooled'] as const;

/** The inputs of fixtures/make.py: slices of 40 pixels, and the patient of each. */
function countsOf({ seed, slices, patients }: DiceCase): [SliceCounts, string[]] {
  const [t, m] = [draws(seed, slices * 40), draws(seed + 100, slices * 40)];
  const count = (slice: number, when: (truth: boolean, mask: boolean) => boolean) =>
    Array.from({ length: 40 }, (_, k) => 40 * slice + k).filter((i) => {
      const truth = t[i] < 20000 && slice % 5 !== 0;
      return when(truth, m[i] < 30000 && (truth || slice % 3 === 0));
    }).length;
  const of = (when: (truth: boolean, mask: boolean) => boolean) => Array.from({ length: slices }, (_, slice) => count(slice, when));
  const counts = {
    tp: of((truth, mask) => truth && mask),
    fp: of((truth, mask) => !truth && mask),
    fn: of((truth, mask) => truth && !mask),
  };
  return [counts, Array.from({ length: slices }, (_, slice) => `p${slice % patients}`)];
}

describe.each(fixture('dice') as DiceCase[])('Dice three ways against scikit-learn (fixtures/make.py), seed $seed', (golden) => {
  const [counts, groups] = countsOf(golden);
  const patients = patientCounts(counts, groups);

  it('values stand on the slices and patients with an anomaly', () => {
    expect(patients).toHaveLength(golden.withLesion);
    const dice = diceThreeWays(patients)!;
    WAYS.forEach((way, i) => {
      expect(dice[way]).toBeCloseTo(golden.dice[i], 12);
    });
  });
  it('intervals approach those over every way to draw the patients', () => {
    const intervals = bootstrap(patients.length, (drawn) => diceThreeWays(patients, drawn)!, { resamples: 40_000 })!;
    WAYS.forEach((way, i) => {
      expect(Math.abs(intervals[way][0] - golden.ci95[i][0]), way).toBeLessThan(0.002);
      expect(Math.abs(intervals[way][1] - golden.ci95[i][1]), way).toBeLessThan(0.002);
    });
  });
});

describe('bootstrap', () => {
  const random = new Random(2);
  const values = Array.from({ length: 200 }, () => random.normal());
  const mean = (drawn: Uint32Array) => ({ mean: drawn.reduce((sum, i) => sum + values[i], 0) / drawn.length });

  it('covers what theory says of a mean', () => {
    const centre = values.reduce((a, b) => a + b) / 200;
    const error = Math.sqrt(values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / 200 / 200);
    const [low, high] = bootstrap(200, mean, { resamples: 8000 })!.mean;
    expect(Math.abs(low - (centre - 1.96 * error))).toBeLessThan(0.15 * error);
    expect(Math.abs(high - (centre + 1.96 * error))).toBeLessThan(0.15 * error);
  });
  it('is the same for the same seed, another for another', () => {
    expect(bootstrap(200, mean)).toEqual(bootstrap(200, mean));
    expect(bootstrap(200, mean, { seed: 2 })).not.toEqual(bootstrap(200, mean));
  });
  it('says nothing of one patient', () => {
    expect(bootstrap(1, mean)).toBeNull();
    expect(bootstrap(0, mean)).toBeNull();
  });
});

type LesionCase = { seed: number; shape: [number, number, number]; share: number; aupro: number; auproFull: number; regions: number; found: number; missed: number; falseRegions: number }; // biome-ignore format: one line

describe.each(fixture('lesions') as LesionCase[])('lesions against SciPy (fixtures/make.py), seed $seed', (golden) => {
  const [n, height, width] = golden.shape;
  const size = height * width;
  const last = (n - 1) * size;
  const truths = Uint8Array.from(draws(golden.seed, n * size), (v, i) => (i < last && v < golden.share * 65536 ? 1 : 0));
  const maps = Uint16Array.from(draws(golden.seed + 100, n * size), (v, i) => Math.floor(v / 32) + 700 * truths[i]);
  const bits = (values: Uint8Array | Uint16Array, low: number) =>
    Array.from({ length: n }, (_, i) => packed(values, i * size, height, width, low));
  const overlapOf = (codes: Uint16Array, truth: Uint8Array) => {
    const sums = noCounts();
    bits(truth, 1).forEach((mask, i) => {
      addRegions(sums, codes, i * size, mask);
    });
    return sums;
  };

  it('AUPRO up to 30 % and over all rates', () => {
    expect(auproOf(overlapOf(maps, truths), 'bright')).toBeCloseTo(golden.aupro, 10);
    expect(auproOf(overlapOf(maps, truths), 'bright', 1)).toBeCloseTo(golden.auproFull, 10);
  });
  it('AUPRO does not change under a monotone transform, and is that of negated scores on the dark side', () => {
    const stretched = maps.map((code) => code + Math.floor(code / 3));
    expect(auproOf(overlapOf(stretched, truths), 'bright')).toBeCloseTo(golden.aupro, 10);
    expect(auproOf(overlapOf(maps.map(mirrored), truths), 'dark')).toBe(auproOf(overlapOf(maps, truths), 'bright'));
  });
  it('found, missed and false regions', () => {
    const { found, missed, falseRegions } = golden;
    expect(detectionOf(bits(maps, 1700), bits(truths, 1))).toEqual({ found, missed, falseRegions, images: n });
    expect(found + missed).toBe(golden.regions);
  });
  it('nothing without a lesion', () => {
    expect(auproOf(overlapOf(maps, new Uint8Array(n * size)), 'bright')).toBeNull();
    expect(auproOf(overlapOf(maps, new Uint8Array(n * size).fill(1)), 'bright')).toBeNull();
  });
});

describe('Dice three ways', () => {
  const counts = { tp: [3, 0, 5, 0], fp: [1, 7, 0, 0], fn: [2, 0, 5, 4] };
  const patients = patientCounts(counts, ['a', 'a', 'b', 'b']);
  it('of a resample count a patient as often as it was drawn', () => {
    const twice = { tp: [3, 3], fp: [1, 1], fn: [2, 2] };
    expect(diceThreeWays(patients, [0, 0])).toEqual(diceThreeWays(patientCounts(twice, ['a', 'c'])));
    expect(diceThreeWays([], [])).toBeNull();
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
