import { useLab } from '../../store/store';
import { Plate } from '../Plate';

/** One slice before and after the recipe; of the phantom, which has none, one slice as it is. */
export function BeforeAfter({ at, onMove }: { at: number; onMove: (at: number) => void }) {
  const data = useLab((s) => s.lab.data);
  const preview = useLab((s) => (s.lab.data?.set === 'mine' ? s.lab.recipePreview : null));
  if (preview) {
    const { before, after, size, edges, name, index, of, problem } = preview;
    const place = of > 1 ? `${name}, slice ${index + 1} of ${of}` : name;
    return (
      <section className="sec recipeview" data-testid="before-after">
        <div className="h">
          <h2>Before and after</h2>
          <small className="ell" title={place}>
            {place}
          </small>
        </div>
        <div className="two" style={{ gap: 8 }}>
          <figure>
            <Plate pixels={before} height={size} width={size} edges={edges} alt={`${place}, before the recipe`} />
            <figcaption className="small">Before · [0, 1]</figcaption>
          </figure>
          <figure>
            <Plate pixels={after} height={size} width={size} edges={edges} alt={`${place}, after the recipe`} />
            <figcaption className="small">After · {size}²</figcaption>
          </figure>
        </div>
        {of > 1 && (
          <input
            type="range"
            min={0}
            max={of - 1}
            value={Math.round(at * (of - 1))}
            aria-label="Slice to look at"
            aria-valuetext={`slice ${index + 1} of ${of}`}
            onChange={(event) => onMove(event.target.valueAsNumber / (of - 1))}
          />
        )}
        <Curves series={[before, after]} />
        {problem && (
          <p className="note w" role="status" style={{ marginTop: 8 }}>
            {problem}
          </p>
        )}
      </section>
    );
  }
  const thumb = data?.roles.reference.thumbs[0] ?? data?.roles.test.thumbs[0];
  if (!thumb) return null;
  return (
    <section className="sec recipeview">
      <div className="h">
        <h2>One slice, as the methods see it</h2>
        <small className="ell">{thumb.name}</small>
      </div>
      <div className="two">
        <Plate pixels={thumb.pixels} height={thumb.height} width={thumb.width} edges={thumb.edges} alt={`Slice ${thumb.name}`} />
      </div>
      <Curves series={[thumb.pixels]} />
    </section>
  );
}

const BINS = 64;

/** Histogram of each picture above 0 on a fixed 0–1 axis; with two, the first is dashed. */
function Curves({ series }: { series: readonly Uint8Array[] }) {
  const curves = series.map((pixels) => {
    const bins = new Float64Array(BINS);
    for (const v of pixels) if (v > 0) bins[Math.floor((v / 256) * BINS)]++;
    const top = Math.max(1, ...bins);
    return Array.from(bins, (n, i) => `${i === 0 ? 'M' : 'L'}${((i + 0.5) / BINS) * 288} ${40 - 36 * (n / top)}`).join('');
  });
  const words = series.length > 1 ? 'before (dashed) and after' : 'in this slice';
  return (
    <svg className="ch" viewBox="0 0 288 56" role="img" aria-label={`How often each intensity occurs ${words}, 0 left out`}>
      <path className="ax" d="M0 40H288" />
      {curves.map((path, i) => {
        const first = curves.length > 1 && i === 0;
        return (
          <path
            key={first ? 'before' : 'after'}
            className="ln"
            stroke={`var(--${first ? 's5' : 's1'})`}
            strokeDasharray={first ? '4 3' : undefined}
            d={path}
          />
        );
      })}
      <text x="0" y="54">
        0
      </text>
      <text x="144" y="54" textAnchor="middle">
        intensity
      </text>
      <text x="288" y="54" textAnchor="end">
        1
      </text>
    </svg>
  );
}
