/** The real VAE on WASM: same seed, same bits; and a checkpoint, through its file, goes on as if the run had never stopped. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Point } from '../core/protocol';
import { Random } from '../core/random';
import type { Params } from '../core/types';
import { nodePlatform } from '../headless/platform';
import { MODELS } from '../models/registry';
import { openBackend } from './backend';
import { type Checkpoint, checkpointOf, restore } from './checkpoint';
import { Runner } from './runner';
import { readSafetensors, writeSafetensors } from './safetensors';
import { SliceSampler } from './sampler';
import { madeSlices, rolesOf } from './testRun';

const MODEL = MODELS.vae;
/** Small, with every kind of draw on. */
const PARAMS: Params = { ...MODEL.spec.presets.paper.params, size: 32, latent: 2, batch: 2, rate: 1e-3, epochs: 0 };
const SLICES = madeSlices(5);

beforeAll(async () => {
  const opened = await openBackend('wasm', nodePlatform, () => {});
  expect(opened).toMatchObject({ backend: 'wasm', threads: opened.mostThreads, available: expect.arrayContaining(['wasm']) });
  expect(opened.reason).toMatch(/WASM.*\.$/);
});

function begin(seed: number, until: number, from?: Checkpoint) {
  const sampler = new SliceSampler(rolesOf({ reference: SLICES }), MODEL.spec.input, new Random(seed + 1));
  const trainer = MODEL.build(PARAMS, 32, 32, seed);
  if (from) restore(from, trainer, sampler);
  const points: Point[] = [];
  const hooks = { points: (more: Point[]) => points.push(...more), state: () => {}, between: async () => {} };
  const runner = new Runner(trainer, trainer.train(sampler), until, hooks, from);
  return { sampler, trainer, runner, points };
}

async function trained(seed: number, until: number, from?: Checkpoint): Promise<{ checkpoint: Checkpoint; points: Point[] }> {
  const run = begin(seed, until, from);
  await run.runner.run();
  expect(run.runner.phase).toBe('done');
  const checkpoint = await checkpointOf(run);
  run.trainer.dispose();
  return { checkpoint, points: run.points };
}

/** Names of the tensors whose bits differ. */
const different = (a: Checkpoint, b: Checkpoint) =>
  Object.keys(a.tensors).filter((name) => {
    const other = b.tensors[name]?.values;
    return a.tensors[name].values.some((v, i) => v !== other?.[i]);
  });

describe('50 updates', () => {
  let whole: Awaited<ReturnType<typeof trained>>;
  beforeAll(async () => {
    whole = await trained(11, 50);
  });

  it('give bit-equal weights, moments and losses from the same seed', async () => {
    const again = await trained(11, 50);
    expect(different(whole.checkpoint, again.checkpoint)).toEqual([]);
    expect(again.points).toEqual(whole.points);
    expect(again.checkpoint.sampler).toEqual(whole.checkpoint.sampler);
    expect(whole.points.length).toBe(50);
  });

  it('are the same through a file in the middle', async () => {
    const { checkpoint } = await trained(11, 20);
    expect(checkpoint).toMatchObject({ update: 20, optimiserSteps: 20 });
    const { tensors, metadata } = readSafetensors(writeSafetensors(checkpoint.tensors, { update: '20' }));
    expect(metadata).toEqual({ update: '20' });
    const read: Checkpoint = JSON.parse(JSON.stringify({ ...checkpoint, tensors: {} }));
    // Another seed builds it: everything that matters must come from the checkpoint.
    const resumed = await trained(99, 50, { ...read, tensors });
    expect(different(whole.checkpoint, resumed.checkpoint)).toEqual([]);
    expect(resumed.points).toEqual(whole.points.slice(20));
    expect(resumed.checkpoint.optimiserSteps).toBe(50);
  });

  it('differ from those of another seed', async () => {
    const { checkpoint } = await trained(12, 1);
    const one = await trained(11, 1);
    const weights = different(one.checkpoint, checkpoint).filter((name) => name.endsWith('.w'));
    expect(weights.length).toBe(Object.keys(checkpoint.tensors).filter((name) => name.endsWith('.w')).length);
  });
});

it('an early stop leaks no tensors', async () => {
  const start = tf.memory().numTensors;
  const run = begin(1, 1000);
  const ended = run.runner.run();
  setTimeout(() => run.runner.stop(), 150);
  await ended;
  expect(run.runner.phase).toBe('stopped');
  expect(run.runner.update).toBeGreaterThan(0);
  run.trainer.dispose();
  expect(tf.memory().numTensors).toBe(start);
});

it('a checkpoint of another network is refused by name', async () => {
  const { checkpoint } = await trained(1, 1);
  const sampler = new SliceSampler(rolesOf({ reference: SLICES }), MODEL.spec.input, new Random(1));
  const wider = MODEL.build({ ...PARAMS, latent: 3 }, 32, 32, 1);
  expect(() => restore(checkpoint, wider, sampler)).toThrow('"enc_end.w" is 2×2×256×4, this model\'s is 2×2×256×6');
  const { 'enc0.w': _, ...fewer } = checkpoint.tensors;
  expect(() => restore({ ...checkpoint, tensors: fewer }, wider, sampler)).toThrow('lacks "enc0.w"');
  wider.dispose();
});

it('a run whose rate is absurd stops with finite weights and a sentence', async () => {
  const sampler = new SliceSampler(rolesOf({ reference: SLICES }), MODEL.spec.input, new Random(1));
  const trainer = MODEL.build({ ...PARAMS, rate: 1e8 }, 32, 32, 1);
  const runner = new Runner(trainer, trainer.train(sampler), 200, { points: () => {}, state: () => {}, between: async () => {} });
  await runner.run();
  expect(runner.phase).toBe('failed');
  expect(runner.message).toMatch(/stopped being .* The weights of update \d+ are kept\. Try a tenth of the rate/);
  for (const variable of Object.values(trainer.variables)) expect(variable.dataSync().every(Number.isFinite)).toBe(true);
  trainer.dispose();
});
