import { useRef } from 'react';
import type { Embedding, Evaluation } from '../../core/protocol';
import { useLab } from '../../store/store';
import { useWidth } from '../Chart';
import { percent, plural } from '../format';

const HEIGHT = 220;
const PAD = 10;
const KINDS = [
  { label: 0, title: 'Normal', colour: 'var(--s1)', mark: 'M-3 0A3 3 0 1 0 3 0A3 3 0 1 0-3 0Z' },
  { label: 1, title: 'Anomalous', colour: 'var(--s3)', mark: 'M0-4L3.6 2.6H-3.6Z' },
  { label: null, title: 'Unlabelled', colour: 'var(--s5)', mark: 'M-3-3H3V3H-3Z' },
] as const;

/** Test slices in the plane of a model's features of them: whether anomalous ones lie apart is for the eye to say. */
export function EmbeddingView({ evaluation }: { evaluation: Evaluation }) {
  const about = useLab((s) => s.lab.engine?.models.find((m) => m.id === s.lab.run?.model)?.embedding);
  const { embedding } = evaluation;
  if (!embedding || !about) return null;
  return (
    <section className="sec" data-testid="embedding">
      <div className="h">
        <h2>Test slices by {about}</h2>
      </div>
      {typeof embedding === 'string' ? <p className="small">{embedding}</p> : <Plane embedding={embedding} slices={evaluation.slices} />}
    </section>
  );
}

function Plane({ embedding, slices }: { embedding: Embedding; slices: Evaluation['slices'] }) {
  const ref = useRef<HTMLDivElement>(null);
  const width = useWidth(ref);
  const current = useLab((s) => s.slice);
  const { x, y, shares } = embedding;
  const [ends, heights] = [endsOf(x), endsOf(y)];
  const at = (k: number) => [place(x[k], ends, PAD, width - PAD), place(y[k], heights, HEIGHT - PAD, PAD)];
  const kinds = KINDS.map((kind) => ({
    ...kind,
    of: embedding.slices.flatMap((slice, k) => (slices[slice].label === kind.label ? [k] : [])),
  })).filter(({ of }) => of.length > 0);
  const words = kinds.map(({ title, of }) => `${title}: ${plural(of.length, 'slice')}`).join('; ');
  return (
    <>
      <div ref={ref} style={{ height: HEIGHT }}>
        {width > 0 && (
          <svg className="ch" width={width} height={HEIGHT} role="img" aria-label={`First two principal components. ${words}`}>
            <path className="gr" d={`M0 0H${width}V${HEIGHT}H0Z`} fill="none" />
            {kinds.map(({ title, colour, mark, of }) => (
              <g key={title} fill={colour} fillOpacity="0.6">
                {of.map((k) => (
                  <path
                    key={k}
                    d={mark}
                    transform={`translate(${at(k).join(' ')})`}
                    stroke={embedding.slices[k] === current ? 'var(--ink)' : 'none'}
                    strokeWidth="2"
                  />
                ))}
              </g>
            ))}
          </svg>
        )}
      </div>
      <p className="small row">
        {kinds.map(({ title, colour, mark, of }) => (
          <span key={title} className="row">
            <svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">
              <path d={mark} fill={colour} />
            </svg>
            {title}, {of.length}
          </span>
        ))}
      </p>
      <p className="small">
        First two principal components: across, {percent(shares[0], 0)} of the variance; up, {percent(shares[1], 0)}. Outlined: the slice in
        view.
      </p>
    </>
  );
}

const endsOf = (values: Float32Array): [number, number] => [Math.min(...values), Math.max(...values)];
const place = (v: number, [lo, hi]: [number, number], from: number, to: number): number =>
  hi > lo ? from + ((v - lo) / (hi - lo)) * (to - from) : (from + to) / 2;
