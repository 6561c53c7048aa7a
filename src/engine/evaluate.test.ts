/** From scores to what Decide shows, with a scorer whose map is known: x². */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { meanReference, measureBaselines } from '../core/baselines';
import { buildTables, LEVELS, quantise, scoreOf } from '../core/cut';
import { NO_MAP } from '../core/metrics';
import { PAPER_RECIPE } from '../core/recipe';
import type { ModelSpec, ScorerSpec, Slice } from '../core/types';
import { type EvaluationHooks, type EvaluationInput, evaluate, gather, spread } from './evaluate';
import { counting, madeSlice, madeSlices } from './testRun';

const ALWAYS: EvaluationHooks = { cancelled: () => false, progress: () => {} };
const SIZE = 32 * 32;

const scorer = (id: string, more: Partial<ScorerSpec> = {}): ScorerSpec => ({ id, about: 'Made up.', smooth: false, ...more });
const SQUARE = scorer('square');
const BOTH = scorer('both', { combines: ['square', 'level'] });
const spec = { input: 'unit', scorers: [SQUARE, scorer('level'), scorer('slow', { iterative: true }), BOTH] } as unknown as ModelSpec;

/** Two slices a patient, one of them with a lesion. */
const patients = (n: number): Slice[] =>
  Array.from({ length: 2 * n }, (_, k) => madeSlice(k, { group: `patient ${k >> 1}`, truth: true, label: k % 2 === 0 ? 1 : 0 }));

const TEST = patients(20);
const REFERENCE = madeSlices(140, 500);

const input = (more: Partial<EvaluationInput> = {}): EvaluationInput => ({
  run: 'r1',
  update: 7,
  trainer: counting(),
  spec,
  scorer: SQUARE,
  smooth: false,
  test: TEST,
  reference: REFERENCE,
  validation: [],
  seed: 1,
  ...more,
});

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('evaluate', () => {
  it('fits rules that use labels on the validation masks, where one holds an anomaly', async () => {
    const test = TEST.slice(0, 4);
    const of = async (validation: Slice[]) => (await evaluate(input({ test, validation }), ALWAYS))!.evaluation;
    const validation = patients(5).slice(2);
    const { lo, hi, validation: sums, notes } = await of([...validation, madeSlice(900, {})]);
    const { images, truths, masked } = gather(validation);
    const codes = quantise(
      images.map((v) => Math.fround(v * v)),
      lo,
      hi,
    );
    const { overTruth, overAnomalous, overEmpty } = buildTables(codes, truths, masked, SIZE);
    expect(sums).toEqual({ overTruth, overAnomalous, overEmpty });
    expect(notes).toContain(`Rules that use labels are fitted on ${validation.length} validation slices, not on the test set.`);
    for (const none of [[], [madeSlice(900, {})]]) {
      const without = await of(none);
      expect(without.validation).toBeNull();
      expect(without.notes.join()).not.toContain('validation');
    }
  });

  it('keeps the scores of labelled validation slices, where both classes are there', async () => {
    const test = TEST.slice(0, 4);
    const labelled = [1, 0, 1].map((label, k) => madeSlice(800 + k, { label: label as 0 | 1 }));
    const of = async (validation: Slice[]) => (await evaluate(input({ test, validation }), ALWAYS))!.evaluation;
    const { validationImages, validation, notes } = await of([...labelled, madeSlice(900, {})]);
    const scores = (await evaluate(input({ test: labelled }), ALWAYS))!.evaluation.slices.map(({ score, label }) => ({ score, label }));
    expect(validationImages).toEqual(scores);
    expect(validation).toBeNull();
    expect(notes).toContain('Operating points of slice scores are fitted on 3 validation slices, not on the test set.');
    for (const none of [[], labelled.slice(0, 1)]) expect((await of(none)).validationImages).toBeNull();
  });

  it('keeps the range of codes of every healthy slice', async () => {
    const { evaluation } = (await evaluate(input({ reference: REFERENCE.slice(0, 3) }), ALWAYS))!;
    const { lo, hi, healthyRanges } = evaluation;
    const expected = REFERENCE.slice(0, 3).flatMap(({ pixels }) => {
      const inside = pixels.filter((v) => v > 0);
      const ends = [inside.reduce((a, b) => Math.min(a, b)), inside.reduce((a, b) => Math.max(a, b))];
      return [...quantise(Float32Array.from(ends, (v) => v * v), lo, hi)]; // biome-ignore format: one line
    });
    expect([...healthyRanges]).toEqual(expected);
  });

  it('gives codes, range and slice scores that agree with the raw maps', async () => {
    const { evaluation, slices, ...raw } = (await evaluate(input(), ALWAYS))!;
    const maps = raw.maps!;
    expect(slices).toEqual(TEST);
    const { images } = gather(TEST);
    expect(maps.reduce((worst, v, i) => Math.max(worst, Math.abs(v - images[i] ** 2)), 0)).toBeLessThan(1e-6);
    expect([evaluation.lo, evaluation.hi]).toEqual([maps.reduce((a, b) => Math.min(a, b)), maps.reduce((a, b) => Math.max(a, b))]);
    const { lo, hi } = evaluation;
    let wrong = 0;
    evaluation.maps.forEach((code, i) => {
      const below = scoreOf(code, lo, hi) <= maps[i] || code === 0;
      const above = code === LEVELS - 1 || maps[i] < scoreOf(code + 1, lo, hi);
      if (!below || !above) wrong++;
    });
    expect(wrong).toBe(0);
    evaluation.slices.forEach((slice, k) => {
      expect(slice).toMatchObject({ name: TEST[k].name, group: TEST[k].group, label: TEST[k].label, masked: true });
      expect(slice.score).toBeCloseTo(maps.subarray(k * SIZE, (k + 1) * SIZE).reduce((a, b) => a + b, 0) / SIZE, 5);
    });
    expect([evaluation.total, evaluation.slices.length, evaluation.height, evaluation.width]).toEqual([40, 40, 32, 32]);
    expect(evaluation.images[40]).toBe(Math.round(255 * images[40]));
    expect(evaluation.images.every((byte, i) => byte > 0 === images[i] > 0)).toBe(true);
  });

  it('cuts where one healthy pixel in a hundred passes, and its Dice is that of the mask', async () => {
    const { evaluation, ...raw } = (await evaluate(input(), ALWAYS))!;
    const maps = raw.maps!;
    const { threshold, dice, bestDice, pixelSlices } = evaluation.metrics;
    const sample = gather(spread(REFERENCE, 128));
    const healthy = sample.images.filter((v) => v > 0);
    expect(evaluation.healthy.reduce((a, b) => a + b, 0)).toBe(healthy.length);
    const passing = (at: number) => healthy.reduce((n, v) => n + (Math.fround(v * v) >= at ? 1 : 0), 0) / healthy.length;
    expect(passing(threshold!)).toBeLessThanOrEqual(0.01);
    // One level lower too many pass: the threshold is the lowest that keeps the rule.
    expect(passing(threshold! - (evaluation.hi - evaluation.lo) / (LEVELS - 1))).toBeGreaterThan(0.01);
    let [both, flagged, truth] = [0, 0, 0];
    TEST.forEach((slice, k) => {
      if (slice.label !== 1) return;
      slice.truth!.forEach((t, i) => {
        const cut = maps[k * SIZE + i] >= threshold! ? 1 : 0;
        both += cut & t;
        flagged += cut;
        truth += t;
      });
    });
    expect(dice).toBeCloseTo((2 * both) / (flagged + truth), 10);
    expect(dice).toBeGreaterThan(0);
    expect(bestDice).toBeGreaterThanOrEqual(dice!);
    expect(pixelSlices).toBe(20);
    expect(evaluation.notes.join(' ')).toContain('128 reference slices');
  });

  /** A trainer whose scores are the batch's means, put through `change`; no map. */
  const verdicts = (change: (means: tf.Tensor1D) => tf.Tensor1D) =>
    Object.assign(counting(), {
      *score(x: tf.Tensor4D) {
        return { scores: tf.tidy(() => change(tf.mean(x, [1, 2, 3]))), views: {} };
      },
    });
  const VERDICT = scorer('verdict', { mapless: true });

  it('takes a score without a map: image numbers, no pixel numbers, no threshold', async () => {
    const { evaluation, maps } = (await evaluate(input({ trainer: verdicts((means) => means), scorer: VERDICT }), ALWAYS))!;
    const { metrics } = evaluation;
    expect(maps).toBeNull();
    expect([evaluation.lo, evaluation.hi, evaluation.maps.some((code) => code > 0), metrics.threshold]).toEqual([0, 0, false, null]);
    expect([metrics.thresholdRule, metrics.why.pixelAuroc]).toEqual([NO_MAP, NO_MAP]);
    const { images } = gather(TEST);
    const mean = (k: number) => images.subarray(k * SIZE, (k + 1) * SIZE).reduce((a, b) => a + b, 0) / SIZE;
    const means = TEST.map((_, k) => mean(k));
    evaluation.slices.forEach(({ score }, k) => {
      expect(score).toBeCloseTo(means[k], 5);
    });
    const wins = means.filter((_, k) => TEST[k].label === 1).flatMap((a) => means.filter((_, k) => TEST[k].label === 0).map((b) => (a > b ? 1 : 0))); // biome-ignore format: one line
    expect(metrics.imageAuc).toBeCloseTo(wins.reduce((a: number, b) => a + b, 0) / wins.length, 10);
  });

  it('leaves a slice without a score out of the image numbers, and says so', async () => {
    const without = await evaluate(input({ trainer: verdicts((means) => means), scorer: VERDICT, test: TEST.slice(1) }), ALWAYS);
    const lost = verdicts((means) => tf.where(tf.equal(tf.range(0, means.size), 0), Number.NaN, means));
    const { evaluation } = (await evaluate(input({ trainer: lost, scorer: VERDICT, test: TEST.slice(0, 32) }), ALWAYS))!;
    expect(evaluation.notes.join(' ')).toContain('1 of 32 slices have no score');
    expect(evaluation.slices[0].score).toBeNaN();
    expect(evaluation.metrics.imageSlices).toBe(31);
    expect(without!.evaluation.notes.join(' ')).not.toContain('have no score');
  });

  it('puts the baselines of the same slices beside it', async () => {
    const { evaluation } = (await evaluate(input(), ALWAYS))!;
    const set = { ...gather(TEST), height: 32, width: 32, brains: TEST.map((s) => s.brain) };
    expect(evaluation.baselines).toEqual(measureBaselines(set, meanReference(REFERENCE)));
    expect(Object.keys(evaluation.baselines)).toEqual(expect.arrayContaining(['raw', 'rawZ', 'absMean', 'absMeanSmooth']));
    // x² ranks pixels as x does.
    expect(evaluation.baselines.raw.pixelAuroc).toBeCloseTo(evaluation.metrics.pixelAuroc!, 4);
  });

  it('says why slices seen in patches have no place in a plane of features, where the model has features', async () => {
    const embed = (x: tf.Tensor4D) => tf.tidy(() => tf.reshape(x, [x.shape[0], -1]) as tf.Tensor2D);
    const patching = { size: 16, nonEmpty: PAPER_RECIPE.nonEmpty };
    const of = async (more: Partial<EvaluationInput>) =>
      (await evaluate(input({ test: TEST.slice(0, 4), reference: [], ...more }), ALWAYS))!.evaluation.embedding;
    const trainer = { ...counting(), embed };
    expect(await of({ trainer, patching })).toMatch(/^The networks see these slices in patches, so D has features of a patch/);
    expect(await of({ trainer })).toMatchObject({ slices: [0, 1, 2, 3] });
    expect(await of({ patching })).toBeNull();
  });

  it('counts every slice that a search has still to come to, the reference and the validation set after the test set', async () => {
    const seen: [number, number, string][] = [];
    const hooks: EvaluationHooks = { ...ALWAYS, progress: (...one) => seen.push(one) };
    const slow = spec.scorers.find(({ id }) => id === 'slow')!;
    // Of 140 reference and 40 validation slices 32 each are searched.
    await evaluate(input({ scorer: slow, test: TEST.slice(0, 8), validation: TEST }), hooks);
    const total = 8 + 32 + 32;
    expect(seen.map(([, of]) => of)).toEqual(seen.map(() => total));
    const done = seen.map(([at]) => at);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(done.indexOf(total)).toBeGreaterThanOrEqual(done.length - 2);
    const first = (what: string) => seen.find(([, , detail]) => detail === what)![0];
    expect(first('step 1 of 3')).toBeCloseTo(8 / 3, 12);
    expect(first('healthy reference, step 1 of 3')).toBeCloseTo(8 + 32 / 3, 12);
    expect(first('validation, step 3 of 3')).toBe(total);
    // Nothing is counted that no rule needs.
    seen.length = 0;
    await evaluate(input({ scorer: SQUARE, test: TEST.slice(0, 8), validation: [madeSlice(900, {})], reference: [] }), hooks);
    expect(seen.at(-1)).toEqual([8, 8, '']);
  });

  it('counts the slices that an ensemble is fitted on among those of the test set', async () => {
    const seen: number[] = [];
    await evaluate(input({ scorer: BOTH, reference: [] }), { ...ALWAYS, progress: (done, total) => seen.push(done, total) });
    const done = seen.filter((_, i) => i % 2 === 0);
    expect([done.toSorted((a, b) => a - b), seen.at(-2), seen.at(-1)]).toEqual([done, TEST.length, TEST.length]);
  });

  it('keeps finished batches on a cancel, says so, and gives null before the first', async () => {
    let done = 0;
    const cut = await evaluate(input(), { cancelled: () => done >= 32, progress: (n) => (done = n) });
    expect([cut!.evaluation.slices.length, cut!.evaluation.total, cut!.maps?.length]).toEqual([32, 40, 32 * SIZE]);
    expect(cut!.evaluation.notes.join(' ')).toContain('Stopped early: 32 of 40');
    expect(cut!.evaluation.notes.join(' ')).not.toContain(' 0 reference slices');
    expect(cut!.evaluation.metrics.pixelAuroc).not.toBeNull();
    expect(await evaluate(input(), { ...ALWAYS, cancelled: () => true })).toBeNull();
  });

  it('without reference or masks says why numbers are missing', async () => {
    const { evaluation } = (await evaluate(input({ test: madeSlices(3, 900), reference: [] }), ALWAYS))!;
    const { metrics } = evaluation;
    expect([metrics.threshold, metrics.dice, metrics.pixelAuroc, metrics.imageAuc]).toEqual([null, null, null, null]);
    for (const key of ['dice', 'pixelAuroc', 'imageAuc']) expect(metrics.why[key], key).toMatch(/\S/);
    expect(evaluation.slices[0]).toMatchObject({ masked: false, label: null });
  });

  it('uses a recorded threshold only where there is no reference', async () => {
    const recorded = { threshold: 0.25, rule: 'recorded' };
    const without = (await evaluate(input({ reference: [], recorded }), ALWAYS))!.evaluation.metrics;
    expect([without.threshold, without.thresholdRule]).toEqual([0.25, 'recorded']);
    const withReference = (await evaluate(input({ recorded }), ALWAYS))!.evaluation.metrics;
    expect(withReference.threshold).not.toBe(0.25);
  });
});

describe('the ensemble', () => {
  const fit = (test: readonly Slice[], seed = 1) => evaluate(input({ scorer: BOTH, test, seed }), ALWAYS);
  const groups = (slices: readonly { group: string }[]) => new Set(slices.map((s) => s.group));
  const noisyTruth = (slice: Slice): Slice => ({ ...slice, truth: slice.truth!.map((_, i) => (i % 7 === 0 ? 1 : 0)) });

  it('holds whole patients back to fit on, a tenth of them, and scores all others', async () => {
    const { evaluation } = (await fit(TEST))!;
    const scored = groups(evaluation.slices);
    expect(scored.size).toBe(18);
    expect(evaluation.slices.length).toBe(36);
    expect(evaluation.notes[0]).toMatch(/^Fitted on 4 labelled slices of 2 patients, which are left out here\. .*square -?\d/);
  });

  it('learns from the held-back patients only', async () => {
    const first = (await fit(TEST))!.evaluation;
    const scored = groups(first.slices);
    const weights = (notes: readonly string[]) => notes[0].split('Weights')[1];
    const others = (await fit(TEST.map((s) => (scored.has(s.group) ? noisyTruth(s) : s))))!.evaluation;
    expect(weights(others.notes)).toBe(weights(first.notes));
    expect(others.maps).toEqual(first.maps);
    const own = (await fit(TEST.map((s) => (scored.has(s.group) ? s : noisyTruth(s)))))!.evaluation;
    expect(weights(own.notes)).not.toBe(weights(first.notes));
  });

  it('is decided by the seed', async () => {
    const chosen = async (seed: number) => [...groups((await fit(TEST, seed))!.evaluation.slices)].join();
    expect(await chosen(1)).toBe(await chosen(1));
    expect(new Set([await chosen(1), await chosen(2), await chosen(3), await chosen(4)]).size).toBeGreaterThan(1);
  });

  it('takes more patients until one has an anomaly', async () => {
    const rare = TEST.map((s) =>
      s.group === 'patient 5' || s.group === 'patient 11' ? s : { ...s, truth: new Uint8Array(SIZE), label: 0 as const },
    );
    for (const seed of [1, 2, 3]) {
      const { evaluation } = (await fit(rare, seed))!;
      const scored = groups(evaluation.slices);
      expect([scored.has('patient 5'), scored.has('patient 11')].filter(Boolean).length).toBe(1);
      expect(scored.size).toBeLessThanOrEqual(18);
    }
  });

  it('says what it lacks: masks, patients, or an anomaly', async () => {
    await expect(fit(madeSlices(4))).rejects.toThrow('The ensemble is fitted on masks, and this test set has none.');
    await expect(fit(patients(1))).rejects.toThrow('masks for only one. Add a patient.');
    const healthy = patients(3).map((s) => ({ ...s, truth: new Uint8Array(SIZE), label: 0 as const }));
    await expect(fit(healthy)).rejects.toThrow('The ensemble cannot be fitted. The labelled share holds only one class.');
  });

  it('gives nothing when it is cancelled while it fits', async () => {
    expect(await evaluate(input({ scorer: BOTH }), { ...ALWAYS, cancelled: () => true })).toBeNull();
  });
});
