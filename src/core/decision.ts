/** A decision in the units of the score: what a cut flags, and what is done to the mask. */
import { LEVELS, scoreOf } from './cut';
import { type CleanUp, isOff } from './morphology';
import type { RuleSettings } from './rules';
import type { Side } from './side';

export type Flags = { relation: '≥' | '<'; score: number };

/** Which scores a cut at `level` flags, of an axis from `lo` to `hi`; null: every pixel. */
export function flagsOf(side: Side, level: number, lo: number, hi: number): Flags | null {
  if (level <= 0) return null;
  return side === 'bright' ? { relation: '≥', score: scoreOf(level, lo, hi) } : { relation: '<', score: scoreOf(LEVELS - level, lo, hi) };
}

/** What is done to a mask, in words: 'opening with 3 × 3 pixels, …'; 'none' where nothing is. */
export function cleanUpWords(cleanUp: CleanUp): string {
  if (isOff(cleanUp)) return 'none';
  const { opening, closing, order, minimum, fillHoles, space } = cleanUp;
  const square = (name: string, side: number) => (side > 0 ? [`${name} with ${side} × ${side} pixels`] : []);
  const steps = [square('opening', opening), square('closing', closing)];
  if (order === 'close-open') steps.reverse();
  const [what, neighbours] = space === 'volume' ? ['voxels of a volume', 26] : ['pixels of a slice', 8];
  return [
    ...steps.flat(),
    ...(fillHoles ? ['holes filled in plane'] : []),
    ...(minimum > 1 ? [`regions of fewer than ${minimum} ${what} (${neighbours} neighbours) removed`] : []),
  ].join(', ');
}

/** What a run record, a methods text or metrics.json say about a cut. */
export type Decision = {
  rule: string;
  /** Why the rule cuts there, and whether masks were looked at; null for a cut by hand. */
  ruleTitle: string;
  ruleReason: string | null;
  usesLabels: boolean;
  /** What the rules were asked with. */
  settings: RuleSettings;
  side: Side;
  /** Null: every pixel is flagged. */
  flags: Flags | null;
  cleanUp: CleanUp;
};
