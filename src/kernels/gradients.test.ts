import { beforeAll, describe, expect, it } from 'vitest';
import { mendGradients } from './gradients';
import { startBackend } from './testBackend';
import { CASES, checkAbs, checkDerivatives, checkSpread } from './testGradients';

describe.each(['cpu', 'wasm'] as const)('gradients on %s', (backend) => {
  beforeAll(() => startBackend(backend));

  it.each(CASES)('$name: value, first and second derivative', (row) => checkDerivatives(row, 2e-5));

  it('abs has derivative 0 at 0', checkAbs);

  it.each([[[0, 1, 2]], [[0, 1]], [[2]], [[0, 2]], [[1]]])('sum and mean over %j', async (axis) => {
    for (const over of ['sum', 'mean'] as const) for (const keepDims of [false, true]) await checkSpread(over, axis, keepDims);
  });

  it('may be mended twice', () => {
    expect(() => mendGradients()).not.toThrow();
  });
});
