import { describe, expect, it } from 'vitest';
import { hashUnit } from './hashUnit';
import { confusion, dice, falseAlarmRate, precision, sensitivity } from './overlap';
import { Random } from './random';
import { auroc, averagePrecision, balanced, bestDice, delongCi95, rank, ratesAt, youden } from './ranking';

/** Small random cases with many ties, both classes present. */
function cases(count: number): { scores: number[]; truths: number[] }[] {
  const random = new Random(7);
  return Array.from({ length: count }, () => {
    const n = 2 + random.below(30);
    const scores = Array.from({ length: n }, () => random.below(6) - 2);
    const truths = Array.from({ length: n }, () => (random.uniform() < 0.4 ? 1 : 0));
    truths[0] = 1;
    truths[1] = 0;
    return { scores, truths };
  });
}

const split = (scores: number[], truths: number[]) => [scores.filter((_, i) => truths[i] > 0), scores.filter((_, i) => truths[i] === 0)];
const win = (a: number, b: number) => (a > b ? 1 : a === b ? 0.5 : 0);
const meanOf = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('golden values of the reference (metrics.json, roc)', () => {
  const n = 200;
  const scores = Float64Array.from(hashUnit(1, n), (v) => Math.round(20 * v) / 10);
  const noise = hashUnit(2, n);
  const truths = Uint8Array.from(scores, (s, i) => (0.5 * s + noise[i] > 0.3 ? 1 : 0));
  const ranking = rank(scores, truths);

  it('has the inputs of the fixture', () => {
    expect(Array.from(scores.subarray(0, 4))).toEqual([0.9, 0.3, -1.9, -1.7]);
    expect(ranking.positives).toBe(67);
  });
  it('agrees on AUROC and average precision', () => {
    expect(auroc(ranking)).toBeCloseTo(0.891257996, 8);
    expect(averagePrecision(ranking)).toBeCloseTo(0.758637047, 8);
  });
  it('agrees on the Youden and the balanced cut', () => {
    const cut = youden(ranking)!;
    expect(cut.threshold).toBe(0.4);
    expect(cut.j).toBeCloseTo(0.640332174, 8);
    expect(cut.sensitivity).toBeCloseTo(0.835820896, 8);
    expect(cut.specificity).toBeCloseTo(0.804511278, 8);
    expect(balanced(ranking)).toEqual({ threshold: 0.4, sensitivity: cut.sensitivity, specificity: cut.specificity });
  });
  it('agrees on the counts at 0', () => {
    const counts = confusion(scores, truths, 0);
    expect(counts).toEqual({ tp: 60, fp: 43, fn: 7, tn: 90 });
    expect(precision(counts)).toBeCloseTo(0.582524272, 8);
    expect(sensitivity(counts)).toBeCloseTo(0.895522388, 8);
    expect(1 - falseAlarmRate(counts)!).toBeCloseTo(0.676691729, 8);
    expect(dice(counts)).toBeCloseTo(0.705882353, 8);
  });
});

describe('golden values of the reference (metrics.json, morphology and histogramPeak)', () => {
  const noise = hashUnit(3, 48 * 48);
  const truth = Uint8Array.from(noise, (_, i) => ((((i / 48) | 0) - 20) ** 2 + ((i % 48) - 26) ** 2 < 81 ? 1 : 0));

  it('agrees on the Dice of a noisy mask', () => {
    const mask = Uint8Array.from(truth, (t, i) => t ^ (noise[i] > 0.93 ? 1 : 0));
    expect(dice(confusion(mask, truth, 1))).toBeCloseTo(0.85361552, 8);
  });
  it('agrees on the Dice at the peak and at the valley', () => {
    const image = Float64Array.from(truth, (t, i) => {
      const disc = (((i / 48) | 0) - 24) ** 2 + ((i % 48) - 24) ** 2 < 400 ? 0.35 : 0;
      return 0.15 + 0.02 * noise[i] + disc + 0.35 * t;
    });
    const lo = Math.min(...image);
    const hi = Math.max(...image);
    const bytes = image.map((v) => Math.floor((255 * (v - lo)) / (hi - lo) + 0.5));
    expect(dice(confusion(bytes, truth, 252))).toBeCloseTo(0.44375, 8);
    expect(dice(confusion(bytes, truth, 187))).toBe(1);
    expect(bestDice(rank(bytes, truth))!.dice).toBe(1);
  });
});

describe('against brute force, with many ties', () => {
  it('AUROC is the share of pairs in the right order, ties half', () => {
    for (const { scores, truths } of cases(200)) {
      const [high, low] = split(scores, truths);
      const pairs = high.flatMap((a) => low.map((b) => win(a, b)));
      expect(auroc(rank(scores, truths))).toBeCloseTo(meanOf(pairs), 12);
    }
  });
  it('the best Dice, Youden and balanced cuts are those of trying every threshold from above', () => {
    for (const { scores, truths } of cases(200)) {
      const tried = [Number.POSITIVE_INFINITY, ...[...new Set(scores)].sort((a, b) => b - a)].map((threshold) => {
        const counts = confusion(scores, truths, threshold);
        return { threshold, tpr: sensitivity(counts)!, fpr: falseAlarmRate(counts)!, dice: dice(counts) };
      });
      const first = (gain: (t: (typeof tried)[number]) => number) => tried.reduce((a, b) => (gain(b) > gain(a) ? b : a));
      const ranking = rank(scores, truths);
      const oracle = first((t) => t.dice);
      expect(bestDice(ranking)).toEqual({ dice: oracle.dice, threshold: oracle.threshold });
      expect(youden(ranking)!.threshold).toBe(first((t) => t.tpr - t.fpr).threshold);
      expect(balanced(ranking)!.threshold).toBe(first((t) => -Math.abs(t.tpr - (1 - t.fpr))).threshold);
    }
  });
  it('average precision is the mean precision met at each anomalous item', () => {
    for (const { scores, truths } of cases(200)) {
      const met = scores.flatMap((score, i) => (truths[i] > 0 ? [precision(confusion(scores, truths, score))!] : []));
      expect(averagePrecision(rank(scores, truths))).toBeCloseTo(meanOf(met), 12);
    }
  });
  it("the interval is that of DeLong's placement values", () => {
    for (const { scores, truths } of cases(200)) {
      const [high, low] = split(scores, truths);
      const area = auroc(rank(scores, truths))!;
      const variance = (values: number[]) => values.reduce((sum, v) => sum + (v - area) ** 2, 0) / (values.length - 1) / values.length;
      const total =
        variance(high.map((a) => meanOf(low.map((b) => win(a, b))))) + variance(low.map((b) => meanOf(high.map((a) => win(a, b)))));
      const interval = delongCi95(rank(scores, truths));
      if (!(total > 1e-18)) {
        expect(interval).toBeNull();
        continue;
      }
      expect(interval![0]).toBeCloseTo(Math.max(0, area - 1.959964 * Math.sqrt(total)), 6);
      expect(interval![1]).toBeCloseTo(Math.min(1, area + 1.959964 * Math.sqrt(total)), 6);
    }
  });
});

describe('properties', () => {
  it('AUROC does not change under a monotone map and becomes 1 − AUROC under negation', () => {
    for (const { scores, truths } of cases(100)) {
      const area = auroc(rank(scores, truths))!;
      const stretched = scores.map((s) => Math.exp(s) + 3);
      const negated = scores.map((s) => -s);
      expect(auroc(rank(stretched, truths))).toBe(area);
      expect(auroc(rank(negated, truths))).toBeCloseTo(1 - area, 12);
    }
  });
  it('counts −0 and 0 as tied', () => {
    expect(rank([-0, 0, -0], [1, 0, 1]).thresholds).toHaveLength(1);
  });
  it('takes infinite scores', () => {
    expect(auroc(rank([Number.POSITIVE_INFINITY, 0, Number.NEGATIVE_INFINITY], [1, 1, 0]))).toBe(1);
  });
});

describe('degenerate input', () => {
  it('gives null, never a half', () => {
    for (const truths of [[0, 0, 0], [1, 1, 1], []]) {
      const ranking = rank([1, 2, 3].slice(0, truths.length), truths);
      expect([auroc(ranking), averagePrecision(ranking), youden(ranking), balanced(ranking), delongCi95(ranking)]).toEqual(
        Array(5).fill(null),
      );
    }
    expect(bestDice(rank([1, 2], [0, 0]))).toBeNull();
    expect(delongCi95(rank([1, 2, 3, 4], [0, 0, 1, 1]))).toBeNull();
  });
  it('refuses NaN and lengths that differ', () => {
    expect(() => rank([1, Number.NaN], [0, 1])).toThrow('not a number');
    expect(() => rank([1], [0, 1])).toThrow('1 scores but 2 truths');
  });
  it('two empty masks agree', () => {
    expect(dice(confusion([0, 0], [0, 0], 1))).toBe(1);
  });
});

it('ranks 1.5 million float32 pixels, of which the truth says nothing', () => {
  const random = new Random(1);
  const n = 1_500_000;
  const scores = Float32Array.from({ length: n }, () => random.normal());
  const truths = Uint8Array.from({ length: n }, () => (random.uniform() < 0.02 ? 1 : 0));
  const ranking = rank(scores, truths);
  expect(auroc(ranking)).toBeCloseTo(0.5, 2);
  expect(averagePrecision(ranking)).toBeCloseTo(0.02, 3);
  // A mask of everything: 2 · 0.02 / (1 + 0.02).
  expect(bestDice(ranking)!.dice).toBeCloseTo(0.0392, 3);
});

describe('rates at an operating point', () => {
  it('are HealthyGAN’s table for migraine: 10 and 10 cases, recall 0.70, specificity 0.80, precision 0.78, F1 0.74', () => {
    const truths = Array.from({ length: 20 }, (_, i) => (i < 10 ? 1 : 0));
    const scores = truths.map((t, i) => (t ? (i < 7 ? 2 : 0) : i < 12 ? 2 : 0));
    const rates = ratesAt(rank(scores, truths), 1)!;
    expect([rates.recall, rates.specificity]).toEqual([0.7, 0.8]);
    expect([rates.precision!.toFixed(2), rates.f1!.toFixed(2)]).toEqual(['0.78', '0.74']);
  });

  it('are counts of what reaches the threshold, ties included; of no flag there is no precision', () => {
    for (const { scores, truths } of cases(40)) {
      const ranking = rank(scores, truths);
      for (const threshold of [-3, -1.5, 0, 1, 3, Number.POSITIVE_INFINITY]) {
        const flagged = scores.map((s) => s >= threshold);
        const count = (flag: boolean, truth: number) => flagged.filter((f, i) => f === flag && truths[i] === truth).length;
        const [hits, alarms, missed, passed] = [count(true, 1), count(true, 0), count(false, 1), count(false, 0)];
        const rates = ratesAt(ranking, threshold)!;
        expect(rates.recall).toBeCloseTo(hits / (hits + missed), 12);
        expect(rates.specificity).toBeCloseTo(passed / (passed + alarms), 12);
        if (hits + alarms === 0) expect(rates.precision).toBeNull();
        else expect(rates.precision).toBeCloseTo(hits / (hits + alarms), 12);
        expect(rates.f1).toBeCloseTo(hits / (hits + (alarms + missed) / 2), 12);
      }
    }
    expect(ratesAt(rank([1, 2], [1, 1]), 1)).toBeNull();
  });
});
