import { problemAt } from '../../core/maskProblem';
import { isOff } from '../../core/morphology';
import type { Scores } from '../../core/runs';
import { byteOfShare, healthyShares, letterOf, maskOf, type Placed, placed } from '../../store/comparing';
import type { Row } from '../../store/runs';
import { fixed } from '../format';
import type { Line } from './ComparePlate';

/** One run at the slice in view: `at` is the slice's place in its own scores, `mask` what its cut flags there,
 * `line` what is outlined: scores at the level, as long as nothing is cleaned; `problem`: what is wrong with the masks of all slices there, before
 * they are cleaned. */
export type Column = {
  row: Row;
  letter: string;
  cut: Placed;
  at: number;
  mask: Uint8Array | null;
  line: Line | null;
  problem: string | null;
};

/** The chosen runs that scored the slice of the first one with this hash; without a hash the first alone. */
export function columnsOf(rows: readonly Row[], picked: readonly Row[], scores: Readonly<Record<string, Scores>>, slice: number): Column[] {
  const hash = scores[picked[0].id].slices[slice]?.hash;
  return picked.flatMap((row) => {
    const own = scores[row.id];
    const at = hash ? own.slices.findIndex((one) => one.hash === hash) : row === picked[0] ? slice : -1;
    if (at < 0) return [];
    const cut = placed(row, own);
    const mask = maskOf(cut, at);
    const codes = isOff(cut.cleanUp) ? partOf(cut.scores.maps, at, own.height * own.width) : null;
    const line = mask && (codes && cut.level !== null ? { values: codes, level: cut.level } : { values: mask, level: 1 });
    const problem = cut.level === null ? null : problemAt(cut.scores.tables, cut.level, own.body);
    return [{ row, letter: letterOf(rows, row.id), cut, at, mask, line, problem }];
  });
}

export const partOf = <T extends Uint8Array | Uint16Array>(all: T | null, n: number, size: number): T | null =>
  all && (all.subarray(n * size, (n + 1) * size) as T);

export function diceWords(mask: Uint8Array | null, truth: Uint8Array | null): string {
  if (!mask || !truth?.includes(1)) return '';
  let [both, sum] = [0, 0];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] > 0 && truth[i] > 0) both++;
    sum += mask[i] + Number(truth[i] > 0);
  }
  return `Dice ${fixed((2 * both) / sum, 2)}`;
}

/** Share of the runs that flag each pixel, in bytes; null without a mask. */
export function agreement(columns: readonly Column[], size: number): Uint8Array | null {
  const masks = columns.flatMap(({ mask }) => (mask ? [mask] : []));
  if (masks.length === 0) return null;
  const votes = new Uint8Array(size);
  for (const mask of masks) for (let i = 0; i < size; i++) votes[i] += mask[i];
  return votes.map((n) => Math.round((255 * n) / masks.length));
}

/** A map by its share of healthy pixels, or over its own range where none are known. */
export function mapBytes({ scores: { maps, healthy, height, width } }: Placed, at: number): Uint8Array | null {
  const codes = partOf(maps, at, height * width);
  if (!codes) return null;
  const shares = healthyShares(healthy);
  return Uint8Array.from(codes, (code) => (shares ? byteOfShare(shares[code]) : code >> 4));
}
