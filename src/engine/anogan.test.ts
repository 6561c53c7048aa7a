/** AnoGAN in a session: what its scores say beside themselves, and what becomes of bad input. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Embedding, Evaluation, Iterate, Report } from '../core/protocol';
import { nodePlatform } from '../headless/platform';
import { MODELS } from '../models/registry';
import { openBackend } from './backend';
import { type EvaluationHooks, evaluate } from './evaluate';
import { scoreSlices } from './scoring';
import { Session } from './session';
import { madeSlices } from './testRun';

const model = MODELS.anogan;
const { spec } = model;
const params = { ...spec.presets.demo.params, size: 32, width: 4, latent: 6, batch: 4, updates: 6, searchSteps: 4, searchRate: 0.1 };
const build = () => model.build(params, 32, 32, 1);
const scorerOf = (id: string) => spec.scorers.find((one) => one.id === id)!;
const [normal, anomalous] = [madeSlices(30, 0, { truth: true, label: 0 }), madeSlices(10, 50, { truth: true, label: 1 })];
const HOOKS = { cancelled: () => false, progress: () => {} };

beforeAll(async () => {
  await openBackend('wasm', nodePlatform, () => {});
});

const evaluated = async (id: string, test: typeof normal, hooks: EvaluationHooks = HOOKS, trainer = build()): Promise<Evaluation> => {
  const input = { run: 'r', trainer, spec, scorer: scorerOf(id), smooth: false, test, validation: [], seed: 1, update: 3 };
  const result = await evaluate({ ...input, reference: madeSlices(5, 200) }, hooks);
  trainer.dispose();
  return result!.evaluation;
};

describe('an evaluation', () => {
  it('holds the scores of the reference, those of every scorer that the search served, and where slices lie by D’s features', async () => {
    const test = [...normal, ...anomalous];
    const trainer = build();
    const own = await scoreSlices(trainer, spec.input, madeSlices(5, 200), 'A(x)', false, HOOKS);
    trainer.dispose();
    const a = await evaluated('A(x)', test);
    expect([...a.healthyScores]).toEqual([...own.scores]);
    expect(Object.keys(a.together)).toEqual(['A(x)', 'R(x)', 'D(x)']);
    expect([...a.together['A(x)']]).toEqual(a.slices.map(({ score }) => score));
    expect([...a.together['D(x)']]).toEqual((await evaluated('D(x)', test)).slices.map(({ score }) => score));
    expect(a.partial).toBeNull();
    const { slices, x } = a.embedding as Embedding;
    expect(slices.length).toBe(40);
    expect(x.every(Number.isFinite)).toBe(true);
  });

  it('leaves whole what the next scorer of the same search shows, although its arrays are given away', async () => {
    const trainer = build();
    const input = { run: 'r', trainer, spec, smooth: false, test: normal, validation: [], seed: 1, update: 3, reference: [] };
    const first = (await evaluate({ ...input, scorer: scorerOf('A(x)') }, HOOKS))!.evaluation;
    const lengths = Object.values(first.views).map(({ length }) => length);
    structuredClone(first.views, { transfer: Object.values(first.views).map(({ buffer }) => buffer) });
    const second = (await evaluate({ ...input, scorer: scorerOf('R(x)') }, HOOKS))!.evaluation;
    expect(Object.values(second.views).map(({ length }) => length)).toEqual(lengths);
    expect(Math.min(...lengths)).toBe(30 * 32 * 32);
    trainer.dispose();
  });

  it('has no healthy scores from a search that was stopped in the reference', async () => {
    let asked = 0;
    // Asked before a batch and after each step: of the test set's one batch 1 + 4 times, then of the reference's until its second step.
    const hooks = { cancelled: () => ++asked > 5 + 2, progress: () => {} };
    const stopped = await evaluated('A(x)', normal.slice(0, 4), hooks);
    expect([stopped.slices.length, stopped.partial]).toEqual([4, null]);
    expect(stopped.healthyScores.length).toBe(0);
    expect(stopped.metrics.threshold).toBeNull();
  });

  it('of a score without a map holds the reference’s scores too, and still has nothing to cut', async () => {
    const p = await evaluated('P_D', [...normal, ...anomalous]);
    expect(p.healthyScores.length).toBe(5);
    expect([...p.healthyScores].every((v) => v > 0 && v < 1)).toBe(true);
    expect([p.metrics.threshold, p.metrics.thresholdRule, p.healthy.some((n) => n > 0)]).toEqual([
      null,
      expect.stringMatching(/no map/),
      false,
    ]);
    expect(p.notes.join()).not.toContain('Healthy pixels');
  });

  it('of a search that was stopped says from which slice on, at which step', async () => {
    let steps = 0;
    const hooks = {
      cancelled: () => steps >= 6,
      progress: (_done: number, _total: number, detail: string) => {
        if (detail.startsWith('step')) steps++;
      },
    };
    const stopped = await evaluated('A(x)', [...normal, ...anomalous], hooks);
    expect(stopped.partial).toEqual({ from: 32, step: 2, of: 4 });
    expect(stopped.slices.length).toBe(40);
    expect(stopped.notes.join(' ')).toContain('the last 8 slices have the score of its step 2 of 4');
  });

  it('of one class has no AUC, and the reason', async () => {
    const { metrics } = await evaluated('A(x)', normal.slice(0, 4));
    expect([metrics.imageAuc, metrics.why.imageAuc]).toEqual([null, 'undefined: only one class']);
  });

  it('of a search that diverges leaves its slices out, and says how many', async () => {
    const broken = { ...anomalous[0], pixels: anomalous[0].pixels.map(() => Number.NaN) };
    const { slices, metrics, notes } = await evaluated('A(x)', [...normal.slice(0, 3), broken, ...anomalous.slice(1, 3)]);
    expect(slices.map(({ score }) => Number.isNaN(score))).toEqual([false, false, false, true, false, false]);
    expect(notes.join(' ')).toContain('1 of 6 slices have no score, since theirs stopped being a number');
    expect(metrics.imageSlices).toBe(5);
    expect(metrics.imageAuc).not.toBeNull();
  });
});

/** Files of healthy 32 × 32 images, no two alike. */
const files = (n: number) => {
  const side = 32;
  return Array.from({ length: n }, (_, k) => {
    const pixels = Uint8Array.from({ length: side * side }, (_, i) => (40 + 7 * k + 3 * (i % side) + Math.floor(i / side)) % 256);
    return { path: `healthy/${k}.npy`, file: new Blob([npy(pixels, side)]) };
  });
};

/** A NumPy file of unsigned bytes, side × side. */
function npy(pixels: Uint8Array, side: number): Uint8Array<ArrayBuffer> {
  const dict = `{'descr': '|u1', 'fortran_order': False, 'shape': (${side}, ${side}), }`;
  const text = `${dict.padEnd(Math.ceil((dict.length + 11) / 64) * 64 - 11)}\n`;
  const head = [0x93, ...[...'NUMPY'].map((c) => c.charCodeAt(0)), 1, 0, text.length & 255, text.length >> 8];
  return Uint8Array.from([...head, ...[...text].map((c) => c.charCodeAt(0)), ...pixels]);
}

async function sessionWith(n: number) {
  const reports: Report[] = [];
  const session = new Session((report) => reports.push(report), nodePlatform);
  await session.handle({ kind: 'open', backend: 'wasm', threads: 1 });
  await session.setSize(32);
  await session.handle({ kind: 'load', role: 'reference', files: files(n) });
  const failures = () => reports.flatMap((r) => (r.kind === 'failure' ? [r.sentence] : []));
  return { session, reports, failures };
}

describe('bad input', () => {
  it('fewer healthy images than a batch: refused with what would do, and the run before it stays loaded', async () => {
    const { session, reports, failures } = await sessionWith(5);
    const train = (run: string, batch: number) =>
      session.handle({ kind: 'train', run, model: 'anogan', preset: 'demo', params: { ...params, batch, updates: 2 }, seed: 1 });
    await train('fits', 5);
    expect(failures()).toEqual([]);
    await train('short', 8);
    expect(failures()).toEqual(['A batch takes 8 different healthy slices, and there are 5. Set Batch to 5, or add healthy slices.']);
    await session.handle({ kind: 'keep', run: 'fits' });
    expect(reports.at(-1)).toMatchObject({ kind: 'keep', run: 'fits' });
    await session.close();
  });

  it('images smaller than the patch: refused, with the size that would do', async () => {
    const { session, failures } = await sessionWith(5);
    const recipe = { ...session.data.recipe, patches: { field: 24 } };
    await session.handle({ kind: 'prepare', recipe });
    expect(failures().join()).toContain('Patches of 32 × 32 do not fit in slices of 24 × 24 pixels');
    expect(session.data.recipe.patches ?? null).toBeNull();
    await session.close();
  });
});

describe('a search that is watched', () => {
  it('reports both losses of the slices it shows, step by step, and begins anew with another batch', async () => {
    const reports: Report[] = [];
    const session = new Session((report) => reports.push(report), nodePlatform);
    await session.handle({ kind: 'open', backend: 'wasm', threads: 1 });
    await session.setSize(32);
    await session.handle({ kind: 'load', role: 'reference', files: files(6) });
    await session.handle({
      kind: 'load',
      role: 'test',
      files: files(7).map(({ path, file }) => ({ path: path.replace('healthy', 'test'), file })),
    });
    const steps = 40;
    await session.handle({
      ...{ kind: 'train', run: 'r', model: 'anogan', preset: 'demo', seed: 1 },
      params: { ...params, updates: 1, searchSteps: steps },
    });
    await session.handle({ kind: 'score', run: 'r', scorer: 'A(x)', smooth: false });
    const seen = reports.flatMap((r): Iterate[] => (r.kind === 'iterate' ? [r.iterate] : []));
    expect(seen.length).toBeGreaterThan(0);
    const { traces, step, names } = seen.at(-1)!;
    expect(traces!.steps.at(-1)).toBe(step);
    expect(Object.keys(traces!.terms)).toEqual(Object.keys(spec.traces!));
    for (const read of Object.values(traces!.terms)) {
      expect(read.map((values) => values.length)).toEqual(traces!.steps.map(() => names.length));
      expect(read.flat().every((v) => v > 0)).toBe(true);
    }
    await session.close();
    tf.disposeVariables();
  });
});
