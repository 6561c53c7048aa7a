/** One search for all scorers that it serves: what a trainer's last ones found is kept until its weights or the slices change. */
import type { Slice } from '../core/types';
import type { Patching } from '../data/patches';
import type { Trainer } from '../models/model';
import type { ScoredSlices, ScoringHooks, scoreSlices } from './scoring';
import { scoreWhole } from './stitch';

type Range = Parameters<typeof scoreSlices>[1];
type Found = { update: number; slices: readonly Slice[]; smooth: boolean; scored: ScoredSlices };

/** The test set and the samples of the reference and of the validation set, by each of two searches. */
const KEPT = 6;
const found = new WeakMap<Trainer, Found[]>();

/** As `scoreWhole`, from a search of the same weights and slices where another scorer has made one. One that was cancelled is not used again. */
export async function scoreOnce(
  trainer: Trainer,
  update: number,
  range: Range,
  slices: readonly Slice[],
  scorer: string,
  smooth: boolean,
  hooks: ScoringHooks,
  patching: Patching | null = null,
): Promise<ScoredSlices> {
  const fresh = (found.get(trainer) ?? []).filter((one) => one.update === update);
  const before = fresh.find(
    (one) =>
      one.scored.together[scorer] &&
      one.smooth === smooth &&
      one.slices.length === slices.length &&
      one.slices.every((slice, i) => slice === slices[i]),
  );
  if (before) {
    hooks.progress(slices.length, null);
    return { ...before.scored, scores: before.scored.together[scorer] };
  }
  const scored = await scoreWhole(trainer, range, slices, scorer, smooth, hooks, patching);
  if (scored.together[scorer] && scored.count === slices.length && !scored.partial)
    found.set(trainer, [{ update, slices: [...slices], smooth, scored }, ...fresh].slice(0, KEPT));
  return scored;
}
