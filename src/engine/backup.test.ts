/** A run whose device stops waits, on the next one, where it was copied last, and goes on from there as if nothing had happened. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Command, Report, RunState } from '../core/protocol';
import { drop, pngFile, useNodeCodecs } from '../data/testFiles';
import { nodePlatform } from '../headless/platform';
import { MODELS } from '../models/registry';
import type { OnLost } from './backend';
import { Backup } from './backup';
import { Session } from './session';

/** WASM that passes for a graphics device: what it says when it is lost can be said here. */
let lose: OnLost = () => {};
/** Whether no device is to be had. */
let refused = false;
vi.mock('./backend', async (original) => {
  const actual = await original<typeof import('./backend')>();
  return {
    ...actual,
    openBackend: async (_: string, platform: never, onLost: OnLost) => {
      if (refused) throw new Error('No device.');
      lose = onLost;
      const opened = await actual.openBackend('wasm', platform, onLost, 1);
      Object.assign(tf.backend(), { device: { limits: { maxBufferSize: 2 ** 40, maxStorageBufferBindingSize: 2 ** 40 } } });
      return { ...opened, backend: 'webgpu' };
    },
  };
});

let ahead = 0;
const now = performance.now.bind(performance);
vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);

const reports: Report[] = [];
const session = new Session((report) => reports.push(report), nodePlatform);
const send = (command: Command) => session.handle(command);
const open = () => send({ kind: 'open', backend: 'webgpu', threads: null });
const state = (): RunState => reports.flatMap((report) => (report.kind === 'run' ? [report.state] : [])).at(-1)!;
const failures = () => reports.flatMap((report) => (report.kind === 'failure' ? [report.sentence] : []));

const PARAMS = { ...MODELS.vae.spec.presets.demo.params, size: 32, latent: 2, batch: 2, updates: 1500 };
const train = (run: string, updates = PARAMS.updates) =>
  send({ kind: 'train', run, model: 'vae', preset: 'demo', params: { ...PARAMS, updates }, seed: 3 });
const SCANS = drop(
  Object.fromEntries(Array.from({ length: 8 }, (_, k) => [`healthy/p${k}.png`, pngFile(32, 32, (x, y) => (x * y + 40 * k) & 255)])),
);
const GONE = 'The graphics device stopped, and the weights on it are lost.';
const weights = async () => Object.entries((await session.checkpoint()!).tensors).map(([name, { values }]) => [name, [...values]]);
const until = (phase: string) => vi.waitUntil(() => state().phase === phase, { timeout: 90_000 });
const reached = (update: number) => vi.waitUntil(() => (state()?.update ?? -1) >= update, { timeout: 60_000, interval: 1 });

const SAID = /^The graphics device stopped\. The weights of update (\d+) had been copied from it: .* the \d+ updates since are lost\.$/;

/** Makes a copy due while the run is paused, lets the run take it and a few updates more, and loses the device; the update of the copy. */
async function copiedAndLost(): Promise<number> {
  const ended = train('r');
  await reached(10);
  await send({ kind: 'pause', run: 'r' });
  ahead += 11_000;
  await send({ kind: 'step', run: 'r' });
  await until('paused');
  const paused = state().update;
  await send({ kind: 'resume', run: 'r' });
  await reached(paused + 5);
  lose(GONE, true);
  await ended;
  expect(state()).toMatchObject({ phase: 'failed', message: expect.stringMatching(SAID) });
  expect(failures().at(-1)).toBe(state().message);
  return Number(SAID.exec(state().message!)![1]);
}

beforeAll(async () => {
  useNodeCodecs();
  await open();
  await send({ kind: 'use', set: 'mine' });
  await send({ kind: 'load', role: 'reference', files: SCANS });
});
beforeEach(() => reports.splice(0));

it('waits at its last copy once the engine has started again, and ends with the weights of a run that never stopped', async () => {
  await train('whole');
  expect(failures()).toEqual([]);
  const whole = await weights();
  reports.splice(0);
  const copied = await copiedAndLost();
  expect(copied).toBeGreaterThanOrEqual(10);
  refused = true;
  await open();
  expect(failures().at(-1)).toBe('No device.');
  refused = false;
  await open();
  await until('paused');
  expect(state()).toMatchObject({ run: 'r', update: copied, message: null });
  await send({ kind: 'resume', run: 'r' });
  await until('done');
  expect(state().update).toBe(1500);
  expect(await weights()).toEqual(whole);
}, 120_000);

it('stands as ended where it had ended', async () => {
  await train('brief', 20);
  const ended = await weights();
  lose(GONE, true);
  expect(failures().at(-1)).toContain('The weights of update 20 had been copied from it');
  expect(failures().at(-1)).toContain('nothing is lost');
  reports.splice(0);
  await open();
  const phases = reports.flatMap((report) => (report.kind === 'run' ? [report.state.phase] : []));
  expect(phases).toEqual(['done']);
  expect(state()).toMatchObject({ run: 'brief', update: 20 });
  expect(await weights()).toEqual(ended);
}, 120_000);

it('is given up where the data change meanwhile, or nothing was copied', async () => {
  await copiedAndLost();
  const [{ id }] = session.data.sources;
  await send({ kind: 'assign', source: id, role: 'mixed' });
  await send({ kind: 'assign', source: id, role: 'reference' });
  reports.splice(0);
  await open();
  expect(reports.filter(({ kind }) => kind === 'run')).toEqual([]);

  const ended = train('short');
  await reached(3);
  lose(GONE, true);
  await ended;
  expect(state()).toMatchObject({ phase: 'failed', message: GONE });
  reports.splice(0);
  await open();
  expect(reports.filter(({ kind }) => kind === 'run')).toEqual([]);
}, 120_000);

it('is not put back to weights that it went back from', async () => {
  const variable = tf.variable(tf.tensor1d([1, 2]));
  const run = {
    trainer: { variables: { w: variable }, updates: 0 },
    sampler: { state: {} },
    runner: { phase: 'done', update: 10, seconds: 1 },
  };
  const backup = new Backup(run as unknown as ConstructorParameters<typeof Backup>[0]);
  await backup.takeDue();
  expect(backup.checkpoint).toMatchObject({ update: 10, tensors: { w: { values: Float32Array.of(1, 2) } } });
  backup.forget();
  expect(backup.checkpoint).toBeNull();
  Object.assign(run.runner, { phase: 'paused', update: 6 });
  variable.assign(tf.tensor1d([3, 4]));
  await backup.takeDue();
  expect(backup.checkpoint, 'the next copy is due at once').toMatchObject({ update: 6, tensors: { w: { values: Float32Array.of(3, 4) } } });
  variable.assign(tf.tensor1d([Number.NaN, 4]));
  ahead += 11_000;
  run.runner.update = 7;
  await backup.takeDue();
  expect(backup.checkpoint?.update, 'no copy of what is no number').toBe(6);
  variable.dispose();
});
