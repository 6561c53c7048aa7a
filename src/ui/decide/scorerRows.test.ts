import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../core/protocol';
import { distributions, ownRow, scorerRows } from './scorerRows';

const LABELS = [0, 0, 0, 0, 1, 1, 1, 1, null] as const;

function made(scorer: string, scores: readonly number[], rest: Partial<Evaluation> = {}): Evaluation {
  const slices = LABELS.map((label, i) => ({ label, score: scores[i] }));
  return { scorer, slices, total: slices.length, together: {}, partial: null, healthyScores: new Float64Array(0), ...rest } as Evaluation;
}

describe('rows of scores', () => {
  it('stand at Youden’s index: counted by hand', () => {
    // From 3 on: 3 of 4 anomalous and 1 of 4 normal slices; no higher cut has as large a sum of sensitivity and specificity. The unlabelled one counts for nothing.
    const [row] = scorerRows([made('A', [0, 1, 2, 3.5, 1.5, 3, 3, 5, 9])]);
    expect(row).toMatchObject({
      scorer: 'A',
      slices: 8,
      partial: false,
      threshold: 3,
      precision: 3 / 4,
      sensitivity: 3 / 4,
      specificity: 3 / 4,
    });
    // Pairs won: 1.5 beats two normal slices, 3 beats three, twice, and 5 all four.
    expect(row.auc).toBeCloseTo(12 / 16, 12);
    expect(row.ci95![0]).toBeLessThan(12 / 16);
    expect([row.roc.x[0], row.roc.y[0], row.roc.x.at(-1), row.roc.y.at(-1)]).toEqual([0, 0, 1, 1]);
  });

  it('are of every scorer that a search served, a score of its own before a served one, the newest before older ones', () => {
    const ahead = [0, 0, 0, 0, 1, 1, 1, 1, 0];
    const behind = ahead.map((v) => -v);
    const served = made('A', ahead, { together: { A: Float64Array.from(behind), R: Float64Array.from(behind) } });
    const rows = scorerRows([made('P', behind), made('A', behind), served]);
    expect(rows.map(({ scorer, auc }) => [scorer, auc])).toEqual([
      ['A', 1],
      ['P', 0],
      ['R', 0],
    ]);
  });

  it('say where a search was stopped or slices are missing, and leave out slices without a score', () => {
    const scores = [0, 1, 2, 3, Number.NaN, 2, 3, 4, 0];
    const [stopped] = scorerRows([made('A', scores, { partial: { from: 4, step: 2, of: 9 } })]);
    expect([stopped.partial, stopped.slices]).toEqual([true, 7]);
    expect(scorerRows([made('A', scores, { total: 20 })])[0].partial).toBe(true);
  });

  it('are of one kept run as of its evaluation, and none without labels', () => {
    const kept = made('A', [0, 1, 2, 3.5, 1.5, 3, 3, 5, 9]);
    expect(ownRow(kept)).toEqual(scorerRows([kept])[0]);
    expect(ownRow({ ...kept, slices: kept.slices.map((slice) => ({ ...slice, label: null })) })).toBeNull();
  });

  it('are none with one class', () => {
    const one = made('A', [1, 2, 3, 4]);
    expect(scorerRows([{ ...one, slices: one.slices.slice(0, 4) }])).toEqual([]);
  });
});

describe('distributions', () => {
  it('are shares of each group, whatever its size, over one axis', () => {
    const evaluation = made('A', [0, 0, 1, 1, 3, 3, 3, 4, 100], { healthyScores: Float64Array.of(0, 0.5, Number.NaN) });
    const { lo, hi, groups } = distributions(evaluation, 4);
    expect([lo, hi]).toEqual([0, 4]);
    expect(groups.map(({ id, n, shares }) => [id, n, shares])).toEqual([
      ['reference', 2, [1, 0, 0, 0]],
      ['normal', 4, [0.5, 0.5, 0, 0]],
      ['anomalous', 4, [0, 0, 0, 1]],
    ]);
    expect(groups[1]).toMatchObject({ mean: 0.5, sd: Math.sqrt(1 / 3) });
  });

  it('leave out what has no scores, and stand where all scores are the same', () => {
    const one = made('A', [2, 2, 2, 2]);
    const { groups } = distributions({ ...one, slices: one.slices.slice(0, 4) }, 4);
    expect(groups).toEqual([{ id: 'normal', n: 4, mean: 2, sd: 0, shares: [1, 0, 0, 0] }]);
    expect(distributions({ slices: [], healthyScores: new Float64Array(0) }, 4).groups).toEqual([]);
  });
});
