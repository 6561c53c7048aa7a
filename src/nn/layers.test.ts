import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { conv, convTranspose, dense, leakyRelu, smooth7 } from './layers';

type Size = [number, number, number, number];
const wave = (length: number, salt: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * i + 78.233 * salt + 0.37 * i * i));
const made = (size: Size, salt: number) => tf.tensor4d(wave(size[0] * size[1] * size[2] * size[3], salt), size);

function expectSame(actual: tf.Tensor, expected: tf.Tensor, tolerance = 1e-5): void {
  expect(actual.shape).toEqual(expected.shape);
  const a = actual.dataSync();
  const b = expected.dataSync();
  a.forEach((v, i) => {
    expect(Math.abs(v - b[i])).toBeLessThan(tolerance);
  });
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('leakyRelu', () => {
  const points = [-3, -0.5, 0, 0.25, 2];
  const x = () => tf.tensor4d(points, [1, 1, 5, 1]);

  it('has the slope at and below 0', () => {
    expectSame(leakyRelu(x(), 0.2), tf.tensor4d([-0.6, -0.1, 0, 0.25, 2], [1, 1, 5, 1]), 1e-7);
    expectSame(tf.grad((t) => leakyRelu(t as tf.Tensor4D, 0.2))(x()), tf.tensor4d([0.2, 0.2, 0.2, 1, 1], [1, 1, 5, 1]), 1e-7);
  });

  it('can be differentiated twice', () => {
    // y = leakyRelu(x)³ has y″ = 6 · gain³ · x.
    const cube = (t: tf.Tensor) => {
      const y = leakyRelu(t as tf.Tensor4D, 0.2);
      return tf.mul(y, tf.square(y));
    };
    const second = tf.grad((t) => tf.grad(cube)(t))(x());
    expectSame(
      second,
      tf.tensor4d(
        points.map((v) => 6 * (v > 0 ? 1 : 0.008) * v),
        [1, 1, 5, 1],
      ),
    );
  });
});

describe('conv', () => {
  it.each([
    { size: [2, 8, 8, 3], kernel: 4, stride: 2, pad: 1, as: 'same' },
    { size: [2, 7, 9, 3], kernel: 3, stride: 1, pad: 1, as: 'same' },
    { size: [1, 4, 4, 5], kernel: 4, stride: 1, pad: 0, as: 'valid' },
    { size: [2, 9, 8, 2], kernel: 3, stride: 2, pad: 0, as: 'valid' },
  ] as const)('is tf.layers.conv2d: $size by $kernel, stride $stride, $as', ({ size, kernel, stride, pad, as }) => {
    const x = made([...size], 1);
    const w = made([kernel, kernel, size[3], 4], 2);
    const layer = tf.layers.conv2d({ filters: 4, kernelSize: kernel, strides: stride, padding: as, useBias: false, weights: [w] });
    expectSame(conv(x, w, stride, pad), layer.apply(x) as tf.Tensor);
  });
});

describe('convTranspose', () => {
  it.each([
    { size: [2, 4, 4, 3], kernel: 4, stride: 2, pad: 1, as: 'same' },
    { size: [2, 1, 1, 5], kernel: 4, stride: 1, pad: 0, as: 'valid' },
    { size: [1, 3, 5, 2], kernel: 4, stride: 2, pad: 0, as: 'valid' },
  ] as const)('is tf.layers.conv2dTranspose: $size by $kernel, stride $stride, $as', ({ size, kernel, stride, pad, as }) => {
    const x = made([...size], 1);
    const w = made([kernel, kernel, 2, size[3]], 2);
    const layer = tf.layers.conv2dTranspose({ filters: 2, kernelSize: kernel, strides: stride, padding: as, useBias: false, weights: [w] });
    expectSame(convTranspose(x, w, stride, pad), layer.apply(x) as tf.Tensor);
  });

  it.each([
    [4, 2, 1],
    [3, 2, 1],
    [5, 1, 2],
    [4, 3, 0],
  ])('spreads every input pixel over the kernel: %i × %i kernel, stride %i', (kernel, stride, pad) => {
    const [h, w, ci, co] = [3, 4, 2, 3];
    const x = made([1, h, w, ci], 3);
    const weights = made([kernel, kernel, co, ci], 4);
    const height = (h - 1) * stride + kernel - 2 * pad;
    const width = (w - 1) * stride + kernel - 2 * pad;
    const out = new Float32Array(height * width * co);
    const [xs, ws] = [x.dataSync(), weights.dataSync()];
    for (let y = 0; y < h; y++)
      for (let c = 0; c < w; c++)
        for (let a = 0; a < kernel; a++)
          for (let b = 0; b < kernel; b++) {
            const row = y * stride + a - pad;
            const column = c * stride + b - pad;
            if (row < 0 || column < 0 || row >= height || column >= width) continue;
            for (let o = 0; o < co; o++)
              for (let i = 0; i < ci; i++)
                out[(row * width + column) * co + o] += xs[(y * w + c) * ci + i] * ws[((a * kernel + b) * co + o) * ci + i];
          }
    expectSame(convTranspose(x, weights, stride, pad), tf.tensor4d(out, [1, height, width, co]));
  });
});

describe('same padding of 5 × 5, stride 2: the odd pixel comes after', () => {
  const kernel = (size: Size) => made(size, 4);

  it.each([8, 7])('a convolution of %i pixels reads from one before the first, or two, to the end', (size) => {
    const x = made([1, size, size, 1], 3);
    const w = kernel([5, 5, 1, 1]);
    const out = Math.ceil(size / 2);
    const before = Math.floor((2 * (out - 1) + 5 - size) / 2);
    const [xs, ws] = [x.dataSync(), w.dataSync()];
    const wanted = new Float32Array(out * out);
    for (let y = 0; y < out; y++)
      for (let c = 0; c < out; c++)
        for (let a = 0; a < 5; a++)
          for (let b = 0; b < 5; b++) {
            const [row, column] = [2 * y + a - before, 2 * c + b - before];
            if (row >= 0 && column >= 0 && row < size && column < size) wanted[y * out + c] += xs[row * size + column] * ws[a * 5 + b];
          }
    expectSame(conv(x, w, 2, 'same'), tf.tensor4d(wanted, [1, out, out, 1]));
  });

  it('the transposed one is its adjoint: ⟨conv(a), b⟩ = ⟨a, convTranspose(b)⟩', () => {
    const w = kernel([5, 5, 3, 2]);
    const [a, b] = [made([2, 8, 8, 3], 5), made([2, 4, 4, 2], 6)];
    const dot = (x: tf.Tensor, y: tf.Tensor) => tf.sum(tf.mul(x, y)).dataSync()[0];
    const back = convTranspose(b, w, 2, 'same');
    expect(back.shape).toEqual(a.shape);
    expect(dot(conv(a, w, 2, 'same'), b)).toBeCloseTo(dot(a, back), 3);
  });
});

it('dense: every output is a weighted sum of the inputs and its bias', () => {
  const [x, w] = [
    [1, 2, -1, 0.5, 0, 3],
    [2, -1, 0, 1, 1, 4],
  ];
  const y = dense(tf.tensor2d(x, [2, 3]), tf.tensor2d(w, [3, 2]), tf.tensor1d([10, 20]));
  expect(Array.from(y.dataSync())).toEqual([10 + 2 + 0 - 1, 20 - 1 + 2 - 4, 10 + 1 + 0 + 3, 20 - 0.5 + 0 + 12]);
});

describe('smooth7', () => {
  /** All 49 taps at once, in double precision. */
  function brute(values: Float32Array, n: number, h: number, w: number): Float32Array {
    const weight = (dy: number, dx: number) => Math.exp(-(dy * dy + dx * dx) / (2 * 3 * 3));
    let total = 0;
    for (let dy = -3; dy <= 3; dy++) for (let dx = -3; dx <= 3; dx++) total += weight(dy, dx);
    const out = new Float32Array(values.length);
    for (let b = 0; b < n; b++)
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) {
          let sum = 0;
          for (let dy = -3; dy <= 3; dy++)
            for (let dx = -3; dx <= 3; dx++) {
              if (y + dy < 0 || x + dx < 0 || y + dy >= h || x + dx >= w) continue;
              sum += weight(dy, dx) * values[(b * h + y + dy) * w + x + dx];
            }
          out[(b * h + y) * w + x] = sum / total;
        }
    return out;
  }

  it.each([
    [2, 9, 12],
    [1, 16, 16],
    [1, 2, 3],
  ])('is the Gaussian window with zeros outside: %i maps of %i × %i', (n, h, w) => {
    const values = wave(n * h * w, 5);
    expectSame(smooth7(tf.tensor4d(values, [n, h, w, 1])), tf.tensor4d(brute(values, n, h, w), [n, h, w, 1]), 1e-6);
  });

  it('leaves one tensor behind', () => {
    const x = made([1, 8, 8, 1], 1);
    const before = tf.memory().numTensors;
    smooth7(x).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
