/** The mended gradients on WebGPU (a software adapter where there is no GPU). */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { installKernels } from './install';
import { CASES, checkAbs, checkDerivatives } from './testGradients';

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
});
