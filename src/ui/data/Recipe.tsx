import { goTo } from '../../store/actions';
import { useLab } from '../../store/store';
import { Plate } from '../Plate';

/** What happens to a slice on its way to a network, as facts: nothing here can be switched yet. */
export function Recipe() {
  const data = useLab((s) => s.lab.data);
  if (!data) return null;
  const thumb = data.roles.reference.thumbs[0] ?? data.roles.test.thumbs[0];
  const steps: readonly (readonly [string, string])[] = [
    ['Axial slices', 'In the scan’s own orientation, the patient’s right on the left'],
    ['Intensity to [0, 1]', 'One scale for the whole volume, not per slice'],
    ['Empty slices dropped', 'Too little above 0 to learn from'],
    ['Size', `Each slice to ${data.size} × ${data.size} pixels`],
    ['Masks', 'Paired by name or folder; used for scores, never for training'],
  ];
  const blocked = data.problems[0];
  return (
    <>
      {thumb && (
        <section className="sec recipeview">
          <div className="h">
            <h2>One slice, as the methods see it</h2>
            <small className="ell">{thumb.name}</small>
          </div>
          <div className="two">
            <Plate pixels={thumb.pixels} height={thumb.height} width={thumb.width} edges={thumb.edges} alt={`Slice ${thumb.name}`} />
            <IntensityCurve pixels={thumb.pixels} />
          </div>
        </section>
      )}
      <section className="sec">
        <div className="h">
          <h2>What a slice goes through</h2>
          <small>every role alike</small>
        </div>
        <ol className="recipe">
          {steps.map(([title, text], i) => (
            <li key={title}>
              <span className="no">{i + 1}</span>
              <span>
                {title}
                <small>{text}</small>
              </span>
            </li>
          ))}
        </ol>
      </section>
      <section className="sec">
        <button
          className="btn pri full"
          type="button"
          aria-disabled={blocked !== undefined}
          aria-describedby="continue-why"
          onClick={() => !blocked && goTo('train')}
        >
          Continue to Train
        </button>
        <p id="continue-why" className="small" style={{ textAlign: 'center', marginTop: 8 }}>
          {blocked ?? 'Roles complete: a run can start.'}
        </p>
      </section>
    </>
  );
}

const BINS = 64;

/** Histogram of one slice above 0, on a fixed 0–1 axis. */
function IntensityCurve({ pixels }: { pixels: Uint8Array }) {
  const bins = new Float64Array(BINS);
  for (const v of pixels) if (v > 0) bins[Math.floor((v / 256) * BINS)]++;
  const top = Math.max(1, ...bins);
  const path = Array.from(bins, (n, i) => `${i === 0 ? 'M' : 'L'}${((i + 0.5) / BINS) * 120} ${100 - 92 * (n / top)}`).join('');
  return (
    <svg className="ch" viewBox="0 0 120 120" role="img" aria-label="How often each intensity occurs in this slice, 0 left out">
      <path className="ax" d="M0 100H120" />
      <path className="ln" stroke="var(--s1)" d={path} />
      <text x="0" y="114">
        0
      </text>
      <text x="60" y="114" textAnchor="middle">
        intensity
      </text>
      <text x="120" y="114" textAnchor="end">
        1
      </text>
    </svg>
  );
}
