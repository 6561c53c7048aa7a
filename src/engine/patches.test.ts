/** AnoGAN's patches through the whole lab: files in at one size, a network of another, and every test patch a case of its own. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Command, Evaluation, Report } from '../core/protocol';
import { PAPER_RECIPE } from '../core/recipe';
import { drop, niftiFile, pngFile } from '../data/testFiles';
import { zipEntries } from '../data/zip';
import { nodePlatform } from '../headless/platform';
import { MODELS } from '../models/registry';
import type { Checkpoint } from './checkpoint';
import { Session } from './session';

const [FIELD, SIZE] = [64, 32];
const PARAMS = { ...MODELS.vae.spec.presets.demo.params, size: SIZE, latent: 2, batch: 2, updates: 8 };
/** The lower right quarter is background: its patch is empty. */
const tissue = (x: number, y: number, k: number) =>
  x >= 32 && y >= 32 ? 0 : Math.round(110 + 60 * Math.sin(0.6 * x + k) + 40 * Math.cos(0.5 * y * (1 + 0.1 * k)));
/** In RAS voxels: row 0 of an axial slice is anterior (j largest), column 0 the patient's right (i largest). */
const lesion = (i: number, j: number) => (Math.hypot(i - 53, j - 50) < 4 ? 1 : 0);

const HEALTHY = drop(
  Object.fromEntries(Array.from({ length: 5 }, (_, k) => [`healthy/h${k}.png`, pngFile(FIELD, FIELD, (x, y) => tissue(x, y, k))])),
);
const TEST = drop({
  'test/a/flair.nii': niftiFile([FIELD, FIELD, 3], (i, j, z) => tissue(FIELD - 1 - i, FIELD - 1 - j, 9 + z) + 25 * lesion(i, j)),
  'test/a/lesion.nii': niftiFile([FIELD, FIELD, 3], lesion, { mask: true }),
});
const RECIPE = { ...PAPER_RECIPE, patches: { field: FIELD } };

const made: Session[] = [];
afterAll(() => Promise.all(made.map((session) => session.close())));

async function lab() {
  const reports: Report[] = [];
  const session = new Session((report) => reports.push(report), nodePlatform);
  made.push(session);
  /** The reports that a command caused. */
  const send = async (command: Command): Promise<Report[]> => {
    const from = reports.length;
    await session.handle(command);
    return reports.slice(from);
  };
  await send({ kind: 'open', backend: 'wasm', threads: 1 });
  await session.setSize(SIZE);
  await send({ kind: 'prepare', recipe: RECIPE });
  await send({ kind: 'load', role: 'reference', files: HEALTHY });
  await send({ kind: 'load', role: 'test', files: TEST });
  return { session, send };
}

const command = (updates: number, seed = 3, size = SIZE): Extract<Command, { kind: 'train' }> => ({
  kind: 'train',
  run: 'r',
  model: 'vae',
  preset: 'demo',
  params: { ...PARAMS, updates, size },
  seed,
});
const failures = (reports: readonly Report[]) => reports.flatMap((r) => (r.kind === 'failure' ? [r.sentence] : []));

let first: Awaited<ReturnType<typeof lab>>;
let whole: Checkpoint;
let evaluation: Evaluation;
beforeAll(async () => {
  first = await lab();
  expect(failures(await first.send(command(8)))).toEqual([]);
  whole = (await first.session.checkpoint()) as Checkpoint;
  const [scored] = (await first.send({ kind: 'score', run: 'r', scorer: 'Rec-Error', smooth: null })).filter(
    (r) => r.kind === 'evaluation',
  );
  evaluation = (scored as Extract<Report, { kind: 'evaluation' }>).evaluation;
}, 120_000);

it('learns from as many slices as there are, and goes on bit for bit from a checkpoint', async () => {
  expect(first.session.data).toMatchObject({ size: SIZE, recipe: RECIPE, roles: { reference: { slices: 5 }, test: { slices: 3 } } });
  expect(first.session.data.roles.reference.thumbs[0]).toMatchObject({ height: FIELD, width: FIELD });
  expect(whole.update).toBe(8);
  expect(whole.sampler.decks.reference?.order.length).toBe(5);

  const second = await lab();
  expect(failures(await second.send(command(3)))).toEqual([]);
  const part = (await second.session.checkpoint()) as Checkpoint;
  const third = await lab();
  await third.session.resume(command(8, 99), part);
  const resumed = (await third.session.checkpoint()) as Checkpoint;
  expect(resumed.sampler).toEqual(whole.sampler);
  expect(Object.keys(resumed.tensors)).toEqual(Object.keys(whole.tensors));
  for (const [name, { values }] of Object.entries(whole.tensors)) expect(resumed.tensors[name].values, name).toEqual(values);
  expect(part.tensors).not.toEqual(whole.tensors);
}, 120_000);

it('scores every patch that is not empty, by the label of its own mask, and says so', () => {
  const { slices, height, width, notes, metrics } = evaluation;
  expect([height, width]).toEqual([SIZE, SIZE]);
  const places = ['0,0', '0,32', '32,0'];
  expect(slices.map(({ name }) => name.replace(/.* patch /, ''))).toEqual([...places, ...places, ...places]);
  expect(new Set(slices.map(({ volume }) => volume)).size).toBe(9);
  expect(slices.map(({ label }) => label)).toEqual([1, 0, 0, 1, 0, 0, 1, 0, 0]);
  expect(metrics.imageAuc).not.toBeNull();
  expect(notes[0]).toBe(
    '3 test slices of 64 × 64 pixels, cut side by side into 4 × 3 patches of 32 × 32: 9 are cases of their own, 3 were dropped as empty.',
  );
});

it('saves masks and maps patch by patch', async () => {
  const exported = (
    await first.send({ kind: 'export', run: 'r', update: evaluation.update, scorer: 'Rec-Error', smooth: evaluation.smooth, cut: null })
  ).find((r) => r.kind === 'exported') as Extract<Report, { kind: 'exported' }>;
  const paths = (await zipEntries(exported.file)).map(({ path }) => path);
  expect(paths.filter((path) => / patch \d+,\d+_score\.png$/.test(path)).length).toBe(9);
  expect(paths.some((path) => path.endsWith('.nii.gz'))).toBe(false);
});

it('refuses a method that sees more than a slice holds before it gives the loaded run up', async () => {
  expect(failures(await first.send(command(8, 3, 128)))).toEqual([
    expect.stringMatching(/^Patches of 128 × 128 do not fit in slices of 64 × 64 pixels\. .*\.$/),
  ]);
  expect(first.session.checkpoint()).not.toBeNull();
  expect(failures(await first.send({ kind: 'prepare', recipe: { ...RECIPE, patches: { field: 16 } } }))[0]).toMatch(/do not fit/);
});
