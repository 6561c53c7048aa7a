/** The whole lab without a page: commands in, reports out, on WASM, with small files. */
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Command, DataState, Evaluation, Report, RunState } from '../core/protocol';
import { drop, niftiFile, pngFile } from '../data/testFiles';
import { nodePlatform } from '../headless/platform';
import { MODELS } from '../models/registry';
import { Session } from './session';

const PARAMS = { ...MODELS.vae.spec.presets.demo.params, size: 32, latent: 2, batch: 2, updates: 12, projectionSteps: 5 };
const tissue = (x: number, y: number, k: number) =>
  Math.hypot(x - 16, y - 16) > 13 ? 0 : Math.round(110 + 60 * Math.sin(0.6 * x + k) + 40 * Math.cos(0.5 * y * (1 + 0.1 * k)));
const lesion = (i: number, j: number, k: number) => (k > 1 && Math.hypot(i - 12, j - 18) < 4 ? 1 : 0);

const scan = (k: number, sick: boolean) =>
  niftiFile([32, 32, 6], (i, j, z) => tissue(i, j, k + z / 10) + (sick ? 25 * lesion(i, j, z) : 0)); // biome-ignore format: one line
const mask = () => niftiFile([32, 32, 6], lesion, { mask: true });

const HEALTHY = drop(
  Object.fromEntries(Array.from({ length: 8 }, (_, k) => [`healthy/p${k}.png`, pngFile(32, 32, (x, y) => tissue(x, y, k))])),
);
const TEST = drop({
  ...Object.fromEntries(['a', 'b', 'c'].flatMap((p, k) => [[`test/${p}/flair.nii`, scan(k, true)], [`test/${p}/lesion.nii`, mask()]])), // biome-ignore format: one line
  'test/d/flair.nii': scan(3, true),
  'test/d/lesion.nii': niftiFile([32, 32, 5], lesion, { mask: true }),
  'test/broken.nii': new Uint8Array(100),
  'test/empty.png': '',
});

const reports: Report[] = [];
let watch: (report: Report) => void = () => {};
const session = new Session((report) => {
  reports.push(report);
  watch(report);
}, nodePlatform);

/** The reports that a command caused, until it was dealt with. */
async function send(command: Command): Promise<Report[]> {
  const from = reports.length;
  await session.handle(command);
  return reports.slice(from);
}

const of = <K extends Report['kind']>(all: readonly Report[], kind: K) =>
  all.filter((r): r is Extract<Report, { kind: K }> => r.kind === kind);
const sentences = (all: readonly Report[]) => of(all, 'failure').map((f) => [f.where, f.sentence]);
const train = (run: string, more: Partial<typeof PARAMS> = {}): Command => ({
  kind: 'train',
  run,
  model: 'vae',
  preset: 'demo',
  params: { ...PARAMS, ...more },
  seed: 3,
});
const score = (run: string, scorer: string, smooth: boolean | null = null): Command => ({ kind: 'score', run, scorer, smooth });
const states = (all: readonly Report[]): RunState[] => of(all, 'run').map((r) => r.state);
const evaluationOf = (all: readonly Report[]): Evaluation => {
  const [first, ...more] = of(all, 'evaluation');
  expect(more).toEqual([]);
  return first.evaluation;
};

describe('before there is anything', () => {
  it('says what is missing, command by command', async () => {
    expect(sentences(await send({ kind: 'use', set: 'mine' }))).toEqual([]);
    expect(sentences(await send(train('r0', { size: 48 })))).toEqual([
      ['train', 'No healthy slices to learn from. Move a source to Healthy reference, or drop one there.'],
    ]);
    expect(sentences(await send(score('r0', 'Rec-grad')))).toEqual([['score', 'That run is no longer loaded. Train again to score it.']]);
    expect(sentences(await send({ kind: 'assign', source: 'nowhere', role: 'test' }))).toEqual([['load', 'There is no source "nowhere".']]);
    for (const kind of ['pause', 'resume', 'step', 'stop'] as const) expect(await send({ kind, run: 'r0' })).toEqual([]);
  });

  it('says why WebGPU cannot be had here, and that it was not exchanged for something else', async () => {
    const failed = await send({ kind: 'open', backend: 'webgpu', threads: null });
    expect(of(failed, 'engine')).toEqual([]);
    expect(sentences(failed)).toEqual([['engine', expect.stringMatching(/WebGPU.* Choose WASM instead\.$/)]]);
  });

  it('opens, and tells the page which models there are', async () => {
    const [{ engine }, ...rest] = of(await send({ kind: 'open', backend: 'auto', threads: 1 }), 'engine');
    expect(rest).toEqual([]);
    expect(engine).toMatchObject({ backend: 'wasm', adapter: '', software: false, threads: 1 });
    expect(engine.reason).toContain('WebGPU');
    expect(engine.models.map((m) => m.id)).toEqual(Object.keys(MODELS));
    expect(structuredClone(engine)).toEqual(engine);
    expect(tf.getBackend()).toBe('wasm');
  });
});

describe('files', () => {
  const latest = (all: readonly Report[]): DataState => of(all, 'data').at(-1)!.data;

  it('become sources with roles; each rejected one is a row, the rest loads', async () => {
    latest(await send({ kind: 'load', role: 'reference', files: HEALTHY }));
    const all = await send({ kind: 'load', role: null, files: TEST });
    expect(sentences(all)).toEqual([]);
    expect(of(all, 'finished').map((r) => r.task)).toEqual(['load']);
    const data = latest(all);
    expect([data.set, data.problems]).toEqual(['mine', []]);
    expect(data.roles.reference).toMatchObject({ slices: 8, groups: 8, anomalous: 0 });
    expect(data.roles.test.masked).toBe(18);
    expect(data.roles.test.anomalous).toBe(12);
    const row = (path: string) => data.files.find((file) => file.path === path)!;
    expect(row('test/broken.nii').status).toBe('rejected');
    expect(row('test/empty.png').status).toBe('rejected');
    expect(row('test/d/lesion.nii')).toMatchObject({ status: 'rejected', note: expect.stringMatching(/5.*6|6.*5/) });
    for (const file of data.files) expect(file.status === 'read' || file.note.length > 0, file.path).toBe(true);
    expect(structuredClone(data)).toEqual(data);
  });

  it('can change role and come back', async () => {
    const source = session.data.sources.find((s) => s.role === 'reference')!;
    expect(latest(await send({ kind: 'assign', source: source.id, role: null })).problems[0]).toMatch(/^No healthy slices/);
    const back = latest(await send({ kind: 'assign', source: source.id, role: 'reference' }));
    expect([back.roles.reference.slices, back.problems]).toEqual([8, []]);
  });

  it('a reference of slices that all hold an anomaly is none', async () => {
    const [good, sick] = session.data.sources;
    await send({ kind: 'assign', source: good.id, role: null });
    await send({ kind: 'assign', source: sick.id, role: 'reference' });
    const data = latest(await send({ kind: 'assign', source: sick.id, role: 'reference' }));
    expect(data.roles.reference.anomalous).toBe(0);
    expect(data.sources.find((s) => s.id === sick.id)?.notes.join(' ')).toContain('12 slices with an anomaly are left out');
    await send({ kind: 'assign', source: sick.id, role: 'test' });
    await send({ kind: 'assign', source: good.id, role: 'reference' });
  });
});

describe('a run', () => {
  let all: Report[] = [];
  let tensorsBefore = 0;
  beforeAll(async () => {
    tensorsBefore = tf.memory().numTensors;
    all = await send(train('r1'));
  });

  it('reports in order: data at its size, preparing, running, points, done', () => {
    expect(sentences(all)).toEqual([]);
    expect(of(all, 'data').at(-1)?.data.size).toBe(32);
    const phases = states(all).map((s) => s.phase);
    expect(phases.filter((p, i) => p !== phases[i - 1])).toEqual(['preparing', 'running', 'done']);
    const updates = states(all).map((s) => s.update);
    expect([...updates].sort((a, b) => a - b)).toEqual(updates);
    const points = of(all, 'points').flatMap((r) => r.points);
    expect(points.map((p) => p.update)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    for (const { losses } of points) expect(Object.keys(losses).sort()).toEqual(['kl', 'rec', 'total']);
    for (const { losses } of points) expect(losses.total).toBeCloseTo(losses.rec + losses.kl, 1);
    const last = states(all).at(-1)!;
    expect(last).toMatchObject({ run: 'r1', phase: 'done', update: 12, updates: 12, backend: 'wasm', set: 'mine', seed: 3, message: null });
    expect(all.findLastIndex((r) => r.kind === 'points')).toBeLessThan(all.findLastIndex((r) => r.kind === 'run'));
  });

  it('previews six fixed slices of the test set, the last one of the last update', () => {
    const previews = of(all, 'preview').map((r) => r.preview);
    expect(previews[0].update).toBe(0);
    expect(previews.at(-1)!.update).toBe(12);
    for (const preview of previews) {
      expect([preview.names.length, preview.height, preview.names]).toEqual([6, 32, previews[0].names]);
      expect([preview.lo, preview.hi]).toEqual([previews[0].lo, previews[0].hi]);
      expect(preview.rows.map((row) => [row.id, row.pixels.length])).toEqual([['input', 6144], ['reconstruction', 6144], ['map', 6144]]); // biome-ignore format: one line
    }
    expect(previews.at(-1)!.rows[2].pixels).not.toEqual(previews[0].rows[2].pixels);
    expect(previews[0].anomalous!.reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
  });

  it('scores the test set, with progress and an end', async () => {
    const scored = await send(score('r1', 'Rec-grad'));
    const evaluation = evaluationOf(scored);
    const n = session.data.roles.test.slices;
    expect([evaluation.run, evaluation.scorer, evaluation.smooth, evaluation.total, evaluation.slices.length]).toEqual([
      'r1',
      'Rec-grad',
      true,
      n,
      n,
    ]);
    expect(evaluation.maps.length).toBe(n * 32 * 32);
    for (const key of ['pixelAuroc', 'pixelAurocInBrain', 'bestDice', 'dice', 'imageAuc'] as const) {
      expect(evaluation.metrics[key], key).toBeGreaterThanOrEqual(0);
      expect(evaluation.metrics[key], key).toBeLessThanOrEqual(1);
    }
    expect(Object.keys(evaluation.baselines)).toContain('raw');
    const all = n + Math.min(128, session.data.roles.reference.slices);
    expect(of(scored, 'progress').at(-1)).toMatchObject({ task: 'score', done: all, total: all, detail: 'healthy reference' });
    expect(scored.at(-1)).toEqual({ kind: 'finished', task: 'score' });
    expect(structuredClone(evaluation)).toEqual(evaluation);
  });

  it('smooths, or not, as it is told', async () => {
    const rough = evaluationOf(await send(score('r1', 'Rec-grad', false)));
    const smooth = evaluationOf(await send(score('r1', 'Rec-grad', true)));
    expect([rough.smooth, smooth.smooth]).toEqual([false, true]);
    expect(rough.hi).toBeGreaterThan(smooth.hi);
  });

  it('shows the steps of an iterative scorer, and keeps nothing of a batch it is stopped in', async () => {
    const before = tf.memory().numTensors;
    watch = (report) => {
      if (report.kind === 'iterate') void session.handle({ kind: 'cancelScore', run: 'r1' });
    };
    const scored = await send(score('r1', 'Proj-Rec-Error'));
    watch = () => {};
    const [first] = of(scored, 'iterate');
    expect(first.iterate).toMatchObject({ run: 'r1', of: 5, height: 32 });
    expect(first.iterate.pixels.length).toBe(first.iterate.names.length * 32 * 32);
    expect(of(scored, 'evaluation')).toEqual([]); // fewer slices than one batch
    expect(scored.some((r) => r.kind === 'finished')).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names the predictors it has when it is asked for another, or for another run', async () => {
    expect(sentences(await send(score('r1', 'Oracle')))).toEqual([
      ['score', expect.stringMatching(/^VAE .* has no predictor "Oracle"; it has Rec-grad, .*\.$/)],
    ]);
    expect(sentences(await send(score('gone', 'Rec-grad')))).toEqual([['score', 'That run is no longer loaded. Train again to score it.']]);
    expect(sentences(await send({ kind: 'train', run: 'x', model: 'nothing', preset: '', params: PARAMS, seed: 1 }))).toEqual([
      ['train', `The lab has no model "nothing"; it has ${Object.keys(MODELS).join(', ')}.`],
    ]);
  });

  it('is not lost to another that cannot start', async () => {
    const good = session.data.sources.find((s) => s.role === 'reference')!;
    await send({ kind: 'assign', source: good.id, role: null });
    expect(sentences(await send(train('x')))).toEqual([['train', expect.stringMatching(/^No healthy slices to learn from\./)]]);
    await send({ kind: 'assign', source: good.id, role: 'reference' });
    expect(evaluationOf(await send(score('r1', 'KL-grad'))).run).toBe('r1');
  });

  it('that is gone keeps no tensors', async () => {
    await session.close();
    expect(tf.memory().numTensors).toBe(tensorsBefore);
  });
});

describe('the next run', () => {
  it('obeys pause, step, resume and stop, and ignores those of other runs', async () => {
    const ended = send(train('r2', { updates: 100_000 }));
    const now = () => states(reports).at(-1)!;
    await vi.waitUntil(() => now().run === 'r2' && now().update > 0, { timeout: 20_000 });
    await send({ kind: 'stop', run: 'r1' });
    await send({ kind: 'pause', run: 'r2' });
    expect(now().phase).toBe('paused');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { update } = (await session.checkpoint())!;
    await send({ kind: 'step', run: 'r2' });
    await vi.waitUntil(() => now().update === update + 1 && now().phase === 'paused', { timeout: 20_000 });
    await send({ kind: 'resume', run: 'r2' });
    await vi.waitUntil(() => now().update > update + 1, { timeout: 20_000 });
    await send({ kind: 'stop', run: 'r2' });
    await ended;
    expect(now()).toMatchObject({ run: 'r2', phase: 'stopped' });
  });

  it('is scored between updates: steps asked for before end first, and all scores are of one set of weights', async () => {
    const ended = send(train('r2s', { updates: 100_000 }));
    const now = () => states(reports).at(-1)!;
    await vi.waitUntil(() => now().run === 'r2s' && now().update > 0, { timeout: 20_000 });
    await send({ kind: 'pause', run: 'r2s' });
    const steps = [1, 2, 3].map(() => session.handle({ kind: 'step', run: 'r2s' }));
    const first = evaluationOf(await send(score('r2s', 'Rec-Error')));
    await Promise.all(steps);
    expect(first.update).toBe((await session.checkpoint())!.update);
    const again = evaluationOf(await send(score('r2s', 'Rec-Error')));
    expect(again.slices.map((slice) => slice.score)).toEqual(first.slices.map((slice) => slice.score));
    await send({ kind: 'stop', run: 'r2s' });
    await ended;
  });

  it('takes the place of one that is still going', async () => {
    const first = send(train('r3', { updates: 100_000 }));
    await vi.waitUntil(() => states(reports).at(-1)!.run === 'r3' && states(reports).at(-1)!.phase === 'running', { timeout: 20_000 });
    const second = await send(train('r4', { updates: 2 }));
    await first;
    expect(states(second).map((s) => `${s.run} ${s.phase}`)).toEqual(expect.arrayContaining(['r3 stopped', 'r4 done']));
    expect(sentences(await send(score('r3', 'Rec-Error')))).toEqual([['score', expect.stringContaining('no longer loaded')]]);
    expect(evaluationOf(await send(score('r4', 'Rec-Error'))).run).toBe('r4');
  });
});

it('measures the machine, leaves no tensors, and refuses while a run needs it', async () => {
  await session.close();
  const before = tf.memory().numTensors;
  const probed = await send({ kind: 'probe', model: 'vae', params: PARAMS });
  const [{ params, about, model }] = of(probed, 'machine');
  expect([model, params.epochs, params.updates % 50]).toEqual(['vae', 0, 0]);
  expect(params.updates).toBeGreaterThanOrEqual(200);
  expect(about).toMatch(/updates\/s here at batch 2: .* updates in about \d+ min\.$/);
  expect(probed.at(-1)).toEqual({ kind: 'finished', task: 'probe' });
  expect(tf.memory().numTensors).toBe(before);
  const ended = send(train('r5', { updates: 100_000 }));
  await vi.waitUntil(() => states(reports).at(-1)!.run === 'r5' && states(reports).at(-1)!.phase === 'running', { timeout: 20_000 });
  expect(sentences(await send({ kind: 'probe', model: 'vae', params: PARAMS }))).toEqual([
    ['probe', expect.stringContaining('Stop it before')],
  ]);
  await send({ kind: 'stop', run: 'r5' });
  await ended;
});

afterAll(() => session.close());

describe('commands in a hurry', () => {
  it('a stop while the data are made ready is heard, and the next run is not of a wrong size', async () => {
    const from = reports.length;
    const running = session.handle(train('h1', { size: 48 }));
    await vi.waitFor(() => expect(states(reports.slice(from)).at(-1)?.phase).toBe('preparing'));
    await session.handle({ kind: 'stop', run: 'h1' });
    await running;
    // Heard while the files are read again, or just after: either way before a single update.
    expect(states(reports.slice(from)).at(-1)).toMatchObject({ run: 'h1', phase: 'stopped', update: 0 });
    expect(states(reports.slice(from)).map((s) => s.phase)).not.toContain('running');
    const again = await send(train('h2', { size: 48, updates: 2 }));
    expect(session.data.size).toBe(48);
    expect(states(again).at(-1)).toMatchObject({ run: 'h2', phase: 'done', update: 2 });
  });

  it('the last of several train commands is the one that runs', async () => {
    const from = reports.length;
    await Promise.all([session.handle(train('h3', { updates: 3 })), session.handle(train('h4', { updates: 3 }))]);
    const ended = states(reports.slice(from)).filter((s) => s.phase === 'done');
    expect(ended.map((s) => s.run)).toEqual(expect.arrayContaining(['h4']));
    expect(ended.map((s) => s.run)).not.toContain('h3');
  });

  it('of two scores asked for at once the last is shown', async () => {
    const two = reports.length;
    await Promise.all([session.handle(score('h4', 'Rec-Error')), session.handle(score('h4', 'KL-grad'))]);
    expect(of(reports.slice(two), 'evaluation').map((r) => r.evaluation.scorer)).toEqual(['KL-grad']);
  });

  it('refuses parameters that are out of range or not whole', async () => {
    expect(sentences(await send(train('h5', { batch: 4.5 })))).toEqual([['train', 'Batch (batch) takes a whole number, not 4.5.']]);
    expect(sentences(await send(train('h5', { size: 16 })))[0][1]).toMatch(/from 32 to 128, not 16/);
  });
});
