import { stopRepeats } from '../../store/repeat';
import { useRuns } from '../../store/runs';
import { useLab } from '../../store/store';
import { count } from '../format';

/** Which seed of a repeated run is at work, and how far it is. */
export function Repeating() {
  const repeating = useRuns((s) => s.repeating);
  const run = useLab((s) => s.lab.run);
  const scoring = useLab((s) => s.lab.progress.score);
  if (!repeating) return null;
  const { name, seed, nth, of } = repeating;
  const training = run !== null && (run.phase === 'running' || run.phase === 'paused');
  const at = scoring
    ? `scored ${count(scoring.done)} of ${count(scoring.total)} ${scoring.unit}`
    : training
      ? `update ${count(run.update)} of ${count(run.updates)}`
      : 'being prepared';
  return (
    <p className="row small" data-testid="repeating">
      <span className="grow">
        Repeating {name}: seed {nth} of {of} ({seed}), {at}
      </span>
      <button className="btn s" type="button" onClick={stopRepeats}>
        Stop
      </button>
    </p>
  );
}
