/** The mended gradients on WebGPU (a software adapter where there is no GPU). */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { installKernels } from './install';
import { CASES, checkAbs, checkDerivatives, checkSpread } from './testGradients';

beforeAll(async () => {
  await tf.setBackend('webgpu');
  await tf.ready();
  installKernels('webgpu');
});

describe('gradients on webgpu', () => {
  it('run there, not on a backend that tfjs fell back to', () => {
    expect(tf.getBackend()).toBe('webgpu');
  });

  it.each(CASES)('$name: value, first and second derivative', (row) => checkDerivatives(row, 1e-4));

  it('abs has derivative 0 at 0', checkAbs);

  it.each([[[0, 1, 2]], [[0, 1]], [[2]], [[0, 2]], [[1]]])('sum and mean over %j', async (axis) => {
    for (const over of ['sum', 'mean'] as const) for (const keepDims of [false, true]) await checkSpread(over, axis, keepDims);
  });
});
