import { useMemo, useState } from 'react';
import { DEFINITIONS } from '../../core/definitions';
import { delongTest } from '../../core/delong';
import type { Scores } from '../../core/runs';
import type { Side } from '../../core/side';
import { letterOf, rowNumbers, sameData, sideOf, titleOf } from '../../store/comparing';
import { type Row, useRuns } from '../../store/runs';
import { Term } from '../decide/Term';
import { fixed, plural } from '../format';

/** DeLong's test between two of the chosen runs, on the slices that both scored. */
export function Delong({ rows }: { rows: readonly Row[] }) {
  const scores = useRuns((s) => s.scores);
  const chosen = useRuns((s) => s.chosen);
  const picked = chosen.flatMap((id) => rows.find((row) => row.id === id) ?? []);
  const able = picked.filter((row) => sameData(picked[0], row) && scores[row.id] && row.scores?.metrics.imageAuc != null);
  const [pair, setPair] = useState<[string, string]>(['', '']);
  const first = able.find(({ id }) => id === pair[0]) ?? able[0];
  const second = able.find(({ id }) => id === pair[1] && id !== first?.id) ?? able.find(({ id }) => id !== first?.id);
  const [a, b] = [first && scores[first.id], second && scores[second.id]];
  const [sideA, sideB] = [first ? sideOf(first) : 'bright', second ? sideOf(second) : 'bright'] as const;
  const result = useMemo(() => (a && b ? test(a, b, sideA, sideB) : null), [a, b, sideA, sideB]);
  if (!first || !second) return null;
  // The row's own number where it stands on the same slices: the same value may round otherwise.
  const auc = (row: Row, tested: number) => {
    const own = rowNumbers(row, scores[row.id])?.metrics.imageAuc ?? tested;
    return fixed(Math.abs(own - tested) < 1e-9 ? own : tested, 3);
  };
  const select = (which: 0 | 1, current: Row, other: Row) => (
    <select
      className="fld"
      aria-label={which === 0 ? 'First run of the test' : 'Second run of the test'}
      value={current.id}
      onChange={({ target }) => setPair(which === 0 ? [target.value, other.id] : [other.id, target.value])}
    >
      {able
        .filter(({ id }) => id !== other.id)
        .map((row) => (
          <option key={row.id} value={row.id}>
            {letterOf(rows, row.id)} {titleOf(row)}
          </option>
        ))}
    </select>
  );
  return (
    <section className="sec delong" data-testid="delong">
      <h2>
        <Term label="DeLong’s test" about={DEFINITIONS.delongTest} />
      </h2>
      <p className="row" style={{ flexWrap: 'wrap', margin: '4px 0' }}>
        {select(0, first, second)} against {select(1, second, first)}
      </p>
      <p className="small">
        {result
          ? `Image AUC ${auc(first, result.aucs[0])} and ${auc(second, result.aucs[1])}: difference ${fixed(result.difference, 3)} (95 % CI ${fixed(result.ci95[0], 3)} to ${fixed(result.ci95[1], 3)}), z ${fixed(result.z, 2)}, two-sided p ${result.p < 0.001 ? '< 0.001' : fixed(result.p, 3)}; ${plural(result.n, 'slice')}. Slices of one patient are taken as independent.`
          : 'These two cannot be tested: they rank the slices alike, or a class is missing.'}
      </p>
    </section>
  );
}

/** Slices are paired by their hash, alike ones in their order; labels are those of the first, low scores are negated. */
function test(a: Scores, b: Scores, sideA: Side, sideB: Side) {
  const other = new Map<string, number[]>();
  for (const { hash, score } of b.slices) other.set(hash, [...(other.get(hash) ?? []), sideB === 'dark' ? -score : score]);
  const both = a.slices.flatMap(({ hash, label, score: own }) => {
    const score = sideA === 'dark' ? -own : own;
    const second = other.get(hash)?.shift();
    return label === null || second === undefined || Number.isNaN(score) || Number.isNaN(second) ? [] : [{ label, score, second }];
  });
  const result = delongTest(
    both.map(({ score }) => score),
    both.map(({ second }) => second),
    both.map(({ label }) => label),
  );
  return result && { ...result, n: both.length };
}
