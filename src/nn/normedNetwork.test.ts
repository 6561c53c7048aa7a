import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { type Mode, NormedNetwork, normLayout, type Statistics } from './normedNetwork';

const wave = (length: number, salt: number) => Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * i + 78.233 * salt) + 0.3);
const LAYOUT = {
  'layer.b': { shape: [3], kind: 'bias' },
  ...normLayout('bn0', 3),
  ...normLayout('bn1', 3),
};

/** Norm bn0 after no bias, bn1 after that of `layer`. */
class Network extends NormedNetwork {
  protected override readonly biases = { bn1: 'layer' };

  constructor() {
    super(LAYOUT, (name) => tf.tensor1d(wave(3, name.length)));
  }

  pass(h: tf.Tensor4D, name: string, mode: Mode, seen: Statistics = {}): tf.Tensor4D {
    return this.norm(h, name, 0.2, mode, seen);
  }
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

it.each(['bn0', 'bn1'])('%s on moving averages, of now or folded once, is its definition with the bias before it', (name) => {
  const network = new Network();
  network.averages[`${name}/mean`].assign(tf.tensor1d([0.4, -0.3, 0.2]));
  network.averages[`${name}/variance`].assign(tf.tensor1d([0.5, 2, 1.3]));
  const h = tf.tensor4d(wave(2 * 4 * 5 * 3, 9), [2, 4, 5, 3]);
  const value = (key: string) => network.variables[key].dataSync();
  const [bias, gain, shift] = [name === 'bn1' ? value('layer.b') : [0, 0, 0], value(`${name}.gamma`), value(`${name}.beta`)];
  const expected = h.dataSync().map((v, i) => {
    const c = i % 3;
    const u = (gain[c] * (v + bias[c] - [0.4, -0.3, 0.2][c])) / Math.sqrt([0.5, 2, 1.3][c] + 1e-5) + shift[c];
    return u > 0 ? u : 0.2 * u;
  });
  for (const mode of ['moving', network.folded()] as const) {
    const found = network.pass(h, name, mode).dataSync();
    found.forEach((v, i) => {
      expect(v).toBeCloseTo(expected[i], 5);
    });
  }
});

it('the statistics of a batch are those after the bias, which the norm itself takes away', () => {
  const network = new Network();
  const h = tf.tensor4d(wave(2 * 4 * 5 * 3, 9), [2, 4, 5, 3]);
  const [before, after]: Statistics[] = [{}, {}];
  network.pass(h, 'bn0', 'batch', before);
  network.pass(h, 'bn1', 'batch', after);
  const bias = network.variables['layer.b'].dataSync();
  const [a, b] = [before.bn0.mean.dataSync(), after.bn1.mean.dataSync()];
  a.forEach((v, c) => {
    expect(b[c] - v).toBeCloseTo(bias[c], 5);
  });
});
