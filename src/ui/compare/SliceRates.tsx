import { useMemo } from 'react';
import type { Scores } from '../../core/runs';
import { letterOf, sameData, sideOf, titleOf } from '../../store/comparing';
import { type Row, useRuns } from '../../store/runs';
import { ownRow } from '../decide/scorerRows';
import { fixed } from '../format';

/** With low scores taken as anomalous, the scores are negated. */
export const turned = (scores: Scores, dark: boolean): Scores =>
  dark ? { ...scores, slices: scores.slices.map((slice) => ({ ...slice, score: -slice.score })) } : scores;

/** The chosen runs' scores of whole slices side by side, models that are runs of their own among them: table 1 of the AnoGAN paper. */
export function SliceRates({ rows }: { rows: readonly Row[] }) {
  const scores = useRuns((s) => s.scores);
  const chosen = useRuns((s) => s.chosen);
  const lines = useMemo(
    () =>
      chosen.flatMap((id) => {
        const row = rows.find((one) => one.id === id);
        return row && scores[id]
          ? [{ row, rates: row.scores?.metrics.imageAuc == null ? null : ownRow(turned(scores[id], sideOf(row) === 'dark')) }]
          : [];
      }),
    [chosen, rows, scores],
  );
  if (lines.length === 0) return null;
  return (
    <section className="sec" data-testid="slice-rates">
      <div className="h">
        <h2>Scores of slices</h2>
        <span className="tag w">uses labels</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className="tablebox" tabIndex={0} aria-label="Scores of slices at Youden’s index">
        <table className="dense">
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col" className="n">
                Precision
              </th>
              <th scope="col" className="n" title="Recall is also called sensitivity">
                Recall
              </th>
              <th scope="col" className="n">
                Specificity
              </th>
              <th scope="col" className="n">
                AUC, 95 % CI
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ row, rates }) => (
              <tr key={row.id} data-row={titleOf(row)}>
                <th scope="row">
                  <b>{letterOf(rows, row.id)}</b> {titleOf(row)} {!sameData(lines[0].row, row) && <span className="tag">other data</span>}{' '}
                  {sideOf(row) === 'dark' && <span className="tag">low scores</span>}{' '}
                  {rates?.partial && <span className="tag w">stopped early, n {rates.slices}</span>}
                </th>
                {rates ? (
                  <>
                    <td className="n">{fixed(rates.precision, 2)}</td>
                    <td className="n">{fixed(rates.sensitivity, 2)}</td>
                    <td className="n">{fixed(rates.specificity, 2)}</td>
                    <td className="n">
                      {fixed(rates.auc, 2)} {rates.ci95 && `(${fixed(rates.ci95[0], 2)}–${fixed(rates.ci95[1], 2)})`}
                    </td>
                  </>
                ) : (
                  <td colSpan={4} className="small">
                    {row.scores?.metrics.why.imageAuc ?? 'No slice has both a label and a score.'}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className="small" style={{ marginTop: 8 }}>
        At Youden’s index of each score, fitted on the test slices, as the papers do. Recall is also called sensitivity.
      </p>
    </section>
  );
}
