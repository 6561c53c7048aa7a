import { describe, expect, it } from 'vitest';
import { buildTables, codeOf, countsAt, curves, cutAt, LEVELS, quantise, scoreOf } from './cut';
import { codeHistogram, rebin, shareBelow } from './histogram';
import { confusion, dice, falseAlarmRate, precision, sensitivity } from './overlap';
import { Random } from './random';
import { auroc, bestDice as bestDiceOf, rank } from './ranking';
import { bestDice, healthyQuantile, otsu, youden } from './threshold';

const SIZE = 60;
/** Six slices of 60 pixels: 0, 2 and 5 with an anomaly, 1 with an empty mask, 3 and 4 without a mask. Codes collide often. */
const masked = [true, true, true, false, false, true];
const random = new Random(11);
const maps = Uint16Array.from({ length: 6 * SIZE }, () => (random.uniform() < 0.2 ? random.below(LEVELS) : 16 * random.below(40)));
const truths = Uint8Array.from(maps, (code, i) =>
  [0, 2, 5].includes(Math.floor(i / SIZE)) && random.uniform() < 0.05 + code / 8000 ? 1 : 0,
);
truths.fill(1, 3 * SIZE, 4 * SIZE);
const tables = buildTables(maps, truths, masked, SIZE);
const levels = [0, 1, LEVELS - 1, ...Array.from({ length: 200 }, () => random.below(random.uniform() < 0.5 ? 700 : LEVELS))];
const part = <T extends Uint8Array | Uint16Array>(array: T, slices: number[]) =>
  slices.flatMap((slice) => Array.from(array.subarray(slice * SIZE, (slice + 1) * SIZE)));
const pooled = [part(maps, [0, 2, 5]), part(truths, [0, 2, 5])] as const;

describe('codes', () => {
  it('code ≥ level says value ≥ scoreOf(level), exactly', () => {
    const [lo, hi] = [-0.37, 1.91];
    const map = Float32Array.from({ length: 3000 }, () => random.between(lo, hi));
    map.set([hi, lo, 5, -5, Math.fround(scoreOf(77, lo, hi))]);
    const codes = quantise(map, lo, hi);
    for (const level of levels.filter((l) => l > 0)) {
      const edge = scoreOf(level, lo, hi);
      expect(codes.filter((code, i) => code >= level !== map[i] >= edge)).toHaveLength(0);
    }
  });
  it('ends are exact, and codeOf undoes scoreOf', () => {
    expect([scoreOf(0, 0.1, 0.7), scoreOf(LEVELS - 1, 0.1, 0.7)]).toEqual([0.1, 0.7]);
    for (const level of levels) expect(codeOf(scoreOf(level, -3, 11.3), -3, 11.3)).toBe(level);
    expect([codeOf(-9, 0, 1), codeOf(9, 0, 1), codeOf(Number.NaN, 0, 1), codeOf(1, 1, 1)]).toEqual([0, LEVELS - 1, 0, 0]);
  });
  it('NaN, values outside and a flat range have a place', () => {
    expect(Array.from(quantise(Float32Array.of(Number.NaN, -1, 2, 0.5), 0, 1))).toEqual([0, 0, LEVELS - 1, 2047]);
    expect(Array.from(quantise(Float32Array.of(1, 1), 1, 1))).toEqual([0, 0]);
  });
});

describe('cutAt', () => {
  it('equals brute force at random levels', () => {
    for (const level of levels) {
      const cut = cutAt(tables, level);
      const counts = confusion(pooled[0], pooled[1], level);
      expect(cut).toMatchObject(counts);
      expect(cut.dice).toBeCloseTo(dice(counts), 12);
      expect(cut.precision).toBe(precision(counts));
      expect(cut.sensitivity).toBe(sensitivity(counts));
      expect(cut.falseAlarmRate).toBe(falseAlarmRate(counts));
      const own = [0, 2, 5].map((slice) => dice(confusion(part(maps, [slice]), part(truths, [slice]), level)));
      const mean = (own[0] + own[1] + own[2]) / 3;
      expect(cut.meanDice).toBeCloseTo(mean, 12);
      expect(cut.sdDice).toBeCloseTo(Math.sqrt(own.reduce((s, d) => s + (d - mean) ** 2, 0) / 2), 12);
      expect(Array.from(cut.sliceDice)).toEqual([own[0], Number.NaN, own[1], Number.NaN, Number.NaN, own[2]].map(Math.fround));
      const flagged = (slices: number[]) => part(maps, slices).filter((code) => code >= level).length;
      expect(Array.from(cut.sliceFlagged)).toEqual([0, 1, 2, 3, 4, 5].map((slice) => flagged([slice])));
      expect(cut.area).toBeCloseTo(flagged([0, 1, 2, 3, 4, 5]) / (6 * SIZE), 12);
      expect(cut.emptyArea).toBe(flagged([1]) / SIZE);
      expect(cut.emptyShare).toBe(flagged([0, 1, 2, 5]) ? flagged([1]) / flagged([0, 1, 2, 5]) : null);
    }
  });
  it('counts by slice what brute force counts', () => {
    for (const level of levels.slice(0, 40)) {
      const { tp, fp, fn } = countsAt(tables, level);
      masked.forEach((known, slice) => {
        const counts = known ? confusion(part(maps, [slice]), part(truths, [slice]), level) : { tp: 0, fp: 0, fn: 0 };
        expect(counts).toMatchObject({ tp: tp[slice], fp: fp[slice], fn: fn[slice] });
      });
    }
  });
  it('writes into the buffers of the last result', () => {
    const last = cutAt(tables, 100);
    const next = cutAt(tables, 300, last);
    expect(next.sliceDice).toBe(last.sliceDice);
    expect(next).toEqual(cutAt(tables, 300));
  });
  it('without masks keeps the area and nulls the rest', () => {
    const cut = cutAt(buildTables(maps, truths, Array(6).fill(false), SIZE), 200);
    expect(cut).toMatchObject({ dice: null, precision: null, sensitivity: null, falseAlarmRate: null, meanDice: null, sdDice: null });
    expect(cut).toMatchObject({ emptyArea: null, emptyShare: null, area: cutAt(tables, 200).area });
    expect(cutAt(buildTables(new Uint16Array(0), new Uint8Array(0), [], SIZE), 0)).toMatchObject({ area: null, dice: null });
  });
  it('counts slices of more than 65,535 pixels', () => {
    const size = 70_000;
    const cut = cutAt(buildTables(new Uint16Array(size).fill(9), new Uint8Array(size).fill(1), [true], size), 9);
    expect(cut).toMatchObject({ tp: size, fp: 0, dice: 1, meanDice: 1, sdDice: null, falseAlarmRate: null });
  });
  it('refuses arrays that do not fit', () => {
    expect(() => buildTables(maps, truths, [true], SIZE)).toThrow('1 slices of 60 pixels');
  });
});

describe('curves', () => {
  it('pass through the numbers of cutAt, and the ROC has the area of the ranked pixels', () => {
    const lines = curves(tables)!;
    for (const level of levels) {
      const cut = cutAt(tables, level);
      expect(lines.dice[level]).toBe(Math.fround(cut.dice!));
      expect(lines.sensitivity[level]).toBe(Math.fround(cut.sensitivity!));
      expect(lines.falseAlarmRate[level]).toBe(Math.fround(cut.falseAlarmRate!));
      expect(lines.precision[level]).toBe(Math.fround(cut.precision ?? Number.NaN));
    }
    expect(lines.sampledLevels).toHaveLength(256);
    lines.sampledLevels.forEach((level, i) => {
      expect(lines.meanDice[i]).toBe(Math.fround(cutAt(tables, level).meanDice!));
      expect(lines.sdDice[i]).toBe(Math.fround(cutAt(tables, level).sdDice!));
    });
    let area = 0;
    let [x, y] = [0, 0];
    for (let level = LEVELS - 1; level >= 0; level--) {
      area += ((lines.falseAlarmRate[level] - x) * (lines.sensitivity[level] + y)) / 2;
      [x, y] = [lines.falseAlarmRate[level], lines.sensitivity[level]];
    }
    expect(area).toBeCloseTo(auroc(rank(...pooled))!, 6);
  });
  it('are absent without an anomaly', () => {
    expect(curves(buildTables(maps, truths, [false, true, false, false, false, false], SIZE))).toBeNull();
  });
});

describe('rules', () => {
  const counts = codeHistogram(maps, null);

  it('the healthy quantile is the lowest level that few enough pixels reach', () => {
    for (const rate of [0, 0.01, 0.05, 0.5, 1]) {
      const { level, usesLabels } = healthyQuantile(counts, rate);
      const reaching = (at: number) => maps.filter((code) => code >= at).length / maps.length;
      expect(reaching(level!)).toBeLessThanOrEqual(rate);
      if (level! > 0) expect(reaching(level! - 1)).toBeGreaterThan(rate);
      expect(usesLabels).toBe(false);
    }
    expect(healthyQuantile(counts, 0.01).reason).toBe('At most 1 % of healthy pixels pass.');
  });
  it('the healthy quantile says when the highest score is too common, or nothing is healthy', () => {
    const top = new Uint32Array(LEVELS);
    top.set([50, 50], LEVELS - 2);
    expect(healthyQuantile(top, 0.01)).toMatchObject({
      level: LEVELS - 1,
      reason: 'Even the highest score is reached by 50 % of healthy pixels.',
    });
    expect(healthyQuantile(new Uint32Array(LEVELS), 0.01).level).toBeNull();
  });
  it('Otsu cuts in the middle of the gap, and not through one value', () => {
    const two = new Uint32Array(LEVELS);
    two[100] = 30;
    two[301] = 10;
    expect(otsu(two).level).toBe(201);
    const one = new Uint32Array(LEVELS);
    one[100] = 30;
    expect(otsu(one)).toMatchObject({ level: null, reason: 'All scores are alike, so they do not fall into two groups.' });
  });
  it('Otsu has the largest between-class variance of all levels', () => {
    const between = (level: number) => {
      const [low, high] = [Array.from(maps).filter((c) => c < level), Array.from(maps).filter((c) => c >= level)];
      const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
      return low.length && high.length ? low.length * high.length * (mean(low) - mean(high)) ** 2 : 0;
    };
    const best = between(otsu(counts).level!);
    for (let level = 1; level < LEVELS; level += 7) expect(between(level)).toBeLessThanOrEqual(best * (1 + 1e-12));
  });
  it('the fitted rules find the optimum and say that they use labels', () => {
    const oracle = bestDice(tables);
    expect(cutAt(tables, oracle.level!).dice).toBeCloseTo(bestDiceOf(rank(...pooled))!.dice, 12);
    const j = (level: number) => cutAt(tables, level).sensitivity! - cutAt(tables, level).falseAlarmRate!;
    const best = j(youden(tables).level!);
    for (const level of levels) expect(j(level)).toBeLessThanOrEqual(best + 1e-12);
    expect([oracle.usesLabels, youden(tables).usesLabels]).toEqual([true, true]);
    const unmasked = buildTables(maps, truths, Array(6).fill(false), SIZE);
    for (const rule of [youden, bestDice])
      expect(rule(unmasked)).toMatchObject({ level: null, reason: 'No mask with an anomaly here to fit on.' });
  });
});

describe('histograms', () => {
  it('count codes, only above 0 where images are given, and rebin without losing any', () => {
    const images = Uint8Array.from(maps, () => random.below(2));
    const histogram = codeHistogram(maps, images);
    expect(histogram[maps[images.indexOf(1)]]).toBeGreaterThan(0);
    const total = images.reduce((a, b) => a + b, 0);
    expect(rebin(histogram).reduce((a, b) => a + b, 0)).toBe(total);
    expect(rebin(histogram)).toHaveLength(256);
    expect(rebin(histogram)[1]).toBe(histogram.subarray(16, 32).reduce((a, b) => a + b, 0));
    expect(() => rebin(histogram, 1000)).toThrow('do not fall into');
  });
  it('give the share below a level', () => {
    const histogram = codeHistogram(maps, null);
    expect(shareBelow(histogram, 200)).toBe(maps.filter((code) => code < 200).length / maps.length);
    expect(shareBelow(histogram, 0)).toBe(0);
    expect(shareBelow(new Uint32Array(LEVELS), 5)).toBeNull();
  });
});
