/** Our gradient of max-pooling on WASM, against the CPU backend's. */
import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, it } from 'vitest';
import { installKernels, restoreKernels } from '../install';
import { startBackend } from '../testBackend';

type Case = { size: [number, number, number, number]; filter: number | [number, number]; stride: number; pad: 'same' | 'valid' | number };

const CASES: Case[] = [
  { size: [2, 8, 8, 3], filter: 2, stride: 2, pad: 'valid' },
  { size: [3, 7, 9, 2], filter: 2, stride: 2, pad: 'valid' },
  { size: [1, 7, 9, 2], filter: 3, stride: 1, pad: 'same' },
  { size: [2, 6, 5, 4], filter: [2, 3], stride: 2, pad: 'same' },
  { size: [1, 8, 8, 1], filter: 3, stride: 2, pad: 1 },
];

/** Both signs, below zero alone, and ties in plenty. */
const KINDS: Record<string, (i: number) => number> = {
  mixed: (i) => Math.sin(12.9898 * i + 0.37 * i * i),
  negative: (i) => Math.sin(12.9898 * i + 0.37 * i * i) - 2,
  tied: (i) => Math.round(Math.sin(12.9898 * i + 0.37 * i * i)) - 1,
};

function gradient({ size, filter, stride, pad }: Case, value: (i: number) => number): Float32Array {
  return tf.tidy(() => {
    const length = size.reduce((a, b) => a * b);
    const x = tf.tensor4d(
      Float32Array.from({ length }, (_, i) => value(i)),
      size,
    );
    const pooled = (t: tf.Tensor) => tf.maxPool(t as tf.Tensor4D, filter, stride, pad, pad === 1 ? 'floor' : undefined);
    const [y] = [pooled(x)];
    const dy = tf.tensor(Float32Array.from({ length: y.size }, (_, i) => Math.cos(3.1 * i)), y.shape); // biome-ignore format: one line
    return tf
      .grad((t) => pooled(t))(x, dy)
      .dataSync<'float32'>();
  });
}

afterEach(() => installKernels('wasm'));

it.each(CASES.flatMap((one) => Object.keys(KINDS).map((kind) => ({ ...one, kind }))))(
  'is the CPU’s: $kind values of $size under $filter, stride $stride, $pad',
  async ({ kind, ...one }) => {
    await startBackend('cpu');
    const wanted = gradient(one, KINDS[kind]);
    await startBackend('wasm');
    const before = tf.memory().numTensors;
    gradient(one, KINDS[kind]).forEach((v, i) => {
      expect(Math.abs(v - wanted[i])).toBeLessThan(1e-6);
    });
    expect(tf.memory().numTensors).toBe(before);
  },
);

it('stands in for one that is wrong below zero', async () => {
  await startBackend('cpu');
  const wanted = gradient(CASES[0], KINDS.negative);
  await startBackend('wasm');
  restoreKernels('wasm');
  expect(gradient(CASES[0], KINDS.negative)).not.toEqual(wanted);
});
