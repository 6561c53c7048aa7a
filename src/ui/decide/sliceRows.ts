import type { Cut } from '../../core/cut';
import type { Flags } from '../../core/decision';
import type { Evaluation } from '../../core/protocol';
import { placeWords } from './words';

export type SortKey = 'slice' | 'dice' | 'score' | 'area';
export type Sort = { key: SortKey; down: boolean };

/** Unit of areas: mm² where the spacing of every slice is known. */
export const areaUnit = ({ slices }: Pick<Evaluation, 'slices'>): 'mm²' | 'px' =>
  slices.every(({ pixelArea }) => pixelArea !== null) ? 'mm²' : 'px';

/** Flagged area of a slice in that unit. */
export const areaOf = (evaluation: Evaluation, cut: Cut, i: number, unit = areaUnit(evaluation)): number =>
  cut.sliceFlagged[i] * (unit === 'mm²' ? evaluation.slices[i].pixelArea! : 1);

/** Order of the slices. Those without the number come last, either way. */
export function sorted(evaluation: Evaluation, cut: Cut, { key, down }: Sort): number[] {
  const unit = areaUnit(evaluation);
  const value = (i: number): number =>
    key === 'slice'
      ? i
      : key === 'score'
        ? evaluation.slices[i].score
        : key === 'area'
          ? areaOf(evaluation, cut, i, unit)
          : cut.sliceDice[i];
  return evaluation.slices
    .map((_, i) => i)
    .sort((a, b) => {
      const [va, vb] = [value(a), value(b)];
      if (Number.isNaN(va) || Number.isNaN(vb)) return Number(Number.isNaN(va)) - Number(Number.isNaN(vb)) || a - b;
      return (down ? vb - va : va - vb) || a - b;
    });
}

export type Outcome = 'all' | 'missed' | 'falseAlarm';

/** Whether a slice belongs to the rows asked for: its words hold each word of `text`; missed: it holds an anomaly of which no pixel is flagged;
 * false alarm: its mask is empty and something is flagged. */
export function matches({ slices, tables }: Evaluation, cut: Cut, i: number, text: string, outcome: Outcome): boolean {
  const words = placeWords(slices[i]).toLowerCase();
  if (
    !text
      .toLowerCase()
      .split(/\s+/)
      .every((word) => words.includes(word))
  )
    return false;
  if (outcome === 'missed') return cut.sliceDice[i] === 0;
  if (outcome === 'falseAlarm') return cut.sliceFlagged[i] > 0 && tables.empty.includes(i);
  return true;
}

const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The table of a score without a map as CSV. */
export const scoresCsv = ({ slices }: Evaluation): string =>
  [
    'patient,volume,slice,label,score',
    ...slices.map((s) => [quoted(s.group), quoted(s.volume), s.index, s.label ?? '', s.score].join(',')),
  ].join('\n');

/** The table as CSV; numbers as the engine has them, a point for decimals.
 * @param flags which scores the cut flags; null: all of them */
export function csv(evaluation: Evaluation, cut: Cut, flags: Flags | null): string {
  const relation = flags ? (flags.relation === '≥' ? '>=' : '<') : 'any';
  const rows = evaluation.slices.map((s, i) =>
    [
      quoted(s.group),
      quoted(s.volume),
      s.index,
      s.label ?? '',
      s.score,
      Number.isNaN(cut.sliceDice[i]) ? '' : cut.sliceDice[i].toFixed(4),
      cut.sliceFlagged[i],
      s.pixelArea === null ? '' : (cut.sliceFlagged[i] * s.pixelArea).toFixed(2),
      relation,
      flags?.score ?? '',
    ].join(','),
  );
  return ['patient,volume,slice,label,score,dice,flagged_px,flagged_mm2,flagged_where_score,threshold_score', ...rows].join('\n');
}

/** 'wildcut-vae-rec-grad-320-slices-cut-195.2.csv' */
export const csvName = (model: string, { scorer, slices, mapless }: Evaluation, shown: number): string => {
  const cut = mapless ? '' : `-cut-${shown.toFixed(1)}`;
  return `wildcut-${model}-${scorer}-${slices.length}-slices${cut}.csv`.toLowerCase();
};
