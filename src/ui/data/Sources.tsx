import type { DataSet, DataState } from '../../core/protocol';
import { sliceSize } from '../../core/recipe';
import { useSet } from '../../store/data';
import { useLab } from '../../store/store';
import { plural } from '../format';
import { Icon } from '../Icon';

const TITLES: Record<DataSet, string> = { phantom: 'Built-in phantoms', mine: 'My images' };

function totals(data: DataState, set: DataSet) {
  const sources = data.sources.filter((s) => s.set === set);
  return {
    present: sources.length > 0,
    slices: sources.reduce((sum, s) => sum + s.slices, 0),
    groups: set === 'mine' ? data.patients.length : sources.reduce((sum, s) => sum + s.groups, 0),
  };
}

export function Sources() {
  const data = useLab((s) => s.lab.data);
  if (!data) return null;
  const sets = (['phantom', 'mine'] as const).filter((set) => set === data.set || totals(data, set).present);
  return (
    <section className="sec">
      <div className="h">
        <h2>Sources</h2>
        <small>{sets.length}</small>
      </div>
      <ul>
        {sets.map((set) => {
          const { slices, groups } = totals(data, set);
          const used = set === data.set;
          return (
            <li key={set} className={used ? 'src on' : 'src'}>
              <Icon name={used ? 'check' : 'eye'} />
              <span className="ell">{TITLES[set]}</span>
              {used ? (
                <span className="tag a">in use</span>
              ) : (
                <button className="btn s" type="button" onClick={() => useSet(set)} aria-label={`Use ${TITLES[set].toLowerCase()}`}>
                  Use
                </button>
              )}
              <small className="small">
                {plural(slices, 'slice')} · {set === 'phantom' ? 'drawn by the lab, licence-free' : plural(groups, 'patient')}
                {used ? ` · ${set === 'mine' ? sliceSize({ ...data.recipe, size: data.size }) : data.size}²` : ''}
              </small>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
