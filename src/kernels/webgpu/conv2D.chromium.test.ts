/** Convolution and its gradients, in every variant, against the CPU backend. */
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installKernels, restoreKernels } from '../install';
import { complaints, deviation, read, startBackend, wave } from './testBackend';
import { name, SHAPES, type Shape } from './testShapes';
import { type Choices, choices, forceVariant, remember, sizeAsCard, tuneOnSoftware } from './tune';

/** y, dx and dw. */
function convolutions({ x: size, kernel, out, stride, pad }: Shape): tf.Tensor[] {
  const filterShape: Shape['x'] = [...kernel, size[3], out];
  const x = tf.tensor4d(wave(tf.util.sizeFromShape(size), 1), size);
  const filter = tf.tensor4d(wave(tf.util.sizeFromShape(filterShape), 2), filterShape);
  const dimRoundingMode = typeof pad === 'string' ? undefined : 'floor';
  const y = tf.conv2d(x, filter, stride, pad, 'NHWC', [1, 1], dimRoundingMode);
  const dy = tf.tensor4d(wave(y.size, 3), y.shape);
  const attrs = { strides: stride, pad, dataFormat: 'NHWC', dimRoundingMode };
  const run = (kernelName: string, inputs: tf.NamedTensorMap, extra: object) =>
    tf.engine().runKernel(kernelName, inputs, { ...attrs, ...extra } as never) as tf.Tensor;
  return [y, run('Conv2DBackpropInput', { dy, filter }, { inputShape: size }), run('Conv2DBackpropFilter', { x, dy }, { filterShape })];
}

const expected = new Map<string, Float32Array[]>();
const direct = new Map<string, Float32Array[]>();

beforeAll(async () => {
  await startBackend('cpu');
  for (const row of SHAPES) expected.set(name(row), await read(() => convolutions(row)));
  await startBackend('webgpu');
});

describe.each([
  ['direct', 0, false],
  ['tiled', 1, false],
  ['direct, in the sizes of a graphics card', 0, true],
] as const)('convolutions, %s', (variant, index, card) => {
  beforeAll(() => {
    forceVariant(index);
    sizeAsCard(card);
  });
  afterAll(() => {
    forceVariant(null);
    sizeAsCard(false);
  });

  it.each(SHAPES.map((row) => [name(row), row] as const))('%s', async (title, row) => {
    const ours = await read(() => convolutions(row));
    const theirs = expected.get(title)!;
    ours.forEach((values, k) => {
      expect(deviation(values, theirs[k], 0), ['y', 'dx', 'dw'][k]).toBeLessThanOrEqual(1e-5);
    });
    if (variant === 'direct') direct.set(title, ours);
    // Variants add in the same order: which of them is faster today does not change a run.
    else if (variant === 'tiled') expect(ours).toEqual(direct.get(title));
    expect(complaints).toEqual([]);
  });
});

describe('the choice between variants', () => {
  const row = SHAPES[SHAPES.length - 1];

  it('falls after a few calls, to the faster one', async () => {
    tuneOnSoftware(true);
    for (let call = 0; call < 5; call++) await read(() => convolutions(row));
    tuneOnSoftware(false);
    const made = choices(tf.backend());
    expect(made.length).toBeGreaterThan(0);
    for (const { choice, times } of made) {
      expect(times.length).toBe(2);
      expect(times[choice!]).toBe(Math.min(...times));
    }
  });

  it('is told, and made already in a later session', async () => {
    const other = SHAPES[SHAPES.length - 2];
    const told: Choices[] = [];
    remember(tf.backend(), {}, (made) => told.push(made));
    const run = async () => {
      tuneOnSoftware(true);
      for (let call = 0; call < 5; call++) await read(() => convolutions(other));
      tuneOnSoftware(false);
    };
    await run();
    const made = choices(tf.backend());
    expect(told.at(-1)).toEqual(Object.fromEntries(made.map(({ key, choice }) => [key, choice])));
    // The slower ones, which nobody would choose by time.
    const turned = Object.fromEntries(made.map(({ key, choice }) => [key, choice === 0 ? 1 : 0] as const));
    remember(tf.backend(), turned, (more) => told.push(more));
    const before = told.length;
    await run();
    expect(told.length).toBe(before);
    for (const { key, choice } of choices(tf.backend())) expect(choice, key).toBe(turned[key]);
  });

  it('leaves dilation to the stock kernel', async () => {
    const dilated = () => [
      tf.conv2d(tf.tensor4d(wave(200, 1), [1, 10, 10, 2]), tf.tensor4d(wave(36, 2), [3, 3, 2, 2]), 1, 'valid', 'NHWC', 2),
    ];
    const [ours] = await read(dilated);
    restoreKernels('webgpu');
    const [stock] = await read(dilated);
    installKernels('webgpu');
    expect(ours).toEqual(stock);
    expect(ours.some((value) => value !== 0)).toBe(true);
  });
});
