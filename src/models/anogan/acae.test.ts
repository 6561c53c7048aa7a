import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { hashUnit } from '../../core/hashUnit';
import { Random } from '../../core/random';
import { startBackend } from '../../kernels/testBackend';
import type { Sampler, Scored, Trainer } from '../model';
import { acae } from './acae';
import { autoencoderLoss } from './losses';
import { layout } from './network';

const PARAMS = { ...acae.spec.presets.demo.params, size: 32, width: 4, latent: 8, batch: 4, rate: 2e-3 };

beforeAll(() => startBackend('wasm'));

it('has the weights that were counted at the paper’s width: encoder 5,124,452, in all 14,569,958', () => {
  const counts = Object.values(layout({ size: 64, width: 64, latent: 100 })).map((network) =>
    Object.values(network).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
  );
  expect(counts).toContain(5_124_452);
  expect(counts.reduce((a, b) => a + b)).toBe(14_569_958);
});

it('weighs mean squared error against D’s verdict', () => {
  const [x, y] = [
    [0.5, -1, 0, 1],
    [0, -1, 0.5, -1],
  ];
  const u = [-1, 2];
  const image = (values: number[]) => tf.tensor4d(values, [2, 2, 1, 1]);
  const mse = x.reduce((sum, v, i) => sum + (v - y[i]) ** 2, 0) / 4;
  const bce = u.reduce((sum, v) => sum - Math.log(1 / (1 + Math.exp(-v))), 0) / 2;
  const losses = autoencoderLoss(image(x), image(y), tf.tensor1d(u), 0.75);
  expect(losses.reconstruction.dataSync()[0]).toBeCloseTo(mse, 6);
  expect(losses.adversarial.dataSync()[0]).toBeCloseTo(bce, 6);
  expect(losses.total.dataSync()[0]).toBeCloseTo(0.75 * mse + 0.25 * bce, 6);
});

/** Discs of different radius and grey, in ± 1. */
function discs(random: Random): Sampler {
  const disc = () => {
    const [radius, grey] = [random.between(6, 14), random.between(0, 0.9)];
    return Array.from({ length: 1024 }, (_, i) => (Math.hypot((i >> 5) - 16, (i & 31) - 16) < radius ? grey : -1));
  };
  return { random, count: () => 10, batch: (_, n) => tf.tensor4d(Array.from({ length: n }, disc).flat(), [n, 32, 32, 1]) };
}

it('learns to reconstruct: encoder, decoder and discriminator each in their turn', () => {
  const trainer = acae.build(PARAMS, 32, 32, 2);
  const steps = trainer.train(discs(new Random(5)));
  const errors: number[] = [];
  for (let i = 0; i < 90; i++) {
    const before = Object.fromEntries(Object.entries(trainer.variables).map(([name, v]) => [name, v.dataSync<'float32'>()[0]]));
    const { network, losses } = steps.next().value!;
    const changed = new Set(
      Object.entries(trainer.variables).flatMap(([name, v]) => (v.dataSync<'float32'>()[0] !== before[name] ? [name.split('/')[0]] : [])),
    );
    expect([...changed].sort()).toEqual(i % 3 === 0 ? ['discriminator'] : ['encoder', 'generator']);
    expect(network).toBe(i % 3 === 0 ? 'discriminator' : 'generator');
    if (losses.reconstruction) errors.push(losses.reconstruction.dataSync()[0]);
    tf.dispose(losses);
  }
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  expect(mean(errors.slice(-10))).toBeLessThan(0.5 * mean(errors.slice(0, 3)));
  trainer.dispose();
});

it('scores in one pass, by AnoGAN’s definitions: A = 0.9 R + 0.1 D, R the sum of the map', () => {
  const trainer = acae.build(PARAMS, 32, 32, 2);
  for (const [i, [name, v]] of Object.entries(trainer.variables).entries())
    if (name.endsWith('.w')) tf.tidy(() => v.assign(tf.tensor(Float32Array.from(hashUnit(i, v.size), (u) => 0.2 * u), v.shape))); // biome-ignore format: one line
  const x = discs(new Random(3)).batch('test', 2);
  const run = (made: Trainer, scorer: string): Scored => {
    const { done, value } = made.score(x, scorer, false).next();
    expect(done).toBe(true);
    return value as Scored;
  };
  const [a, r, d] = ['A(x)', 'R(x)', 'D(x)'].map((scorer) => run(trainer, scorer));
  const map = tf.abs(tf.sub(x, r.views.reconstruction));
  expect(Array.from(r.map!.dataSync())).toEqual(Array.from(map.dataSync()));
  const sums = tf.sum(map, [1, 2, 3]).dataSync();
  for (const i of [0, 1]) {
    const [A, R, D] = [a, r, d].map(({ scores }) => scores.dataSync()[i]);
    expect(R / sums[i]).toBeCloseTo(1, 5);
    expect(A / (0.9 * R + 0.1 * D)).toBeCloseTo(1, 5);
    expect(D).toBeGreaterThan(0);
  }
  expect(() => run(trainer, 'Â(x)')).toThrow('Â(x)');
  trainer.dispose();
});
