import { useMemo } from 'react';
import { DEFINITIONS } from '../../core/definitions';
import type { Evaluation } from '../../core/protocol';
import { useLab } from '../../store/store';
import { Chart } from '../Chart';
import { fixed, plural } from '../format';
import { type ScorerRow, scorerRows } from './scorerRows';
import { Term } from './Term';

const UNIT = { range: [0, 1] as [number, number], ticks: [0, 0.5, 1], labels: ['0', '0.5', '1'] };
/** Beside the scorer in view, which keeps its method's colour: told apart by dash. */
const DASHES = ['solid', '6px,3px', '2px,3px', '10px,3px', '8px,3px,2px,3px', '2px,2px,6px,2px', '12px,4px'];

/** Every score of whole slices that this run has, at Youden's index, and their ROC curves in one square. */
export function ScorerTable({ evaluation }: { evaluation: Evaluation }) {
  const evaluations = useLab((s) => s.lab.evaluations);
  const series = useLab((s) => s.lab.engine?.models.find((m) => m.id === s.lab.run?.model)?.series ?? 1);
  const rows = useMemo(
    () => scorerRows(Object.values(evaluations).filter((one) => one.run === evaluation.run && one.update === evaluation.update)),
    [evaluations, evaluation],
  );
  const traces = useMemo(
    () =>
      rows.map(({ scorer, roc }, i) => {
        const shown = scorer === evaluation.scorer;
        return { ...roc, line: { color: shown ? `--s${series}` : '--ink3', dash: DASHES[i % DASHES.length], width: shown ? 2.25 : 1.25 } };
      }),
    [rows, evaluation.scorer, series],
  );
  if (rows.length === 0)
    return (
      <section className="sec" data-testid="scorer-table">
        <div className="h">
          <h2>Scores of slices</h2>
        </div>
        <p className="small">Image AUC: {evaluation.metrics.why.imageAuc ?? 'not known.'}</p>
      </section>
    );
  return (
    <section className="sec" data-testid="scorer-table">
      <div className="h">
        <h2>Scores of slices</h2>
        <span className="tag w">uses labels</span>
      </div>
      <Chart
        traces={traces}
        x={UNIT}
        y={UNIT}
        height={168}
        summary={`ROC of slices. ${rows.map(({ scorer, auc }) => `${scorer}: AUC ${fixed(auc, 2)}`).join('; ')}`}
        testId="chart-slice-roc"
      />
      <p className="small axisname">
        <Term label="False-alarm rate" about={DEFINITIONS.falseAlarmRate} /> of slices; up: sensitivity
      </p>
      <table className="dense">
        <thead>
          <tr>
            <th scope="col">Score</th>
            <th scope="col" className="n">
              <Term label="Precision" about={DEFINITIONS.precision} />
            </th>
            <th scope="col" className="n">
              <Term label="Sensitivity" about={DEFINITIONS.sensitivity} />
            </th>
            <th scope="col" className="n">
              <Term label="Specificity" about={DEFINITIONS.specificity} />
            </th>
            <th scope="col" className="n">
              <Term label="AUC" about={DEFINITIONS.imageAuc} />, <Term label="95 % CI" about={DEFINITIONS.imageAucCi95} />
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <Row key={row.scorer} row={row} dash={DASHES[i % DASHES.length]} shown={row.scorer === evaluation.scorer} series={series} />
          ))}
        </tbody>
      </table>
      <p className="small" style={{ marginTop: 8 }}>
        On {plural(Math.max(...rows.map(({ slices }) => slices)), 'slice')}, at <Term label="Youden’s index" about={DEFINITIONS.youden} />{' '}
        of each score: fitted on the test slices, as the papers do. Sensitivity is also called recall.
      </p>
    </section>
  );
}

function Row({ row, dash, shown, series }: { row: ScorerRow; dash: string; shown: boolean; series: number }) {
  const { scorer, slices, precision, sensitivity, specificity, auc, ci95, partial } = row;
  return (
    <tr className={shown ? 'model' : undefined} data-row={scorer}>
      <th scope="row" style={{ whiteSpace: 'nowrap' }}>
        <svg width="22" height="8" aria-hidden="true" style={{ marginRight: 6 }}>
          <path
            d="M0 4H22"
            stroke={shown ? `var(--s${series})` : 'var(--ink3)'}
            strokeWidth={shown ? 2.25 : 1.25}
            strokeDasharray={dash === 'solid' ? undefined : dash.replaceAll('px', '')}
          />
        </svg>
        {scorer}
        {partial && <span className="tag w">stopped early, n {slices}</span>}
      </th>
      <td className="n">{fixed(precision, 2)}</td>
      <td className="n">{fixed(sensitivity, 2)}</td>
      <td className="n">{fixed(specificity, 2)}</td>
      <td className="n">
        {fixed(auc, 2)} {ci95 && `(${fixed(ci95[0], 2)}–${fixed(ci95[1], 2)})`}
      </td>
    </tr>
  );
}
