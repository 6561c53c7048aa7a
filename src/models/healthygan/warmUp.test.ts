import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../core/random';
import type { Params } from '../../core/types';
import { startBackend } from '../../kernels/testBackend';
import type { Sampler, TrainStep } from '../model';
import { a2bgan } from '.';
import { FEATURES, labFeatures } from './features';

const SMALL: Params = { ...a2bgan.spec.presets.demo.params, size: 32, width: 4, blocks: 1, batch: 4, warmUp: 40, updates: 60 };

const smooth = (n: number, random: Random) => {
  const values = new Float32Array(n * 1024);
  for (let i = 0; i < n; i++) {
    const [a, b, c] = [random.between(0.1, 0.3), random.between(0.1, 0.3), random.between(0, 6)];
    for (let k = 0; k < 1024; k++) values[i * 1024 + k] = 0.8 * Math.sin(a * (k % 32) + b * Math.floor(k / 32) + c);
  }
  return tf.tensor4d(values, [n, 32, 32, 1]);
};
const samplerOf = (seed: number): Sampler => {
  const random = new Random(seed);
  return { random, count: () => 10, batch: (_, n) => smooth(n, random) };
};

function take(steps: Generator<TrainStep, void, void>) {
  const { network, losses, ends } = steps.next().value as TrainStep;
  const read = Object.fromEntries(Object.entries(losses).map(([name, loss]) => [name, loss.dataSync()[0]]));
  tf.dispose(losses);
  return { network, losses: read, ends };
}

beforeAll(() => startBackend('wasm'));

describe('warm-up', () => {
  it('teaches G to copy while D stays as it was drawn; then the game begins', () => {
    const trainer = a2bgan.build(SMALL, 32, 32, 1);
    const critic = () => Object.entries(trainer.variables).flatMap(([name, v]) => (name.startsWith('critic/') ? [...v.dataSync()] : []));
    const drawn = critic();
    const steps = trainer.train(samplerOf(3));
    const totals: number[] = [];
    for (let i = 0; i < 40; i++) {
      const { network, losses } = take(steps);
      expect(network).toBe('generator');
      expect(losses.generator).toBeGreaterThan(losses.identity);
      totals.push(losses.generator);
    }
    expect(critic()).toEqual(drawn);
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(totals.slice(-5))).toBeLessThan(0.5 * mean(totals.slice(0, 5)));
    expect(take(steps).network).toBe('critic');
    expect(critic()).not.toEqual(drawn);
    expect(trainer.updates).toBe(41);
    trainer.dispose();
  });

  it('goes by a rate of its own', () => {
    const moved = (warmUpRate: number) => {
      const trainer = a2bgan.build({ ...SMALL, warmUpRate }, 32, 32, 1);
      const kernel = () => trainer.variables['generator/head.w'].dataSync<'float32'>().slice();
      const before = kernel();
      take(trainer.train(samplerOf(3)));
      const after = kernel();
      trainer.dispose();
      return after.reduce((sum, v, i) => sum + Math.abs(v - before[i]), 0);
    };
    expect(moved(2e-3) / moved(1e-3)).toBeCloseTo(2, 2);
  });
});

describe('checkpoints', () => {
  it('are due after every so many updates, of whichever network', () => {
    const trainer = a2bgan.build({ ...SMALL, warmUp: 3, checkpointEvery: 10 }, 32, 32, 1);
    const steps = trainer.train(samplerOf(3));
    const ends = Array.from({ length: 21 }, () => take(steps).ends);
    expect(ends.map((said, i) => said && [i + 1, said]).filter(Boolean)).toEqual([
      [10, '10 updates'],
      [20, '20 updates'],
    ]);
    trainer.dispose();
  });

  it('features are the same for an image in any batch, few enough for a covariance, and differ between images', () => {
    const x = smooth(3, new Random(9));
    const all = labFeatures(x);
    const second = labFeatures(tf.slice(x, [1, 0, 0, 0], [1, 32, 32, 1]));
    expect(all.shape).toEqual([3, FEATURES]);
    expect(FEATURES).toBeLessThanOrEqual(64);
    const rows = Array.from({ length: 3 }, (_, i) => [...all.dataSync()].slice(i * FEATURES, (i + 1) * FEATURES));
    [...second.dataSync()].forEach((v, i) => {
      expect(v).toBeCloseTo(rows[1][i], 5);
    });
    expect(Math.max(...rows[0].map((v, i) => Math.abs(v - rows[1][i])))).toBeGreaterThan(1e-3);
    expect(rows.flat().every((v) => Number.isFinite(v))).toBe(true);
  });

  it('features of translated images are those of B′', () => {
    const trainer = a2bgan.build(SMALL, 32, 32, 1);
    const x = smooth(2, new Random(4));
    const steps = trainer.score(x, 'Diff-mean', false);
    const scored = steps.next().value as { views: Record<string, tf.Tensor4D> };
    const expected = [...labFeatures(scored.views.translated).dataSync()];
    [...trainer.features!(x, true).dataSync()].forEach((v, i) => {
      expect(v).toBeCloseTo(expected[i], 5);
    });
    expect([...trainer.features!(x, false).dataSync()]).toEqual([...labFeatures(x).dataSync()]);
    trainer.dispose();
  });
});

describe('sets too small', () => {
  it.each([
    ['mixed', 'The mixed set holds 3 slices, fewer than a batch of 4. Add slices, or choose a batch of 3 or less'],
    ['reference', 'The healthy reference holds 3 slices'],
  ])('the %s set: fewer slices than a batch are named before anything begins', (small, sentence) => {
    const count = (role: string) => (role === small ? SMALL.batch - 1 : SMALL.batch);
    expect(a2bgan.lacks!(SMALL, count)).toContain(sentence);
    expect(a2bgan.lacks!(SMALL, () => SMALL.batch)).toBeNull();
  });
});
