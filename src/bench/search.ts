/** AnoGAN's latent search: many queries in one graph beside one at a time. */
import * as tf from '@tensorflow/tfjs';
import { Random } from '../core/random';
import type { Params } from '../core/types';
import { MODELS } from '../models/registry';

export const SEARCH = { width: 16, steps: 10, together: 64, rounds: 5, each: 3, about: 'AnoGAN, 64², width 16, 10 search steps' };

/** Milliseconds of one search of so many queries, the median of `rounds`; the first is not timed. */
export async function timeSearch(queries: number, rounds: number): Promise<number> {
  const { spec, build } = MODELS.anogan;
  const params: Params = { ...spec.presets.demo.params, width: SEARCH.width, searchSteps: SEARCH.steps };
  const { size } = params;
  const trainer = build(params, size, size, 1);
  const random = new Random(1);
  const pixels = Float32Array.from({ length: queries * size * size }, () => random.between(-1, 1));
  const x = tf.tensor4d(pixels, [queries, size, size, 1]);
  const spent: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now();
    const steps = trainer.score(x, 'A(x)', false);
    let next = steps.next();
    while (!next.done) next = steps.next();
    const { map, scores, views, together = {} } = next.value;
    await scores.data();
    spent.push(performance.now() - start);
    tf.dispose([map, scores, ...Object.values(views), ...Object.values(together)]);
  }
  x.dispose();
  trainer.dispose();
  return spent.slice(1).sort((a, b) => a - b)[rounds >> 1];
}
