/** Slices as points in a plane, by a model's own features of them: the first two principal components. */
import * as tf from '@tensorflow/tfjs';
import type { Embedding } from '../core/protocol';
import type { Slice } from '../core/types';
import type { Trainer } from '../models/model';
import { spread } from './evaluate';
import { hop } from './hop';
import { batchOf, SCORE_BATCH } from './scoring';

/** Slices that are drawn: the time of the eigenvectors grows with the cube of their number. */
const MOST = 400;
/** Fewer have no plane. */
const LEAST = 3;
const FEW = 'Two slices or one span no plane: it takes three.';
const NO_PLANE = 'The model’s features are the same of every slice, or are not numbers: there is no plane to show slices in.';

let cached: { trainer: WeakRef<Trainer>; update: number; slices: readonly Slice[]; value: Embedding | string } | null = null;

/** @returns null for a model without such features; the sentence why for fewer than three slices, and where all have the same features or any has none */
export async function embeddingOf(
  trainer: Trainer,
  update: number,
  range: Parameters<typeof batchOf>[2],
  slices: readonly Slice[],
): Promise<Embedding | string | null> {
  if (!trainer.embed) return null;
  if (slices.length < LEAST) return FEW;
  const same = cached?.trainer.deref() === trainer && cached.update === update && cached.slices.length === slices.length;
  if (cached && same && cached.slices.every((slice, i) => slice === slices[i])) return cached.value;
  const places = spread(
    slices.map((_, i) => i),
    MOST,
  );
  const shown = places.map((i) => slices[i]);
  const parts: tf.Tensor2D[] = [];
  for (let first = 0; first < shown.length; first += SCORE_BATCH) {
    const x = batchOf(shown, first, range);
    const count = Math.min(SCORE_BATCH, shown.length - first);
    parts.push(tf.tidy(() => trainer.embed!(x).slice([0, 0], [count, -1])));
    x.dispose();
    await hop();
  }
  const [products, n] = [tf.tidy(() => innerProducts(tf.concat(parts))), shown.length];
  const values = await products.data();
  tf.dispose([products, parts]);
  const value = (await plane(values as Float32Array, n, places)) ?? NO_PLANE;
  cached = { trainer: new WeakRef(trainer), update, slices, value };
  return value;
}

/** Of rows [n, f] about their mean, [n, n]. */
function innerProducts(rows: tf.Tensor2D): tf.Tensor2D {
  const centred = tf.sub(rows, tf.mean(rows, 0, true)) as tf.Tensor2D;
  return tf.matMul(centred, centred, false, true);
}

/** Principal components of n items by the inner products of their centred rows [n · n] (classical scaling, which is the same: Gower 1966). */
export async function plane(products: Float32Array, n: number, slices: readonly number[]): Promise<Embedding | null> {
  if (!products.every(Number.isFinite)) return null;
  const { EigenvalueDecomposition, Matrix } = await import('ml-matrix');
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(Matrix.from1DArray(n, n, products), { assumeSymmetric: true });
  const total = realEigenvalues.reduce((sum, value) => sum + Math.max(0, value), 0);
  if (!(total > 0)) return null;
  // Eigenvalues ascend; the sign of a vector is arbitrary: its largest entry is made positive.
  const axes = [n - 1, n - 2].map((column) => {
    const vector = eigenvectorMatrix.getColumn(column);
    const largest = vector.reduce((best, v) => (Math.abs(v) > Math.abs(best) ? v : best), 0);
    const length = Math.sqrt(Math.max(0, realEigenvalues[column])) * Math.sign(largest);
    return { positions: vector.map((v) => v * length), share: Math.max(0, realEigenvalues[column]) / total };
  });
  const [x, y] = axes.map(({ positions }) => Float32Array.from(positions));
  return { slices, x, y, shares: [axes[0].share, axes[1].share] };
}
