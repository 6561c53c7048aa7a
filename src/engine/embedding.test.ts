import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Embedding } from '../core/protocol';
import { startBackend } from '../kernels/testBackend';
import type { Trainer } from '../models/model';
import { embeddingOf, plane } from './embedding';
import { madeSlices } from './testRun';

beforeAll(() => startBackend('wasm'));

/** Rows of six items, and what NumPy makes of them:
 * c = rows - rows.mean(0); u, s, _ = numpy.linalg.svd(c); p = (u[:, :2] * s[:2]); p *= numpy.sign(p[abs(p).argmax(0), [0, 1]]); s**2 / (s**2).sum() */
const ROWS = [
  [1, 2, 0, 4],
  [2, 1, 1, 3],
  [0, 5, 2, 2],
  [7, 1, 1, 0],
  [3, 3, 6, 1],
  [4, 0, 2, 5],
];
const ACROSS = [-1.948839, -0.405756, -3.640777, 4.657077, 0.063986, 1.274308];
const UP = [-2.355163, -1.463591, 1.416859, 0.547105, 4.078842, -2.224053];
const SHARES = [0.469508, 0.365781];

const centred = ROWS.map((row) => row.map((v, k) => v - ROWS.reduce((sum, other) => sum + other[k], 0) / ROWS.length));
const products = Float32Array.from(centred.flatMap((a) => centred.map((b) => a.reduce((sum, v, k) => sum + v * b[k], 0))));

describe('the plane of the first two principal components', () => {
  it('is NumPy’s', async () => {
    const { x, y, shares } = (await plane(products, 6, [0, 1, 2, 3, 4, 5]))!;
    for (let i = 0; i < 6; i++) {
      expect(x[i]).toBeCloseTo(ACROSS[i], 4);
      expect(y[i]).toBeCloseTo(UP[i], 4);
    }
    expect(shares[0]).toBeCloseTo(SHARES[0], 5);
    expect(shares[1]).toBeCloseTo(SHARES[1], 5);
  });

  it('does not exist where all items are alike, or one has features that are no numbers', async () => {
    expect(await plane(new Float32Array(16), 4, [0, 1, 2, 3])).toBeNull();
    expect(
      await plane(
        products.map((v, i) => (i === 7 ? Number.NaN : v)),
        6,
        [0, 1, 2, 3, 4, 5],
      ),
    ).toBeNull();
  });
});

describe('an embedding of slices', () => {
  /** Features: the mean of each quarter of the slice's rows. */
  const rows = (x: tf.Tensor4D) => tf.tidy(() => tf.mean(tf.reshape(x, [x.shape[0], 4, -1]), 2) as tf.Tensor2D);
  const trainer = () => {
    const one = {
      looks: 0,
      embed(x: tf.Tensor4D) {
        one.looks++;
        return rows(x);
      },
    };
    return one as unknown as Trainer & { looks: number };
  };

  it('keeps distances between features, the last batch’s filling left out, and is made once for the same weights and slices', async () => {
    const [one, slices, before] = [trainer(), madeSlices(40), tf.memory().numTensors];
    const found = (await embeddingOf(one, 5, 'unit', slices)) as Embedding;
    expect(found.slices).toEqual(slices.map((_, i) => i));
    const features = slices.map(({ pixels }) =>
      [0, 1, 2, 3].map((q) => pixels.subarray((q * pixels.length) / 4, ((q + 1) * pixels.length) / 4)),
    );
    const means = features.map((parts) => parts.map((part) => part.reduce((a, b) => a + b, 0) / part.length));
    const squares = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, k) => sum + (v - b[k]) ** 2, 0);
    const centre = [0, 1, 2, 3].map((k) => means.reduce((sum, m) => sum + m[k], 0) / means.length);
    const total = means.reduce((sum, m) => sum + squares(m, centre), 0);
    const kept = found.x.reduce((sum, x, i) => sum + x ** 2 + found.y[i] ** 2, 0);
    expect(kept / total).toBeCloseTo(found.shares[0] + found.shares[1], 4);
    expect(found.shares[0]).toBeGreaterThanOrEqual(found.shares[1]);
    expect(tf.memory().numTensors).toBe(before);
    expect(one.looks).toBe(2);
    expect(await embeddingOf(one, 5, 'unit', [...slices])).toBe(found);
    expect(one.looks).toBe(2);
    expect(await embeddingOf(one, 6, 'unit', slices)).not.toBe(found);
    expect(one.looks).toBe(4);
  });

  it('takes evenly spaced slices where there are too many', async () => {
    const { slices, x } = (await embeddingOf(trainer(), 1, 'unit', madeSlices(801))) as Embedding;
    expect([slices.length, x.length, slices[1], slices.at(-1)]).toEqual([400, 400, 2, 798]);
  });

  it('says why there is none of two slices and of slices that look the same, and is nothing for a model without features', async () => {
    expect(await embeddingOf(trainer(), 1, 'unit', madeSlices(2))).toBe('Two slices or one span no plane: it takes three.');
    const black = madeSlices(3).map((slice) => ({ ...slice, pixels: new Float32Array(slice.pixels.length) }));
    expect(await embeddingOf(trainer(), 1, 'unit', black)).toMatch(/^The model’s features are the same of every slice/);
    expect(await embeddingOf({} as Trainer, 1, 'unit', madeSlices(5))).toBeNull();
  });
});
