/** Sizes of the authors' networks, and losses and their gradients by finite differences. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../core/random';
import { startBackend } from '../../kernels/testBackend';
import { criticLoss } from './losses';
import { CriticNetwork, double, EncoderNetwork, GeneratorNetwork, halve, layerNormRelu, layout, type Networks } from './network';
import { RmsProp } from './rmsProp';
import { criticGradients, encoderGradients, generatorGradients, Turns } from './train';

const CONFIG = { size: 16, width: 2, latent: 3 };
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

describe('gradients', () => {
  let networks: Networks;
  const random = new Random(3);
  const drawn = (shape: number[]) =>
    tf.tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.between(-1, 1)),
      shape,
    );
  beforeAll(async () => {
    await startBackend('cpu');
    networks = { generator: new GeneratorNetwork(CONFIG, random), critic: new CriticNetwork(CONFIG, random), encoder: new EncoderNetwork(CONFIG, random) }; // biome-ignore format: one line
    // Away from the start, where biases and gains say nothing of their own.
    for (const { variables } of Object.values(networks))
      for (const v of Object.values(variables)) v.assign(tf.add(v, tf.mul(0.2, drawn(v.shape))));
  });

  const x = () => tf.tensor4d(Float32Array.from({ length: 3 * 256 }, (_, i) => Math.sin(0.7 * i)), [3, 16, 16, 1]); // biome-ignore format: one line
  const z = () => tf.tensor2d([0.3, -0.8, 0.5, -0.2, 0.9, 0.1, 0.7, 0.4, -0.6], [3, 3]);
  const alpha = () => tf.tensor4d([0.2, 0.5, 0.9], [3, 1, 1, 1]);

  it.each([
    ['critic', () => criticGradients(networks, x(), z(), alpha(), 10)],
    ['generator', () => generatorGradients(networks, z())],
    ['encoder', () => encoderGradients(networks, x(), 2)],
  ] as const)('of the %s’s loss are its slopes along random directions', (owner, pass) => {
    const { variables } = networks[owner];
    const { gradients } = pass();
    const at = Object.fromEntries(Object.entries(variables).map(([name, v]) => [name, v.clone()]));
    let compared = 0;
    for (let k = 0; k < 4; k++) {
      const direction = Object.fromEntries(Object.entries(variables).map(([name, v]) => [name, drawn(v.shape)]));
      const lossAt = (h: number) => {
        for (const [name, v] of Object.entries(variables)) v.assign(tf.add(at[name], tf.mul(h, direction[name])));
        return pass().losses.total.dataSync()[0];
      };
      const h = 2e-4;
      const slope = (lossAt(h) - lossAt(-h)) / (2 * h);
      lossAt(0);
      const ours = Object.entries(gradients).reduce((sum, [name, g]) => sum + tf.sum(tf.mul(g, direction[name])).dataSync()[0], 0);
      const scale = Math.sqrt(Object.values(gradients).reduce((sum, g) => sum + tf.sum(tf.square(g)).dataSync()[0], 0));
      expect(scale).toBeGreaterThan(0);
      expect(Math.abs(ours - slope), `${ours} against ${slope}, of length ${scale}`).toBeLessThan(0.03 * scale);
      if (Math.abs(ours) > 0.1 * scale) compared++;
    }
    expect(compared, 'directions along which something changes').toBeGreaterThan(0);
  });
});
