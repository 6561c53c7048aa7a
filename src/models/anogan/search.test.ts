/** The mapping to the latent space: one query's result is its own, and each step is the formula's. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashUnit } from '../../core/hashUnit';
import { startBackend } from '../../kernels/testBackend';
import { Adam } from '../../nn/adam';
import { DiscriminatorNetwork, GeneratorNetwork, type Layout, layout } from './network';
import { advance, type Mapped, mapToLatent, Nesterov, type SearchSettings, type SearchStep } from './search';

const CONFIG = { size: 32, width: 4, latent: 6 };
const SETTINGS: SearchSettings = { steps: 8, rate: 0.05, lambda: 0.1, nesterov: false, discrimination: 'features' };

/** Networks whose images and features differ clearly from one code to the next. */
function networks() {
  const layouts = layout(CONFIG);
  const values = (of: Layout, salt: number) => (name: string) => {
    const { shape, kind } = of[name];
    const size = shape.reduce((a, b) => a * b, 1);
    const scale = ['dense', 'conv', 'convTranspose'].includes(kind) ? 0.2 : 0.1;
    return Float32Array.from(hashUnit(salt + Object.keys(of).indexOf(name), size), (v) => (kind === 'gain' ? 1 : 0) + scale * v);
  };
  return {
    generator: new GeneratorNetwork(CONFIG, values(layouts.generator, 100)),
    discriminator: new DiscriminatorNetwork(CONFIG, values(layouts.discriminator, 200)),
  };
}

const codes = (n: number, salt: number) => tf.tensor2d(Float32Array.from(hashUnit(salt, n * CONFIG.latent)), [n, CONFIG.latent]);
const queries = (n: number) => tf.tensor4d(Float32Array.from(hashUnit(9, n * 1024)), [n, 32, 32, 1]);

function finish(steps: Generator<SearchStep, Mapped, void>): Mapped {
  for (let next = steps.next(); ; next = steps.next()) if (next.done) return next.value;
}
const read = (t: tf.Tensor) => Array.from(t.dataSync());

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  beforeAll(() => startBackend(backend));

  it.each([
    ['features', false],
    ['logit', false],
    ['features', true],
  ] as const)('five queries together are five single searches: %s, nesterov %s', (discrimination, nesterov) => {
    const nets = networks();
    const [x, starts] = [queries(5), [codes(5, 1), codes(5, 2)]];
    const settings = { ...SETTINGS, discrimination, nesterov, rate: nesterov ? 1e-3 : SETTINGS.rate };
    const together = finish(mapToLatent(nets, x, starts, settings));
    for (let i = 0; i < 5; i++) {
      const row = <T extends tf.Tensor>(t: T) => tf.slice(t, i, 1) as T;
      const alone = finish(mapToLatent(nets, row(x), starts.map(row), settings));
      for (const part of ['image', 'residual', 'discrimination', 'loss'] as const) {
        const [a, b] = [read(alone[part]), read(row(together[part] as tf.Tensor))];
        const scale = a.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        expect(scale).toBeGreaterThan(0);
        expect(Math.max(...a.map((v, k) => Math.abs(v - b[k]))), part).toBeLessThanOrEqual(2e-5 * scale);
      }
    }
    // They are five searches, not one.
    expect(new Set(read(together.residual)).size).toBe(5);
    nets.generator.dispose();
    nets.discriminator.dispose();
  });
});

describe('the search', () => {
  beforeAll(() => startBackend('wasm'));

  it('lowers the loss, shows its image, and counts its steps over all restarts', () => {
    const nets = networks();
    const [x, start] = [queries(2), codes(2, 1)];
    const lossAfter = (steps: number) => read(finish(mapToLatent(nets, x, [start], { ...SETTINGS, steps })).loss);
    const [early, late] = [lossAfter(1), lossAfter(20)];
    for (const i of [0, 1]) expect(late[i]).toBeLessThan(early[i]);
    const steps = mapToLatent(nets, x, [start, start], SETTINGS);
    const first = steps.next().value as SearchStep;
    // The step's image is the one that it was taken from.
    expect(read(first.image)).toEqual(read(nets.generator.generate(start, 'moving').image));
    const rest = [...steps];
    expect(rest.map(({ step, of }) => [step, of])).toEqual(rest.map((_, i) => [i + 2, 16]));
    expect(rest.length).toBe(15);
  });

  it('keeps the better of its restarts for each query, of whichever comes first', () => {
    const nets = networks();
    const x = queries(6);
    const starts = [codes(6, 1), codes(6, 2), codes(6, 3)];
    const alone = starts.map((start) => finish(mapToLatent(nets, x, [start], SETTINGS)));
    const losses = alone.map(({ loss }) => read(loss));
    const best = finish(mapToLatent(nets, x, starts, SETTINGS));
    const winners = new Set<number>();
    for (let i = 0; i < 6; i++) {
      const least = losses.reduce((at, loss, r) => (loss[i] < losses[at][i] ? r : at), 0);
      winners.add(least);
      const image = (from: Mapped) => read(tf.slice(from.image, i, 1));
      expect(read(best.loss)[i]).toBe(losses[least][i]);
      expect(read(best.residual)[i]).toBe(read(alone[least].residual)[i]);
      expect(read(best.discrimination)[i]).toBe(read(alone[least].discrimination)[i]);
      expect(image(best)).toEqual(image(alone[least]));
    }
    expect(winners.size).toBeGreaterThan(1);
  });

  it('marks a query whose steps or losses are no numbers, and keeps a restart that has them', () => {
    const nets = networks();
    const x = queries(3);
    const [first, , last] = tf.split(x, 3);
    const start = codes(3, 1);
    const sound = finish(mapToLatent(nets, x, [start], SETTINGS));
    const overflow = finish(mapToLatent(nets, tf.concat([first, tf.fill([1, 32, 32, 1], 1e38), last]) as tf.Tensor4D, [start], SETTINGS));
    expect(read(overflow.loss)).toEqual([read(sound.loss)[0], Number.NaN, read(sound.loss)[2]]);
    const leap = finish(mapToLatent(nets, x, [start], { ...SETTINGS, nesterov: true, rate: Number.POSITIVE_INFINITY }));
    expect(read(leap.loss)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(read(leap.image)).toEqual(read(nets.generator.generate(start, 'moving').image));
    const nowhere = tf.fill(start.shape, Number.NaN) as tf.Tensor2D;
    for (const starts of [
      [nowhere, start],
      [start, nowhere],
    ]) {
      // biome-ignore format: one line
      const kept = finish(mapToLatent(nets, x, starts, SETTINGS));
      expect([read(kept.loss), read(kept.image)]).toEqual([read(sound.loss), read(sound.image)]);
    }
  });

  it('changes z alone', () => {
    const nets = networks();
    const all = () => Object.values({ ...nets.generator.variables, ...nets.discriminator.variables, ...nets.generator.averages }).map(read);
    const before = all();
    finish(mapToLatent(nets, queries(2), [codes(2, 1)], SETTINGS));
    expect(all()).toEqual(before);
  });
});

describe('a step', () => {
  beforeAll(() => startBackend('wasm'));
  const variable = (values: number[][]) => tf.tidy(() => tf.variable(tf.tensor2d(values)));

  it('of Nesterov momentum: v ← 0.9 v − rate · g; z ← z − 0.9 v_old + 1.9 v', () => {
    const z = variable([[0.5, -0.25]]);
    const optimiser = new Nesterov(z, 0.01);
    const expected = [0.5, -0.25];
    const velocity = [0, 0];
    for (const g of [
      [2, -1],
      [1, 4],
      [-3, 0.5],
    ]) {
      // biome-ignore format: one line
      optimiser.apply({ z: tf.tensor2d([g]) });
      g.forEach((slope, i) => {
        const old = velocity[i];
        velocity[i] = 0.9 * old - 0.01 * slope;
        expected[i] += -0.9 * old + 1.9 * velocity[i];
      });
      for (const [i, v] of read(z).entries()) expect(v).toBeCloseTo(expected[i], 6);
    }
  });

  it('is clipped to ± 1', () => {
    const z = variable([[0.95, -0.95, 0]]);
    advance(z, new Adam({ z }, [0.1, 0.9, 0.999, 1e-8]), tf.tensor2d([[-5, 5, 5]]));
    const [up, down, free] = read(z);
    expect([up, down]).toEqual([1, -1]);
    expect(free).toBeCloseTo(-0.1, 5);
  });

  it.each(['Adam', 'Nesterov'])('that is no number leaves its code, for good, and only that one: %s', (name) => {
    const start = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]; // biome-ignore format: one line
    const [z, calm] = [variable(start), variable(start)];
    const make = (of: tf.Variable) => (name === 'Adam' ? new Adam({ z: of }, [0.01, 0.9, 0.999, 1e-8]) : new Nesterov(of, 0.01));
    const [optimiser, other] = [make(z), make(calm)];
    const good = [[1, 2], [3, 4], [5, 6]]; // biome-ignore format: one line
    const bad = good.map((row, i) => (i === 1 ? [Number.NaN, 4] : row));
    const moving = [bad, good, good].map((gradient) => {
      advance(calm, other, tf.tensor2d(good));
      return read(advance(z, optimiser, tf.tensor2d(gradient)));
    });
    expect(moving).toEqual([[1, 0, 1], [1, 0, 1], [1, 0, 1]]); // biome-ignore format: one line
    const [values, wanted] = [read(z), read(calm)];
    expect(values.slice(2, 4)).toEqual([0.3, 0.4].map(Math.fround));
    expect([...values.slice(0, 2), ...values.slice(4)]).toEqual([...wanted.slice(0, 2), ...wanted.slice(4)]);
    expect(values[0]).not.toBeCloseTo(0.1, 4);
  });
});
