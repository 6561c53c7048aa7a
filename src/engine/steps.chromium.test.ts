/** Every model's updates, recorded and replayed, against the same updates taken as usual; and what a device's error does to a run that replays. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Random } from '../core/random';
import type { Params } from '../core/types';
import type { Sampler } from '../models/model';
import { MODELS } from '../models/registry';
import { openBackend } from './backend';
import { browserPlatform } from './platform';
import { Run } from './run';
import { Steps } from './steps';
import { madeSlices, rolesOf } from './testRun';

const sentences: string[] = [];
beforeAll(() => openBackend('webgpu', browserPlatform, (sentence) => sentences.push(sentence), null, 'own', true));

const UPDATES = 50;

/** Small networks; where there is a schedule, one that goes through all its parts within the updates. */
const SMALL: Record<string, Params> = {
  vae: { size: 32, latent: 4, batch: 2 },
  anogan: { width: 2, batch: 2, generatorUpdates: 2 },
  ascnet: { size: 16, width: 2, batch: 2, discriminatorBatch: 4, stage1: 12, stage2: 12, updates: 50, cap: 0.2, head: 0 },
  healthygan: { size: 32, width: 2, batch: 2, blocks: 1, criticLayers: 2 },
};

/** Losses of updates of small networks, the variables after them, and where the draws stand. */
async function taken(model: string, replay: boolean) {
  const { spec, build } = MODELS[model];
  const params = { ...spec.presets.demo.params, ...SMALL[model] };
  const trainer = build(params, params.size, params.size, 1);
  const random = new Random(2);
  const image = (n: number) => Float32Array.from({ length: n * params.size ** 2 }, () => random.uniform());
  const sampler: Sampler = { random, count: () => 8, batch: (_, n) => tf.tensor4d(image(n), [n, params.size, params.size, 1]) };
  const steps = new Steps(trainer, sampler, replay);
  const updates = steps.begin();
  const losses: number[] = [];
  for (let i = 0; i < UPDATES; i++) {
    const { value, done } = updates.next();
    if (done) break;
    for (const loss of Object.values(value.losses)) losses.push((await loss.data())[0]);
    tf.dispose(value.losses);
  }
  const { state } = steps;
  const held = (tf.memory() as tf.MemoryInfo & { numBytesInGPU: number }).numBytesInGPU;
  const variables: Record<string, Float32Array> = {};
  for (const [name, variable] of Object.entries(trainer.variables)) variables[name] = (await variable.data()) as Float32Array;
  updates.return();
  trainer.dispose();
  return { losses, variables, draws: random.state, state, held, after: steps.state };
}

/** The largest difference in units of the largest value. */
function deviation(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  let [difference, largest] = [ours.length === theirs.length ? 0 : Number.POSITIVE_INFINITY, 1e-6];
  for (let i = 0; i < theirs.length; i++) {
    difference = Math.max(difference, Number.isNaN(ours[i]) ? Number.POSITIVE_INFINITY : Math.abs(ours[i] - theirs[i]));
    largest = Math.max(largest, Math.abs(theirs[i]));
  }
  return difference / largest;
}

describe('50 updates', () => {
  it.each(Object.keys(SMALL))(
    'of %s are the same, most of them replayed',
    async (model) => {
      const usual = await taken(model, false);
      const { losses, variables, draws, state, held, after } = await taken(model, true);
      expect(usual.losses.length).toBeGreaterThanOrEqual(UPDATES);
      expect(deviation(losses, usual.losses)).toBeLessThanOrEqual(1e-6);
      for (const [name, values] of Object.entries(usual.variables)) {
        expect(deviation(variables[name], values), name).toBeLessThanOrEqual(1e-6);
      }
      expect(draws).toEqual(usual.draws);
      expect(state?.replayed, state?.why).toBeGreaterThan(UPDATES / 2);
      expect(state?.bytes).toBeGreaterThan(0);
      expect(held).toBe(usual.held);
      expect(after?.bytes).toBe(0);
      expect(usual.state).toBeNull();
      expect(sentences).toEqual([]);
    },
    120_000,
  );
});

it('an error of the device while updates are replayed ends the run with the weights of a good update', async () => {
  const { vae } = MODELS;
  const params = { ...vae.spec.presets.demo.params, ...SMALL.vae, updates: 100_000 };
  const roles = rolesOf({ reference: madeSlices(8) });
  const command = { kind: 'train', run: 'r', model: 'vae', preset: 'demo', params, seed: 1 } as const;
  const run = new Run(command, vae, roles, 'mine', { backend: 'webgpu', replay: true }, () => {}, false);
  await openBackend('webgpu', browserPlatform, (sentence, gone) => run.runner.fail(sentence, gone), null, 'own', true);
  const ended = run.start();
  await vi.waitUntil(() => (run.state().recordings?.replayed ?? 0) > 10, { timeout: 60_000 });
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  const buffer = device.createBuffer({ size: 4, usage: GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(buffer, 0, new Uint8Array(8)); // beyond its end
  await ended;
  const { phase, message, update } = run.state();
  expect(phase).toBe('failed');
  expect(message).toMatch(
    /^The graphics device reported an error, so this step cannot be trusted: .*\. The weights of update \d+ are kept\.$/,
  );
  expect(message).toContain(`The weights of update ${update} are kept.`);
  for (const variable of Object.values(run.trainer.variables)) {
    const values = await variable.data();
    expect(values.every(Number.isFinite)).toBe(true);
  }
  run.dispose();
});
