/** The checkpoint that comes with the lab: it is the one whose numbers models/anogan/RESULTS.md gives, and holds no optimiser. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../core/random';
import { phantomSlices, setsOf } from '../data/phantom';
import { VARIANTS } from '../data/phantomVariants';
import { nodePlatform } from '../headless/platform';
import { readRun } from '../headless/write';
import { MODELS } from '../models/registry';
import { openBackend } from './backend';
import { restore, withoutMoments } from './checkpoint';
import { toInput } from './input';
import { SliceSampler } from './sampler';
import { Session } from './session';
import { rolesOf } from './testRun';

const FOLDER = fileURLToPath(new URL('../../public/checkpoints/anogan-smooth', import.meta.url));
/** A(x) of three normal and three tumour heads of the standard test set, as the command of RESULTS.md wrote them to scores.csv. */
const SCORES = { 900000: 175.707, 900001: 212.7, 900002: 213.754, 900200: 416.797, 900201: 368.123, 900202: 408.893 };

beforeAll(async () => {
  await openBackend('wasm', nodePlatform, () => {});
});

describe('the smooth heads’ checkpoint', () => {
  const { record, checkpoint } = readRun(FOLDER);
  const model = MODELS[record.model];

  it('is of the preset, and small enough to be served', () => {
    expect(record.params).toEqual(model.spec.presets[record.preset].params);
    expect(statSync(join(FOLDER, 'weights.safetensors')).size).toBeLessThan(3 * 2 ** 20);
  });

  it('gives the scores of the run that it is from', () => {
    const trainer = model.build(record.params, 64, 64, record.seed);
    restore(checkpoint, trainer, new SliceSampler(rolesOf({}), model.spec.input, new Random(1)));
    const [, , test] = setsOf('smooth');
    const wanted = Object.keys(SCORES).map((subject) => Number(subject) - test.base);
    const heads = [...phantomSlices({ ...test, count: wanted.at(-1)! + 1 }, 0, 64, VARIANTS.smooth)];
    const slices = wanted.map((i) => heads[i]);
    const pixels = Float32Array.from(slices.flatMap((slice) => [...toInput(slice, model.spec.input)]));
    const steps = trainer.score(tf.tensor4d(pixels, [slices.length, 64, 64, 1]), 'A(x)', false);
    let next = steps.next();
    while (!next.done) next = steps.next();
    const scores = next.value.scores.dataSync();
    Object.values(SCORES).forEach((score, i) => {
      expect(Math.abs(scores[i] / score - 1), slices[i].name).toBeLessThan(0.01);
    });
    trainer.dispose();
  });

  it('cannot be trained on, and says why', async () => {
    expect(withoutMoments(checkpoint)).toBe(true);
    const session = new Session(() => {}, nodePlatform);
    const { model: id, preset, params, seed } = record;
    await expect(session.resume({ kind: 'train', run: 'r', model: id, preset, params, seed }, checkpoint)).rejects.toThrow(
      'it can be scored, not trained on',
    );
    await session.close();
  });
});
