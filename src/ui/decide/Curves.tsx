import { useMemo, useState } from 'react';
import { DEFINITIONS } from '../../core/definitions';
import type { Evaluation } from '../../core/protocol';
import { isCleaning } from '../../store/cut';
import { derive } from '../../store/derived';
import { useLab } from '../../store/store';
import { Chart } from '../Chart';
import { fixed, percent } from '../format';
import { Term } from './Term';
import { useCut, useNumbers, useSided } from './use';

const UNIT_AXIS = { range: [0, 1] as [number, number], ticks: [0, 0.5, 1], labels: ['0', '0.5', '1'] };
const FEW_AXIS = { range: [0, 0.02] as [number, number], ticks: [0, 0.01, 0.02], labels: ['0', '0.01', '0.02'] };
/** A method keeps its colour and dash in every chart: by its series. */
const LINES: Record<number, { color: string; dash: string }> = {
  1: { color: '--s1', dash: 'solid' },
  2: { color: '--s2', dash: '7px,3px' },
  3: { color: '--s3', dash: '2px,3px' },
  4: { color: '--s4', dash: '8px,3px,2px,3px' },
  5: { color: '--s5', dash: '2px,2px,6px,2px' },
  6: { color: '--s6', dash: '12px,4px' },
};

export function Curves({ evaluation }: { evaluation: Evaluation }) {
  const [full, setFull] = useState(false);
  const series = useLab((s) => s.lab.engine?.models.find((m) => m.id === s.lab.run?.model)?.series ?? 1);
  const turned = useSided(evaluation);
  const { metrics } = turned;
  const { curves } = derive(turned);
  const line = useMemo(() => ({ ...LINES[series], width: 1.75 }), [series]);
  const roc = useMemo(
    () => (curves ? [{ ...points(curves.falseAlarmRate, curves.sensitivity, full ? 0.004 : 0.0001), line }] : []),
    [curves, full, line],
  );
  const pr = useMemo(() => (curves ? [{ ...points(curves.sensitivity, curves.precision, 0.004), line }] : []), [curves, line]);
  if (!curves) return null;
  const rocAxis = full ? UNIT_AXIS : FEW_AXIS;
  return (
    <section className="sec">
      <div className="two">
        <figure>
          <div className="row between">
            <h2>ROC</h2>
            <fieldset className="seg s" aria-label="ROC range">
              <button type="button" aria-pressed={!full} onClick={() => setFull(false)}>
                first 2 %
              </button>
              <button type="button" aria-pressed={full} onClick={() => setFull(true)}>
                full
              </button>
            </fieldset>
          </div>
          <Chart
            traces={roc}
            x={rocAxis}
            y={UNIT_AXIS}
            height={148}
            summary={`ROC: sensitivity against false-alarm rate, pixel AUROC ${fixed(metrics.pixelAuroc, 3)}`}
            testId="chart-roc"
          >
            <RocCursor evaluation={evaluation} top={rocAxis.range[1]} />
          </Chart>
          <p className="small axisname">
            <Term label="False-alarm rate" about={DEFINITIONS.falseAlarmRate} />
          </p>
        </figure>
        <figure>
          <div className="row between" style={{ minHeight: 28 }}>
            <h2>Precision–recall</h2>
          </div>
          <Chart
            traces={pr}
            x={UNIT_AXIS}
            y={UNIT_AXIS}
            height={148}
            summary={`Precision against recall, average precision ${fixed(metrics.pixelAveragePrecision, 3)}`}
            testId="chart-pr"
          >
            <PrCursor evaluation={evaluation} />
          </Chart>
          <p className="small axisname">
            <Term label="Recall" about={DEFINITIONS.sensitivity} />
          </p>
        </figure>
      </div>
      <Here evaluation={evaluation} />
    </section>
  );
}

/** The operating point as text: what the dots on the curves show. */
function Here({ evaluation }: { evaluation: Evaluation }) {
  const { falseAlarmRate, sensitivity, precision, approximate } = useNumbers(evaluation);
  const cleaning = isCleaning(useCut());
  return (
    <p className="small" style={{ marginTop: 4 }} data-testid="operating-point">
      {cleaning && 'The curves are before clean-up, the dots after it: they may lie beside the curves. '}
      Here{cleaning && ', after clean-up'}: {approximate && '≈ '}false alarms {falseAlarmRate === null ? '–' : percent(falseAlarmRate)},
      recall {fixed(sensitivity, 2)}, precision {fixed(precision, 2)}.
    </p>
  );
}

function RocCursor({ evaluation, top }: { evaluation: Evaluation; top: number }) {
  const { falseAlarmRate, sensitivity } = useNumbers(evaluation);
  return <Cursor x={(falseAlarmRate ?? 0) / top} y={sensitivity ?? 0} />;
}

function PrCursor({ evaluation }: { evaluation: Evaluation }) {
  const { precision, sensitivity } = useNumbers(evaluation);
  return precision === null ? null : <Cursor x={sensitivity ?? 0} y={precision} />;
}

/** The operating point in shares of the plot area; hollow where it lies outside the axis and is drawn at its edge. */
function Cursor({ x, y }: { x: number; y: number }) {
  const at = `${100 * Math.min(1, x)}%`;
  const up = `${100 * (1 - y)}%`;
  const outside = x > 1;
  return (
    <>
      <line x1={at} x2={at} y1={up} y2="100%" stroke="var(--cut)" strokeWidth="1.25" strokeDasharray="2 3" />
      <line x1="0%" x2={at} y1={up} y2={up} stroke="var(--cut)" strokeWidth="1.25" strokeDasharray="2 3" />
      <circle
        cx={at}
        cy={up}
        r="4.5"
        fill={outside ? 'var(--surface)' : 'var(--cut)'}
        stroke={outside ? 'var(--cut)' : 'var(--surface)'}
        strokeWidth="1.5"
      />
    </>
  );
}

/** The corners of a curve: steps smaller than `gap` in x and 0.004 in y cannot be seen. */
function points(xs: Float32Array, ys: Float32Array, gap: number): { x: number[]; y: number[] } {
  const x: number[] = [];
  const y: number[] = [];
  for (let i = xs.length - 1; i >= 0; i--) {
    if (Number.isNaN(xs[i]) || Number.isNaN(ys[i])) continue;
    const last = x.length - 1;
    if (last >= 0 && i > 0 && Math.abs(xs[i] - x[last]) < gap && Math.abs(ys[i] - y[last]) < 0.004) continue;
    x.push(xs[i]);
    y.push(ys[i]);
  }
  return { x, y };
}
