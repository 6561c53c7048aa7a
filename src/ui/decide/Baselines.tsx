import { DEFINITIONS } from '../../core/definitions';
import type { Metrics } from '../../core/metrics';
import type { Evaluation } from '../../core/protocol';
import { fixed } from '../format';
import { Term } from './Term';

const TITLES: Record<string, string> = {
  raw: 'Raw intensity',
  rawZ: 'Raw, z-scored',
  absMean: '|x − mean|',
  absMeanSmooth: '|x − mean| smoothed',
  meanIntensity: 'Mean intensity',
  contrast: 'Contrast',
  localVariance: 'Lowest local variance',
};

const COLUMNS: readonly (readonly [keyof Metrics, string, number])[] = [
  ['pixelAurocInBrain', 'AUROC in brain', 3],
  ['pixelAveragePrecision', 'AP', 3],
  ['bestDice', 'Best Dice', 3],
  ['imageAuc', 'Image AUC', 2],
];

/** The model beside scores that need no training, on the same slices: nobody should be fooled by a number, we included. */
export function Baselines({ evaluation }: { evaluation: Evaluation }) {
  const rows: [string, Metrics][] = Object.entries(evaluation.baselines).map(([id, m]) => [TITLES[id] ?? id, m]);
  if (rows.length === 0) return null;
  const columns = evaluation.mapless ? COLUMNS.filter(([key]) => key === 'imageAuc') : COLUMNS;
  const all: [string, Metrics][] = [[evaluation.scorer, evaluation.metrics], ...rows];
  const best = columns.map(([key]) => Math.max(...all.map(([, m]) => (m[key] as number | null) ?? Number.NEGATIVE_INFINITY)));
  return (
    <section className="sec">
      <div className="h">
        <h2>Trivial baselines, same slices</h2>
        <small>● best in its column</small>
      </div>
      <table className="dense" data-testid="baselines">
        <thead>
          <tr>
            <th scope="col">Score</th>
            {columns.map(([key, label]) => (
              <th key={key} scope="col" className="n">
                <Term label={label} about={DEFINITIONS[key]} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {all.map(([title, m], r) => (
            <tr key={title} className={r === 0 ? 'model' : undefined}>
              <th scope="row">{title}</th>
              {columns.map(([key, , digits], c) => {
                const value = m[key] as number | null;
                const wins = value !== null && value === best[c];
                return (
                  <td key={key} className="n" title={value === null ? m.why[key] : undefined}>
                    {wins && (
                      <>
                        <span aria-hidden="true">● </span>
                        <span className="sr">best: </span>
                      </>
                    )}
                    {fixed(value, digits)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <Verdict model={evaluation.scorer} metrics={evaluation.metrics} rows={rows} />
    </section>
  );
}

/** One plain sentence for each baseline that is better than the model somewhere; of several in a column only the best is named. */
function Verdict({ model, metrics, rows }: { model: string; metrics: Metrics; rows: readonly [string, Metrics][] }) {
  const lost = new Map<string, string[]>();
  for (const [key, label, digits] of COLUMNS) {
    const own = metrics[key] as number | null;
    if (own === null) continue;
    const value = (m: Metrics) => (m[key] as number | null) ?? Number.NEGATIVE_INFINITY;
    const [title, best] = rows.reduce((a, b) => (value(b[1]) > value(a[1]) ? b : a));
    if (value(best) > own)
      lost.set(title, [...(lost.get(title) ?? []), `${label} (${fixed(value(best), digits)} against ${fixed(own, digits)})`]);
  }
  if (lost.size === 0) return null;
  return (
    <p className="note w" style={{ marginTop: 10, display: 'block' }} data-testid="baseline-wins">
      {[...lost].map(([title, columns]) => `${title}, without training, beats ${model} in ${columns.join(', ')}.`).join(' ')}
    </p>
  );
}
