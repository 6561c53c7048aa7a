/** Which end of the scores is anomalous. Dark means: every score is taken negative, and "higher is more anomalous" holds again. */
import { LEVELS, type Tables } from './cut';
import type { LabelSums } from './threshold';

export type Side = 'bright' | 'dark';

/** The code of the negated score; its own inverse. */
export const mirrored = (code: number): number => LEVELS - 1 - code;

/** Lowest and highest code, as quantised, of the pixels that a cut at `level` flags on this side. */
export const flaggedFrom = (side: Side, level: number): [low: number, high: number] =>
  side === 'bright' ? [level, LEVELS - 1] : [0, mirrored(level)];

/** Rows of LEVELS counts ≥ level, for the mirrored codes: a cut from below flags what one from above leaves. */
function turned<T extends Uint16Array | Uint32Array | Float64Array>(counts: T): T {
  const out = counts.slice() as T;
  for (let row = 0; row < counts.length; row += LEVELS)
    for (let level = 1; level < LEVELS; level++) out[row + level] = counts[row] - counts[row + LEVELS - level];
  return out;
}

export const mirroredSums = ({ overTruth, overAnomalous, overEmpty }: LabelSums): LabelSums => ({
  overTruth: turned(overTruth),
  overAnomalous: turned(overAnomalous),
  overEmpty: turned(overEmpty),
});

/** Tables of the mirrored codes. */
export const mirroredTables = (t: Tables): Tables => ({
  ...t,
  ...mirroredSums(t),
  flagged: turned(t.flagged),
  hits: turned(t.hits),
  all: turned(t.all),
});
