/** Every graph that the lab writes, run by ONNX Runtime: another program's numbers are the lab's own. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../core/random';
import type { Params } from '../core/types';
import { startBackend } from '../kernels/testBackend';
import type { AnomalyModel, Trainer } from '../models/model';
import { MODELS } from '../models/registry';
import { onnxOf } from './onnx';
import { permuted } from './onnxNodes';

const SMALL: Params = { size: 32, width: 4, latent: 8, batch: 2, discriminatorBatch: 4, blocks: 1 };
const IMAGES = 3;
const CLOSE = 1e-4;

ort.env.wasm.numThreads = 1;

/** Fresh networks whose every bias, gain and moving average says something. */
function built({ spec, build }: AnomalyModel, edits: Params = {}): Trainer {
  const small = Object.entries(SMALL).filter(([name]) => name in spec.params);
  const trainer = build({ ...spec.presets.demo.params, ...Object.fromEntries(small), ...edits }, 32, 32, 5);
  const random = new Random(9);
  tf.tidy(() => {
    for (const [name, variable] of Object.entries(trainer.variables)) {
      if (variable.rank !== 1) continue;
      const positive = name.endsWith('variance') || name.endsWith('gamma');
      const values = Float32Array.from({ length: variable.size }, () => (positive ? random.between(0.5, 1.5) : random.between(-0.2, 0.2)));
      variable.assign(tf.tensor1d(values));
    }
  });
  return trainer;
}

/** Images in a model's range with a background, which masks and means look at. */
function images(input: AnomalyModel['spec']['input']): tf.Tensor4D {
  const random = new Random(3);
  const [low, high] = { unit: [0, 1], signed: [-1, 1], zscore: [-1.5, 1.5] }[input];
  const values = Float32Array.from({ length: IMAGES * 32 * 32 }, (_, i) => (i % 32 < 6 ? 0 : random.between(low, high)));
  return tf.tensor4d(values, [IMAGES, 32, 32, 1]);
}

async function runOnnx(file: Uint8Array, inputs: Record<string, tf.Tensor>) {
  const session = await ort.InferenceSession.create(file);
  const feeds = Object.entries(inputs).map(([name, tensor]) => {
    const shape = tensor.rank === 4 ? [tensor.shape[0], 1, tensor.shape[1], tensor.shape[2]] : tensor.shape;
    return [name, new ort.Tensor('float32', tensor.dataSync() as Float32Array, shape as number[])] as const;
  });
  const results = await session.run(Object.fromEntries(feeds));
  await session.release();
  return results;
}

/** Shape and values, channels first. */
function channelsFirst(tensor: tf.Tensor) {
  const values = Float32Array.from(tensor.dataSync());
  if (tensor.rank !== 4) return { shape: tensor.shape, values };
  const [n, h, w, c] = tensor.shape;
  return { shape: [n, c as number, h as number, w as number], values: permuted(values, tensor.shape, [0, 3, 1, 2]) };
}

function expectSame(results: Awaited<ReturnType<typeof runOnnx>>, expected: Record<string, tf.Tensor>): void {
  expect(Object.keys(results).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, tensor] of Object.entries(expected)) {
    const { shape, values } = channelsFirst(tensor);
    expect(results[name].dims, name).toEqual(shape);
    const got = results[name].data as Float32Array;
    const scale = values.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
    const apart = values.reduce((most, v, i) => Math.max(most, Math.abs(v - got[i]) || 0), 0);
    expect(values.every(Number.isFinite) && got.every(Number.isFinite), name).toBe(true);
    expect(apart / scale, name).toBeLessThan(CLOSE);
  }
}

const onePass = Object.values(MODELS).flatMap((model) =>
  model.spec.scorers.filter(({ iterative, combines }) => !iterative && !combines).map((scorer) => [model.spec.id, scorer.id] as const),
);

describe.each(['cpu', 'wasm'] as const)('written on %s', (backend) => {
  beforeAll(() => startBackend(backend));

  it.each(onePass)('%s, %s', async (id, scorerId) => {
    const model = MODELS[id];
    const scorer = model.spec.scorers.find((one) => one.id === scorerId)!;
    const trainer = built(model);
    const before = tf.memory().numTensors;
    const file = await onnxOf({ spec: model.spec, trainer, height: 32, width: 32, scorer, smooth: scorer.smooth }, {});
    expect(tf.memory().numTensors).toBe(before);
    const x = images(model.spec.input);
    const scored = trainer.score(x, scorerId, scorer.smooth).next();
    if (!scored.done) throw new Error('not one pass');
    const { map, scores, views } = scored.value;
    expectSame(await runOnnx(file, { image: x }), { ...(map && { score_map: map }), score: scores, ...views });
    trainer.dispose();
  });

  it('AnoGAN at a code, where a search would stand', async () => {
    const { spec } = MODELS.anogan;
    const trainer = built(MODELS.anogan);
    const scorer = spec.scorers.find(({ iterative }) => iterative)!;
    const file = await onnxOf({ spec, trainer, height: 32, width: 32, scorer, smooth: false }, {});
    const [x, z] = [images(spec.input), tf.randomUniform<tf.Rank.R2>([IMAGES, SMALL.latent], -1, 1, 'float32', 4)];
    expectSame(await runOnnx(file, { image: x, z }), trainer.atCode!.run(x, z));
    trainer.dispose();
  });
});

describe('a file', () => {
  const { spec } = MODELS.vae;
  const fileOf = async (scorerId: string, metadata: Record<string, string> = {}) => {
    const trainer = built(MODELS.vae);
    const scorer = spec.scorers.find(({ id }) => id === scorerId)!;
    try {
      return await onnxOf({ spec, trainer, height: 32, width: 32, scorer, smooth: false }, metadata);
    } finally {
      trainer.dispose();
    }
  };

  it('says what it is, what an image must look like, how the run was made, and that it is no medical device', async () => {
    const text = new TextDecoder().decode(await fileOf('Rec-Error', { update: '1200', recipe: '{"plane":"axial"}' }));
    for (const said of ['Rec-Error: Squared difference', 'z-scores: (v - mean) / sd', '1200', '{"plane":"axial"}', 'Not a medical device.', 'enc0.w']) // biome-ignore format: one line
      expect(text).toContain(said);
  });

  it('is not made of a search or of a combination, with what to save instead', async () => {
    await expect(fileOf('Proj-Rec-Error')).rejects.toThrow(
      'Proj-Rec-Error is a search, and an ONNX file holds a single pass. Choose Rec-grad',
    );
    await expect(fileOf('Ensemble')).rejects.toThrow('Save one of its parts as ONNX: Rec-Error, KL-grad, Rec-grad.');
  });

  it('takes any number of images, and gives the same whatever lies beside one', async () => {
    const session = await ort.InferenceSession.create(await fileOf('Rec-grad'));
    const all = images('zscore');
    const values = all.dataSync() as Float32Array;
    const mapsOf = async (from: number, n: number) => {
      const image = new ort.Tensor('float32', values.slice(from * 1024, (from + n) * 1024), [n, 1, 32, 32]);
      return (await session.run({ image })).score_map.data as Float32Array;
    };
    const together = await mapsOf(0, IMAGES);
    for (let i = 0; i < IMAGES; i++) {
      const alone = await mapsOf(i, 1);
      expect(alone.every((v, k) => Math.abs(v - together[i * 1024 + k]) < CLOSE)).toBe(true);
    }
  });
});

it('turns axes as the definition says', () => {
  const [shape, order] = [
    [2, 3, 4, 5],
    [3, 2, 0, 1],
  ];
  const values = Float32Array.from({ length: 120 }, (_, i) => i);
  const turned = permuted(values, shape, order);
  const place = (sizes: readonly number[], at: readonly number[]) => at.reduce((sum, v, axis) => sum * sizes[axis] + v, 0);
  for (let i = 0; i < 120; i++) {
    const at = [Math.floor(i / 60), Math.floor(i / 20) % 3, Math.floor(i / 5) % 4, i % 5];
    const there = order.map((axis) => at[axis]);
    const sizes = order.map((axis) => shape[axis]);
    expect(turned[place(sizes, there)]).toBe(i);
  }
});
