import { useEffect, useMemo, useState } from 'react';
import type { Point } from '../../core/protocol';
import { paramsOf, specOf } from '../../store/actions';
import { useLab } from '../../store/store';
import { Chart } from '../Chart';
import { plain, short } from '../format';

const REDRAW_MS = 250;
/** More points than this cannot be told apart on a chart 300 pixels wide. */
const MOST_DRAWN = 300;

export function Losses() {
  const spec = useLab((s) => s.lab.engine?.models.find((m) => m.id === s.lab.run?.model) ?? specOf(s));
  // Axes are given for 64²; a sum over pixels grows with them.
  const pixels = useLab((s) => ((paramsOf(s).size ?? 64) / 64) ** 2);
  if (!spec) return null;
  const terms = Object.entries(spec.losses);
  return (
    <section className="sec">
      <div className="h">
        <h2>Losses</h2>
        <small>each on its own fixed axis · update →</small>
      </div>
      <div className="mini">
        {terms.map(([id, { label, axis, perPixel }], i) => (
          <LossChart
            key={id}
            term={id}
            label={label}
            axis={perPixel ? axis * pixels : axis}
            series={(i % 4) + 1}
            delay={(i * REDRAW_MS) / terms.length}
          />
        ))}
      </div>
    </section>
  );
}

type Props = { term: string; label: string; axis: number; series: number; delay: number };

function LossChart({ term, label, axis, series, delay }: Props) {
  const points = useSampled(delay);
  const updates = useLab((s) => s.lab.run?.updates ?? 1000);
  const [top, setTop] = useState(axis);
  useEffect(() => setTop(axis), [axis]);
  const drawn = useMemo(() => thinned(points), [points]);
  const last = points.at(-1)?.losses[term];
  const beyond = drawn.some((p) => p.losses[term] > top);
  const x = useMemo(
    () => ({ range: [0, updates] as [number, number], ticks: [0, updates / 2, updates], labels: [0, updates / 2, updates].map(short) }),
    [updates],
  );
  const y = useMemo(() => ({ range: [0, top] as [number, number], ticks: [0, top / 2, top], labels: [0, top / 2, top].map(plain) }), [top]);
  const traces = useMemo(() => {
    const xs = drawn.map((p) => p.update);
    const values = drawn.map((p) => p.losses[term]);
    const clipped = drawn.filter((p) => p.losses[term] > top);
    return [
      { x: xs, y: values.map((v) => Math.min(v, top)), line: { color: `--s${series}`, width: 1.75 } },
      {
        x: xs.slice(-1),
        y: values.slice(-1).map((v) => Math.min(v, top)),
        mode: 'markers',
        marker: { size: 7, color: '--surface', line: { width: 2, color: `--s${series}` } },
        cliponaxis: false,
      },
      {
        x: clipped.map((p) => p.update),
        y: clipped.map(() => top),
        mode: 'markers',
        marker: { symbol: 'triangle-up', size: 6, color: '--ink3' },
        cliponaxis: false,
      },
    ];
  }, [drawn, term, top, series]);
  return (
    <figure>
      <figcaption className="row between">
        <span className="small mid ell" title={label}>
          {label}
        </span>
        <span className="row nw">
          {beyond && (
            <button
              className="btn s q"
              type="button"
              title="Some values lie above this axis"
              onClick={() => setTop(rounded(Math.max(...drawn.map((p) => p.losses[term]))))}
            >
              Rescale
            </button>
          )}
          <b>{last === undefined ? '–' : plain(last)}</b>
        </span>
      </figcaption>
      <Chart
        traces={traces}
        x={x}
        y={y}
        height={112}
        testId={`loss-chart-${term}`}
        summary={`${label}: ${last === undefined ? 'no values yet' : `now ${plain(last)} at update ${points.at(-1)!.update}`}, axis 0 to ${plain(top)}`}
      />
    </figure>
  );
}

/** The points as they were at the last beat: at most four a second, each chart on a beat of its own, so that no two draw in one frame. */
function useSampled(delay: number): readonly Point[] {
  const [points, setPoints] = useState(() => useLab.getState().lab.points);
  useEffect(() => {
    let timer = 0;
    const beat = () => setPoints(useLab.getState().lab.points);
    const late = window.setTimeout(() => {
      beat();
      timer = window.setInterval(beat, REDRAW_MS);
    }, delay);
    return () => {
      window.clearTimeout(late);
      window.clearInterval(timer);
    };
  }, [delay]);
  return points;
}

function thinned(points: readonly Point[]): readonly Point[] {
  const step = Math.ceil(points.length / MOST_DRAWN);
  return step <= 1 ? points : points.filter((_, i) => i % step === 0 || i === points.length - 1);
}

/** The next of 1, 2, 5 × 10ⁿ above a value. */
function rounded(value: number): number {
  const base = 10 ** Math.floor(Math.log10(value));
  return base * ([1, 2, 5, 10].find((m) => m * base >= value) ?? 10);
}
