/** Slices larger than what a network sees: scored in patches that overlap, and put together to one map and one score a slice. */
import type { ModelSpec, Slice } from '../core/types';
import { coveringPatches, type Patching, type PatchOf, stitch } from '../data/patches';
import type { Trainer } from '../models/model';
import { cutToCount, type ScoredSlices, type ScoringHooks, scoreSlices, unscored } from './scoring';

/** Patches that are scored before their slices are put together: few enough that their maps fit in memory beside those. */
const PATCHES = 256;

/** As `scoreSlices`; with `patching`, of slices that networks see in patches. A map is the mean of the patches that lie on a pixel, and the lowest
 * of its slice where only empty patches lie, which are not scored. A slice's score is the highest of its patches', as a slice is anomalous when
 * any of its patches is; it has none where a patch has none. After a cancel, slices count of which every patch is scored. */
export async function scoreWhole(
  trainer: Trainer,
  range: ModelSpec['input'],
  slices: readonly Slice[],
  scorer: string,
  smooth: boolean,
  hooks: ScoringHooks,
  patching: Patching | null,
): Promise<ScoredSlices> {
  if (!patching) return scoreSlices(trainer, range, slices, scorer, smooth, hooks);
  const size = slices[0].height * slices[0].width;
  const result = unscored(slices.length, size);
  for (const part of parts(slices, patching)) {
    const from = result.count;
    const patches = part.flat();
    const share = part.length / patches.length;
    const scored = await scoreSlices(trainer, range, patches, scorer, smooth, {
      cancelled: hooks.cancelled,
      progress: (done, step) => hooks.progress(from + done * share, step),
      iterate: hooks.iterate,
    });
    let at = 0;
    for (const own of part) {
      if (at + own.length > scored.count) break;
      if (scored.partial && at + own.length > scored.partial.from) result.partial ??= { ...scored.partial, from: result.count };
      put(slices[result.count], own, at, scored, result, slices.length);
      at += own.length;
    }
    if (result.count < from + part.length) break;
  }
  return cutToCount(result, slices.length, size);
}

/** Patches of so many slices at a time as come to `PATCHES` or more. */
function* parts(slices: readonly Slice[], patching: Patching): Generator<PatchOf[][]> {
  let part: PatchOf[][] = [];
  let count = 0;
  for (const slice of slices) {
    const patches = coveringPatches(slice, patching);
    part.push(patches);
    count += patches.length;
    if (count < PATCHES) continue;
    yield part;
    [part, count] = [[], 0];
  }
  if (part.length > 0) yield part;
}

/** Adds the slice whose patches are those from `first` on. */
function put(slice: Slice, patches: PatchOf[], first: number, scored: ScoredSlices, result: ScoredSlices, slices: number): void {
  const size = slice.height * slice.width;
  const pixels = patches[0].height * patches[0].width;
  const at = result.count++;
  const of =
    <T extends Float32Array | Uint8Array>(all: T) =>
    (patch: number) =>
      all.subarray((first + patch) * pixels, (first + patch + 1) * pixels) as T;
  const highest = (scores: Float64Array) => Math.max(...scores.subarray(first, first + patches.length));
  result.scores[at] = highest(scored.scores);
  for (const [id, scores] of Object.entries(scored.together)) {
    result.together[id] ??= new Float64Array(slices);
    result.together[id][at] = highest(scores);
  }
  if (scored.maps) result.maps?.set(stitch(slice, patches, of(scored.maps), lowest), at * size);
  else result.maps = null;
  for (const [name, bytes] of Object.entries(scored.views)) {
    result.views[name] ??= new Uint8Array(slices * size);
    const view = stitch(slice, patches, of(bytes), () => 0);
    for (let i = 0; i < size; i++) result.views[name][at * size + i] = Math.round(view[i]);
  }
}

const lowest = (values: Float64Array): number => values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
