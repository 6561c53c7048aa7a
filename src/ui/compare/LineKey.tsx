import { useRuns } from '../../store/runs';
import { lineAt } from './lines';

/** A sample of a run's line; its room alone where the run is not chosen, and so is not drawn. */
export function LineKey({ id }: { id: string }) {
  const place = useRuns((s) => s.chosen.indexOf(id));
  const { color, dash } = lineAt(Math.max(0, place));
  const array = dash === 'solid' ? undefined : dash.replaceAll('px', '').replaceAll(',', ' ');
  return (
    <svg className="linekey" width="24" height="4" aria-hidden="true">
      {place >= 0 && <path d="M0 2H24" stroke={`var(${color})`} strokeWidth="2" strokeDasharray={array} />}
    </svg>
  );
}
