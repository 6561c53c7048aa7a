import { useMemo, useState } from 'react';
import { curves, LEVELS } from '../../core/cut';
import { DEFINITIONS, type Definition } from '../../core/definitions';
import { imageRoc } from '../../core/figures';
import type { Scores } from '../../core/runs';
import { mirrored, type Side } from '../../core/side';
import { letterOf, rowNumbers, sameData, scoresOn, sideOf, titleOf } from '../../store/comparing';
import { TOP } from '../../store/derived';
import { type Row, useRuns } from '../../store/runs';
import { Chart } from '../Chart';
import { Term } from '../decide/Term';
import { fixed, plural } from '../format';
import { LineKey } from './LineKey';
import { lineAt } from './lines';
import { MaskTag } from './MaskTag';
import { RunName } from './RunName';

const AXIS = { range: [0, 1] as [number, number], ticks: [0, 0.5, 1], labels: ['0', '0.5', '1'] };
const SHOWN = [0, 50, 100, 150, 200, TOP];
const CUTS = { ...AXIS, ticks: SHOWN.map((shown) => shown / TOP), labels: SHOWN.map(String) };
type Kind = 'images' | 'pixels' | 'precision' | 'dice';
/** `says` what is drawn; `along` is the horizontal axis, `number` what the legend holds. */
const KINDS: readonly { id: Kind; label: string; says: string; along: [string, Definition]; number: Definition }[] = [
  {
    ...{ id: 'images', label: 'ROC, slices', says: 'Sensitivity against false-alarm rate' },
    ...{ along: ['False-alarm rate', DEFINITIONS.falseAlarmRate], number: DEFINITIONS.imageAuc },
  },
  {
    ...{ id: 'pixels', label: 'ROC, pixels', says: 'Sensitivity against false-alarm rate' },
    ...{ along: ['False-alarm rate', DEFINITIONS.falseAlarmRate], number: DEFINITIONS.pixelAuroc },
  },
  {
    ...{ id: 'precision', label: 'PR, pixels', says: 'Precision against recall' },
    ...{ along: ['Recall', DEFINITIONS.sensitivity], number: DEFINITIONS.pixelAveragePrecision },
  },
  {
    ...{ id: 'dice', label: 'Dice, pooled', says: 'Pooled Dice against the threshold, and at its best, fitted on the test masks,' },
    ...{ along: ['Threshold, 0–255 of each run’s own scores', DEFINITIONS.threshold], number: DEFINITIONS.bestDice },
  },
];

/** Curves of the chosen rows that share their test slices. */
export function Overlay({ rows }: { rows: readonly Row[] }) {
  const [kind, setKind] = useState<Kind>('images');
  const chosen = useRuns((s) => s.chosen);
  const scores = useRuns((s) => s.scores);
  const picked = useMemo(() => chosen.flatMap((id) => rows.find((row) => row.id === id) ?? []), [chosen, rows]);
  const [first] = picked;
  const shared = useMemo(() => picked.filter((row) => sameData(picked[0], row)), [picked]);
  const traces = useMemo(
    () =>
      shared.flatMap((row) => {
        const points = scores[row.id] && pointsOf(scores[row.id], sideOf(row), kind);
        return points ? [{ id: row.id, ...points, line: { ...lineAt(chosen.indexOf(row.id)), width: 1.75 } }] : [];
      }),
    [shared, scores, chosen, kind],
  );
  // Each line holds its run's letter: nobody has to tell colours apart.
  const letters = traces.map(({ id, x, y, line }, k) => {
    const at = Math.floor(((x.length - 1) * (k + 1)) / (traces.length + 1));
    return (
      <text
        key={id}
        x={`${100 * x[at]}%`}
        y={`${100 * (1 - y[at])}%`}
        dy="0.35em"
        textAnchor="middle"
        fontSize="12"
        fontWeight="700"
        fill={`var(${line.color})`}
        stroke="var(--surface)"
        strokeWidth="4"
        paintOrder="stroke"
      >
        {letterOf(rows, id)}
      </text>
    );
  });
  const apart = picked.length - shared.length;
  const { along, says, number } = KINDS.find(({ id }) => id === kind)!;
  const value = (row: Row) => {
    const m = rowNumbers(row, scores[row.id])?.metrics;
    return m && fixed({ images: m.imageAuc, pixels: m.pixelAuroc, precision: m.pixelAveragePrecision, dice: m.bestDice }[kind], 3);
  };
  const named = (row: Row) => `${titleOf(row)}${sideOf(row) === 'dark' ? ', low scores' : ''}`;
  return (
    <section className="sec">
      <fieldset className="seg s" aria-label="Curve">
        {KINDS.map(({ id, label }) => (
          <button key={id} type="button" aria-pressed={kind === id} onClick={() => setKind(id)}>
            {label}
          </button>
        ))}
      </fieldset>
      <Chart
        traces={traces}
        x={kind === 'dice' ? CUTS : AXIS}
        y={AXIS}
        height={176}
        summary={`${says} of ${shared.map((row) => `${named(row)} ${value(row)}`).join(', ')}`}
        testId="compare-curves"
      >
        {letters}
      </Chart>
      <p className="small axisname">
        <Term label={along[0]} about={along[1]} />
      </p>
      <p className="small row of">
        <Term label={number.title} about={number} />
        {first?.scores && `of ${plural(first.scores.total, 'slice')}`}
        {kind === 'dice' && <span className="tag w">uses labels</span>}
      </p>
      <ul className="keys">
        {shared.map((row) => (
          <li key={row.id} className="k">
            <LineKey id={row.id} />
            {letterOf(rows, row.id)}
            <RunName row={row} />
            {sideOf(row) === 'dark' && <span className="tag">low scores</span>}
            {value(row)}
            {kind === 'dice' && <MaskTag problem={rowNumbers(row, scores[row.id])?.dice?.problem} />}
          </li>
        ))}
      </ul>
      {apart > 0 && (
        <p className="small" style={{ marginTop: 8 }}>
          {plural(apart, 'chosen run')} scored other slices: their curves are left out, since they cannot be compared.
        </p>
      )}
    </section>
  );
}

const cached = new WeakMap<Scores, Partial<Record<Kind, { x: number[]; y: number[] } | null>>>();

/** The curve of a run whose high or low scores are anomalous; of Dice, over the axis of the scores as they are. */
function pointsOf(asScored: Scores, side: Side, kind: Kind) {
  const scores = scoresOn(asScored, side);
  const dark = scores !== asScored;
  const known = cached.get(scores) ?? {};
  cached.set(scores, known);
  if (known[kind] !== undefined) return known[kind];
  if (kind === 'images') known.images = imageRoc(scores.slices.map(({ label, score }) => ({ label, score: dark ? -score : score })));
  else {
    const all = scores.mapless ? null : curves(scores.tables);
    known.pixels = all && thinned(all.falseAlarmRate, all.sensitivity);
    known.precision = all && thinned(all.sensitivity, all.precision);
    known.dice =
      all &&
      thinned(
        all.dice.map((_, level) => (dark ? mirrored(level) : level) / (LEVELS - 1)),
        all.dice,
      );
  }
  return known[kind];
}

/** Steps that cannot be seen are left out. */
function thinned(xs: Float32Array, ys: Float32Array): { x: number[]; y: number[] } {
  const x: number[] = [];
  const y: number[] = [];
  for (let i = xs.length - 1; i >= 0; i--) {
    if (Number.isNaN(xs[i]) || Number.isNaN(ys[i])) continue;
    const last = x.length - 1;
    if (last >= 0 && i > 0 && Math.abs(xs[i] - x[last]) < 0.002 && Math.abs(ys[i] - y[last]) < 0.002) continue;
    x.push(xs[i]);
    y.push(ys[i]);
  }
  return { x, y };
}
