import { warnings } from '../../core/watch';
import { runOf } from '../../store/actions';
import { useLab } from '../../store/store';
import { plain } from '../format';
import { useSampled } from './learning';

/** What a loss says is wrong with a run, with what to try. */
export function Watch() {
  const run = useLab(runOf);
  const losses = useLab((s) => s.lab.engine?.models.find((m) => m.id === s.lab.run?.model)?.losses);
  const points = useSampled(0);
  const found = run && losses ? warnings(losses, points) : [];
  if (found.length === 0) return null;
  return (
    <section className="sec" data-testid="watch">
      <div className="h">
        <h2>Watch out</h2>
      </div>
      {found.map(({ name, mean, says, remedy }) => (
        <p key={name} className="small">
          <b>{says}</b> {remedy} ({losses![name].label}: {plain(mean)})
        </p>
      ))}
    </section>
  );
}
