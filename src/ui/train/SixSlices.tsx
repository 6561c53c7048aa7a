import { runOf } from '../../store/actions';
import { isReopened } from '../../store/state';
import { useLab } from '../../store/store';
import { count, plain } from '../format';
import { Plate } from '../Plate';
import { MAGMA_CSS } from '../paint';

const besides = (references: number): string => (references > 0 ? ` · last ${references}: healthy reference` : '');

/** The same slices at every look: the input, what the model makes of it, and the map or, without one, the number. */
export function SixSlices() {
  const preview = useLab((s) => (runOf(s) ? s.lab.preview : null));
  const reopened = useLab((s) => isReopened(s.lab));
  const mapped = preview?.rows.some((row) => row.kind === 'map');
  return (
    <section className="sec">
      <div className="h">
        <h2>Six fixed slices</h2>
        <small>
          {preview
            ? `update ${count(preview.update)} · one window for all${besides(preview.references)}`
            : reopened
              ? 'those of its training were not kept'
              : 'pictures come with the first updates'}
        </small>
      </div>
      {preview ? (
        <>
          <div className="six" style={{ '--n': preview.names.length } as React.CSSProperties}>
            {preview.rows.map((row, r) => {
              const size = preview.height * preview.width;
              return [
                <span key={row.id} className="lab">
                  {row.label}
                </span>,
                ...preview.names.map((name, i) => (
                  <Plate
                    key={`${row.id} ${name}`}
                    pixels={row.pixels.subarray(i * size, (i + 1) * size)}
                    truth={r === 0 && preview.truths ? preview.truths.subarray(i * size, (i + 1) * size) : null}
                    height={preview.height}
                    width={preview.width}
                    map={row.kind === 'map'}
                    edges={row.kind === 'sample' ? undefined : preview.edges[i]}
                    letters={r === 0}
                    alt={row.kind === 'sample' ? `${row.label}, ${i + 1}` : `${row.label}, ${name}`}
                  />
                )),
              ];
            })}
            {!mapped && (
              <>
                <span className="lab">{preview.scorer}</span>
                {preview.shown.map((i, k) => (
                  <b key={preview.names[k]} className="num" data-testid="slice-score">
                    {plain(preview.scores[i])}
                  </b>
                ))}
              </>
            )}
          </div>
          <div className="row small scale">
            {mapped ? (
              <>
                {preview.scorer} {plain(preview.lo)}
                <i style={{ background: MAGMA_CSS }} />
                {plain(preview.hi)}
              </>
            ) : (
              `${preview.scorer}: one number a slice, no map`
            )}
            {preview.truths && (
              <span className="k" style={{ '--c': 'var(--truth)', marginLeft: 'auto' } as React.CSSProperties}>
                <i className="dash" />
                Truth
              </span>
            )}
          </div>
        </>
      ) : (
        <div className="six" aria-hidden="true" style={{ '--n': 6 } as React.CSSProperties}>
          {Array.from({ length: 21 }, (_, i) => (i % 7 === 0 ? <span key={i} /> : <span key={i} className="hole" />))}
        </div>
      )}
    </section>
  );
}
