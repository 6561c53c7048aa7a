import * as tf from '@tensorflow/tfjs';
import { Random } from '../core/random';
import type { Params } from '../core/types';
import type { AnomalyModel, Sampler } from '../models/model';
import { hop } from './hop';

/** Wall-clock time the machine preset aims at, seconds. */
const MACHINE_BUDGET = 240;

/** Times a few updates on made-up images and fits the number of updates to the machine. */
export async function probe(
  model: AnomalyModel,
  params: Params,
  report: (done: number, total: number) => void,
): Promise<{ params: Params; about: string }> {
  const random = new Random(0);
  const size = params.size;
  const values = (n: number) => Float32Array.from({ length: n * size * size }, () => random.between(-1, 1));
  const sampler: Sampler = { random, count: () => params.batch, batch: (_, n) => tf.tensor4d(values(n), [n, size, size, 1]) };
  const trainer = model.build(params, size, size, 0);
  const steps = trainer.train(sampler);
  const times: number[] = [];
  const started = performance.now();
  try {
    // The first updates compile pipelines; the clock of the rest stops at a read, since a GPU runs behind.
    for (let i = 0; i < 12 && (i < 4 || performance.now() - started < 6000); i++) {
      const start = performance.now();
      const next = steps.next();
      if (next.done) break;
      await Promise.all(Object.values(next.value.losses).map((loss) => loss.data()));
      tf.dispose(next.value.losses);
      if (i >= 2) times.push((performance.now() - start) / 1000);
      report(i + 1, 12);
      await hop();
    }
  } finally {
    steps.return();
    trainer.dispose();
  }
  // Not the median: updates of two networks take turns and differ several times over.
  const mean = times.reduce((a, b) => a + b, 0) / times.length;
  const updates = Math.round(Math.min(20_000, Math.max(200, MACHINE_BUDGET / mean)) / 50) * 50;
  const about = `${(1 / mean).toPrecision(2)} updates/s here at batch ${params.batch}: ${updates.toLocaleString('en-GB')} updates in about ${Math.max(1, Math.round((updates * mean) / 60))} min.`;
  return { params: { ...params, ...(model.spec.params.epochs && { epochs: 0 }), updates }, about };
}
