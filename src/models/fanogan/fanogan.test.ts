/** Sizes of the authors' networks, and losses and gradients beside PyTorch's. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashUnit } from '../../core/hashUnit';
import { Random } from '../../core/random';
import { startBackend } from '../../kernels/testBackend';
import { fanogan } from '.';
import { criticLoss } from './losses';
import { CriticNetwork, double, EncoderNetwork, GeneratorNetwork, halve, layerNormRelu, layout, type Networks } from './network';
import reference from './reference.json';
import { RmsProp } from './rmsProp';
import { criticGradients, encoderGradients, generatorGradients, Turns } from './train';

const CONFIG = { size: 16, width: 2, latent: 3 };
const OWNERS = ['generator', 'critic', 'encoder'] as const;
/** Ordinal of a network's first parameter in the hash. */
const BASES = { generator: 0, critic: 100, encoder: 200 };
const read = (t: tf.Tensor) => Array.from(t.dataSync());

it('has the parameters of the authors’ networks, and refuses a size that cannot be halved', () => {
  const layouts = layout({ size: 64, width: 64, latent: 128 });
  const count = (of: keyof typeof layouts) =>
    Object.values(layouts[of]).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  expect([count('generator'), count('critic'), count('encoder')]).toEqual([8_539_329, 7_490_689, 8_531_200]);
  expect(() => layout({ size: 40, width: 4, latent: 2 })).toThrow('multiple of 16, not 40. Choose 48');
});

it('takes turns that follow from the updates so far', () => {
  const turns = (updates: number) => {
    const counters = [0, 1, 2].map(() => ({ updates: 0 }));
    const made = new Turns(counters[0] as never, counters[1] as never, counters[2] as never, 5, 14);
    made.updates = updates;
    expect(made.updates).toBe(updates);
    return made.next[0];
  };
  expect(Array.from({ length: 18 }, (_, n) => turns(n)).join('')).toBe('cccccgcccccgcceeee');
});

describe('the watch for collapse', () => {
  beforeAll(() => startBackend('wasm'));
  const { least } = fanogan.spec.losses.spread.watch!;
  const [n, size] = [8, 16];
  const images = () =>
    tf.tensor4d(
      Float32Array.from(hashUnit(7, n * size * size), (v) => 0.9 * v),
      [n, size, size, 1],
    );
  const made = () => {
    const random = new Random(4);
    return { generator: new GeneratorNetwork(CONFIG, random), critic: new CriticNetwork(CONFIG, random) } as Networks;
  };
  const spread = (networks: Networks) => {
    const z = tf.tensor2d(Float32Array.from(hashUnit(8, n * 3)), [n, 3]);
    return read(criticGradients(networks, images(), z, tf.fill([n, 1, 1, 1], 0.5), 10).losses.spread)[0];
  };

  it('falls below what is watched for when images are nearly, but not quite, alike', () => {
    expect(spread(made())).toBeGreaterThan(2 * least);
    const alike = made();
    const { 'last.w': weights, 'last.b': bias } = alike.generator.variables;
    tf.tidy(() => {
      weights.assign(tf.mul(weights, 0.01));
      bias.assign(tf.fill([1], 0.5));
    });
    const shown = read(alike.generator.generate(tf.tensor2d([1, 0, 0, 0, 1, 0], [2, 3]), 'batch').image);
    expect(shown.slice(0, size * size)).not.toEqual(shown.slice(size * size));
    expect(spread(alike)).toBeLessThan(least / 2);
  });
});

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  beforeAll(() => startBackend(backend));

  it('doubles, halves and normalises as written out', () => {
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 2]);
    expect(read(double(x))).toEqual([1, 2, 1, 2, 3, 4, 3, 4, 1, 2, 1, 2, 3, 4, 3, 4, 5, 6, 5, 6, 7, 8, 7, 8, 5, 6, 5, 6, 7, 8, 7, 8]);
    expect(read(halve(x))).toEqual([4, 5]);
    expect(read(halve(double(x)))).toEqual(read(x));
    const sd = Math.sqrt(5.25 + 1e-5);
    const wanted = read(x).map((v, i) => Math.max(0, ((v - 4.5) / sd) * [2, 1][i % 2] + [0.5, -0.25][i % 2]));
    read(layerNormRelu(x, tf.tensor1d([2, 1]), tf.tensor1d([0.5, -0.25]))).forEach((v, i) => {
      expect(v).toBeCloseTo(wanted[i], 5);
    });
  });

  it('weighs the critic’s terms', () => {
    const { total, gap, penalty } = criticLoss(tf.tensor1d([3, 5]), tf.tensor1d([1, 2]), tf.tensor1d([1, 3]), 10);
    expect([gap, penalty, total].map((t) => read(t)[0])).toEqual([2.5, 2, 17.5]);
  });

  it('steps as RMSProp is written', () => {
    const p = tf.variable(tf.tensor1d([1, -2]));
    const rms = new RmsProp({ p }, 0.1);
    let [v, at] = [
      [1, 1],
      [1, -2],
    ];
    for (const g of [
      [0.5, -3],
      [0.2, 1],
    ]) {
      rms.apply({ p: tf.tensor1d(g) });
      v = v.map((value, i) => 0.9 * value + 0.1 * g[i] ** 2);
      at = at.map((value, i) => value - (0.1 * g[i]) / Math.sqrt(v[i]));
    }
    read(p).forEach((value, i) => {
      expect(value).toBeCloseTo(at[i], 6);
    });
  });
});

describe.each(['cpu', 'wasm'] as const)('beside reference.json, made by reference.py in PyTorch, on %s', (backend) => {
  let networks: Networks;
  beforeAll(async () => {
    await startBackend(backend);
    const random = new Random(1);
    networks = {
      generator: new GeneratorNetwork(CONFIG, random),
      critic: new CriticNetwork(CONFIG, random),
      encoder: new EncoderNetwork(CONFIG, random),
    };
    for (const owner of OWNERS)
      Object.entries(networks[owner].variables).forEach(([name, v], i) => {
        const kind = name.split('.').pop();
        const scale = kind === 'w' ? Math.sqrt(6 / (v.size / v.shape[v.rank - 1])) : 0.2;
        const values = Float32Array.from(hashUnit(BASES[owner] + i, v.size), (u) => (kind === 'gamma' ? 1 : 0) + scale * u);
        tf.tidy(() => v.assign(tf.tensor(values, v.shape)));
      });
  });

  const made = (k: number, shape: number[]) =>
    tf.tensor(
      Float32Array.from(
        hashUnit(
          k,
          shape.reduce((a, b) => a * b, 1),
        ),
      ),
      shape,
    );
  const x = () => made(300, [3, 16, 16, 1]) as tf.Tensor4D;
  const z = () => made(301, [3, 3]) as tf.Tensor2D;

  it.each([
    ['critic', () => criticGradients(networks, x(), z(), tf.tensor4d([0.2, 0.5, 0.9], [3, 1, 1, 1]), 10)],
    ['generator', () => generatorGradients(networks, z())],
    ['encoder', () => encoderGradients(networks, x(), 2)],
  ] as const)('the %s’s losses and their gradient by every weight', (owner, pass) => {
    const { losses, gradients } = pass();
    for (const [name, wanted] of Object.entries(reference.losses[owner])) {
      const ours = (losses as Record<string, tf.Scalar>)[name].dataSync()[0];
      expect(Math.abs(ours - wanted), `${name}: ${ours} against ${wanted}`).toBeLessThan(1e-4 * Math.max(1, Math.abs(wanted)));
    }
    const probes = reference.gradients[owner] as Record<string, number[]>;
    expect(Object.keys(gradients)).toEqual(Object.keys(probes));
    const longest = Math.max(...Object.values(probes).map(([length]) => length));
    Object.entries(probes).forEach(([name, [length, product]], i) => {
      const gradient = gradients[name].dataSync() as Float32Array;
      const direction = hashUnit(1000 + BASES[owner] + i, gradient.length);
      const ours = [Math.hypot(...gradient), gradient.reduce((sum, v, k) => sum + v * direction[k], 0)];
      const allowed = 1e-3 * length + 1e-5 * longest;
      for (const [k, wanted] of [length, product].entries())
        expect(Math.abs(ours[k] - wanted), `${name}: ${ours[k]} against ${wanted}`).toBeLessThan(allowed);
    });
  });
});
