/** What a run would take, before it starts: found with few images, held to what many take, and judged against a limit. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { MemoryLimit } from '../core/memory';
import type { Command, Report } from '../core/protocol';
import { Random } from '../core/random';
import type { Params } from '../core/types';
import { nodePlatform } from '../headless/platform';
import type { Sampler } from '../models/model';
import { MODELS } from '../models/registry';
import { openBackend } from './backend';
import { at, type Cost, type Line, measure, TooMuch } from './measure';
import { judge, memoryLimit } from './preflight';
import { Session } from './session';

const NO_LIMIT = Number.POSITIVE_INFINITY;
const measured = async (id: string, params: Params, most = NO_LIMIT): Promise<Cost> => {
  const cost = await measure(
    MODELS[id],
    params,
    most,
    () => true,
    () => {},
  );
  if (!cost) throw new Error('nobody ended it');
  return cost;
};

/** Small, but large enough that activations and not weights decide. */
const SMALL: Record<string, Params> = {
  vae: { size: 64, latent: 4 },
  ascnet: { size: 48, width: 4 },
  anogan: { size: 64, width: 4 },
  acae: { size: 64, width: 4 },
  fanogan: { size: 64, width: 4 },
  healthygan: { size: 48, width: 4, blocks: 2, channels: 1 },
  a2bgan: { size: 32, width: 4, blocks: 1 },
};
const paramsOf = (id: string): Params => ({ ...MODELS[id].spec.presets.demo.params, ...SMALL[id] });

describe('what an update costs', () => {
  beforeAll(() => openBackend('wasm', nodePlatform, () => {}, 1));

  it.each(Object.keys(MODELS))('of %s: bytes at batch 4, foretold from 1 and 2, are what tfjs’s own profile finds, to 2 %%', async (id) => {
    const model = MODELS[id];
    const params = paramsOf(id);
    const tensors = tf.memory().numTensors;
    const cost = await measured(id, params);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(Object.keys(cost.updates).sort()).toEqual(Object.keys(model.spec.networks).sort());

    const four = { ...params, ...Object.fromEntries(Object.values(cost.updates).map(({ batch }) => [batch, 4])) };
    const brief = model.brief?.(four) ?? four;
    const random = new Random(5);
    const sampler: Sampler = { random, count: () => 1000, batch: (_, n) => tf.zeros([n, params.size, params.size, 1]) };
    const trainer = model.build(brief, params.size, params.size, 5);
    const steps = trainer.train(sampler);
    const peaks: Record<string, number> = {};
    for (let i = 0; i < 2 * Object.keys(cost.updates).length; i++) {
      let network = '';
      const { peakBytes } = await tf.profile(() => {
        const { value } = steps.next();
        network = value?.network ?? '';
        return value?.losses ?? {};
      });
      peaks[network] = peakBytes; // not of the first, which warms averages up
    }
    steps.return();
    trainer.dispose();
    for (const [network, { bytes }] of Object.entries(cost.updates)) {
      expect(at(bytes, 4) / peaks[network], network).toBeGreaterThan(0.98);
      expect(at(bytes, 4) / peaks[network], network).toBeLessThan(1.02);
      expect(bytes.perImage, network).toBeGreaterThan(4 * params.size ** 2);
    }
  });

  it('grows with the channels of the images', async () => {
    const gray = await measured('healthygan', { ...paramsOf('healthygan'), channels: 0 });
    const colour = await measured('healthygan', { ...paramsOf('healthygan'), channels: 1 });
    expect(colour.updates.critic.bytes.perImage).toBeGreaterThan(gray.updates.critic.bytes.perImage + 2 * 4 * 48 ** 2);
  });

  it('is broken off at the tensor that goes too far, and leaves none behind', async () => {
    const tensors = tf.memory().numTensors;
    await expect(measured('ascnet', paramsOf('ascnet'), 4e6)).rejects.toThrow(TooMuch);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

const limit = (bytes: number | null, largest: number | null = null): MemoryLimit => ({
  bytes,
  largest,
  chosen: false,
  about: 'there is so much',
});

describe('judging', () => {
  const line = (fixed: number, perImage: number) => ({ fixed, perImage });
  const none = line(0, 0);
  const COST: Cost = {
    state: 100e6,
    exact: true,
    updates: {
      discriminator: { batch: 'discriminatorBatch', bytes: line(200e6, 10e6), largest: line(0, 1e6), seconds: line(0.1, 0.01) },
      mainModule: { batch: 'batch', bytes: line(300e6, 50e6), largest: line(0, 4e6), seconds: none },
    },
  };
  const { spec } = MODELS.ascnet;
  const params = { ...spec.presets.demo.params, batch: 20, discriminatorBatch: 80 };
  const of = (memory: MemoryLimit, watched = false, cost = COST) =>
    judge(spec, params, cost, memory, watched, { discriminator: 10, mainModule: 5 });

  it('lets a run pass that fits, with what it needs: the larger update, and the last good weights', () => {
    expect(of(limit(1.4e9))).toMatchObject({ need: 1400e6, sentence: null, fits: params });
    expect(of(limit(1.4e9)).seconds).toBeCloseTo(10 * (0.1 + 80 * 0.01));
  });

  it('counts the snapshots of a run that is watched: four of 100 MB fit into their share', () => {
    expect(of(limit(2e9), true).need).toBe(1800e6);
  });

  it('counts two snapshots, however large, where one of them is chosen', () => {
    const { spec: translator } = MODELS.healthygan;
    const large: Cost = {
      state: 500e6,
      exact: true,
      updates: { critic: { batch: 'batch', bytes: line(1e9, 0), largest: none, seconds: none } },
    };
    expect(judge(translator, translator.presets.demo.params, large, limit(null), true, { critic: 1 }).need).toBe(1e9 + 3 * 500e6);
  });

  it('refuses one that does not, names both batches where both are too large, and keeps D’s a multiple of 4', () => {
    const { sentence, fits } = of(limit(0.777e9));
    expect(fits).toEqual({ ...params, batch: 7, discriminatorBatch: 44 });
    expect(sentence).toBe(
      `ASC-Net needs 1.4 GB at 64² with Batch of M 20, Batch of D 80; there is so much. Batch of M 7, Batch of D 44 fit.`,
    );
  });

  it('leaves the batch alone that fits', () => {
    expect(of(limit(1.2e9)).fits).toEqual({ ...params, batch: 16 });
  });

  it('says so where nothing fits', () => {
    expect(of(limit(0.44e9))).toMatchObject({
      fits: null,
      sentence: expect.stringContaining('No batch fits. Choose a smaller size or width.'),
    });
  });

  it('knows the largest tensor that a graphics device takes, and asks for no more memory than it knows of', () => {
    expect(of(limit(null, 60e6))).toMatchObject({ fits: { batch: 15, discriminatorBatch: 60 } });
    expect(of(limit(null, 60e6)).sentence).toContain('80.0 MB of them in one piece, of which the graphics device takes 60.0 MB at most');
    expect(of(limit(null, 80e6)).sentence).toBeNull();
  });

  it('takes the fewest images, and says “more than”, where twice as many were broken off', () => {
    const { sentence, fits } = of(limit(0.8e9), false, { ...COST, exact: false });
    expect(fits).toEqual({ ...params, batch: 1, discriminatorBatch: 4 });
    expect(sentence).toContain('needs more than 1.4 GB');
  });
});

it('the limit is the visitor’s, else the machine’s where it is small, else WebAssembly’s', () => {
  expect(memoryLimit('wasm', 2 ** 31, null)).toMatchObject({ bytes: 2 ** 31, about: 'this machine has 2.1 GB of memory' });
  expect(memoryLimit('wasm', 2 ** 36, null)).toMatchObject({ bytes: 2 ** 32, about: 'WebAssembly can hold 4.3 GB' });
  expect(memoryLimit('wasm', null, null).bytes).toBe(2 ** 32);
  expect(memoryLimit('wasm', 2 ** 31, 3e9)).toMatchObject({ bytes: 3e9, chosen: true });
  expect(memoryLimit('wasm', null, 5e9)).toMatchObject({ bytes: 2 ** 32, chosen: false });
});

describe('a session', () => {
  const reports: Report[] = [];
  const session = new Session((report) => reports.push(report), nodePlatform);
  const send = async (command: Command): Promise<Report[]> => {
    reports.length = 0;
    await session.handle(command);
    return [...reports];
  };
  const train = (params: Params): Command => ({ kind: 'train', run: 'r', model: 'healthygan', preset: 'paper', params, seed: 0 });
  const published = MODELS.healthygan.spec.presets.paper.params;
  const tiny = { ...published, size: 32, width: 4, blocks: 1, batch: 8, updates: 3 };

  beforeAll(async () => {
    await session.handle({ kind: 'open', backend: 'wasm', threads: 1 });
    await session.handle({ kind: 'phantom', variant: 'standard', size: 32, seed: 0 });
  }, 60_000);

  const phases = (all: readonly Report[]) => all.flatMap((report) => (report.kind === 'run' ? [report.state.phase] : []));
  const preflights = (all: readonly Report[]) => all.flatMap((report) => (report.kind === 'preflight' ? [report.preflight] : []));

  it('refuses a run that cannot fit, with the batch that does, which then trains; without the limit all of it does', async () => {
    await send({ kind: 'limit', bytes: 15e6 });
    const refused = await send(train(tiny));
    const [{ need, fits, sentence }] = preflights(refused);
    expect(need).toBeGreaterThan(15e6);
    expect(fits?.batch).toBeGreaterThanOrEqual(1);
    expect(fits?.batch).toBeLessThan(8);
    expect(sentence).toBe(
      `HealthyGAN needs ${(need / 1e6).toFixed(1)} MB at 32² with a batch of 8; this lab may take 15.0 MB. A batch of ${fits?.batch} fits.`,
    );
    expect(refused).toContainEqual({ kind: 'failure', where: 'train', sentence });
    expect(phases(refused)).toEqual(['preparing', 'stopped']);

    const passed = await send(train(fits as Params));
    expect(preflights(passed)[0]).toMatchObject({ sentence: null, seconds: expect.any(Number) });
    expect(phases(passed).at(-1)).toBe('done');
    const oneMore = await send(train({ ...tiny, batch: (fits as Params).batch + 1 }));
    expect(preflights(oneMore)[0].sentence).toContain(`A batch of ${fits?.batch} fits.`);

    await send({ kind: 'limit', bytes: null });
    expect(phases(await send(train(tiny))).at(-1)).toBe('done');
  }, 120_000);

  it('refuses the published size, 256² with 3 channels and a batch of 16, where 0.6 GB may be taken: its weights alone are more', async () => {
    await send({ kind: 'limit', bytes: 0.6e9 });
    const refused = await send(train(published));
    await send({ kind: 'limit', bytes: null });
    expect(preflights(refused)[0].sentence).toBe(
      'HealthyGAN needs more than 600.0 MB at 256² with the smallest batches; this lab may take 600.0 MB. No batch fits. Choose a smaller size or width.',
    );
  }, 120_000);
});

it('the published size needs what no WebAssembly holds: refused with that, and with the largest batch that fits', async () => {
  await openBackend('wasm', nodePlatform, () => {}, 1);
  const { paper } = MODELS.healthygan.spec.presets;
  // The networks of 256² take long; at 64² they have the same weights, and an image takes a sixteenth.
  const small = await measured('healthygan', { ...paper.params, size: 64, criticLayers: 6 }, 2 ** 32);
  const scaled = ({ fixed, perImage }: Line): Line => ({ fixed, perImage: 16 * perImage });
  const updates = Object.entries(small.updates).map(([network, one]) => [network, { ...one, bytes: scaled(one.bytes) }]);
  const cost: Cost = { ...small, updates: Object.fromEntries(updates) };
  // Found once with the networks of 256² themselves.
  expect(cost.updates.generator.bytes.fixed / 1_130_131_016).toBeCloseTo(1, 2);
  expect(cost.updates.generator.bytes.perImage / 1_160_106_240).toBeCloseTo(1, 2);
  const of = (bytes: number) => judge(MODELS.healthygan.spec, paper.params, cost, limit(bytes), false, { critic: 1, generator: 1 });
  const { need, fits, sentence } = of(2 ** 32);
  const { batch } = fits as Params;
  expect(sentence).toBe(
    `HealthyGAN needs ${(need / 1e9).toFixed(1)} GB at 256² with a batch of 16; there is so much. A batch of ${batch} fits.`,
  );
  expect(paper.params).toMatchObject({ size: 256, batch: 16, channels: 1 });
  expect(batch).toBeGreaterThanOrEqual(1);
  const bytesOf = (images: number) => Math.max(...Object.values(cost.updates).map(({ bytes }) => at(bytes, images))) + cost.state;
  expect(bytesOf(batch)).toBeLessThanOrEqual(2 ** 32);
  expect(bytesOf(batch + 1)).toBeGreaterThan(2 ** 32);
  expect(need).toBeCloseTo(bytesOf(16), -3);
  // Where there is room for all of it, it passes.
  expect(of(need)).toMatchObject({ sentence: null, fits: paper.params });
  expect(of(need - 1).sentence).toContain('A batch of 15 fits.');
}, 240_000);
