import { useEffect, useMemo, useState } from 'react';
import type { Point } from '../../core/protocol';
import { selectionSentence } from '../../core/selection';
import type { ModelSpec } from '../../core/types';
import { paramsOf, runOf, specOf } from '../../store/actions';
import { useLab } from '../../store/store';
import { Chart } from '../Chart';
import { plain, short } from '../format';
import { REDRAW_MS, rests, useSampled } from './learning';

/** More points than this cannot be told apart on a chart 300 pixels wide. */
const MOST_DRAWN = 300;
/** A phase shorter than this share of the run is no stretch that could be shaded. */
const LEAST_SHADED = 0.01;
const SERIES = 4;
/** More terms than this stand closer together. */
const FEW = 4;

/** One group of charts for each network that learns. */
export function Losses() {
  const spec = useLab(specOf);
  if (!spec) return null;
  const networks = Object.entries(spec.networks);
  return (
    <section className="sec">
      <div className="h">
        <h2>Losses</h2>
        <small>each on its own fixed axis{networks.length > 1 && ' · shaded: another network learns'} · update →</small>
      </div>
      {networks.map(([id, { label }]) => (
        <div key={`${spec.id} ${id}`} className="lossgroup">
          {networks.length > 1 && <h3>{label}</h3>}
          <Group spec={spec} network={id} />
          {spec.losses.distance?.network === id && <Selected />}
        </div>
      ))}
    </section>
  );
}

/** What the choice by distance costs, where labels can say. */
function Selected() {
  const sentence = useLab((s) => selectionSentence(s.lab.checked));
  return (
    sentence && (
      <p className="small" data-testid="selection">
        {sentence}
      </p>
    )
  );
}

function Group({ spec, network }: { spec: ModelSpec; network: string }) {
  // Axes are given for 64²; a sum over pixels grows with them.
  const pixels = useLab((s) => ((paramsOf(s).size ?? 64) / 64) ** 2);
  const terms = Object.entries(spec.losses);
  return (
    <div className={terms.length > FEW ? 'mini many' : 'mini'}>
      {terms.map(
        ([id, loss], i) =>
          loss.network === network && (
            <LossChart
              key={id}
              term={id}
              network={network}
              label={loss.label}
              axis={loss.perPixel ? loss.axis * pixels : loss.axis}
              signed={loss.signed === true}
              series={(i % SERIES) + 1}
              height={terms.length > FEW ? 92 : 112}
              delay={(i * REDRAW_MS) / terms.length}
            />
          ),
      )}
    </div>
  );
}

type Props = { term: string; network: string; label: string; axis: number; signed: boolean; series: number; height: number; delay: number };

function LossChart({ term, network, label, axis, signed, series, height, delay }: Props) {
  const points = useSampled(delay);
  const updates = useLab((s) => runOf(s)?.updates || 1000);
  const [top, setTop] = useState(axis);
  useEffect(() => setTop(axis), [axis]);
  const drawn = useMemo(() => thinned(points.filter((point) => term in point.losses)), [points, term]);
  const shaded = useMemo(() => rests(points, network, LEAST_SHADED * updates), [points, network, updates]);
  const last = drawn.at(-1);
  const now = last?.losses[term];
  const floor = signed ? -top : 0;
  const most = Math.max(...drawn.map((p) => Math.abs(p.losses[term])));
  const beyond = drawn.some((p) => p.losses[term] > top || p.losses[term] < floor);
  const x = useMemo(
    () => ({ range: [0, updates] as [number, number], ticks: [0, updates / 2, updates], labels: [0, updates / 2, updates].map(short) }),
    [updates],
  );
  const y = useMemo(() => {
    const ticks = [floor, (floor + top) / 2, top];
    return { range: [floor, top] as [number, number], ticks, labels: ticks.map(plain) };
  }, [floor, top]);
  const traces = useMemo(() => {
    const xs = drawn.map((p) => p.update);
    const values = drawn.map((p) => p.losses[term]);
    const within = (v: number) => Math.max(floor, Math.min(v, top));
    const clipped = drawn.filter((p) => within(p.losses[term]) !== p.losses[term]);
    return [
      { x: xs, y: values.map(within), line: { color: `--s${series}`, width: 1.75 } },
      {
        x: xs.slice(-1),
        y: values.slice(-1).map(within),
        mode: 'markers',
        marker: { size: 7, color: '--surface', line: { width: 2, color: `--s${series}` } },
        cliponaxis: false,
      },
      {
        x: clipped.map((p) => p.update),
        y: clipped.map((p) => within(p.losses[term])),
        mode: 'markers',
        marker: { symbol: clipped.map((p) => (p.losses[term] > top ? 'triangle-up' : 'triangle-down')), size: 6, color: '--ink3' },
        cliponaxis: false,
      },
    ];
  }, [drawn, term, floor, top, series]);
  return (
    <figure>
      <figcaption className="row between">
        <span className="small mid" title={label}>
          {label}
        </span>
        <span className="row nw">
          {beyond && (
            <button className="btn s q" type="button" title="Some values lie beyond this axis" onClick={() => setTop(rounded(most))}>
              Rescale
            </button>
          )}
          <b>{now === undefined ? '–' : plain(now)}</b>
        </span>
      </figcaption>
      <Chart
        traces={traces}
        x={x}
        y={y}
        height={height}
        testId={`loss-chart-${term}`}
        summary={`${label}: ${last ? `now ${plain(last.losses[term])} at update ${last.update}` : 'no values yet'}, axis ${plain(floor)} to ${plain(top)}`}
      >
        {shaded.map(([from, to]) => (
          <rect
            key={from}
            x={`${(100 * from) / updates}%`}
            width={`${(100 * (to - from)) / updates}%`}
            y="0"
            height="100%"
            fill="var(--ink)"
            opacity="0.07"
          />
        ))}
      </Chart>
    </figure>
  );
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
