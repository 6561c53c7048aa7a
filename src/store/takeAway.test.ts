import { expect, it } from 'vitest';
import type { Assessed } from '../core/answers';
import { buildTables, LEVELS } from '../core/cut';
import { NO_CLEAN_UP } from '../core/morphology';
import type { Evaluation } from '../core/protocol';
import { USUAL_RULES } from '../core/rules';
import { type Cut, USUAL_CLEAN_UP } from './cut';
import { rulesFor } from './derived';
import { besidesOf, metricsText } from './takeAway';

const maps = Uint16Array.from({ length: 128 }, (_, i) => (i * 32) % LEVELS);
const evaluation = {
  ...{ run: 'a', scorer: 'Rec-grad', smooth: true, mapless: false, update: 7, data: 'd', total: 2, height: 8, width: 8, lo: 0, hi: 2 },
  slices: [0, 1].map((label) => ({ masked: true, label, group: `p${label}`, score: label })),
  ...{ maps, truths: maps.map((code) => Number(code > 3000)), images: new Uint8Array(128).fill(1) },
  tables: buildTables(
    maps,
    Uint8Array.from(maps, (code) => Number(code > 3000)),
    [true, true],
    64,
  ),
  ...{
    healthy: new Uint32Array(LEVELS),
    healthyRanges: new Uint16Array(0),
    validation: null,
    metrics: { pixelAuroc: 0.9, pixelAveragePrecision: 0.8, threshold: 0.3, dice: 0.2, thresholdRule: 'Valley' },
    baselines: {},
    notes: [],
  },
} as unknown as Evaluation;
const cut = { level: 2730, rule: 'hand', side: 'bright', clean: false, cleanUp: USUAL_CLEAN_UP, settings: USUAL_RULES } as Cut;
const numbersOf = (one: Partial<Cut>) => JSON.parse(metricsText(evaluation, { ...cut, ...one }, null));
const decisionOf = (one: Partial<Cut>) => JSON.parse(metricsText(evaluation, { ...cut, ...one }, null)).decision;

it('writes the threshold as a score with its rule, its side and the clean-up', () => {
  const hand = decisionOf({});
  expect(hand).toMatchObject({ rule: 'hand', ruleTitle: 'by hand', side: 'bright', usesLabels: false, cleanUpWords: 'none' });
  expect(hand.threshold).toBeCloseTo((2 * 2730) / 4095, 12);
  expect(hand.flagged).toBe(`score >= ${hand.threshold}`);
  const flagged = maps.filter((code) => (2 * code) / 4095 >= hand.threshold).length;
  expect(hand.numbers.tp + hand.numbers.fp).toBe(flagged);
  const best = rulesFor(evaluation, 'bright', USUAL_RULES).find(({ rule }) => rule === 'bestDice')!;
  expect(decisionOf({ rule: 'bestDice', level: best.level! })).toMatchObject({
    ruleTitle: best.title,
    usesLabels: true,
    numbers: { dice: 1, maskProblem: null },
  });
  expect(decisionOf({ level: 0 }).numbers.maskProblem).toMatch(/^The mask holds 100\u00a0% of all pixels/);
  const whole = JSON.parse(metricsText(evaluation, null, null));
  expect(whole).toMatchObject({ decision: null, unit: 'score of Rec-grad, smoothed by a 7 × 7 Gaussian', range: { lo: 0, hi: 2 } });
});

it('has intervals, lesions and AUPRO of this very cut, and none of another', () => {
  const assessed = {
    ...{ run: 'a', scorer: 'Rec-grad', smooth: true, slices: 2, side: 'bright', level: 2730, cleanUp: NO_CLEAN_UP },
    ...{ diceCi95: { slice: [0.1, 0.2], patient: [0.3, 0.4], pooled: [0.5, 0.6] }, patients: 2, aupro: 0.7 },
    detection: { found: 3, missed: 1, falseRegions: 4, images: 2 },
  } as unknown as Assessed;
  const decided = (answer: Assessed) => JSON.parse(metricsText(evaluation, cut, null, answer)).decision;
  const { diceCi95, patients, aupro, detection } = assessed;
  expect(decided(assessed)).toMatchObject({ diceCi95, patients, aupro, lesions: detection });
  for (const other of [{ level: 2731 }, { side: 'dark' }, { scorer: 'KL-grad' }, { cleanUp: USUAL_CLEAN_UP }])
    expect(decided({ ...assessed, ...other } as Assessed)).not.toHaveProperty('aupro');
});

it('turns a dark cut around, and gives no numbers of a clean-up that is not counted yet', () => {
  const dark = decisionOf({ side: 'dark', level: 4095 - 1000, clean: true });
  expect(dark.threshold).toBeCloseTo((2 * 1001) / 4095, 12);
  expect(dark.flagged).toBe(`score < ${dark.threshold}`);
  expect(dark.cleanUpWords).toContain('opening with 3 × 3 pixels');
  expect(dark.numbers).toBeNull();
  expect(decisionOf({ level: 0 })).toMatchObject({ threshold: null, flagged: 'every pixel' });
});

it('says every number of the decision, and none of another threshold or side', () => {
  const { side, metrics, decision } = numbersOf({});
  expect({ side, ...metrics }).toMatchObject({ side: 'bright', pixelAuroc: 0.9, threshold: decision.threshold, thresholdRule: 'by hand' });
  const { numbers } = decision;
  expect(metrics.dice).toBe(numbers.dice);
  const { tp, fp, fn, tn } = numbers;
  expect(numbers).toMatchObject({ precision: tp / (tp + fp), sensitivity: tp / (tp + fn), specificity: tn / (tn + fp), f1: numbers.dice });
  expect(numbers.images).toMatchObject({ tp: 1, fp: 0, fn: 0, tn: 1, specificity: 1, sensitivity: 1 });
  // One patient alone has an anomaly.
  expect(numbers.patientDice).toBeCloseTo(numbers.dice, 12);
  const dark = numbersOf({ side: 'dark', level: 4095 - 1000 });
  expect(dark.side).toBe('dark');
  expect(dark.decision.numbers.images).toMatchObject({ tp: 0, fp: 1, fn: 1, tn: 0 });
  expect(dark.metrics.pixelAuroc).toBeCloseTo(0.1, 12);
  expect(dark.metrics).toMatchObject({ threshold: dark.decision.threshold, dice: dark.decision.numbers.dice });
  // Dark anomalies are below the threshold of best Dice, in the slice that has any.
  const own = Array.from(maps.subarray(64));
  const below = own.filter((code) => (2 * code) / 4095 < dark.metrics.bestDiceThreshold);
  const hits = below.filter((code) => code > 3000).length;
  const flagged = below.length;
  const truth = own.filter((code) => code > 3000).length;
  expect(dark.metrics.bestDice).toBeCloseTo((2 * hits) / (flagged + truth), 12);
});

it('gives a capsule of a kept row the numbers of what was decided', () => {
  const row = { decided: { side: 'dark', level: 4095 - 1000, cleanUp: NO_CLEAN_UP, rule: 'otsu', ruleTitle: 'Otsu' } } as const;
  const files = besidesOf(row, evaluation);
  const whole = JSON.parse(files.find(({ path }) => path === 'metrics.json')!.text);
  const { rule, ruleTitle, side, numbers, threshold } = whole.decision;
  const shown = numbersOf({ side: 'dark', level: 4095 - 1000 });
  expect([rule, ruleTitle, side, threshold, numbers]).toEqual(['otsu', 'Otsu', 'dark', shown.decision.threshold, shown.decision.numbers]);
  expect(files.find(({ path }) => path === 'figures/roc-pixels.svg')!.text).toContain('low scores anomalous');
  const washed = besidesOf({ decided: { ...row.decided, cleanUp: USUAL_CLEAN_UP } }, evaluation).at(-1)!;
  expect(JSON.parse(washed.text).decision.numbers).toBeNull();
  expect(JSON.parse(besidesOf({}, evaluation).at(-1)!.text)).toMatchObject({ decision: null, side: 'bright', metrics: { threshold: 0.3 } });
});
