import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashUnit } from '../../core/hashUnit';
import { Random } from '../../core/random';
import type { Params } from '../../core/types';
import { startBackend } from '../../kernels/testBackend';
import { Adam } from '../../nn/adam';
import type { AnomalyModel, Sampler, Scored, Trainer, TrainStep } from '../model';
import { anogan } from '.';
import { acae } from './acae';
import { adversarialLossD, adversarialLossG, discriminationLoss, mappingLoss, referenceDiscriminationLoss, residualLoss } from './losses';
import { layout } from './network';
import { Turns } from './train';

const small = ({ spec }: AnomalyModel): Params => ({ ...spec.presets.demo.params, size: 32, width: 4, latent: 5, batch: 3 });
const SMALL: Params = { ...small(anogan), searchSteps: 4 };

function samplerOf(seed: number, size: number): Sampler {
  const random = new Random(seed);
  const pixels = (n: number) => Float32Array.from({ length: n * size * size }, (_, i) => 0.5 * Math.sin(i) + random.between(-0.4, 0.4));
  return { random, count: () => 10, batch: (_, n) => tf.tensor4d(pixels(n), [n, size, size, 1]) };
}

const valuesOf = (trainer: Trainer) =>
  Object.fromEntries(Object.entries(trainer.variables).map(([name, v]) => [name, v.dataSync<'float32'>().slice()]));

/** Names of the variables that `act` changes. */
function changedBy(trainer: Trainer, act: () => void): string[] {
  const before = valuesOf(trainer);
  act();
  return Object.keys(before).filter((name) => trainer.variables[name].dataSync<'float32'>().some((v, i) => v !== before[name][i]));
}

function take(steps: Generator<TrainStep, void, void>): { network: string; losses: Record<string, number> } {
  const { network, losses } = steps.next().value as TrainStep;
  const read = Object.fromEntries(Object.entries(losses).map(([name, loss]) => [name, loss.dataSync()[0]]));
  tf.dispose(losses);
  return { network, losses: read };
}

beforeAll(() => startBackend('wasm'));

describe('weights', () => {
  it.each([
    [64, 5_132_161, 4_313_345],
    [32, 1_490_881, 1_081_473],
    [16, 476_641, 271_937],
  ])('number as published or counted at width %i: G %i, D %i', (width, generator, discriminator) => {
    const layouts = layout({ size: 64, width, latent: 100 });
    const count = (of: typeof layouts.generator) => Object.values(of).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect([count(layouts.generator), count(layouts.discriminator)]).toEqual([generator, discriminator]);
  });

  it('start as the adapted code’s: normal, truncated in D’s convolutions, biases 0, gains 1, averages 0 and 1', () => {
    const trainer = anogan.build({ ...SMALL, size: 64, width: 16, latent: 100 }, 64, 64, 3);
    for (const [name, values] of Object.entries(valuesOf(trainer))) {
      if (name === 'z' || /\/[mv]$/.test(name)) continue;
      if (/(\.b|\.beta|\/mean)$/.test(name)) expect(values.every((v) => v === 0), name).toBe(true); // biome-ignore format: one line
      if (/(\.gamma|\/variance)$/.test(name)) expect(values.every((v) => v === 1), name).toBe(true); // biome-ignore format: one line
      if (!name.endsWith('.w') || values.length < 10_000) continue;
      const sd = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
      const largest = values.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
      const truncated = name.startsWith('discriminator/conv');
      // A normal cut at two standard deviations has 0.88 of its spread left.
      expect(sd / 0.02, name).toBeCloseTo(truncated ? 0.8796 : 1, 1);
      if (truncated) expect(largest, name).toBeLessThanOrEqual(0.04);
      else expect(largest, name).toBeGreaterThan(0.06);
    }
    trainer.dispose();
  });

  it.each([8, 40, 63])('a size of %i is refused with one that works', (size) => {
    expect(() => layout({ size, width: 4, latent: 2 })).toThrow(/multiple of 16, not \d+\. Choose (16|32|48|64)\./);
  });

  it('a slice that is not square is refused', () => {
    expect(() => anogan.build(SMALL, 64, 48, 1)).toThrow('64 × 48');
  });
});

it('the published preset says how many updates 20 epochs of a million patches are', () => {
  const { about, params } = anogan.spec.presets.paper;
  const million = anogan.updates(params, () => 1e6);
  expect([million, params.epochs]).toEqual([937_500, 20]);
  expect(about).toContain(`set Epochs to 0 and Updates to ${million.toLocaleString('en')}`);
  expect(million).toBeLessThanOrEqual(anogan.spec.params.updates.max);
});

describe('losses, against sums written out', () => {
  const u = [-2, 0.5, 3];
  const logit = () => tf.tensor1d(u);
  const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const read = (t: tf.Tensor) => Array.from(t.dataSync());

  it('cross-entropies of D and G, finite where the sigmoid is 0 or 1', () => {
    const [real, fake] = [mean(u.map((v) => -Math.log(sigmoid(v)))), mean(u.map((v) => -Math.log(1 - sigmoid(v))))];
    const losses = adversarialLossD(logit(), logit());
    expect(losses.real.dataSync()[0]).toBeCloseTo(real, 5);
    expect(losses.fake.dataSync()[0]).toBeCloseTo(fake, 5);
    expect(losses.total.dataSync()[0]).toBeCloseTo(real + fake, 5);
    expect(adversarialLossG(logit()).dataSync()[0]).toBeCloseTo(real, 5);
    for (const [i, v] of read(referenceDiscriminationLoss(logit())).entries()) expect(v).toBeCloseTo(-Math.log(sigmoid(u[i])), 5);
    expect(read(referenceDiscriminationLoss(tf.tensor1d([-200, 200])))).toEqual([200, 0]);
  });

  it('residual and discrimination: sums, not means, weighted by λ', () => {
    const x = tf.tensor4d([1, -1, 0.5, 0, 0, 0, 0, 2], [2, 2, 2, 1]);
    const g = tf.tensor4d([0, 1, 0.5, 1, 0, -1, 0, 0], [2, 2, 2, 1]);
    expect(read(residualLoss(x, g))).toEqual([4, 3]);
    const f = discriminationLoss(tf.tensor2d([1, 2, 3, 0], [2, 2]), tf.tensor2d([0, 0, 0, 0], [2, 2]));
    expect(read(f)).toEqual([3, 3]);
    for (const [i, v] of read(mappingLoss(tf.tensor1d([4, 3]), f, 0.1)).entries()) expect(v).toBeCloseTo([3.9, 3][i], 5);
  });
});

describe('training', () => {
  const RATES = [1, 0.9, 0.999, 1e-8] as const;

  it.each([
    [2, 'DGGDGGD'],
    [1, 'DGDGDGD'],
  ])('takes turns, %i of G after each of D', (generatorUpdates, turns) => {
    const trainer = anogan.build({ ...SMALL, generatorUpdates }, 32, 32, 1);
    const steps = trainer.train(samplerOf(2, 32));
    const seen = [...turns].map(() => take(steps));
    expect(seen.map(({ network }) => network[0].toUpperCase()).join('')).toBe(turns);
    expect(Object.keys(seen[0].losses)).toEqual(['discriminator', 'real', 'fake', 'spread']);
    expect(seen[0].losses.discriminator).toBeCloseTo(seen[0].losses.real + seen[0].losses.fake, 5);
    expect(Object.keys(seen[1].losses)).toEqual(['generator']);
    expect(trainer.updates).toBe(turns.length);
    for (let n = 0; n <= turns.length; n++) {
      const [d, g] = ['D', 'G'].map((who) => [...turns.slice(0, n)].filter((turn) => turn === who).length);
      const share = new Turns(new Adam({}, RATES), new Adam({}, RATES), generatorUpdates);
      share.updates = n;
      expect([share.discriminator.updates, share.generator.updates, share.updates]).toEqual([d, g, n]);
    }
    trainer.dispose();
  });

  it('changes one network at a time, its moving averages with it, and draws z anew for D alone', () => {
    const trainer = anogan.build(SMALL, 32, 32, 1);
    const steps = trainer.train(samplerOf(2, 32));
    for (const turn of 'DGGDG') {
      const own = turn === 'D' ? 'discriminator/' : 'generator/';
      const changed = changedBy(trainer, () => take(steps));
      expect(changed.filter((name) => !name.startsWith(own))).toEqual(turn === 'D' ? ['z'] : []);
      for (const part of ['bn1/mean', 'bn3/variance', 'conv1.w', 'up1.w', 'bn1.gamma/v']) {
        const name = own + part;
        if (trainer.variables[name]) expect(changed, name).toContain(name);
      }
    }
    expect(valuesOf(trainer).z.every((v) => v >= -1 && v < 1)).toBe(true);
    trainer.dispose();
  });

  it('counts epochs in batches of the reference, D and G updates together', () => {
    const count = () => 100;
    expect(anogan.updates({ ...SMALL, epochs: 0, updates: 77 }, count)).toBe(77);
    expect(anogan.updates({ ...SMALL, epochs: 20, batch: 32, generatorUpdates: 2 }, count)).toBe(20 * 3 * 3);
    expect(anogan.updates({ ...SMALL, epochs: 20, batch: 64, generatorUpdates: 1 }, () => 10)).toBe(20 * 2);
  });

  it.each([anogan, acae])('$spec.id goes on from any update as if it had never stopped: between D and G too', (model) => {
    const TOTAL = 7;
    const params = small(model);
    const begin = (seed: number) => {
      const sampler = samplerOf(seed, 32);
      const trainer = model.build(params, 32, 32, seed);
      return { sampler, trainer, steps: trainer.train(sampler) };
    };
    const whole = begin(4);
    const kept: { values: ReturnType<typeof valuesOf>; random: Random['state']; updates: number }[] = [];
    const losses: ReturnType<typeof take>[] = [];
    for (let n = 0; n < TOTAL; n++) {
      kept.push({ values: valuesOf(whole.trainer), random: whole.sampler.random.state, updates: whole.trainer.updates });
      losses.push(take(whole.steps));
    }
    const end = valuesOf(whole.trainer);
    whole.trainer.dispose();
    for (const from of [1, 2, 3, 5]) {
      // Another seed: all that matters comes from what was kept.
      const { sampler, trainer, steps } = begin(99);
      const { values, random, updates } = kept[from];
      for (const [name, variable] of Object.entries(trainer.variables)) tf.tidy(() => variable.assign(tf.tensor(values[name], variable.shape))); // biome-ignore format: one line
      trainer.updates = updates;
      sampler.random.state = random;
      for (let n = from; n < TOTAL; n++) expect(take(steps)).toEqual(losses[n]);
      expect(valuesOf(trainer)).toEqual(end);
      trainer.dispose();
    }
  });
});

describe('scores', () => {
  const trainer = () => {
    const made = anogan.build({ ...SMALL, restarts: 2 }, 32, 32, 6);
    // Weights large enough that the generator's images and D's features differ from one code to the next.
    for (const [i, [name, v]] of Object.entries(made.variables).entries()) {
      if (/\.w$/.test(name)) tf.tidy(() => v.assign(tf.tensor(Float32Array.from(hashUnit(i, v.size), (u) => 0.2 * u), v.shape))); // biome-ignore format: one line
    }
    return made;
  };
  const queries = (n: number) => tf.tensor4d(Float32Array.from(hashUnit(77, n * 1024)), [n, 32, 32, 1]);
  const run = (made: Trainer, x: tf.Tensor4D, scorer: string, smooth = false): Scored => {
    const steps = made.score(x, scorer, smooth);
    for (let next = steps.next(); ; next = steps.next()) if (next.done) return next.value;
  };
  const read = (t: tf.Tensor | undefined) => Array.from(t!.dataSync());
  const total = (values: number[]) => values.reduce((a, b) => a + b, 0);

  it('are the sums of Eqs. 3, 4 and 6 at one search’s end; smoothing changes the map alone', () => {
    const made = trainer();
    const x = queries(2);
    const [a, r, d, smooth] = [run(made, x, 'A(x)'), run(made, x, 'R(x)'), run(made, x, 'D(x)'), run(made, x, 'A(x)', true)];
    const maps = read(r.map);
    const difference = read(tf.abs(tf.sub(x, r.views.generated)));
    expect(maps).toEqual(difference);
    for (const i of [0, 1]) {
      const [A, R, D] = [a, r, d].map(({ scores }) => read(scores)[i]);
      expect(R / total(maps.slice(i * 1024, (i + 1) * 1024))).toBeCloseTo(1, 5);
      expect(A / (0.9 * R + 0.1 * D)).toBeCloseTo(1, 5);
      expect(D).toBeGreaterThan(0);
    }
    expect(read(smooth.scores)).toEqual(read(a.scores));
    expect(read(smooth.map)).not.toEqual(read(a.map));
    made.dispose();
  });

  it('of GAN_R hold D’s verdict on G(z) in place of its features', () => {
    const made = trainer();
    const x = queries(2);
    const [a, d] = [run(made, x, 'Â(x)'), run(made, x, 'D̂(x)')];
    const residual = read(a.map);
    const verdicts = read(run(made, a.views.generated, 'P_D').scores);
    for (const i of [0, 1]) {
      // −log D(G(z)) from P_D of G(z), which is 1 − D(G(z)).
      expect(read(d.scores)[i]).toBeCloseTo(-Math.log(1 - verdicts[i]), 4);
      expect(read(a.scores)[i] / (0.9 * total(residual.slice(i * 1024, (i + 1) * 1024)) + 0.1 * read(d.scores)[i])).toBeCloseTo(1, 5);
    }
    made.dispose();
  });

  it('P_D has no map, no views and no steps', () => {
    const made = trainer();
    const first = made.score(queries(2), 'P_D', true).next();
    expect(first.done).toBe(true);
    expect(first.value).toEqual({ scores: expect.anything(), views: {} });
    made.dispose();
  });

  it('a query that is not a number has no score, and costs the others nothing', () => {
    const made = trainer();
    const x = queries(3);
    const [first, , last] = tf.split(x, 3);
    const broken = tf.concat([first, tf.fill([1, 32, 32, 1], Number.NaN), last]) as tf.Tensor4D;
    for (const scorer of ['A(x)', 'R(x)', 'D̂(x)']) {
      const [whole, some] = [read(run(made, x, scorer).scores), read(run(made, broken, scorer).scores)];
      expect(some[1], scorer).toBeNaN();
      expect([some[0], some[2]], scorer).toEqual([whole[0], whole[2]]);
    }
    made.dispose();
  });
});
