import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashUnit } from '../../core/hashUnit';
import type { Point } from '../../core/protocol';
import { Random } from '../../core/random';
import type { Params } from '../../core/types';
import { warnings } from '../../core/watch';
import { startBackend } from '../../kernels/testBackend';
import { Adam } from '../../nn/adam';
import type { Sampler, Scored, Trainer, TrainStep } from '../model';
import { a2bgan, configOf, healthygan } from '.';
import { adversarialLossD, adversarialLossG, focusLoss, gradientNorms, identityLoss, reconstructionLoss } from './losses';
import { blend, layersFor, layout } from './network';
import { rateFactor, Turns, taken } from './schedule';

const SMALL: Params = { ...healthygan.spec.presets.demo.params, size: 32, width: 4, blocks: 1, batch: 2 };

function samplerOf(seed: number): Sampler & { drawn: string[] } {
  const random = new Random(seed);
  const drawn: string[] = [];
  const pixels = (n: number) => Float32Array.from({ length: n * 1024 }, (_, i) => 0.5 * Math.sin(i) + random.between(-0.4, 0.4));
  const batch: Sampler['batch'] = (role, n, augmentation) => {
    drawn.push(`${role} ${n} ${augmentation?.mirror}`);
    return tf.tensor4d(pixels(n), [n, 32, 32, 1]);
  };
  return { random, count: () => 10, batch, drawn };
}

const valuesOf = (trainer: Trainer) =>
  Object.fromEntries(Object.entries(trainer.variables).map(([name, v]) => [name, v.dataSync<'float32'>().slice()]));

function take(steps: Generator<TrainStep, void, void>): { network: string; losses: Record<string, number> } {
  const { network, losses } = steps.next().value as TrainStep;
  const read = Object.fromEntries(Object.entries(losses).map(([name, loss]) => [name, loss.dataSync()[0]]));
  tf.dispose(losses);
  return { network, losses: read };
}

const read = (t: tf.Tensor | undefined) => Array.from(t!.dataSync());
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

beforeAll(() => startBackend('wasm'));

describe('weights', () => {
  const count = (of: ReturnType<typeof layout>['critic']) =>
    Object.values(of).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const { paper, demo } = healthygan.spec.presets;

  it.each([
    ['the paper', paper.params, 8_417_984, 44_721_088],
    ['the paper with 1 channel', { ...paper.params, channels: 0 }, 8_405_440, 44_719_040],
    ['a class demo', demo.params, 528_496, 699_376],
  ])('number as published or counted for %s: G %#, D %#', (_, params, generator, critic) => {
    const layouts = layout(configOf(params, params.size));
    expect([count(layouts.generator), count(layouts.critic)]).toEqual([generator, critic]);
  });

  it('the critic’s depth follows the size: the paper’s six where they fit, down to two pixels', () => {
    expect([32, 48, 64, 80, 96, 128, 160, 192, 240, 256].map(layersFor)).toEqual([4, 4, 5, 4, 5, 6, 5, 6, 4, 6]);
  });

  it('start as PyTorch draws them, the critic’s as He does where that is asked for', () => {
    for (const criticStart of [0, 1]) {
      const trainer = healthygan.build({ ...SMALL, width: 16, criticStart }, 32, 32, 3);
      for (const [name, values] of Object.entries(valuesOf(trainer))) {
        if (name.startsWith('batch/') || /\/[mv]$/.test(name)) continue;
        const he = criticStart === 1 && name.startsWith('critic/');
        const [taps, , inputs] = trainer.variables[name].shape;
        const size = (v: number) => values.every((w) => w === v);
        if (name.endsWith('.gamma')) expect(size(1), name).toBe(true);
        if (name.endsWith('.beta') || (he && name.endsWith('.b'))) expect(size(0), name).toBe(true);
        if (!name.endsWith('.w')) continue;
        // PyTorch counts the inputs of a transposed kernel [kh, kw, out, in] by its outputs.
        const bound = Math.sqrt((he ? 6 : 1) / (taps ** 2 * inputs));
        expect(values.reduce((a, v) => Math.max(a, Math.abs(v)), 0) / bound, name).toBeLessThanOrEqual(1 + 1e-6);
        // A uniform draw in ± bound has this spread.
        const spread = Math.sqrt(mean(Array.from(values, (v) => v * v)));
        if (values.length > 500) expect(spread / (bound / Math.sqrt(3)), name).toBeCloseTo(1, 1);
      }
      trainer.dispose();
    }
  });

  it('refuse a size that their layers cannot halve with one that works, and slices that are not square', () => {
    expect(() => healthygan.build({ ...SMALL, criticLayers: 6 }, 96, 96, 1)).toThrow(
      'a multiple of 64, not 96. Choose 128, or fewer layers.',
    );
    expect(() => healthygan.build({ ...SMALL, criticLayers: 1 }, 30, 30, 1)).toThrow('a multiple of 4, not 30');
    expect(() => a2bgan.build(SMALL, 64, 48, 1)).toThrow('A2B-GAN takes square slices, not 64 × 48.');
    expect(() => layout({ ...configOf(SMALL, 32), channels: 2 })).toThrow('1 or 3 channels, not 2');
  });
});

describe('losses, against sums written out', () => {
  const image = (values: number[]) => tf.tensor4d(values, [1, 2, 2, 1]);

  it('focus: the square of the mean, and the distance from ½', () => {
    const [m, lambdaFs, lambdaFz] = [[0, 1, 0.5, 0.25], 0.3, 2];
    const zeroOne = (1 / 0.51 + 1 / 0.51 + 1 / 0.01 + 1 / 0.26) / 4;
    const { total, small, zeroOne: found, coverage } = focusLoss(image(m), lambdaFs, lambdaFz);
    expect(coverage.dataSync()[0]).toBeCloseTo(1.75 / 4, 6);
    expect(small.dataSync()[0]).toBeCloseTo((1.75 / 4) ** 2, 6);
    expect(found.dataSync()[0]).toBeCloseTo(zeroOne, 4);
    expect(total.dataSync()[0]).toBeCloseTo(0.3 * (1.75 / 4) ** 2 + 2 * (zeroOne - 1 / 0.51), 4);
    const settled = focusLoss(image([0, 1, 1, 0]), 0, 1).total;
    expect(settled.dataSync()[0]).toBeCloseTo(0, 5);
    // No push to either side at exactly ½.
    const push = tf.grad((t) => focusLoss(t as tf.Tensor4D, 0, 1).total)(image(m));
    expect(read(push)[2]).toBeCloseTo(0, 9);
    expect(read(push)[3]).toBeCloseTo(1 / 0.26 ** 2 / 4, 3);
  });

  it('adversarial: the critic’s gap and penalty, the generator’s side of it', () => {
    const [real, fake] = [image([1, 2, 3, 4]), image([-1, 0, 0, 2])];
    const losses = adversarialLossD(real, fake, tf.tensor1d([3, 0.5]), 10);
    expect([losses.real, losses.fake, losses.penalty].map((t) => t.dataSync()[0])).toEqual([-2.5, 0.25, (4 + 0.25) / 2]);
    expect(losses.total.dataSync()[0]).toBeCloseTo(-2.25 + 10 * 2.125, 5);
    expect(adversarialLossG(fake).dataSync()[0]).toBe(-0.25);
  });

  it('gradient norms: over all pixels of an image, with the patches summed', () => {
    const x = tf.tensor4d([3, 4, 0, 0, 0, 0, 0, 1], [2, 2, 2, 1]);
    const norms = gradientNorms((t) => tf.square(t), x);
    for (const [i, v] of read(norms).entries()) expect(v).toBeCloseTo([10, 2][i], 5);
  });

  it('identity and reconstruction are mean absolute differences, blends take one inside the mask and the other outside', () => {
    const [a, b, m] = [image([1, -1, 0.5, 0]), image([0, 1, 0.5, -1]), image([1, 0, 0.5, 0.25])];
    expect(identityLoss(a, b).dataSync()[0]).toBe(1);
    expect(reconstructionLoss(a, b).dataSync()[0]).toBe(1);
    expect(read(blend(a, b, m))).toEqual([1, 1, 0.5, -0.75]);
  });
});

describe('schedule', () => {
  it('the rate is constant, then linear to 0', () => {
    const factor = (i: number) => rateFactor(i, 400_000, 0.25);
    expect([1, 300_000, 300_001, 350_001, 400_000, 400_001, 500_000].map(factor)).toEqual([1, 1, 1, 0.5, 1e-5, 0, 0]);
    expect([1, 10].map((i) => rateFactor(i, 10, 0))).toEqual([1, 1]);
    expect(rateFactor(6, 10, 1)).toBe(0.5);
  });

  it.each([
    [2, 0, 'DDGDDGDD'],
    [1, 0, 'DGDGDGDG'],
    [3, 0, 'DDDGDDDG'],
    [2, 3, 'GGGDDGDD'],
  ])('%i updates of D for each of G after %i of G alone, resumed anywhere', (criticUpdates, warmUp, turns) => {
    for (let n = 0; n < turns.length; n++) {
      const [d, g] = ['D', 'G'].map((who) => [...turns.slice(0, n)].filter((turn) => turn === who).length);
      expect(taken(n, criticUpdates, warmUp)).toEqual({ critic: d, generator: g });
      const settings = { warmUp, criticUpdates, updates: turns.length, decay: 1 };
      const share = new Turns(new Adam({}, [1, 0, 0, 0]), new Adam({}, [1, 0, 0, 0]), settings);
      share.updates = n;
      const iterations = [...turns].filter((turn) => turn === 'D').length;
      const iteration = d + (turns[n] === 'D' ? 1 : 0);
      const alone = n < warmUp;
      const factor = alone ? 1 : (iterations - iteration + 1) / iterations;
      expect([share.updates, share.next]).toEqual([n, { network: turns[n] === 'D' ? 'critic' : 'generator', factor, alone }]);
    }
  });

  it.each([
    [1, 'critic', 1],
    [28, 'critic', 2 / 5],
    [30, 'generator', 1 / 5],
  ] as const)('update %i of 30 is one of the %s at %f of its rate', (update, network, factor) => {
    // Of 20 iterations the last 5 decay.
    const rates = { critic: 3e-3, generator: 1e-3 };
    const trainer = healthygan.build({ ...SMALL, updates: 30, decay: 0.25, rate: rates.generator, criticRate: rates.critic }, 32, 32, 1);
    const steps = trainer.train(samplerOf(2));
    // The generator learns from what the critic saw before it.
    trainer.updates = update - (network === 'critic' ? 1 : 2);
    if (network === 'generator') take(steps);
    const name = network === 'critic' ? 'critic/c0.w' : 'generator/head.w';
    const before = valuesOf(trainer)[name];
    expect(take(steps).network).toBe(network);
    // Adam, from moments of 0, moves every weight with a gradient by the same length.
    const step = taken(update, 2)[network];
    const length = ((1 - 0.5) / (1 - 0.5 ** step)) * Math.sqrt((1 - 0.999 ** step) / (1 - 0.999));
    const moved = valuesOf(trainer)[name].reduce((a, v, i) => Math.max(a, Math.abs(v - before[i])), 0);
    expect(moved / (rates[network] * length)).toBeCloseTo(factor, 3);
    trainer.dispose();
  });
});

describe('training', () => {
  it('changes one network at a time; G learns from the batches of D’s last update', () => {
    const trainer = healthygan.build(SMALL, 32, 32, 1);
    const sampler = samplerOf(2);
    const steps = trainer.train(sampler);
    for (const turn of 'DDGDDG') {
      sampler.drawn.length = 0;
      const before = valuesOf(trainer);
      const { network, losses } = take(steps);
      const changed = Object.keys(before).filter((name) => trainer.variables[name].dataSync().some((v, i) => v !== before[name][i]));
      const own = turn === 'D' ? 'critic/' : 'generator/';
      expect(`${network}/`).toBe(own);
      expect(Object.keys(losses)).toEqual(Object.keys(healthygan.spec.losses).filter((name) => !['distance', 'auc'].includes(name) && healthygan.spec.losses[name].network === network)); // biome-ignore format: one line
      expect(changed.filter((name) => !name.startsWith(own))).toEqual(turn === 'D' ? ['batch/mixed', 'batch/reference'] : []);
      expect(changed.filter((name) => name.startsWith(own))).toEqual(Object.keys(before).filter((name) => name.startsWith(own)));
      expect(sampler.drawn).toEqual(turn === 'D' ? ['mixed 2 true', 'reference 2 true'] : []);
      if (turn === 'D') {
        expect(losses.critic).toBeCloseTo(losses.real + losses.fake + 10 * losses.penalty, 5);
        expect(losses.gap).toBeCloseTo(-losses.real - losses.fake, 6);
        expect(losses.penalty).toBeGreaterThanOrEqual((losses.gradientNorm - 1) ** 2 - 1e-6);
      } else {
        const focus = (small: number, zeroOne: number) => small + zeroOne - 1 / 0.51;
        expect(losses.focus).toBeCloseTo((focus(losses.smallA, losses.zeroOneA) + focus(losses.smallB, losses.zeroOneB)) / 2, 4);
        expect(losses.smallB).toBeCloseTo(losses.maskB ** 2, 5);
        const { adversarialA, adversarialB, reconstruction, identity } = losses;
        expect(losses.generator).toBeCloseTo(adversarialA + adversarialB + reconstruction + identity + 0.1 * losses.focus, 4);
      }
    }
    trainer.dispose();
  });

  it.each(['lambdaGp', 'lambdaRec', 'lambdaId', 'lambdaF', 'lambdaFs', 'lambdaFz'])('%s weighs a term', (name) => {
    const totals = [0, 1, 2].map((value) => {
      const trainer = healthygan.build({ ...SMALL, [name]: value, criticUpdates: 1, criticRate: 1e-6 }, 32, 32, 1);
      const steps = trainer.train(samplerOf(2));
      const { critic } = take(steps).losses;
      const { generator } = take(steps).losses;
      trainer.dispose();
      return name === 'lambdaGp' ? critic : generator;
    });
    expect(Math.abs(totals[1] - totals[0])).toBeGreaterThan(1e-3);
    expect((totals[2] - totals[1]) / (totals[1] - totals[0])).toBeCloseTo(1, 1);
  });

  it('takes 3 channels, gray in each of them', () => {
    const trainer = healthygan.build({ ...SMALL, channels: 1 }, 32, 32, 1);
    expect(trainer.variables['generator/conv0.w'].shape).toEqual([7, 7, 3, 4]);
    expect(trainer.variables['critic/c0.w'].shape).toEqual([4, 4, 3, 4]);
    const steps = trainer.train(samplerOf(2));
    for (let n = 0; n < 3; n++) for (const v of Object.values(take(steps).losses)) expect(v).not.toBeNaN();
    trainer.dispose();
  });
});

describe('presets', () => {
  it('are those of the papers', () => {
    const of = (model: typeof healthygan) =>
      Object.fromEntries(Object.entries(model.spec.presets).map(([id, { params: p }]) => [id, [p.size, p.batch, p.lambdaFs, p.width]]));
    expect(of(healthygan)).toMatchObject({ paper: [256, 16, 1, 64], xray14: [128, 32, 1, 64], migraine: [256, 16, 1, 64] });
    expect(of(a2bgan)).toMatchObject({ paper: [256, 16, 1, 64], cardiomegaly: [256, 16, 1, 64], simulated: [128, 16, 0.001, 64] });
    const { updates, criticUpdates } = healthygan.spec.presets.paper.params;
    expect(taken(updates, criticUpdates)).toEqual({ critic: 400_000, generator: 200_000 });
  });
});

describe.each([0, 1])('scores, channels option %i', (channels) => {
  const queries = () => tf.tensor4d(Float32Array.from(hashUnit(77, 2 * 1024)), [2, 32, 32, 1]);
  const run = (made: Trainer, x: tf.Tensor4D, scorer: string, smooth = false): Scored => {
    const steps = made.score(x, scorer, smooth);
    for (let next = steps.next(); ; next = steps.next()) if (next.done) return next.value;
  };

  it('are the mean and the maximum of |x − B′| / 2; views are what it comes from; smoothing changes the map alone', () => {
    const made = healthygan.build({ ...SMALL, channels }, 32, 32, 6);
    const x = queries();
    const [average, largest, smooth] = [run(made, x, 'Diff-mean'), run(made, x, 'Diff-max'), run(made, x, 'Diff-mean', true)];
    const { intermediate, mask, translated, reconstructed } = average.views;
    const m = read(mask).map((v) => (v + 1) / 2);
    expect(m.every((v) => v >= 0 && v <= 1)).toBe(true);
    const [xs, inter, maps, moved, back] = [x, intermediate, average.map, translated, reconstructed].map(read);
    xs.forEach((v, i) => {
      expect(moved[i]).toBeCloseTo(inter[i] * m[i] + v * (1 - m[i]), 5);
      expect(back[i]).toBeCloseTo(v * m[i] + inter[i] * (1 - m[i]), 5);
      if (channels === 0) expect(maps[i]).toBeCloseTo(Math.abs(v - moved[i]) / 2, 5);
      else expect(maps[i]).toBeGreaterThanOrEqual(Math.abs(v - moved[i]) / 2 - 1e-6);
    });
    for (const i of [0, 1]) {
      const own = maps.slice(i * 1024, (i + 1) * 1024);
      expect(read(average.scores)[i]).toBeCloseTo(mean(own), 6);
      if (channels === 0) expect(read(largest.scores)[i]).toBe(Math.max(...own));
      else expect(read(largest.scores)[i]).toBeGreaterThan(Math.max(...own));
    }
    expect(read(largest.map)).toEqual(maps);
    expect(read(smooth.scores)).toEqual(read(average.scores));
    expect(read(smooth.map)).not.toEqual(maps);
    made.dispose();
  });
});

it.each([healthygan.spec, a2bgan.spec])(
  '$title’s mask is named where it is empty, and where it is all ones on healthy images too',
  ({ losses }) => {
    const found = (maskA: number, maskB: number) =>
      warnings(
        losses,
        Array.from({ length: 20 }, (_, i): Point => ({ update: i + 1, network: 'generator', losses: { maskA, maskB } })),
      ).map(({ says, remedy }) => [says.split(':')[0], remedy]);
    expect(found(0.3, 0.1)).toEqual([]);
    expect(found(1, 0.1)).toEqual([]);
    expect(found(0.001, 0)).toEqual([['The mask is empty', expect.stringContaining('Lower λ_fs')]]);
    expect(found(1, 1)).toEqual([['The mask is open everywhere, on healthy images too', expect.stringContaining('Raise λ_fs')]]);
  },
);
