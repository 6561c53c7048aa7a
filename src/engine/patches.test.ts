/** AnoGAN's patches through the whole lab: files in at one size, a network of another, and maps of whole slices out. */
import { gunzipSync } from 'node:zlib';
import { readHeader, readImage } from 'nifti-reader-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { quantise } from '../core/cut';
import { NO_CLEAN_UP } from '../core/morphology';
import type { Command, Evaluation, Report } from '../core/protocol';
import { PAPER_RECIPE } from '../core/recipe';
import { drop, niftiFile, pngFile } from '../data/testFiles';
import { unzip, zipEntries } from '../data/zip';
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
const RAS_AFFINE = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];
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

it('scores whole slices in patches, by the label of their masks, and says so', () => {
  const { slices, height, width, notes, metrics, maps, images, views } = evaluation;
  expect([height, width]).toEqual([FIELD, FIELD]);
  expect(slices.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(slices.map(({ label, masked, stack }) => [label, masked, stack?.count])).toEqual(Array(3).fill([1, true, 3]));
  expect([maps.length, images.length, views.reconstruction.length]).toEqual(Array(3).fill(3 * FIELD * FIELD));
  expect(metrics.pixelAuroc).not.toBeNull();
  expect(notes[0]).toMatch(/^3 test slices of 64 × 64 pixels, scored in up to 9 patches of 32 × 32 each that overlap by half; /);
  // No patch that holds anything reaches the lower right quarter of the quarter that is background.
  for (let slice = 0; slice < 3; slice++) {
    const own = maps.subarray(slice * FIELD * FIELD, (slice + 1) * FIELD * FIELD);
    expect(own[63 * FIELD + 63]).toBe(Math.min(...own));
  }
});

it('saves maps and masks on the grid of the scan, as another reader finds them', async () => {
  const { run, update, scorer, smooth, lo, hi, maps, slices } = evaluation;
  const save = async (cut: Extract<Command, { kind: 'export' }>['cut']) => {
    const reports = await first.send({ kind: 'export', run, update, scorer, smooth, cut });
    const exported = reports.find((r) => r.kind === 'exported') as Extract<Report, { kind: 'exported' }>;
    const [entry] = (await zipEntries(exported.file)).filter(({ path }) => path.endsWith('.nii.gz'));
    const { buffer, byteOffset, byteLength } = gunzipSync(new Uint8Array(await (await unzip(exported.file, entry)).arrayBuffer()));
    const file = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    const header = readHeader(file);
    return { path: entry.path, dims: header.dims.slice(1, 4), affine: header.affine, image: readImage(header, file) };
  };
  const scores = await save(null);
  expect(scores).toMatchObject({ path: 'test_a_flair_score.nii.gz', dims: [FIELD, FIELD, 3], affine: RAS_AFFINE });
  const level = 1500;
  const masks = await save({ side: 'bright', level, cleanUp: NO_CLEAN_UP });
  const [codes, flags] = [quantise(new Float32Array(scores.image), lo, hi), new Uint8Array(masks.image)];
  let flagged = 0;
  slices.forEach(({ index }, n) => {
    for (let row = 0; row < FIELD; row++)
      for (let column = 0; column < FIELD; column++) {
        const code = maps[(n * FIELD + row) * FIELD + column];
        // Row 0 is anterior and column 0 the patient's right: the far ends of both axes.
        const voxel = (index * FIELD + FIELD - 1 - row) * FIELD + FIELD - 1 - column;
        expect(codes[voxel]).toBe(code);
        expect(flags[voxel]).toBe(code >= level ? 1 : 0);
        flagged += flags[voxel];
      }
  });
  expect(flagged).toBeGreaterThan(100);
});

it('refuses a method that sees more than a slice holds before it gives the loaded run up', async () => {
  expect(failures(await first.send(command(8, 3, 128)))).toEqual([
    expect.stringMatching(/^Patches of 128 × 128 do not fit in slices of 64 × 64 pixels\. .*\.$/),
  ]);
  expect(first.session.checkpoint()).not.toBeNull();
  expect(failures(await first.send({ kind: 'prepare', recipe: { ...RECIPE, patches: { field: 16 } } }))[0]).toMatch(/do not fit/);
});

it('HealthyGAN learns from patches of fewer slices than a batch holds', async () => {
  const { send } = await lab();
  const mixed = Array.from({ length: 3 }, (_, k) => [`mixed/m${k}.png`, pngFile(FIELD, FIELD, (x, y) => tissue(x, y, 20 + k))]);
  await send({ kind: 'load', role: 'mixed', files: drop(Object.fromEntries(mixed)) });
  const params = { ...MODELS.healthygan.spec.presets.demo.params, size: SIZE, width: 4, blocks: 1, batch: 8, updates: 3 };
  const reports = await send({ ...command(3), model: 'healthygan', params });
  expect(failures(reports)).toEqual([]);
  expect(reports.flatMap((r) => (r.kind === 'run' ? [r.state.phase] : [])).at(-1)).toBe('done');
}, 120_000);
