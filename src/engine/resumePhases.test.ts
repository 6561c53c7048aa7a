/** Models on WASM whose networks take turns or have phases: a checkpoint from the middle of any, through a file, goes on bit for bit. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Point } from '../core/protocol';
import { Random } from '../core/random';
import type { Params } from '../core/types';
import { nodePlatform } from '../headless/platform';
import type { AnomalyModel } from '../models/model';
import { MODELS } from '../models/registry';
import { openBackend } from './backend';
import { type Checkpoint, checkpointOf, restore } from './checkpoint';
import { Runner } from './runner';
import { readSafetensors, writeSafetensors } from './safetensors';
import { SliceSampler } from './sampler';
import { madeSlices, rolesOf } from './testRun';

const { ascnet, healthygan } = MODELS;
/** Dropout and two stages; phases of D, M, D (stage 2), M: 6, 3, 12 and 3 updates. */
const ASCNET: Params = {
  ...ascnet.spec.presets.demo.params, size: 16, width: 1,
  batch: 4, discriminatorBatch: 4, stage1: 1, stage2: 1, updates: 0, warmup: 2, dropout: 0.3, cap: 0, discriminatorRate: 1e-2,
}; // biome-ignore format: a table
/** D D G, over and again; the rate falls after the fourth iteration of six. */
const HEALTHYGAN: Params = { ...healthygan.spec.presets.demo.params, size: 16, width: 4, blocks: 1, batch: 3, updates: 9, decay: 0.5 };

type Stop = [name: string, at: number];
const PHASES: Stop[] = [
  ['inside a phase of D', 3],
  ['between a phase of D and one of M', 6],
  ['inside a phase of M', 8],
  ['inside a phase of D in stage 2', 14],
  ['inside the last phase of M', 22],
];
const TURNS: Stop[] = [
  ['between two updates of D', 1],
  ['between D and G, which learns from D’s last batches', 5],
  ['after G', 6],
];
const FRESH = { cap: 0.8, discriminatorLife: 2, moments: 1, frozen: 1 };
const CASES: [string, AnomalyModel, Params, number, Stop[]][] = [
  ['ASC-Net, D kept', ascnet, ASCNET, 24, PHASES],
  ['ASC-Net, D capped and drawn anew for every phase, moments reset, Keras 2.2', ascnet, { ...ASCNET, ...FRESH }, 24, PHASES],
  ['HealthyGAN', healthygan, HEALTHYGAN, 9, TURNS],
];

const ROLES = rolesOf({ reference: madeSlices(12, 0, { size: 16 }), mixed: madeSlices(5, 50, { size: 16 }) });

beforeAll(async () => {
  await openBackend('wasm', nodePlatform, () => {});
});

async function trained(
  model: AnomalyModel,
  seed: number,
  params: Params,
  until: number,
  from?: Checkpoint,
): Promise<{ checkpoint: Checkpoint; points: Point[] }> {
  const sampler = new SliceSampler(ROLES, model.spec.input, new Random(seed + 1));
  const trainer = model.build(params, 16, 16, seed);
  if (from) restore(from, trainer, sampler);
  const points: Point[] = [];
  const hooks = { points: (more: Point[]) => points.push(...more), state: () => {}, between: async () => {} };
  const runner = new Runner(trainer, trainer.train(sampler), until, hooks, from);
  await runner.run();
  expect(runner.phase).toBe('done');
  const checkpoint = await checkpointOf({ trainer, sampler, runner });
  trainer.dispose();
  return { checkpoint, points };
}

function throughFile(checkpoint: Checkpoint): Checkpoint {
  const { tensors } = readSafetensors(writeSafetensors(checkpoint.tensors, {}));
  return { ...JSON.parse(JSON.stringify({ ...checkpoint, tensors: {} })), tensors };
}

describe.each(CASES)('%s', (_, model, params, end, stops) => {
  let whole: Awaited<ReturnType<typeof trained>>;
  beforeAll(async () => {
    expect(model.updates(params, (role) => ROLES[role].length)).toBe(end);
    whole = await trained(model, 11, params, end);
  });

  it.each(stops)('goes on %s as if it had never stopped', async (_, at) => {
    const { checkpoint } = await trained(model, 11, params, at);
    expect(checkpoint.optimiserSteps).toBe(at);
    // Another seed builds it: everything that matters must come from the checkpoint.
    const resumed = await trained(model, 99, params, end, throughFile(checkpoint));
    const different = Object.keys(whole.checkpoint.tensors).filter((name) =>
      whole.checkpoint.tensors[name].values.some((v, i) => v !== resumed.checkpoint.tensors[name].values[i]),
    );
    expect(different).toEqual([]);
    expect(resumed.points).toEqual(whole.points.slice(at));
    expect(resumed.checkpoint.sampler).toEqual(whole.checkpoint.sampler);
  });
});

it('fills the smaller set up with random duplicates: each slice as often as any other, give or take one', () => {
  const sampler = new SliceSampler(ROLES, ascnet.spec.input, new Random(1));
  const seen = new Map<string, number>();
  for (let drawn = 0; drawn < 12; drawn += 4) {
    const x = sampler.batch('mixed', 4);
    for (const image of tf.unstack(x)) {
      const key = image.dataSync().slice(0, 200).join();
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
  }
  expect([...seen.values()].sort()).toEqual([2, 2, 2, 3, 3]);
});
