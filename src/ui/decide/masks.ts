/** Masks of the slices in sight, as they are drawn. What one plate has worked out, the others use. */
import { cleanSlice, cleanVolume } from '../../core/morphology';
import type { Evaluation } from '../../core/protocol';
import { stacksOf } from '../../core/volumes';
import { type Cut, type CutState, cleanUpOf, isCleaning } from '../../store/cut';
import { sided } from '../../store/derived';
import { repaint } from './frame';

/** Flagged where a value reaches the level. */
export type Mask = { values: Uint16Array | Uint8Array; level: number };

/** Milliseconds of one frame that may go into whole volumes; the rest of them follows in the next. */
const BUDGET = 10;

type Kept = { evaluation: Evaluation; cut: Cut; slices: Map<number, Uint8Array>; exact: Set<number> };
let kept: Kept | null = null;
let spent = 0;

/** The mask of a slice, null without a cut. During a drag, regions of a volume are those of each slice; released, they go through it. */
export function maskOf(evaluation: Evaluation, slice: number, { cut, before }: CutState): Mask | null {
  if (!cut || evaluation.mapless) return null;
  const size = evaluation.height * evaluation.width;
  if (!isCleaning(cut)) return { values: sided(evaluation, cut.side).maps.subarray(slice * size, (slice + 1) * size), level: cut.level };
  if (kept?.evaluation !== evaluation || kept.cut !== cut) kept = { evaluation, cut, slices: new Map(), exact: new Set() };
  if (cut.cleanUp.space === 'volume' && !before && !kept.exact.has(slice)) cleanStackOf(kept, slice);
  let mask = kept.slices.get(slice);
  if (!mask) {
    mask = cleanSlice(flagged(kept, slice), evaluation.height, evaluation.width, cleanUpOf(cut));
    kept.slices.set(slice, mask);
  }
  return { values: mask, level: 1 };
}

function flagged({ evaluation, cut }: Kept, slice: number): Uint8Array {
  const size = evaluation.height * evaluation.width;
  const codes = sided(evaluation, cut.side).maps;
  const mask = new Uint8Array(size);
  for (let i = 0, at = slice * size; i < size; i++, at++) if (codes[at] >= cut.level) mask[i] = 1;
  return mask;
}

const stacks = new WeakMap<Evaluation, Map<number, readonly number[]>>();

function stackWith(evaluation: Evaluation, slice: number): readonly number[] {
  let known = stacks.get(evaluation);
  if (!known) {
    known = new Map(stacksOf(evaluation.slices).flatMap((stack) => stack.map((member) => [member, stack] as const)));
    stacks.set(evaluation, known);
  }
  return known.get(slice)!;
}

function cleanStackOf(into: Kept, slice: number): void {
  if (spent > BUDGET) return;
  // A task of its own: the frame that paints has ended by then.
  if (spent === 0)
    setTimeout(() => {
      if (spent > BUDGET) repaint();
      spent = 0;
    });
  const start = performance.now();
  const { evaluation, cut } = into;
  const stack = stackWith(evaluation, slice);
  const masks = cleanVolume(
    stack.map((member) => flagged(into, member)),
    evaluation.height,
    evaluation.width,
    cleanUpOf(cut),
  );
  stack.forEach((member, i) => {
    into.slices.set(member, masks[i]);
    into.exact.add(member);
  });
  spent += Math.max(performance.now() - start, Number.MIN_VALUE);
}
