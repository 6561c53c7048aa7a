/** A run leaves the lab as a capsule and comes back: the same networks on the same slices say the same numbers. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Command, Evaluation, Report } from '../core/protocol';
import { type KeptRun, type RunRecord, scoresOf } from '../core/runs';
import { drop, pngFile } from '../data/testFiles';
import { zipEntries } from '../data/zip';
import { nodePlatform } from '../headless/platform';
import { MODELS } from '../models/registry';
import { Session } from './session';

const PARAMS = { ...MODELS.vae.spec.presets.demo.params, size: 32, latent: 2, batch: 2, updates: 6 };
const tissue = (x: number, y: number, k: number) =>
  Math.hypot(x - 16, y - 16) > 13 ? 0 : Math.round(110 + 60 * Math.sin(0.6 * x + k) + 40 * Math.cos(0.5 * y * (1 + 0.1 * k)));
const pictures = (folder: string, n: number, first = 0) =>
  drop(Object.fromEntries(Array.from({ length: n }, (_, k) => [`${folder}/${folder}${k}.png`, pngFile(32, 32, (x, y) => tissue(x, y, first + k))]))); // biome-ignore format: one line

const made: Session[] = [];
afterAll(() => Promise.all(made.map((session) => session.close())));

/** A lab with images, and a way to send a command and see what it caused. */
async function lab(testImages: ReturnType<typeof pictures>) {
  const reports: Report[] = [];
  const session = new Session((report) => reports.push(structuredClone(report)), nodePlatform);
  made.push(session);
  const send = async <K extends Report['kind']>(command: Command, kind: K): Promise<Extract<Report, { kind: K }>> => {
    const from = reports.length;
    await session.handle(command);
    const found = reports.slice(from).find((report): report is Extract<Report, { kind: K }> => report.kind === kind);
    const failed = reports.slice(from).find((report) => report.kind === 'failure');
    if (!found) throw new Error(failed?.kind === 'failure' ? failed.sentence : `no ${kind} came`);
    return found;
  };
  await send({ kind: 'open', backend: 'wasm', threads: 1 }, 'engine');
  await send({ kind: 'load', role: 'reference', files: pictures('healthy', 6) }, 'data');
  await send({ kind: 'load', role: 'test', files: testImages }, 'data');
  return send;
}

let kept: KeptRun;
let capsule: Blob;
let evaluation: Evaluation;
beforeAll(async () => {
  const send = await lab(pictures('test', 4, 20));
  const { state } = await send({ kind: 'train', run: 'a', model: 'vae', preset: 'demo', params: PARAMS, seed: 3 }, 'run');
  ({ evaluation } = await send({ kind: 'score', run: 'a', scorer: 'Rec-grad', smooth: true }, 'evaluation'));
  const { position, weights, training } = await send({ kind: 'keep', run: 'a' }, 'keep');
  const counts = { reference: 6, mixed: 0, validation: 0, test: 4 };
  const about = { name: 'A', ended: '', adapter: '', threads: 1, kernels: [], training, slices: counts, recipe: null };
  const record: RunRecord = { ...state, phase: 'done', update: 6, updates: 6, set: 'mine', ...about };
  kept = { record, scores: scoresOf(evaluation), position, weights };
  capsule = (await send({ kind: 'pack', kept, figures: [], withPixels: false }, 'exported')).file;
});

it('tells data apart: the same slices have the same fingerprint, others another', async () => {
  expect(evaluation.data).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(evaluation.slices.map(({ hash }) => hash)).size).toBe(4);
  expect(kept.record.training).toMatch(/^[0-9a-f]{64}$/);
  expect(kept.record.training).not.toBe(evaluation.data);
});

it('scores the same slices to the last bit after it was opened in a new lab', async () => {
  const send = await lab(pictures('test', 4, 20));
  const back = (await send({ kind: 'unpack', file: capsule }, 'unpacked')).kept;
  expect(back.scores?.metrics).toEqual(evaluation.metrics);
  await send({ kind: 'attach', kept: back }, 'attached');
  const again = (await send({ kind: 'score', run: 'a', scorer: 'Rec-grad', smooth: true }, 'evaluation')).evaluation;
  expect(again.slices).toEqual(evaluation.slices);
  expect([again.lo, again.hi, again.data, again.update]).toEqual([evaluation.lo, evaluation.hi, evaluation.data, 6]);
  expect(Buffer.compare(Buffer.from(again.maps.buffer), Buffer.from(evaluation.maps.buffer))).toBe(0);
  const graph = await send({ kind: 'exportOnnx', run: 'a', scorer: 'Rec-grad', smooth: true, made: { seed: '3' } }, 'exported');
  expect(graph.name).toBe('wildcut-a-rec-grad.onnx');
  expect(new TextDecoder().decode(await graph.file.arrayBuffer())).toContain('score_map');
  const { file } = await send({ kind: 'exportWeights', run: 'a' }, 'exported');
  expect((await zipEntries(file)).map(({ path }) => path)).toEqual(['weights.safetensors', 'load_weights.py']);
});

it('is not loaded on other images, and says how many are here', async () => {
  const send = await lab(pictures('test', 2, 20));
  await expect(send({ kind: 'attach', kept }, 'attached')).rejects.toThrow('2 of its 4 test slices are here');
  await send({ kind: 'assignPatients', patients: ['test0'], role: 'reference' }, 'data');
  await expect(send({ kind: 'attach', kept }, 'attached')).rejects.toThrow(
    /Of the 4 test slices of ".+" 1 are in Test \+ masks, 1 in Healthy reference\. Move those/,
  );
  await expect(send({ kind: 'attach', kept: { ...kept, weights: null } }, 'attached')).rejects.toThrow('without its networks');
});

it('leaves the set, its size and the loaded run as they were when it cannot be loaded', async () => {
  const send = await lab(pictures('test', 4, 20));
  const { state } = await send({ kind: 'train', run: 'b', model: 'vae', preset: 'demo', params: { ...PARAMS, size: 48 }, seed: 1 }, 'run');
  const size = async () => (await send({ kind: 'assignPatients', patients: [], role: 'source' }, 'data')).data.size;
  expect(await size()).toBe(48);
  const other = { ...kept, scores: { ...kept.scores!, slices: kept.scores!.slices.map((slice) => ({ ...slice, hash: 'none' })) } };
  const narrow = { ...kept, record: { ...kept.record, params: { ...PARAMS, latent: 3 } } };
  const odd = { ...kept, record: { ...kept.record, params: { ...PARAMS, latent: 0.5 } } };
  for (const [wrong, sentence] of [
    [other, '0 of its 4'],
    [narrow, /parameters differ/],
    [odd, /latent|Latent/],
  ] as const) {
    // biome-ignore format: one line
    await expect(send({ kind: 'attach', kept: wrong }, 'attached')).rejects.toThrow(sentence);
    expect(await size()).toBe(48);
  }
  const { evaluation: still } = await send({ kind: 'score', run: state.run, scorer: 'Rec-Error', smooth: false }, 'evaluation');
  expect(still.height).toBe(48);
});

it('does not write masks of scores that the run has moved past', async () => {
  const send = await lab(pictures('test', 4, 20));
  await send({ kind: 'attach', kept }, 'attached');
  const asked = { kind: 'export', run: 'a', scorer: 'Rec-grad', smooth: true, cut: null } as const;
  await expect(send({ ...asked, update: 5 }, 'exported')).rejects.toThrow('stands at update 6 now; these scores are of update 5');
  expect((await send({ ...asked, update: 6 }, 'exported')).name).toMatch(/\.zip$/);
});
