import { describe, expect, it } from 'vitest';
import { type Measured, measure } from './metrics';
import { confusion, dice } from './overlap';
import { Random } from './random';
import { auroc, averagePrecision, bestDice, rank } from './ranking';

/** Four 3 × 4 slices: two with an anomaly, one with an empty mask, one without a mask. */
function example(): Measured {
  const random = new Random(3);
  const pixels = 4 * 12;
  const images = Float32Array.from({ length: pixels }, () => (random.uniform() < 0.3 ? 0 : random.uniform()));
  const truths = new Uint8Array(pixels);
  truths.set([1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0], 0);
  truths.set([0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], 24);
  truths.fill(1, 36);
  return {
    maps: Float32Array.from({ length: pixels }, () => random.below(8) / 8),
    truths,
    images,
    masked: [true, true, true, false],
    labels: [1, 0, 1, 0],
    scores: [0.9, 0.4, 0.3, 0.1],
    height: 3,
    width: 4,
    threshold: 0.5,
    thresholdRule: 'test',
  };
}

describe('measure', () => {
  it('stands on the slices that hold an anomaly, background included, and in brain beside it', () => {
    const set = example();
    const metrics = measure(set);
    const keep = Array.from({ length: 48 }, (_, i) => i).filter((i) => i < 12 || (i >= 24 && i < 36));
    const pick = (at: number[]) =>
      rank(
        Float32Array.from(at, (i) => set.maps![i]),
        Uint8Array.from(at, (i) => set.truths[i]),
      );
    const ranking = pick(keep);
    expect(metrics.pixelSlices).toBe(2);
    expect(metrics.pixelAuroc).toBe(auroc(ranking));
    expect(metrics.pixelAurocInBrain).toBe(auroc(pick(keep.filter((i) => set.images[i] > 0))));
    expect(metrics.pixelAveragePrecision).toBe(averagePrecision(ranking));
    expect({ dice: metrics.bestDice, threshold: metrics.bestDiceThreshold }).toEqual(bestDice(ranking));
    const counts = confusion(
      keep.map((i) => set.maps![i]),
      keep.map((i) => set.truths[i]),
      0.5,
    );
    expect(metrics.dice).toBe(dice(counts));
    expect(metrics).toMatchObject({ threshold: 0.5, thresholdRule: 'test', imageAuc: 0.75, imageSlices: 4, why: {} });
    expect(metrics.imageAucCi95![0]).toBeGreaterThanOrEqual(0);
    expect(metrics.imageAucCi95![1]).toBe(1);
  });

  it('ranks only labelled slices', () => {
    expect(measure({ ...example(), labels: [1, null, null, 0] })).toMatchObject({
      imageAuc: 1,
      imageAucCi95: null,
      imageSlices: 2,
      why: { imageAucCi95: 'An interval needs at least two slices of each class.' },
    });
  });

  const pixelKeys = ['pixelAuroc', 'pixelAurocInBrain', 'pixelAveragePrecision', 'bestDice', 'bestDiceThreshold', 'dice'] as const;
  const noPixels: [string, Partial<Measured>, string][] = [
    ['no masks', { masked: [false, false, false, false] }, 'No masks here, so no pixel can be called right or wrong.'],
    ['empty masks', { masked: [false, true, false, false] }, 'All masks are empty, so there is no anomaly to find.'],
    ['no map', { maps: null }, 'This score gives one number a slice and no map.'],
    ['NaN in a map', { maps: new Float32Array(48).fill(Number.NaN) }, 'The map holds values that are not numbers.'],
  ];
  it.each(noPixels)('%s: null with the reason, image numbers stay', (_, change, reason) => {
    const metrics = measure({ ...example(), ...change });
    for (const key of pixelKeys) {
      expect(metrics[key]).toBeNull();
      expect(metrics.why[key]).toBe(reason);
    }
    expect(metrics.imageAuc).toBe(0.75);
  });

  it('says when pixels cannot be ranked', () => {
    const flat = measure({ ...example(), maps: new Float32Array(48) });
    expect(flat).toMatchObject({ pixelAuroc: null, pixelAurocInBrain: null, pixelAveragePrecision: null });
    expect(flat.why.pixelAuroc).toBe('All pixels have the same score, so none ranks above another.');
    const everything = measure({ ...example(), truths: new Uint8Array(48).fill(1) });
    expect(everything).toMatchObject({ pixelAuroc: null, bestDice: 1, why: { pixelAuroc: 'undefined: only one class' } });
    const dark = measure({ ...example(), images: new Float32Array(48) });
    expect(dark).toMatchObject({ pixelAurocInBrain: null, why: { pixelAurocInBrain: 'undefined: only one class' } });
    expect(dark.pixelAuroc).not.toBeNull();
  });

  const noImages: [string, Partial<Measured>, string][] = [
    ['no labels', { labels: [null, null, null, null] }, 'No labels here, so no slice can be called normal or anomalous.'],
    ['one class', { labels: [1, 1, null, null] }, 'undefined: only one class'],
    ['lost scores', { scores: [1, Number.NaN, 0, 2] }, '1 of 4 labelled slices have no score.'],
    ['equal scores', { scores: [1, 1, 1, 1] }, 'All slices have the same score, so none ranks above another.'],
  ];
  it.each(noImages)('%s: no image AUC, with the reason, pixel numbers stay', (_, change, reason) => {
    const metrics = measure({ ...example(), ...change });
    expect(metrics).toMatchObject({ imageAuc: null, imageAucCi95: null, why: { imageAuc: reason, imageAucCi95: reason } });
    expect(metrics.pixelAuroc).not.toBeNull();
  });

  it('gives no Dice without a threshold, and no interval where it would have no width', () => {
    expect(measure({ ...example(), threshold: null })).toMatchObject({
      dice: null,
      threshold: null,
      why: { dice: 'No threshold was chosen.', threshold: 'No threshold was chosen.' },
    });
    expect(measure({ ...example(), scores: [4, 1, 3, 2] }).why.imageAucCi95).toContain('no width');
  });

  it('does not depend on the order of the slices, nor do ranks on the unit of the scores', () => {
    const one = example();
    const order = [2, 0, 3, 1];
    const pixels = <T extends Float32Array | Uint8Array>(all: T) => all.map((_, i) => all[12 * order[Math.floor(i / 12)] + (i % 12)]) as T;
    const list = <T>(all: ArrayLike<T>) => order.map((slice) => all[slice]);
    const { maps, truths, images, masked, labels, scores } = one;
    const jumbled = {
      ...{ maps: pixels(maps!), truths: pixels(truths), images: pixels(images) },
      ...{ masked: list(masked), labels: list(labels), scores: list(scores) },
    };
    expect(measure({ ...one, ...jumbled })).toEqual(measure(one));
    // Exact in float32, so that what was tied stays tied and nothing else becomes so.
    const stretched = {
      maps: maps!.map((v) => v * v * v - 4),
      scores: Array.from(scores, (v) => Math.exp(3 * v)),
      threshold: 0.5 ** 3 - 4,
    };
    const { bestDiceThreshold, threshold, ...ranks } = measure(one);
    expect(measure({ ...one, ...stretched })).toMatchObject({ ...ranks, bestDiceThreshold: bestDiceThreshold! ** 3 - 4 });
    expect(threshold).toBe(0.5);
  });

  it('works on a test set of nothing', () => {
    const nothing = {
      maps: new Float32Array(0),
      truths: new Uint8Array(0),
      images: new Float32Array(0),
      masked: [],
      labels: [],
      scores: [],
    };
    expect(measure({ ...example(), ...nothing })).toMatchObject({ pixelAuroc: null, imageAuc: null, pixelSlices: 0, imageSlices: 0 });
  });

  it('refuses arrays that do not fit', () => {
    expect(() => measure({ ...example(), truths: new Uint8Array(5) })).toThrow('4 slices of 3 × 4');
    expect(() => measure({ ...example(), scores: [1] })).toThrow('4 slices');
  });
});
