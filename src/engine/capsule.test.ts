/** Capsules: what goes in comes out, no pixel goes in unasked, and damage is named. */
import { describe, expect, it } from 'vitest';
import { buildTables, curves, LEVELS, quantise } from '../core/cut';
import { Random } from '../core/random';
import type { KeptRun, Scores } from '../core/runs';
import { DataError } from '../data/errors';
import { unzip, zipEntries } from '../data/zip';
import { zipOf } from '../data/zipWrite';
import { readCapsule, writeCapsule } from './capsule';
import { hop } from './hop';
import { writeSafetensors } from './safetensors';

const [N, SIDE] = [5, 6];

function made(): KeptRun & { scores: Scores } {
  const random = new Random(4);
  const values = Float32Array.from({ length: N * SIDE * SIDE }, () => random.between(0, 1));
  const maps = quantise(values, 0, 1);
  const truths = Uint8Array.from(values, (v, i) => (i >= 72 && v > 0.7 ? 1 : 0));
  const tables = buildTables(maps, truths, Array(N).fill(true), SIDE * SIDE);
  const slices = Array.from({ length: N }, (_, i) => ({ name: `s${i}`, group: `p,${i}`, volume: 'v', index: i, masked: true, label: 1, score: i === 3 ? Number.NaN : i / 7, edges: null, pixelArea: null, hash: `h${i}` })); // biome-ignore format: one line
  const healthy = Uint32Array.from({ length: LEVELS }, (_, i) => i);
  const scores = { run: 'vae-1', scorer: 'Rec-grad', smooth: true, mapless: false, update: 9, data: 'd', total: N, height: SIDE, width: SIDE, lo: 0, hi: 1, slices, maps, truths, tables, healthy, healthyRanges: Uint16Array.of(3, 9), validation: null, metrics: { imageAuc: 0.75 }, baselines: {}, notes: ['n'], seconds: 2 }; // biome-ignore format: one line
  const record = { run: 'vae-1', name: 'First', model: 'vae', preset: 'demo', params: { size: 6 }, seed: 3, set: 'phantom', backend: 'wasm', phase: 'done', update: 9, updates: 9, seconds: 1.5, ended: '2026-01-01T00:00:00Z', adapter: '', threads: 1, kernels: [], training: 't', slices: { reference: 8, mixed: 0, validation: 0, test: 5 }, recipe: null }; // biome-ignore format: one line
  const weights = writeSafetensors({ w: { shape: [2], values: Float32Array.of(1, -2) } }, {});
  const position = { update: 9, optimiserSteps: 9, seconds: 1.5, sampler: { random: [1, 2, 3, 4], decks: {} } };
  return { record, scores, weights, position } as unknown as KeptRun & { scores: Scores };
}

const FIGURES = [{ path: 'figures/roc.svg', text: '<svg/>' }];
const paths = async (capsule: Blob) => (await zipEntries(capsule)).map(({ path }) => path);

it('comes back whole, numbers that JSON lacks included', async () => {
  const run = made();
  expect(await readCapsule(await writeCapsule(run, FIGURES, true))).toEqual(run);
});

it('holds no pixels unless asked, and still answers at every threshold', async () => {
  const run = made();
  const capsule = await writeCapsule(run, FIGURES, false);
  expect(await paths(capsule)).toEqual(expect.arrayContaining(['capsule.json', 'metrics.json', 'scores.csv', 'weights.safetensors', 'load_weights.py', 'figures/roc.svg', 'README.txt'])); // biome-ignore format: one line
  expect((await paths(capsule)).filter((path) => /maps|truths|images/.test(path))).toEqual([]);
  for (const entry of await zipEntries(capsule))
    expect((await unzip(capsule, entry)).size, entry.path).not.toBe(2 * run.scores.maps!.length);
  const back = await readCapsule(capsule);
  expect([back.scores?.maps, back.scores?.truths]).toEqual([null, null]);
  expect(curves(back.scores!.tables)).toEqual(curves(run.scores.tables));
});

it('holds the numbers of the decision where the page says them', async () => {
  const text = '{"decision":1}';
  const capsule = await writeCapsule(made(), [{ path: 'metrics.json', text }], false);
  const entries = (await zipEntries(capsule)).filter(({ path }) => path === 'metrics.json');
  expect(entries).toHaveLength(1);
  expect(await (await unzip(capsule, entries[0])).text()).toBe(text);
});

it('keeps a run that was never scored', async () => {
  const run = { ...made(), scores: null };
  expect(await readCapsule(await writeCapsule(run, [], false))).toEqual(run);
});

describe('a file that is no capsule', () => {
  const damaged = async (change: (run: KeptRun & { scores: Scores }) => void) => {
    const run = made();
    change(run);
    return readCapsule(await writeCapsule(run, [], true));
  };

  it('is named', async () => {
    await expect(readCapsule(new Blob(['hello']))).rejects.toThrow('no directory at its end');
    const capsule = await writeCapsule(made(), [], false);
    await expect(readCapsule(capsule.slice(0, capsule.size - 30))).rejects.toThrow(/damaged/);
    await expect(damaged(({ scores }) => Object.assign(scores, { healthy: new Uint32Array(7) }))).rejects.toThrow('tables do not fit');
    await expect(damaged(({ scores }) => Object.assign(scores, { maps: new Uint16Array(7) }))).rejects.toThrow('maps do not fit');
    await expect(damaged(({ record }) => Object.assign(record, { seed: 'x' }))).rejects.toThrow('record lacks numbers');
    await expect(damaged((run) => Object.assign(run, { weights: new Uint8Array(20) }))).rejects.toThrow(/safetensors/);
  });
});

it('is taken whole or refused in words, whatever was written over its record', async () => {
  const capsule = await writeCapsule(made(), [], false);
  const files = new Map<string, Uint8Array>();
  for (const entry of await zipEntries(capsule)) files.set(entry.path, new Uint8Array(await (await unzip(capsule, entry)).arrayBuffer()));
  const main = JSON.parse(new TextDecoder().decode(files.get('capsule.json')));
  const paths: string[][] = [];
  const walk = (value: unknown, path: string[]) => {
    if (path[1] === 'slices' && Number(path[2]) > 0) return; // one slice is as another
    if (path.length > 0) paths.push(path);
    if (value !== null && typeof value === 'object') for (const [key, one] of Object.entries(value)) walk(one, [...path, key]);
  };
  walk(main, []);
  let refused = 0;
  for (const path of paths)
    for (const junk of [null, 7, { array: 'arrays/none.npy' }]) {
      const copy = structuredClone(main);
      path.slice(0, -1).reduce((at, key) => at[key], copy)[path.at(-1)!] = junk;
      const text = new TextEncoder().encode(JSON.stringify(copy));
      const damaged = await zipOf([...files].map(([name, bytes]) => ({ path: name, bytes: name === 'capsule.json' ? text : bytes })), hop); // biome-ignore format: one line
      const error = await readCapsule(damaged).then(() => null, (reason: unknown) => reason); // biome-ignore format: one line
      if (error === null) continue;
      expect(error, `${path.join('.')} = ${JSON.stringify(junk)}`).toBeInstanceOf(DataError);
      refused++;
    }
  expect(refused).toBeGreaterThan(paths.length);
}, 60_000);
