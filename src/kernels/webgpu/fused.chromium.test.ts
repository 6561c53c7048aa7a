/** Fused operations, sums, matrix products and Adam against the same functions of nn/ composed on the CPU backend. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { leakyRelu } from '../../nn/layers';
import { installKernels, restoreKernels } from '../install';
import { FUSED } from '../testFused';
import { complaints, deviation, read, startBackend, wave } from './testBackend';

const made = (shape: number[]) => tf.tensor(wave(tf.util.sizeFromShape(shape), 1), shape);

const SUMS = [[2, 5, 7, 3], [1, 1, 1, 1], [3, 8, 8, 1], [2, 32, 32, 32], [1, 3, 3, 700], [5, 64, 33, 8], [70, 3], [4096, 33]].flatMap((shape) => [
  { name: `sum over all axes but the last of ${shape}`, run: () => [tf.sum(made(shape), shape.map((_, i) => i).slice(1).map((i) => i - 1))] },
  { name: `the same, axes kept, of ${shape}`, run: () => [tf.sum(made(shape), 0, true)] },
  { name: `sum of ${shape}`, run: () => [tf.sum(made(shape)), tf.sum(made(shape), undefined, true)] },
]); // biome-ignore format: a table

const CASTS = [
  {
    name: 'sums and gates of whole numbers and booleans called float32',
    run: () => {
      const flags = tf.cast(tf.greater(made([3, 4, 4, 8]), 0), 'float32');
      const whole = tf.cast(tf.tensor([3, 0, -7, 5], [1, 1, 1, 4], 'int32'), 'float32') as tf.Tensor4D;
      return [tf.sum(flags), tf.sum(flags, [0, 1, 2]), tf.conv2d(whole, tf.ones([1, 1, 4, 2]) as tf.Tensor4D, 1, 'same')];
    },
  },
];

const PRODUCTS = [[1, 1, 1], [16, 100, 300], [70, 9, 3], [65, 300, 17], [2, 1030, 24], [130, 64, 1], [129, 64, 132]].flatMap(([m, k, n]) =>
  [[false, false], [true, false], [false, true], [true, true]].map(([ta, tb]) => ({
    name: `matMul [${m}, ${k}] · [${k}, ${n}], transposed ${ta} ${tb}`,
    run: () => [tf.matMul(made(ta ? [k, m] : [m, k]), made(tb ? [n, k] : [k, n]), ta, tb)],
  })),
); // biome-ignore format: a table

const CALLS = [...FUSED, ...SUMS, ...CASTS, ...PRODUCTS];
const expected = new Map<string, Float32Array[]>();

beforeAll(async () => {
  await startBackend('cpu');
  for (const call of CALLS) expected.set(call.name, await read(call.run));
  await startBackend('webgpu');
});

describe('on WebGPU', () => {
  it.each(CALLS.map((call) => [call.name, call] as const))('%s', async (name, call) => {
    const ours = await read(call.run);
    const theirs = expected.get(name)!;
    expect(ours.length).toBe(theirs.length);
    ours.forEach((values, k) => {
      expect(deviation(values, theirs[k], 0.01), `output ${k}`).toBeLessThanOrEqual(1e-4);
    });
    expect(complaints).toEqual([]);
  });
});

describe('large tensors', () => {
  // Of an odd length, so that an invocation takes one value, and of more workgroups than one row of them may hold.
  const length = 64 * 65535 + 65;

  it('are done to the last value', async () => {
    const [values, total] = await read(() => {
      const x = tf.range(0, length, 1, 'float32');
      const y = leakyRelu(tf.reshape(tf.sub(x, 10), [1, length, 1, 1]), 0.5);
      return [y, tf.sum(tf.reshape(tf.onesLike(x), [length, 1]), 0)];
    });
    expect(values[0]).toBe(-5);
    expect(values[length - 1]).toBe(length - 11);
    expect(values.findIndex((value, i) => value !== (i < 10 ? (i - 10) / 2 : i - 10))).toBe(-1);
    expect(total[0]).toBe(length);
  });
});

describe('install and restore', () => {
  it('bring our kernels, and the stock ones back, or none where there was none', () => {
    const names = installKernels('webgpu');
    const ours = names.map((kernel) => tf.getKernel(kernel, 'webgpu')?.kernelFunc);
    expect(names).toEqual(expect.arrayContaining(['Conv2D', 'Conv2DBackpropFilter', 'Sum', 'Norm', 'AdamStep']));
    restoreKernels('webgpu');
    expect(tf.getKernel('AdamStep', 'webgpu')).toBeUndefined();
    for (const kernel of ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter', 'Sum']) {
      expect(tf.getKernel(kernel, 'webgpu')?.kernelFunc).toBeDefined();
      expect(ours).not.toContain(tf.getKernel(kernel, 'webgpu')?.kernelFunc);
    }
    installKernels('webgpu');
    expect(tf.getKernel('AdamStep', 'webgpu')).toBeDefined();
  });

  it('leave a composed layer with the same result', async () => {
    const { run } = FUSED.find(({ name }) => name.startsWith('batch norm, slope 0.2, of 4,9,9,13'))!;
    const ours = await read(run);
    restoreKernels('webgpu');
    const stock = await read(run);
    installKernels('webgpu');
    ours.forEach((values, k) => {
      expect(deviation(values, stock[k], 0.01)).toBeLessThanOrEqual(1e-4);
    });
  });
});
