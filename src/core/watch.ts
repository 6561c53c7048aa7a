import type { Point } from './protocol';
import type { LossWatch, ModelSpec } from './types';

/** Reads that a mean is taken of. */
const RECENT = 10;
/** Reads before which nothing is wrong yet. */
const EARLY = 20;

/** Losses whose last reads are, on average, outside what their model watches for. */
export function warnings(losses: ModelSpec['losses'], points: readonly Point[]): (LossWatch & { name: string; mean: number })[] {
  return Object.entries(losses).flatMap(([name, { watch }]) => {
    if (!watch) return [];
    const reads = points.flatMap((point) => (name in point.losses ? [point.losses[name]] : []));
    if (reads.length < EARLY) return [];
    const mean = reads.slice(-RECENT).reduce((a, b) => a + b, 0) / RECENT;
    return mean < watch.least || mean > (watch.most ?? Number.POSITIVE_INFINITY) ? [{ ...watch, name, mean }] : [];
  });
}
