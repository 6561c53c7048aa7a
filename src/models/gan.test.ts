import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashUnit } from '../core/hashUnit';
import { startBackend } from '../kernels/testBackend';
import { anogan } from './anogan';
import { fanogan } from './fanogan';
import { codesBetween, lacks } from './gan';

beforeAll(() => startBackend('wasm'));

const images = (n: number, k: number) =>
  tf.tensor4d(
    Float32Array.from(hashUnit(k, n * 1024), (v) => 0.9 * v),
    [n, 32, 32, 1],
  );
const read = (t: tf.Tensor) => Array.from(t.dataSync<'float32'>());

describe.each([anogan, fanogan])('$spec.title', ({ spec, build }) => {
  const params = { ...spec.presets.demo.params, size: 32, width: 4, latent: 6, batch: 3 };

  it('walks from one code to another: its ends are the first two samples, and every image between is its own', () => {
    const trainer = build(params, 32, 32, 1);
    const before = tf.memory().numTensors;
    const [line, samples] = [trainer.interpolate!(5), trainer.sample!(2)];
    const shown = Array.from({ length: 5 }, (_, i) => read(line).slice(i * 1024, (i + 1) * 1024));
    read(samples).forEach((v, i) => {
      expect(shown[i < 1024 ? 0 : 4][i % 1024]).toBeCloseTo(v, 5);
    });
    for (let i = 0; i < 5; i++) for (let k = 0; k < i; k++) expect(shown[i]).not.toEqual(shown[k]);
    tf.dispose([line, samples]);
    expect(tf.memory().numTensors).toBe(before);
    trainer.dispose();
  });

  it('gives D’s features of images, each its own whatever is beside it', () => {
    const trainer = build(params, 32, 32, 1);
    const x = images(3, 9);
    const all = trainer.embed!(x);
    const alone = trainer.embed!(tf.slice(x, 1, 1));
    expect(all.shape).toEqual([3, 2 * 2 * 8 * 4]);
    const [, own] = [0, 1].map((i) => read(all).slice(i * 128, (i + 1) * 128));
    read(alone).forEach((v, i) => {
      expect(own[i]).toBeCloseTo(v, 5);
    });
    expect(own).not.toEqual(read(all).slice(0, 128));
    trainer.dispose();
  });
});

it('codes between two lie evenly on a straight line', () => {
  const line = codesBetween(tf.tensor2d([0, 1, 2, -1], [2, 2]), 5);
  expect(line.shape).toEqual([5, 2]);
  [0, 1, 0.5, 0.5, 1, 0, 1.5, -0.5, 2, -1].forEach((v, i) => {
    expect(read(line)[i]).toBeCloseTo(v, 6);
  });
});

it('a batch of more slices than there are is refused, and what would do is said', () => {
  const params = { ...anogan.spec.presets.demo.params, batch: 16 };
  expect(lacks!(params, () => 16)).toBeNull();
  expect(lacks!(params, (role) => (role === 'reference' ? 9 : 100))).toBe(
    'A batch takes 16 different healthy slices, and there are 9. Set Batch to 9, or add healthy slices.',
  );
});
