import { useRef } from 'react';
import type { Preview } from '../../core/protocol';
import { runOf, specOf, stop } from '../../store/actions';
import { useLab } from '../../store/store';
import { useWidth } from '../Chart';
import { plain, plural } from '../format';
import { decadeLabel, linePath, stepPath } from '../histogramPath';
import { SliceStrip } from '../SliceStrip';

const HEIGHT = 196;
const LEFT = 40;
const BOTTOM = 22;
const TOP = 8;
/** The fixed sample of slices holds up to a hundred thousand pixels. */
const DECADES = 5;

/** Scores of the fixed slices while training: of their pixels, or of each as a whole where that is all the score has. */
export function LiveHistogram() {
  const preview = useLab((s) => (runOf(s) ? s.lab.preview : null));
  return preview && !preview.rows.some((row) => row.kind === 'map') ? <BySlice preview={preview} /> : <ByPixel preview={preview} />;
}

function BySlice({ preview }: { preview: Preview }) {
  const { scorer, scores, labels, lo, hi } = preview;
  return (
    <section className="sec">
      <div className="h">
        <h2>{scorer} by slice</h2>
        <small>{plural(scores.length, 'fixed slice')}; line: mean</small>
      </div>
      <p className="small" style={{ marginBottom: 8 }}>
        {scorer} gives one number a slice and no map: there are no pixels to count.
      </p>
      <SliceStrip scorer={scorer} scores={scores} labels={labels} lo={lo} hi={hi} />
    </section>
  );
}

/** How many peaks stand apart, and what the paper does then. */
function Peaks({ preview }: { preview: Preview }) {
  const rule = useLab((s) => specOf(s)?.stopRule);
  const running = useLab((s) => ['running', 'paused'].includes(runOf(s)?.phase ?? ''));
  const enough = rule !== undefined && preview.peaks.length >= rule.peaks;
  return (
    <p className="row between small">
      <span data-testid="peaks">
        {plural(preview.peaks.length, 'separated peak')} inside the body{enough && `. ${rule.about}`}
      </span>
      {enough && running && (
        <button className="btn" type="button" onClick={stop}>
          Stop here
        </button>
      )}
    </p>
  );
}

/** Log counts on a fixed axis. */
function ByPixel({ preview }: { preview: Preview | null }) {
  const ref = useRef<HTMLDivElement>(null);
  const width = useWidth(ref);
  const box = { left: LEFT, top: TOP, width: Math.max(0, width - LEFT - 8), height: HEIGHT - TOP - BOTTOM, decades: DECADES };
  // Without masks, nobody says which pixels are healthy.
  const line = preview && !preview.anomalous ? 'All pixels' : 'Healthy';
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return (
    <section className="sec">
      <div className="h">
        <h2>Histogram of {preview?.scorer ?? 'the score'}</h2>
        <span className="keys">
          <span className="k" style={{ '--c': 'var(--s1)' } as React.CSSProperties}>
            <i />
            {line}
          </span>
          {preview?.anomalous && (
            <span className="k" style={{ '--c': 'var(--fill)' } as React.CSSProperties}>
              <i className="sq" />
              Anomalous
            </span>
          )}
        </span>
      </div>
      <div ref={ref} style={{ height: HEIGHT }}>
        {width > 0 && (
          <svg
            className="ch"
            width={width}
            height={HEIGHT}
            role="img"
            aria-label={`Histogram of the score over ${preview ? plural(preview.counted, 'fixed slice') : 'a fixed sample of slices'}, log counts: ${preview && !preview.anomalous ? 'all pixels' : 'healthy and anomalous pixels'}`}
          >
            {Array.from({ length: DECADES + 1 }, (_, d) => {
              const y = box.top + box.height * (1 - d / DECADES);
              return (
                <g key={d}>
                  <path className="gr" d={`M${LEFT} ${y}H${LEFT + box.width}`} />
                  <text x={LEFT - 6} y={y + 4} textAnchor="end">
                    {decadeLabel(d)}
                  </text>
                </g>
              );
            })}
            {preview?.anomalous && <path d={stepPath(preview.anomalous, box)} fill="var(--fill)" />}
            {preview && <path className="ln" stroke="var(--s1)" d={linePath(preview.healthy, box)} />}
            {preview?.peaks.map((bin) => (
              <path
                key={bin}
                className="pk"
                d={`M${(LEFT + ((bin + 0.5) / preview.healthy.length) * box.width).toFixed(1)} ${box.top}v${box.height}`}
              />
            ))}
            <path className="ax" d={`M${LEFT} ${box.top + box.height}H${LEFT + box.width}`} />
            {ticks.map((t) => (
              <text key={t} x={LEFT + t * box.width} y={HEIGHT - 6} textAnchor={t === 1 ? 'end' : 'middle'}>
                {preview ? plain(preview.lo + t * (preview.hi - preview.lo)) : ''}
              </text>
            ))}
          </svg>
        )}
      </div>
      {preview && <Peaks preview={preview} />}
    </section>
  );
}
