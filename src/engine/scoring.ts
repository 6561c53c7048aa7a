/** Runs a model's score over many slices in batches of one size, away from the training loop's tensors. */
import * as tf from '@tensorflow/tfjs';
import type { ModelSpec, Slice } from '../core/types';
import { type Scored, type ScoreStep, STOP, type Trainer } from '../models/model';
import { hop } from './hop';
import { toBytes, toInput } from './input';

export const SCORE_BATCH = 32;

export type ScoredSlices = {
  /** n · h · w raw scores, for the first n slices that were reached; null for a scorer without a map. */
  maps: Float32Array | null;
  scores: Float64Array;
  /** Named images as bytes in the slices' own window, n · h · w. */
  views: Record<string, Uint8Array>;
  count: number;
  /** Scores of every scorer that the same search served, this one's included; empty where each has its own. */
  together: Record<string, Float64Array>;
  /** The step that a search was stopped at, with what it had found by then, in the slices from `from` on. */
  partial?: { from: number; step: number; of: number };
};

export type ScoringHooks = {
  cancelled(): boolean;
  /** `done` counts slices, with a fraction while an iterative scorer works on a batch. */
  progress(done: number, step: Omit<ScoreStep, 'image'> | null): void;
  /** The iterate of an iterative scorer, now and then: read it before returning. It works on the slices (or patches) from `first` on. */
  iterate?(first: number, step: ScoreStep, seen: readonly Slice[]): Promise<void>;
};

/** Scores slices in order; a cancel keeps the batches that are finished, and of the one under way what a search has found so far. Shapes stay constant: the last batch is filled with its last slice. */
export async function scoreSlices(
  trainer: Trainer,
  range: ModelSpec['input'],
  slices: readonly Slice[],
  scorer: string,
  smooth: boolean,
  hooks: ScoringHooks,
): Promise<ScoredSlices> {
  const { height, width } = slices[0];
  const size = height * width;
  const result = unscored(slices.length, size);
  for (let first = 0; first < slices.length && !hooks.cancelled(); first += SCORE_BATCH) {
    const count = Math.min(SCORE_BATCH, slices.length - first);
    const x = batchOf(slices, first, range);
    const steps = trainer.score(x, scorer, smooth);
    try {
      for (let next = steps.next(); ; next = steps.next()) {
        if (next.done) {
          await keep(next.value, slices, range, first, count, result);
          break;
        }
        const { step, of } = next.value;
        hooks.progress(first + (count * step) / of, { step, of });
        await hooks.iterate?.(first, next.value, slices);
        await hop();
        if (!hooks.cancelled()) continue;
        const last = steps.next(STOP);
        if (last.done) {
          await keep(last.value, slices, range, first, count, result);
          if (step < of) result.partial = { from: first, step, of };
        }
        break;
      }
    } finally {
      steps.return(undefined as never);
      x.dispose();
    }
    hooks.progress(result.count, null);
    await hop();
  }
  return cutToCount(result, slices.length, size);
}

/** Room for the scores of n slices of `size` pixels. */
export const unscored = (n: number, size: number): ScoredSlices => ({
  maps: new Float32Array(n * size),
  scores: new Float64Array(n),
  views: {},
  count: 0,
  together: {},
});

/** Of `of` slices of `size` pixels, those that were reached. */
export function cutToCount(result: ScoredSlices, of: number, size: number): ScoredSlices {
  const { count } = result;
  if (count < of) {
    result.maps = result.maps?.slice(0, count * size) ?? null;
    result.scores = result.scores.slice(0, count);
    for (const [id, scores] of Object.entries(result.together)) result.together[id] = scores.slice(0, count);
    for (const [name, bytes] of Object.entries(result.views)) result.views[name] = bytes.slice(0, count * size);
  }
  return result;
}

/** `SCORE_BATCH` slices from `first` on, the last one again where there are fewer: [n, h, w, 1]. */
export function batchOf(slices: readonly Slice[], first: number, range: ModelSpec['input']): tf.Tensor4D {
  const { height, width } = slices[first];
  const values = new Float32Array(SCORE_BATCH * height * width);
  for (let i = 0; i < SCORE_BATCH; i++) values.set(toInput(slices[Math.min(first + i, slices.length - 1)], range), i * height * width);
  return tf.tensor4d(values, [SCORE_BATCH, height, width, 1]);
}

async function keep(
  scored: Scored,
  slices: readonly Slice[],
  range: ModelSpec['input'],
  first: number,
  count: number,
  result: ScoredSlices,
): Promise<void> {
  const size = slices[0].height * slices[0].width;
  const together = Object.entries(scored.together ?? {});
  const [map, scores, others, ...views] = await Promise.all([
    scored.map?.data() ?? null,
    scored.scores.data(),
    Promise.all(together.map(([, tensor]) => tensor.data())),
    ...Object.values(scored.views).map((view) => view.data()),
  ]);
  tf.dispose([scored.map, scored.scores, ...Object.values(scored.views), ...together.map(([, tensor]) => tensor)]);
  if (map) result.maps?.set((map as Float32Array).subarray(0, count * size), first * size);
  else result.maps = null;
  for (let i = 0; i < count; i++) result.scores[first + i] = scores[i];
  together.forEach(([id], k) => {
    result.together[id] ??= new Float64Array(slices.length);
    for (let i = 0; i < count; i++) result.together[id][first + i] = others[k][i];
  });
  Object.keys(scored.views).forEach((name, v) => {
    result.views[name] ??= new Uint8Array(slices.length * size);
    for (let i = 0; i < count; i++) {
      const bytes = result.views[name].subarray((first + i) * size, (first + i + 1) * size);
      toBytes((views[v] as Float32Array).subarray(i * size, (i + 1) * size), slices[first + i], range, bytes);
    }
  });
  result.count = first + count;
}
