import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../core/random';
import type { Params, Role } from '../../core/types';
import { startBackend } from '../../kernels/testBackend';
import type { Sampler, Scored } from '../model';
import { ascnet, netOf, settingsOf } from '.';
import {
  discriminatorLoss,
  disjuncyLoss,
  fenceCutLoss,
  fenceDistance,
  gauge,
  l2Loss,
  leastSquaresLoss,
  reconstructionLoss,
} from './losses';
import { discriminatorLayout, INFERENCE, type Layout, mainLayout } from './network';
import { type AscNet, realAndFake, train } from './train';

beforeAll(() => startBackend('cpu'));

const size = (layout: Layout, part = /./) =>
  Object.entries(layout)
    .filter(([name]) => part.test(name))
    .reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), 0);

describe('parameters, against the published table', () => {
  it.each([
    [/^enc0/, 9_696],
    [/^enc1/, 55_680],
    [/^enc2/, 221_952],
    [/^enc3/, 886_272],
    [/^bottleneck/, 3_542_016],
    [/^(enc|bottleneck)/, 4_715_616],
    [/^fence\.(up|dec)3/, 2_295_552],
    [/^wild\.(up|dec)2/, 574_336],
    [/^fence\.(up|dec)1/, 143_808],
    [/^wild\.(up|dec)0/, 36_064],
    [/^fence\.out/, 33],
    [/^fence/, 3_049_793],
    [/^wild/, 3_049_793],
    [/^mix/, 3],
    [/./, 10_815_205],
  ])('%s of M', (part, count) => {
    expect(size(mainLayout(32), part)).toBe(count);
  });

  it('M has them at every size, and 7,808 running values', () => {
    expect([size(mainLayout(8)), size(mainLayout(16))]).toEqual([678_397, 2_707_061]);
    expect(2 * size(mainLayout(32), /gamma/)).toBe(7_808);
  });

  it.each([
    [160, 32, 'flatten', 4_766_817],
    [240, 32, 'flatten', 4_830_817],
    [160, 32, 'pool', 4_716_129],
    [240, 32, 'pool', 4_716_129],
    [64, 8, 'flatten', 297_945],
    [64, 16, 'flatten', 1_184_561],
  ] as const)('D at %i², width %i, %s', (side, width, head, count) => {
    expect(size(discriminatorLayout({ size: side, width, head, top: 16 * width }))).toBe(count);
  });

  it('are what is built', () => {
    const trainer = ascnet.build(ascnet.spec.presets.demo.params, 64, 64, 1);
    const weights = (network: string) =>
      Object.entries(trainer.variables)
        .filter(([name]) => name.startsWith(network) && /\.(w|b|gamma|beta)$/.test(name))
        .reduce((sum, [, v]) => sum + v.size, 0);
    expect([weights('M.'), weights('D.')]).toEqual([678_397, 297_945 - 2049 + 129]);
    trainer.dispose();
  });
});

describe('what it cannot take', () => {
  const PARAMS = ascnet.spec.presets.demo.params;
  it.each([8, 40, 63])('a size of %i is refused with one that works', (side) => {
    expect(() => ascnet.build({ ...PARAMS, size: side }, side, side, 1)).toThrow(/multiple of 16, not \d+\. Choose (16|32|48|64)\./);
  });
  it('a slice that is not square, and a batch that cannot be shared', () => {
    expect(() => ascnet.build(PARAMS, 64, 48, 1)).toThrow('64 × 48');
    expect(() => ascnet.build({ ...PARAMS, discriminatorBatch: 18 }, 64, 64, 1)).toThrow('multiple of 4, not 18. Choose 20.');
  });
});

describe('losses, by hand', () => {
  const image = (values: number[]) => tf.tensor4d(values, [2, 1, 2, 1]);
  const scores = (values: number[]) => tf.tensor2d(values, [values.length, 1]);
  const value = (loss: tf.Scalar) => loss.dataSync()[0];
  const [fence, wild] = [
    [0.5, 1, 0, 0.25],
    [1, 0.5, 0.75, 0],
  ];

  it('disjuncy: Σ f·w = 1, Σ f = 1.75, Σ w = 2.25', () => {
    expect(value(disjuncyLoss(image(fence), image(wild), 1))).toBeCloseTo(3 / 5, 6);
    expect(value(disjuncyLoss(image(fence), image(wild), 0))).toBeCloseTo(2 / 4, 6);
    expect(value(disjuncyLoss(image([1, 0, 1, 0]), image([0, 1, 0, 1]), 0))).toBe(0);
  });

  it('reconstruction: squares 0.25, 0.25, 0.5625, 0.0625', () => {
    expect(value(reconstructionLoss(image(fence), image(wild), 'pixels'))).toBeCloseTo(1.125 / 4, 6);
    expect(value(reconstructionLoss(image(fence), image(wild), 'images'))).toBeCloseTo(1.125 / 2, 6);
  });

  it('what is not published: least squares of logits, distance of the fence cut', () => {
    expect(value(leastSquaresLoss(scores([3, -1]), 1))).toBeCloseTo((4 + 4) / 2, 6);
    expect(value(leastSquaresLoss(scores([3, -1]), scores([1, -1])))).toBeCloseTo(4 / 2, 6);
    expect(value(fenceDistance(image(wild), image(fence)))).toBeCloseTo((0.5 + 0.5 + 0.75 + 0.25) / 4, 6);
  });

  it('scores against their targets, decay and gauge', () => {
    expect(value(fenceCutLoss(scores([0.5, -1, 0]), 1))).toBeCloseTo((0.5 + 2 + 1) / 3, 6);
    expect(value(fenceCutLoss(scores([0.5, -1, 0]), -1))).toBeCloseTo((1.5 + 0 + 1) / 3, 6);
    expect(value(discriminatorLoss(scores([0.5, -0.5]), scores([1, -1])))).toBeCloseTo(0.5, 6);
    expect(value(discriminatorLoss(scores([1, -1]), scores([-1, 1])))).toBe(2);
    expect(value(gauge(scores([0.5, -1, 0])))).toBeCloseTo(1.75 / 3, 6);
    expect(value(l2Loss([tf.tensor1d([1, 2]), tf.tensor1d([3])], 0.1))).toBeCloseTo(1.4, 6);
  });
});

/** Tiny networks: 16², width 1. */
const TINY: Params = {
  ...ascnet.spec.presets.demo.params, size: 16, width: 1, batch: 2, discriminatorBatch: 4, stage1: 2, stage2: 1, updates: 0, warmup: 0, cap: 0,
  rate: 1e-2, discriminatorRate: 1e-2, dropout: 0,
}; // biome-ignore format: a table

/** Every image is one number throughout, counted up from 0 in `reference`, from 100 in `mixed`, over 200. */
function countingSampler(counts: Partial<Record<Role, number>>): Sampler {
  const next: Record<string, number> = { reference: 0, mixed: 100 };
  const batch = (role: Role, n: number) =>
    tf.tidy(() => tf.stack(Array.from({ length: n }, () => tf.fill([16, 16, 1], next[role]++ / 200))) as tf.Tensor4D);
  return { random: new Random(7), count: (role) => counts[role] ?? 0, batch };
}

const values = (tensors: Readonly<Record<string, tf.Tensor>>) => Object.values(tensors).map((t) => Array.from(t.dataSync()));

/** What each update of a run changed, in the order of the updates. */
function watched(net: AscNet, params: Params, counts: Partial<Record<Role, number>>, updates: number) {
  const parts = () => ({
    M: values(net.mainModule.weights),
    D: values(net.discriminator.weights),
    averagesM: values(net.mainModule.averages),
    averagesD: values(net.discriminator.averages),
  });
  const steps = train(net, countingSampler(counts), settingsOf(params));
  return Array.from({ length: updates }, () => {
    const before = parts();
    const { network, losses } = steps.next().value!;
    const after = parts();
    const changed = Object.keys(before).filter((key) => JSON.stringify(before[key as 'M']) !== JSON.stringify(after[key as 'M']));
    const error = losses.discriminator?.dataSync()[0];
    const found = { network, changed, losses: Object.keys(losses).sort(), error, weights: after.D, adam: net.adam.discriminator.updates };
    tf.dispose(losses);
    return found;
  });
}

describe('schedule', () => {
  const COUNTS = { reference: 8, mixed: 5 };

  it('cycles of D and M over the larger set; D’s epoch doubles in stage 2; one learns while the other rests', () => {
    const net = netOf(TINY, 1);
    expect(ascnet.updates(TINY, (role) => COUNTS[role as 'mixed'] ?? 0)).toBe(4 + 4 + 4 + 4 + 8 + 4);
    const seen = watched(net, TINY, COUNTS, 28);
    const phase = (n: number, network: string) => Array.from({ length: n }, () => network);
    const [D, M] = ['discriminator', 'mainModule'];
    expect(seen.map((s) => s.network)).toEqual([phase(4, D), phase(4, M), phase(4, D), phase(4, M), phase(8, D), phase(4, M)].flat());
    for (const { network, changed, losses } of seen) {
      expect(changed).toEqual(network === D ? ['D', 'averagesD'] : ['M', 'averagesM']);
      expect(losses).toEqual(
        network === D
          ? ['discriminator', 'gauge', 'l2Discriminator']
          : ['disjuncy', 'distance', 'fenceCut', 'gauge', 'l2Main', 'reconstruction', 'total'],
      );
    }
  });

  it('takes part of an epoch, shares a given number of updates, and doubles M in stage 2 where the code does', () => {
    const count = (role: Role) => ({ reference: 40, mixed: 20 })[role as 'mixed'] ?? 0;
    const updates = (more: Params) => ascnet.updates({ ...TINY, ...more }, count);
    expect(updates({})).toBe(2 * (20 + 20) + (40 + 20));
    expect(updates({ discriminatorEpochs: 0.25, mainEpochs: 2 })).toBe(2 * (5 + 40) + (10 + 40));
    expect(updates({ stage2Main: 1 })).toBe(2 * (20 + 20) + (40 + 40));
    expect(updates({ updates: 280 })).toBe(280);
    expect(updates({ updates: 14 })).toBe(14);
  });

  it('stage 1: half R_d, half fence cuts in inference mode; stage 2: R_d ∪ I_fc(R_d) with as many fakes', () => {
    const net = netOf(TINY, 1);
    const settings = settingsOf({ ...TINY, discriminatorBatch: 8 });
    const flat = (first: number, n: number) =>
      tf.stack(Array.from({ length: n }, (_, i) => tf.fill([16, 16, 1], (first + i) / 200))) as tf.Tensor4D;
    const fence = (x: tf.Tensor4D) => net.mainModule.forward(x, INFERENCE).fenceCut;
    const one = realAndFake(net.mainModule, 1, countingSampler({}), settings);
    expect(Array.from(one.targets.dataSync())).toEqual([1, 1, 1, 1, -1, -1, -1, -1]);
    expect(one.x.dataSync()).toEqual(tf.concat([flat(0, 4), fence(flat(100, 4))]).dataSync());
    const two = realAndFake(net.mainModule, 2, countingSampler({}), { ...settings, real: -1 });
    expect(Array.from(two.targets.dataSync())).toEqual([-1, -1, -1, -1, 1, 1, 1, 1]);
    expect(two.x.dataSync()).toEqual(tf.concat([flat(0, 2), fence(flat(2, 2)), fence(flat(100, 4))]).dataSync());
  });
});

describe('the rest of D', () => {
  const COUNTS = { reference: 16, mixed: 16 };
  const run = (more: Params, updates: number) => watched(netOf(TINY, 3), { ...TINY, ...more }, COUNTS, updates);

  it('holds D’s weights from the first batch below the cap to the end of the phase, and not beyond', () => {
    const free = run({}, 8);
    const below = free.findIndex(({ error }, i) => i > 0 && error! < Math.min(...free.slice(0, i).map((s) => s.error!)));
    expect(below, 'D should learn something here').toBeGreaterThan(0);
    const cap = (free[below].error! + Math.min(...free.slice(0, below).map((s) => s.error!))) / 2;
    const capped = run({ cap }, 17);
    for (let i = 0; i < below; i++) expect(capped[i].weights).toEqual(free[i].weights);
    for (let i = below; i < 8; i++) expect(capped[i].weights).toEqual(free[below - 1].weights);
    for (let i = below; i < 8; i++) expect(capped[i].changed).toEqual(['averagesD']);
    const open = run({ cap: 1e-6 }, 8);
    expect(open.at(-1)!.weights).toEqual(free.at(-1)!.weights);
    // The next phase begins as if nothing had been held: whether its first batch is learned from is the cap's decision anew.
    expect(capped[16].changed.includes('D')).toBe(capped[16].error! >= cap);
  });

  it('draws D anew where it should, with fresh moments', () => {
    const drawn = (life: number) => {
      const net = netOf(TINY, 3);
      const at: number[] = [];
      const redraw = net.discriminator.redraw.bind(net.discriminator);
      net.discriminator.redraw = (random) => {
        at.push(net.updates);
        redraw(random);
      };
      const steps = train(net, countingSampler({ reference: 4, mixed: 4 }), settingsOf({ ...TINY, discriminatorLife: life }));
      for (let i = 0; i < 9; i++) tf.dispose(steps.next().value!.losses);
      return { at, moments: net.adam.discriminator.updates };
    };
    // Phases of two updates: D, M, D, M, and D again in stage 2.
    expect(drawn(0)).toEqual({ at: [], moments: 5 });
    expect(drawn(1)).toEqual({ at: [0, 4, 8], moments: 1 });
    expect(drawn(2)).toEqual({ at: [0, 2, 4, 6, 8], moments: 1 });
  });
});

describe('switches that are not published', () => {
  const x = () => tf.tidy(() => tf.sigmoid(tf.mul(3, tf.sin(tf.range(0, 256)).reshape([1, 16, 16, 1])))) as tf.Tensor4D;

  it('corrections: the fence cut starts as the input, the wild cut far below it', () => {
    const { fenceCut, wildCut } = netOf({ ...TINY, cuts: 1 }, 1).mainModule.project(x());
    const input = x().dataSync();
    fenceCut.dataSync().forEach((v, i) => {
      expect(Math.abs(v - input[i])).toBeLessThan(1e-5);
    });
    expect(tf.mean(wildCut).dataSync()[0]).toBeLessThan(0.15);
  });

  it.each([
    [1, 2, 6, -1.5],
    [2, 1, 6, -2],
  ])('a held mixer (%i) stays what it is and remixes by its formula, while all else learns', (choice, a, b, c) => {
    const net = netOf({ ...TINY, mixer: choice }, 1);
    const mixer = () => ['mix.w', 'mix.b'].map((name) => [...net.mainModule.weights[name].dataSync()]);
    expect(mixer()).toEqual([[a, b], [c]]);
    const before = [...net.mainModule.weights['fence.out.b'].dataSync()];
    const steps = train(net, countingSampler({ reference: 4, mixed: 4 }), settingsOf({ ...TINY, mixer: choice }));
    for (let i = 0; i < 4; i++) tf.dispose(steps.next().value!.losses);
    expect(mixer()).toEqual([[a, b], [c]]);
    expect([...net.mainModule.weights['fence.out.b'].dataSync()]).not.toEqual(before);
    const { fenceCut, wildCut, reconstruction } = net.mainModule.project(x());
    const [f, w] = [fenceCut.dataSync(), wildCut.dataSync()];
    reconstruction.dataSync().forEach((v, i) => {
      expect(v).toBeCloseTo(1 / (1 + Math.exp(-c - a * f[i] - b * w[i])), 5);
    });
  });

  it('β₁ is that of both optimisers: their first moments hold 1 − β₁ of the first gradient', () => {
    const moments = (beta1: number) => {
      const net = netOf({ ...TINY, beta1 }, 1);
      const steps = train(net, countingSampler({ reference: 2, mixed: 2 }), settingsOf({ ...TINY, beta1 }));
      for (let i = 0; i < 2; i++) tf.dispose(steps.next().value!.losses); // one update of D, one of M
      return [net.adam.discriminator.moments['score.b/m'], net.adam.mainModule.moments['fence.out.b/m']].map((m) => m.dataSync()[0]);
    };
    const [steady, quick] = [moments(0.9), moments(0.5)];
    expect(quick.map((m, i) => m / steady[i])).toEqual([expect.closeTo(5, 3), expect.closeTo(5, 3)]);
  });

  it('least squares reaches M where tanh is saturated', () => {
    const slope = (adversarial: number) => {
      const net = netOf({ ...TINY, adversarial, adversarialWeight: 1, disjuncyWeight: 0, reconstructionWeight: 0, l2: 0 }, 1);
      net.discriminator.weights['score.b'].assign(tf.tensor1d([-30]));
      const steps = train(net, countingSampler({ reference: 2, mixed: 2 }), settingsOf({ ...TINY, adversarial, adversarialWeight: 1, disjuncyWeight: 0, reconstructionWeight: 0, l2: 0, discriminatorRate: 0 })); // biome-ignore format: one line
      let moved = 0;
      for (let i = 0; i < 2; i++) {
        const before = [...net.mainModule.weights['fence.out.b'].dataSync()];
        tf.dispose(steps.next().value!.losses);
        moved = Math.abs(net.mainModule.weights['fence.out.b'].dataSync()[0] - before[0]);
      }
      return moved;
    };
    expect(slope(0)).toBe(0);
    expect(slope(1)).toBeGreaterThan(1e-4);
  });

  it('noise lies on what D sees and nowhere else: with none, the same D losses again', () => {
    const first = (noise: number) => {
      const steps = train(netOf(TINY, 1), countingSampler({ reference: 4, mixed: 4 }), settingsOf({ ...TINY, noise }));
      const { losses } = steps.next().value!;
      const [error] = losses.discriminator.dataSync();
      tf.dispose(losses);
      return error;
    };
    expect(first(0)).toBe(first(0));
    expect(first(0.5)).not.toBe(first(0));
  });
});

it('names the end of every cycle, and of many about a dozen', () => {
  const ends = (more: Params, updates: number) => {
    const steps = train(netOf({ ...TINY, ...more }, 1), countingSampler({ reference: 2, mixed: 2 }), settingsOf({ ...TINY, ...more }));
    return Array.from({ length: updates }, () => {
      const { losses, ends: end } = steps.next().value!;
      tf.dispose(losses);
      return end ?? '';
    });
  };
  expect(ends({ stage1: 1, stage2: 1 }, 5)).toEqual(['', 'cycle 1 of 2', '', '', 'cycle 2 of 2']);
  expect(ends({ stage1: 26, stage2: 0 }, 14).filter(Boolean)).toEqual(['cycle 3 of 26', 'cycle 6 of 26']);
});

it('drops after pooling, and after every skip but the last of the fence decoder', () => {
  const x = tf.ones([1, 16, 16, 1]) as tf.Tensor4D;
  const sides = (dropoutAt: number, part: 'mainModule' | 'discriminator') => {
    const seen: number[] = [];
    const drop = (t: tf.Tensor4D) => {
      seen.push(t.shape[1]);
      return t;
    };
    netOf({ ...TINY, dropoutAt }, 1)[part].forward(x, { mode: 'batch', drop });
    return seen;
  };
  expect(sides(0, 'mainModule')).toEqual([8, 4, 2, 1, 2, 4, 8, 2, 4, 8, 16]);
  expect(sides(1, 'mainModule')).toEqual([8, 4, 2, 1]);
  expect(sides(0, 'discriminator')).toEqual([8, 4, 2, 1]);
});

it('warms the averages: on one batch over and over, inference is what training mode is', () => {
  const net = netOf(TINY, 5);
  const x = tf.tidy(() => tf.sigmoid(tf.mul(3, tf.sin(tf.range(0, 4 * 256)).reshape([4, 16, 16, 1])))) as tf.Tensor4D;
  const sampler: Sampler = { ...countingSampler({ reference: 4, mixed: 4 }), batch: (_, n) => tf.slice(x, [0, 0, 0, 0], [n, 16, 16, 1]) };
  const steps = train(net, sampler, settingsOf({ ...TINY, batch: 4, warmup: 3 }));
  tf.dispose(steps.next().value!.losses); // D learned; M has only been warmed
  const trained = net.mainModule.forward(x, { mode: 'batch', drop: (t) => t }).reconstruction.dataSync();
  net.mainModule
    .forward(x, INFERENCE)
    .reconstruction.dataSync()
    .forEach((v, i) => {
      expect(Math.abs(v - trained[i])).toBeLessThan(1e-4);
    });
});

it('scores the remix, its inverse inside the body, and the wild cut', () => {
  const trainer = ascnet.build(TINY, 16, 16, 2);
  const x = tf.tensor4d(Float32Array.from({ length: 512 }, (_, i) => (i % 16 < 4 ? 0 : 0.2 + 0.001 * i)), [2, 16, 16, 1]); // biome-ignore format: one line
  const scored = (scorer: string) => {
    const { map, scores, views } = trainer.score(x, scorer, false).next().value as Required<Scored>;
    return { map: map.dataSync(), scores: scores.dataSync(), remix: views.reconstruction.dataSync(), wild: views.wildCut.dataSync() };
  };
  const [bright, dark, wild] = ['I_ro', 'I_ro-dark', 'I_wc'].map(scored);
  expect(bright.map).toEqual(bright.remix);
  expect(wild.map).toEqual(wild.wild);
  const inside = x.dataSync();
  dark.map.forEach((v, i) => {
    expect(v).toBeCloseTo(inside[i] > 0 ? 1 - bright.map[i] : 0, 6);
  });
  const mean = (map: ArrayLike<number>, from: number) =>
    Array.from(map).slice(from, from + 256).filter((_, i) => inside[from + i] > 0).reduce((a, b) => a + b, 0) / 192; // biome-ignore format: one line
  expect(bright.scores[1]).toBeCloseTo(mean(bright.map, 256), 5);
  expect(dark.scores[0]).toBeCloseTo(mean(dark.map, 0), 5);
  trainer.dispose();
});
