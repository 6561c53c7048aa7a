/** What models with a generator have alike: parameters of their networks, and the images of codes on a line. */
import * as tf from '@tensorflow/tfjs';
import type { LossWatch, ModelSpec, ParamSpec, Params } from '../core/types';
import type { AnomalyModel } from './model';

export const defaultsOf = (specs: Record<string, ParamSpec>): Params =>
  Object.fromEntries(Object.entries(specs).map(([key, spec]) => [key, spec.default]));

/** A default of ours where it is not the paper's, and what the paper says. */
type Stated = { default: number; paper: string };

/** Parameters that decide how large networks for square slices are, and how many slices they see at a time. */
export const networkParams = (size: string, width: string, latent: Stated, batch: Stated): Record<string, ParamSpec> => ({
  size: { label: 'Size, pixels', default: 64, min: 32, max: 128, step: 16, speed: true, paper: size },
  width: { label: 'Width', default: 16, min: 4, max: 64, step: 4, speed: true, paper: width },
  latent: { label: 'Latent length', min: 2, max: 512, step: 1, speed: true, ...latent },
  batch: { label: 'Batch', min: 2, max: 256, step: 1, speed: true, ...batch },
});

/** A batch norm's statistics are of as many different slices as the batch is said to have. */
export const lacks: AnomalyModel['lacks'] = ({ batch }, count) => {
  const slices = count('reference');
  if (slices >= batch) return null;
  return `A batch takes ${batch} different healthy slices, and there are ${slices}. Set Batch to ${Math.max(2, slices)}, or add healthy slices.`;
};

/** The watch for a G that has collapsed, of a network's turn; `remedy` ends 'start again with another seed, …'. */
export const spreadLoss = (network: string, remedy: string): ModelSpec['losses'][string] & { watch: LossWatch } => ({
  label: 'Variety of generated over real images, in D’s features',
  network,
  axis: 1.5,
  watch: {
    least: 0.25,
    says: 'G’s images are nearly all alike.',
    remedy: `In the first few hundred updates that is usual and passes. Later it means that G has collapsed: start again with another seed, ${remedy}.`,
  },
});

/** Mean (‖∇‖ − 1)² of a gradient a hundred times too long: D is beyond recall, long before anything stops being a number. */
export const MOST_PENALTY = 1e4;

/** @throws RangeError */
export function assertSquare(title: string, height: number, width: number): void {
  if (height !== width) throw new RangeError(`${title} takes square slices, not ${height} × ${width}.`);
}

/** n codes evenly spaced from the first of two to the second, both among them: ends [2, k] → [n, k]. */
export function codesBetween(ends: tf.Tensor2D, n: number): tf.Tensor2D {
  return tf.tidy(() => {
    const share = tf.reshape(tf.linspace(0, 1, n), [n, 1]);
    return tf.matMul(tf.concat([tf.sub(1, share), share], 1) as tf.Tensor2D, ends) as tf.Tensor2D;
  });
}
