/** Fused operations, sums and Adam against the same functions of nn/ composed on the CPU backend. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
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

const CALLS = [...FUSED, ...SUMS, ...CASTS];
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
