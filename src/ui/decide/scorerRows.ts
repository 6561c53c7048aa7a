/** Scores of whole slices side by side, as table 1 of the AnoGAN paper has them: at Youden's index, and over all thresholds. */
import type { Evaluation } from '../../core/protocol';
import { auroc, delongCi95, rank, ratesAt, youden } from '../../core/ranking';

export type ScorerRow = {
  scorer: string;
  /** Slices with a label and a score. */
  slices: number;
  /** Whether its search was stopped, or slices are missing. */
  partial: boolean;
  auc: number;
  ci95: [number, number] | null;
  threshold: number;
  /** null where nothing is flagged. */
  precision: number | null;
  sensitivity: number;
  specificity: number;
  /** From (0, 0) to (1, 1). */
  roc: { x: number[]; y: number[] };
};

type Scored = Pick<Evaluation, 'slices' | 'partial' | 'total'>;

/** Rows of every scorer of a run that has scores: its own, or those of a search that served it too. The newest are asked first. */
export function scorerRows(evaluations: readonly Evaluation[]): ScorerRow[] {
  const rows = new Map<string, ScorerRow>();
  const add = (scorer: string, make: () => ScorerRow | null) => {
    const row = rows.has(scorer) ? null : make();
    if (row) rows.set(scorer, row);
  };
  const newest = [...evaluations].reverse();
  for (const one of newest) add(one.scorer, () => ownRow(one));
  for (const one of newest) for (const [scorer, scores] of Object.entries(one.together)) add(scorer, () => rowOf(one, scorer, scores));
  return [...rows.values()];
}

/** The row of the scorer that an evaluation, or a kept run, is of; null with one class. */
export const ownRow = (one: Scored & { scorer: string }): ScorerRow | null =>
  rowOf(
    one,
    one.scorer,
    one.slices.map(({ score }) => score),
  );

/** null with one class. */
function rowOf({ slices, partial, total }: Scored, scorer: string, scores: ArrayLike<number>): ScorerRow | null {
  const labels = slices.map(({ label }) => label);
  const known = labels.flatMap((label, i) => (label === null || Number.isNaN(scores[i]) ? [] : [i]));
  const ranking = rank(
    known.map((i) => scores[i]),
    known.map((i) => labels[i] as 0 | 1),
  );
  const [auc, best] = [auroc(ranking), youden(ranking)];
  if (auc === null || !best) return null;
  const { precision, recall, specificity } = ratesAt(ranking, best.threshold)!;
  const share = (counts: Uint32Array, of: number) => [0, ...Array.from(counts, (n) => n / of)];
  const roc = { x: share(ranking.fp, ranking.negatives), y: share(ranking.tp, ranking.positives) };
  return {
    partial: !!partial || slices.length < total,
    ...{ scorer, slices: known.length, auc, ci95: delongCi95(ranking), roc },
    ...{ threshold: best.threshold, precision, sensitivity: recall, specificity },
  };
}

/** How scores lie: the share of each group's in `bins` equal parts of [lo, hi]. */
export type Distribution = { id: 'reference' | 'normal' | 'anomalous'; n: number; mean: number; sd: number; shares: number[] };

/** Groups of figure 4(c, d): the healthy reference that was learnt from, normal and anomalous test slices. Groups without a score are left out. */
export function distributions(
  { slices, healthyScores }: Pick<Evaluation, 'slices' | 'healthyScores'>,
  bins: number,
): {
  lo: number;
  hi: number;
  groups: Distribution[];
} {
  const of = (label: 0 | 1) => slices.filter((slice) => slice.label === label).map(({ score }) => score);
  const all = [
    ['reference', [...healthyScores]],
    ['normal', of(0)],
    ['anomalous', of(1)],
  ] as const;
  const finite = all.map(([id, scores]) => [id, scores.filter((v) => !Number.isNaN(v))] as const);
  const every = finite.flatMap(([, scores]) => scores);
  const [lo, hi] = [Math.min(...every), Math.max(...every)];
  const groups = finite.flatMap(([id, scores]): Distribution[] => {
    if (scores.length === 0) return [];
    const shares = new Array<number>(bins).fill(0);
    for (const v of scores) shares[hi > lo ? Math.min(bins - 1, Math.floor(((v - lo) / (hi - lo)) * bins)) : 0] += 1 / scores.length;
    const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
    const sd = Math.sqrt(scores.reduce((sum, v) => sum + (v - mean) ** 2, 0) / Math.max(1, scores.length - 1));
    return [{ id, n: scores.length, mean, sd, shares }];
  });
  return { lo, hi, groups };
}
