import { describe, expect, it } from 'vitest';
import type { Cleaned } from '../core/answers';
import { buildTables, cutAt, LEVELS } from '../core/cut';
import { cleanVolume } from '../core/morphology';
import type { Evaluation } from '../core/protocol';
import { USUAL_RULES } from '../core/rules';
import { type Cut, USUAL_CLEAN_UP } from './cut';
import { answers, countsOf, numbersOf, sided } from './derived';

const SIZE = 8;
const N = 3;
const unit = (i: number) => (Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 32;

/** Three slices of 8 × 8: two with an anomaly, one with an empty mask. */
const maps = Uint16Array.from({ length: N * SIZE * SIZE }, (_, i) => Math.floor(unit(i) * LEVELS));
const truths = Uint8Array.from({ length: maps.length }, (_, i) => (i < 2 * SIZE * SIZE && unit(i + 999) > 0.7 ? 1 : 0));
const masked = [true, true, true];
const evaluation = {
  run: 'a',
  scorer: 's',
  smooth: false,
  mapless: false,
  height: SIZE,
  width: SIZE,
  lo: 0,
  hi: 2,
  slices: masked.map(() => ({ masked: true })),
  maps,
  truths,
  images: new Uint8Array(maps.length).fill(1),
  tables: buildTables(maps, truths, masked, SIZE * SIZE),
  healthy: Uint32Array.from({ length: LEVELS }, (_, i) => i),
  healthyRanges: Uint16Array.of(1, 5, 2, 9),
  validation: null,
  metrics: { pixelAuroc: 0.9, pixelAveragePrecision: 0.5, imageAuc: 0.75, imageAucCi95: [0.6, 0.8] },
} as unknown as Evaluation;
const cut: Cut = { level: 3000, rule: 'hand', side: 'bright', clean: false, cleanUp: USUAL_CLEAN_UP, settings: USUAL_RULES };

describe('the dark side', () => {
  const dark = sided(evaluation, 'dark');

  it('has the numbers of the negated scores', () => {
    const direct = buildTables(
      maps.map((code) => LEVELS - 1 - code),
      truths,
      masked,
      SIZE * SIZE,
    );
    for (const level of [0, 1, 700, 3000, LEVELS - 1]) expect(cutAt(dark.tables, level)).toEqual(cutAt(direct, level));
    expect([dark.lo, dark.hi, dark.healthy[0], [...dark.healthyRanges]]).toEqual([-2, -0, LEVELS - 1, [4090, 4094, 4086, 4093]]);
  });

  it('turns rankings around, intervals included', () => {
    const { pixelAuroc, imageAuc, imageAucCi95 } = dark.metrics;
    expect([pixelAuroc, imageAuc, ...imageAucCi95!].map((v) => Number(v!.toFixed(9)))).toEqual([0.1, 0.25, 0.2, 0.4]);
  });

  it('is worked out once', () => {
    expect(sided(evaluation, 'dark')).toBe(dark);
    expect(sided(evaluation, 'bright')).toBe(evaluation);
  });
});

describe('numbers after clean-up', () => {
  const asked = { run: 'a', scorer: 's', smooth: false, side: 'bright', level: 3000, cleanUp: USUAL_CLEAN_UP, ask: 1 } as const;
  /** The worker's answer, from masks that stay as they are. */
  const cleaned = (level: number): Cleaned => {
    const { sliceFlagged } = cutAt(evaluation.tables, level);
    const flagged = cleanVolume(
      masked.map((_, s) => Uint8Array.from(maps.subarray(s * 64, (s + 1) * 64), (code) => (code >= level ? 1 : 0))),
      SIZE,
      SIZE,
      { ...USUAL_CLEAN_UP, opening: 0, closing: 0, minimum: 0, fillHoles: false },
    );
    const tally = (hit: boolean, inside: boolean) =>
      Uint32Array.from(flagged, (mask, s) => mask.reduce((n, v, i) => n + Number(!!v === hit && !!truths[s * 64 + i] === inside), 0));
    const before = cutAt(evaluation.tables, level);
    return {
      ...asked,
      slices: N,
      level,
      tp: tally(true, true),
      fp: tally(true, false),
      fn: tally(false, true),
      area: sliceFlagged.slice(),
      removed: 0,
      dice: { mean: before.meanDice, pooled: before.dice },
      diceBefore: { mean: before.meanDice, pooled: before.dice },
      seconds: 0,
    };
  };

  it('agree with the tables where clean-up changes nothing', () => {
    const after = numbersOf(evaluation, { ...cut, clean: true }, cleaned(3000));
    const before = { ...numbersOf(evaluation, cut, null) };
    for (const key of [
      'tp',
      'fp',
      'fn',
      'tn',
      'dice',
      'precision',
      'sensitivity',
      'falseAlarmRate',
      'sdDice',
      'area',
      'emptyArea',
    ] as const)
      expect(after[key], key).toBeCloseTo(before[key]!, 6);
    expect([...after.sliceDice]).toEqual([...before.sliceDice]);
    expect(after.approximate).toBe(false);
  });

  it('stand on the counts of the same masks', () => {
    const sums = (cleanUp: boolean, answer: Cleaned | null) =>
      (['tp', 'fp', 'fn'] as const).map((key) => Array.from(countsOf(evaluation, { ...cut, clean: cleanUp }, answer)[key]).slice(0, 2).reduce((a, b) => a + b)); // biome-ignore format: one line
    const { tp, fp, fn } = cutAt(evaluation.tables, 3000);
    expect(sums(false, cleaned(2000))).toEqual([tp, fp, fn]);
    expect(sums(true, null)).toEqual([tp, fp, fn]);
    const other = cutAt(evaluation.tables, 2000);
    expect(sums(true, cleaned(2000))).toEqual([other.tp, other.fp, other.fn]);
  });

  it('say so while they are about another cut, or not known', () => {
    expect(numbersOf(evaluation, { ...cut, clean: true, level: 3100 }, cleaned(3000)).approximate).toBe(true);
    expect(numbersOf(evaluation, { ...cut, clean: true }, null).approximate).toBe(true);
    expect(answers(cleaned(3000), evaluation, { ...cut, clean: true, side: 'dark' })).toBe(false);
    expect(answers({ ...cleaned(3000), scorer: 'other' }, evaluation, { ...cut, clean: true })).toBe(false);
  });
});
