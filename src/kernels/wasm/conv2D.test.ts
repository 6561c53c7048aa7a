/** Our convolution and its gradients on WASM, against the CPU backend's own and against each other's definition. */
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { installKernels, restoreKernels } from '../install';
import { startBackend } from '../testBackend';
import { type Pad, type Shape, shape, sides } from '../testShape';

/** Every kernel size with every stride and padding on even and odd sizes, where remainders and idle phases occur … */
const grid = [1, 3, 4, 5, 7].flatMap((k) =>
  [1, 2, 3].flatMap((stride) =>
    (['same', 'valid', 1] as Pad[]).flatMap((pad) => [shape([2, 8, 11, 3], k, 4, stride, pad), shape([1, 9, 7, 1], k, 2, stride, pad)]),
  ),
);
/** … and the corners. */
const corners = [
  shape([2, 8, 8, 2], 3, 1, 2, 'same'),
  shape([1, 5, 5, 1], 1, 1, 3, 'valid'), // stride larger than the kernel: pixels without a tap
  shape([2, 10, 7, 2], 2, 3, 3, 'valid'),
  shape([2, 7, 10, 2], 2, 3, 3, 'same'),
  shape([3, 4, 4, 8], 4, 5, 1, 'valid'), // a single output pixel, as at the VAE's code
  shape([2, 4, 4, 3], 3, 2, 2, 'valid'), // a single output pixel that leaves a row and a column unread
  shape([2, 3, 3, 2], 4, 3, 3, 'same'), // a single output pixel under a kernel that reaches past the edge, padded only after it
  shape([1, 1, 1, 2], 2, 3, 2, 'same'),
  shape([1, 1, 1, 3], 3, 2, 1, 'same'), // a single input pixel
  shape([2, 1, 6, 2], [1, 4], 3, [1, 2], 'same'),
  shape([2, 9, 6, 2], [5, 3], 3, [2, 3], 'valid'),
  shape([2, 9, 6, 2], [3, 5], 3, [3, 1], 'same'),
  shape([2, 6, 7, 2], 3, 3, 2, sides(0, 1, 2, 0)),
  shape([2, 6, 7, 2], 5, 3, 1, sides(3, 0, 0, 4)),
  shape([2, 6, 5, 2], 4, 3, 2, sides(1, 2, 3, 0)),
  shape([1, 3, 3, 2], 4, 2, 1, sides(0, 1, 0, 1)),
  shape([2, 6, 6, 2], 3, 2, 1, 2), // padding as wide as the kernel allows
  shape([16, 8, 8, 16], 4, 32, 2, 1), // a layer of the VAE, smaller
];

/** Those that go by Winograd's tiles of 4 × 4: whole and cut ones, both strides, every padding, many blocks of channels and tiles. */
const tiled = [
  shape([2, 16, 16, 16], 3, 16, 1, 'same'),
  shape([2, 17, 14, 16], 3, 20, 1, 'same'),
  shape([3, 15, 18, 24], 3, 16, 1, 'valid'),
  shape([2, 13, 19, 16], 3, 16, 1, sides(2, 1, 0, 2)),
  shape([1, 30, 34, 68], 3, 76, 1, 'same'),
  shape([2, 24, 24, 16], 5, 16, 2, 'same'),
  shape([4, 17, 27, 20], 5, 36, 2, 'same'),
  shape([4, 23, 21, 16], 5, 20, 2, 'valid'),
  shape([3, 24, 24, 64], 5, 68, 2, 'same'), // whole blocks of parts and of groups without their outermost taps
  shape([3, 24, 24, 64], 4, 64, 2, 1),
  shape([2, 32, 36, 16], 4, 24, 2, 1),
  shape([2, 31, 37, 16], 4, 16, 2, 1),
];

/** Those whose pixels are read in place but at the edge: runs of any length, several blocks of runs, fewer rows than fours, columns one by one. */
const inPlace = [
  shape([2, 20, 27, 1], 5, 16, 2, 'same'),
  shape([2, 19, 21, 16], 5, 1, 2, 'same'),
  shape([1, 22, 17, 16], 5, 3, 1, 'same'),
  shape([1, 13, 16, 64], 7, 2, 1, 'same'), // a run a block
  shape([1, 12, 14, 24], 5, 9, 1, 'valid'), // two runs a block, and one left
  shape([1, 16, 15, 180], 3, 10, 1, 'same'), // runs longer than a block: gathered
  shape([3, 18, 18, 4], [2, 6], 7, [1, 2], 'same'),
  shape([1, 11, 70, 2], [6, 1], 5, [2, 1], sides(1, 3, 0, 0)),
];

/** More products of source pixels with taps than are held at a time. */
const folded = [
  shape([5, 48, 50, 1], 5, 4, 1, 'same'),
  shape([3, 41, 44, 3], 7, 9, 1, sides(2, 4, 3, 1)),
  shape([7, 64, 64, 2], 5, 8, 2, 'same'),
];

const name = ({ x, kernel, out, stride, pad }: Shape) =>
  `${x.join('×')} by ${kernel.join('×')} → ${out}, stride ${stride}, ${typeof pad === 'object' ? pad.slice(1, 3).join(' ') : pad}`;

/** Values of a fixed pattern without symmetry, in ± 1. */
const values = (length: number, salt: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * i + 78.233 * salt + 0.37 * i * i));

type Gradients = { y: Float32Array; dx: Float32Array; dw: Float32Array; dy: Float32Array };

function gradients({ x: size, kernel, out, stride, pad }: Shape): Gradients {
  return tf.tidy(() => {
    const filterShape: [number, number, number, number] = [...kernel, size[3], out];
    const x = tf.tensor4d(values(size.reduce((a, b) => a * b), 1), size); // biome-ignore format: one line
    const w = tf.tensor4d(values(filterShape.reduce((a, b) => a * b), 2), filterShape); // biome-ignore format: one line
    const rounding = typeof pad === 'string' ? undefined : 'floor';
    const y = tf.conv2d(x, w, stride, pad, 'NHWC', [1, 1], rounding);
    const dyValues = values(y.size, 3);
    const dy = tf.tensor4d(dyValues, y.shape);
    const attrs = { strides: stride, pad, dataFormat: 'NHWC', dimRoundingMode: rounding } as never;
    const kernels = tf.engine();
    const dx = kernels.runKernel('Conv2DBackpropInput', { dy, filter: w }, {
      ...(attrs as object),
      inputShape: size,
    } as never) as tf.Tensor;
    const dw = kernels.runKernel('Conv2DBackpropFilter', { x, dy }, { ...(attrs as object), filterShape } as never) as tf.Tensor;
    expect(dx.shape).toEqual(size);
    expect(dw.shape).toEqual(filterShape);
    return { y: y.dataSync() as Float32Array, dx: dx.dataSync() as Float32Array, dw: dw.dataSync() as Float32Array, dy: dyValues };
  });
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i], 0);
const norm = (a: Float32Array) => Math.sqrt(dot(a, a));
const distance = (a: Float32Array, b: Float32Array) => norm(a.map((v, i) => v - b[i]));

const TABLE = [...grid, ...corners, ...tiled, ...inPlace, ...folded].filter(
  ({ x, kernel, pad }) => pad !== 'valid' || (kernel[0] <= x[1] && kernel[1] <= x[2]),
);
const expected = new Map<string, Gradients>();

beforeAll(async () => {
  await startBackend('cpu');
  for (const row of TABLE) expected.set(name(row), gradients(row));
}, 120_000);

describe.each([1, 3])('conv2d and its gradients on %d threads of WASM', (threads) => {
  beforeAll(() => startBackend('wasm', threads));

  it.each(TABLE.map((row) => [name(row), row] as const))('%s', (title, row) => {
    const before = tf.memory().numTensors;
    const { y, dx, dw, dy } = gradients(row);
    expect(tf.memory().numTensors).toBe(before);
    const stock = expected.get(title)!;
    expect(norm(stock.dx)).toBeGreaterThan(0);
    for (const [ours, theirs] of [
      [y, stock.y],
      [dx, stock.dx],
      [dw, stock.dw],
    ]) {
      expect(ours.length).toBe(theirs.length);
      expect(distance(ours, theirs)).toBeLessThanOrEqual(1e-4 * norm(theirs));
      const largest = theirs.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      expect(ours.reduce((worst, v, i) => Math.max(worst, Math.abs(v - theirs[i])), 0)).toBeLessThanOrEqual(1e-4 * largest);
    }
    // Adjoint: the same number three ways, without asking another backend.
    const scale = norm(y) * norm(dy);
    const x = values(dx.length, 1);
    const w = values(dw.length, 2);
    expect(Math.abs(dot(y, dy) - dot(x, dx))).toBeLessThanOrEqual(1e-4 * scale);
    expect(Math.abs(dot(y, dy) - dot(w, dw))).toBeLessThanOrEqual(1e-4 * scale);
  });
});

/** Rows of taps that are further apart, read as runs, and taps with gaps between them, which are not. */
const DILATED: [number, number][] = [
  [2, 1],
  [3, 1],
  [1, 2],
  [2, 2],
];

it.each(DILATED)('dilation %d by %d is that of the CPU backend', async (...dilation) => {
  const convolved = () =>
    tf.tidy(() => {
      const x = tf.tensor4d(values(2 * 15 * 17 * 3, 1), [2, 15, 17, 3]);
      const w = tf.tensor4d(values(9 * 3 * 5, 2), [3, 3, 3, 5]);
      return tf.conv2d(x, w, 1, 'same', 'NHWC', dilation).dataSync() as Float32Array;
    });
  await startBackend('cpu');
  const theirs = convolved();
  await startBackend('wasm', 1);
  expect(distance(convolved(), theirs)).toBeLessThanOrEqual(1e-5 * norm(theirs));
});

describe('install and restore', () => {
  afterEach(() => void installKernels('wasm'));

  it('brings the stock kernel back, or none where there was none, and ours again', () => {
    const names = installKernels('wasm');
    expect(names).toEqual(expect.arrayContaining(['Conv2D', 'Conv2DBackpropFilter', 'Conv2DBackpropInput', 'Norm', 'AdamStep']));
    const ours = names.map((kernel) => tf.getKernel(kernel, 'wasm')?.kernelFunc);
    expect(ours.every(Boolean)).toBe(true);
    restoreKernels('wasm');
    expect(tf.getKernel('Conv2DBackpropFilter', 'wasm')).toBeUndefined();
    const stock = tf.getKernel('Conv2DBackpropInput', 'wasm')?.kernelFunc;
    expect(stock).toBeDefined();
    expect(ours).not.toContain(stock);
    restoreKernels('wasm'); // again: nothing left to do
    expect(tf.getKernel('Conv2DBackpropInput', 'wasm')?.kernelFunc).toBe(stock);
    installKernels('wasm');
    installKernels('wasm'); // again: the stock kernel must not be forgotten
    expect(tf.getKernel('Conv2DBackpropInput', 'wasm')?.kernelFunc).not.toBe(stock);
    restoreKernels('wasm');
    expect(tf.getKernel('Conv2DBackpropInput', 'wasm')?.kernelFunc).toBe(stock);
  });

  it('leaves other backends alone', () => {
    const cpu = tf.getKernel('Conv2DBackpropInput', 'cpu')?.kernelFunc;
    expect(installKernels('cpu')).toEqual([]);
    restoreKernels('cpu');
    expect(tf.getKernel('Conv2DBackpropInput', 'cpu')?.kernelFunc).toBe(cpu);
    expect(tf.getKernel('Conv2DBackpropFilter', 'wasm')).toBeDefined();
  });
});
