/** The checkpoint that comes with the lab: what models/healthygan/RESULTS.md says of it can be seen in seconds. */

import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { phantomSlices, setsOf } from '../data/phantom';
import { simulateRoles } from '../data/simulate';
import { readRun } from '../headless/write';
import { startBackend } from '../kernels/testBackend';
import { MODELS } from '../models/registry';

const FOLDER = fileURLToPath(new URL('../../public/checkpoints/healthygan-squares', import.meta.url));

beforeAll(() => startBackend('wasm'));

it('the difference map lights painted squares: at least three times the change of the rest of the brain, on the test set', () => {
  const { record, checkpoint } = readRun(FOLDER);
  const { size } = record.params;
  const model = MODELS[record.model];
  // The class demo's settings, with as many updates as the game goes on learning for.
  expect(record.params).toEqual({ ...model.spec.presets[record.preset].params, updates: 12_000 });
  const trainer = model.build(record.params, size, size, record.seed);
  for (const [name, variable] of Object.entries(trainer.variables))
    tf.tidy(() => variable.assign(tf.tensor(checkpoint.tensors[name].values, variable.shape)));

  const healthy = [...phantomSlices(setsOf('standard', true)[2], 0, size)].map(({ truth: _, label: __, ...slice }) => slice);
  const painted = simulateRoles({ reference: [], mixed: [], validation: [], test: healthy }, { share: 1, seed: 1 }).test;
  const pixels = Float32Array.from(painted.flatMap((slice) => [...slice.pixels]));
  const x = tf.tensor4d(pixels.map((v) => 2 * v - 1), [painted.length, size, size, 1]); // biome-ignore format: one line
  const step = trainer.score(x, 'Diff-mean', false).next();
  if (!step.done) throw new Error('the score is made in one step');
  const map = step.value.map!.dataSync<'float32'>();
  const truth = painted.flatMap((slice) => [...slice.truth!]);
  const mean = (wanted: (i: number) => boolean) => {
    const chosen = map.filter((_, i) => wanted(i));
    return chosen.reduce((a, b) => a + b, 0) / chosen.length;
  };
  const inside = mean((i) => truth[i] === 1);
  const outside = mean((i) => truth[i] === 0 && pixels[i] > 0);
  expect(inside / outside).toBeGreaterThan(3);
  trainer.dispose();
});
