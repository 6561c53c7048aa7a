import { useRef } from 'react';
import { useWidth } from './Chart';
import { digitsBetween, plain, plural, significant } from './format';

type Props = {
  scorer: string;
  /** One number a slice; NaN where there is none. */
  scores: ArrayLike<number>;
  labels: readonly (0 | 1 | null)[];
  lo: number;
  hi: number;
  /** The slice in view, ringed. */
  current?: number;
};

const LEFT = 78;
const RIGHT = 14;
const LANE = 46;
const TOP = 6;
const BOTTOM = 22;
const LANES = [
  { label: 0, title: 'Normal', colour: 'var(--s1)' },
  { label: 1, title: 'Anomalous', colour: 'var(--s3)' },
  { label: null, title: 'Unlabelled', colour: 'var(--s5)' },
] as const;
/** Steps of the golden ratio spread the dots of a lane without two in a row alike. */
const GOLDEN = 0.618;

/** Scores that are one number a slice: a dot each, in a lane for each label. */
export function SliceStrip({ scorer, scores, labels, lo, hi, current }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const width = useWidth(ref);
  const lanes = LANES.map((lane) => ({
    ...lane,
    of: labels.flatMap((label, i) => (label === lane.label && !Number.isNaN(scores[i]) ? [i] : [])),
  })).filter(({ of }) => of.length > 0);
  const height = TOP + lanes.length * LANE + BOTTOM;
  const plot = Math.max(0, width - LEFT - RIGHT);
  const x = (score: number) => LEFT + plot * Math.min(1, Math.max(0, (score - lo) / (hi - lo || 1)));
  const mean = (of: readonly number[]) => of.reduce((sum, i) => sum + scores[i], 0) / of.length;
  const words = lanes.map(({ title, of }) => `${title}: ${plural(of.length, 'slice')}, mean ${plain(mean(of))}`).join('; ');
  return (
    <div ref={ref} style={{ height }} data-testid="slice-strip">
      {width > 0 && (
        <svg className="ch" width={width} height={height} role="img" aria-label={`${scorer} of each slice. ${words}`}>
          {lanes.map(({ title, colour, of }, lane) => {
            const top = TOP + lane * LANE;
            return (
              <g key={title}>
                <path className="gr" d={`M${LEFT} ${top + LANE}H${LEFT + plot}`} />
                <text x={LEFT - 8} y={top + LANE / 2} textAnchor="end">
                  {title}
                </text>
                <text x={LEFT - 8} y={top + LANE / 2 + 13} textAnchor="end">
                  n {of.length}
                </text>
                {of.map((i, k) => (
                  <circle
                    key={i}
                    cx={x(scores[i])}
                    cy={top + 6 + (LANE - 12) * ((k * GOLDEN) % 1)}
                    r={i === current ? 5.5 : 3}
                    fill={colour}
                    fillOpacity={i === current ? 1 : 0.45}
                    stroke={i === current ? 'var(--ink)' : 'none'}
                    strokeWidth="2"
                  />
                ))}
                <path d={`M${x(mean(of))} ${top + 3}V${top + LANE - 3}`} stroke="var(--ink2)" strokeWidth="1.5" />
              </g>
            );
          })}
          {[0, 0.5, 1].map((t) => (
            <text key={t} x={LEFT + t * plot} y={height - 6} textAnchor={t === 1 ? 'end' : t === 0 ? 'start' : 'middle'}>
              {significant(lo + t * (hi - lo), digitsBetween(lo, hi))}
            </text>
          ))}
        </svg>
      )}
    </div>
  );
}
