import { ROLE_TITLES, ROLES, type Role } from '../../core/types';
import { assign } from '../../store/data';
import { useLab } from '../../store/store';
import { count, plural } from '../format';

/** Every source of the set in use, why it has its role, and a menu that moves it: what dragging does, by keyboard. */
export function Moves() {
  const data = useLab((s) => s.lab.data);
  if (!data) return null;
  const sources = data.sources.filter((s) => s.set === data.set);
  if (sources.length === 0) return null;
  return (
    <section className="sec">
      <div className="h">
        <h2>What each source is used for</h2>
      </div>
      <ul className="moves">
        {sources.map((source) => (
          <li key={source.id}>
            <span className="ell">
              <b>{source.name}</b> <span className="dim">{source.reason}</span>
            </span>
            <span className="small">
              {plural(source.slices, 'slice')} · {plural(source.groups, 'patient')}
              {source.masked > 0 && ` · ${count(source.masked)} masked`}
            </span>
            <select
              className="fld"
              aria-label={`Move ${source.name} to`}
              value={source.role ?? 'none'}
              onChange={(event) => assign(source.id, event.target.value === 'none' ? null : (event.target.value as Role))}
            >
              {ROLES.map((role) => (
                <option key={role} value={role}>
                  {ROLE_TITLES[role]}
                </option>
              ))}
              <option value="none">Leave out</option>
            </select>
            {source.notes.length > 0 && <p className="small">{source.notes.join(' ')}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
