import { runOf } from '../../store/actions';
import { isActive } from '../../store/state';
import { useLab } from '../../store/store';
import { plain } from '../format';
import { findings, gaugeInWords } from './doctor';
import { useSampled } from './learning';

/** D's updates that the gauge is a mean of. */
const RECENT = 10;

/** Beside a run of two cuts: how much of D's gradient gets through, and what is wrong, if anything is. */
export function Doctor() {
  const run = useLab(runOf);
  const preview = useLab((s) => (runOf(s) ? s.lab.preview : null));
  const points = useSampled(0);
  if (!run || !preview?.rows.some((row) => row.id === 'fenceCut')) return null;
  const recent = points.filter((point) => point.network === 'discriminator').slice(-RECENT);
  const gauge = recent.length > 0 ? recent.reduce((sum, { losses }) => sum + losses.gauge, 0) / recent.length : null;
  const found = findings(preview, gauge, !isActive(run));
  return (
    <section className="sec" data-testid="doctor">
      <div className="h">
        <h2>How the game stands</h2>
        {gauge !== null && (
          <small>
            D {gaugeInWords(gauge)} (mean 1 − D² {plain(gauge)})
          </small>
        )}
      </div>
      {found.length === 0 ? (
        <p className="small">Nothing wrong that could be counted. Look at the fence cut: does it look healthy?</p>
      ) : (
        found.map(({ id, says, remedy }) => (
          <p key={id} className="small">
            <b>{says}</b> {remedy}
          </p>
        ))
      )}
    </section>
  );
}
