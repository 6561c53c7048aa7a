import { hush, useRuns } from '../../store/runs';
import { Icon } from '../Icon';

/** The last thing that was kept, saved or opened, or why not; `apart` from what stands above it. */
export function Said({ apart = false }: { apart?: boolean }) {
  const said = useRuns((s) => s.said);
  return (
    <div role="status" aria-live="polite">
      {said && (
        <p
          className={said.wrong ? 'line bad' : 'line'}
          style={{ ...(apart && { marginTop: 8 }), ...(!said.wrong && { background: 'var(--ok-soft)' }) }}
          data-testid="said"
        >
          <span className="grow">{said.text}</span>
          <button className="ib s" type="button" aria-label="Hide this line" onClick={hush}>
            <Icon name="cross" />
          </button>
        </p>
      )}
    </div>
  );
}
