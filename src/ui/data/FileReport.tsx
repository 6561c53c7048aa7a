import { useState } from 'react';
import type { FileRow } from '../../core/protocol';
import { chooseArray } from '../../store/data';
import { useLab } from '../../store/store';
import { count } from '../format';
import { Icon } from '../Icon';

const LOOK = {
  rejected: { icon: 'cross', tag: 'tag b' },
  changed: { icon: 'warn', tag: 'tag w' },
  read: { icon: 'check', tag: 'tag o' },
} as const;
const ORDER: readonly FileRow['status'][] = ['rejected', 'changed', 'read'];
/** Rows on screen at first: what went wrong comes first, so the rest can wait for a click. */
const FIRST = 60;

export function FileReport() {
  const files = useLab((s) => s.lab.data?.files);
  const [all, setAll] = useState(false);
  if (!files || files.length === 0) return null;
  const of = (status: FileRow['status']) => files.filter((f) => f.status === status);
  const rows = ORDER.flatMap(of);
  const words = [`${count(of('read').length + of('changed').length)} read`, `${count(of('rejected').length)} rejected`];
  return (
    <section className="sec" data-testid="file-report">
      <div className="h">
        <h2>File report</h2>
        <small>{words.join(' · ')}</small>
      </div>
      <ul className="rep">
        {(all ? rows : rows.slice(0, FIRST)).map((row) => (
          <li key={`${row.path} ${row.note}`} data-status={row.status}>
            <Icon name={LOOK[row.status].icon} />
            <span className="row between">
              <span className="mono ell" title={row.path}>
                {row.path}
              </span>
              <span className={LOOK[row.status].tag}>{row.status}</span>
            </span>
            {row.note && <p>{row.note}</p>}
            {row.arrays && <ArrayPicker path={row.path} {...row.arrays} />}
          </li>
        ))}
      </ul>
      {!all && rows.length > FIRST && (
        <button className="btn s q" type="button" onClick={() => setAll(true)}>
          Show the other {count(rows.length - FIRST)}
        </button>
      )}
    </section>
  );
}

/** Which array of an NPZ holds the images; another choice reads it again. */
function ArrayPicker({ path, choices, chosen }: { path: string } & NonNullable<FileRow['arrays']>) {
  return (
    <label className="row arraypick">
      <span className="small">Array</span>
      <select
        className="fld"
        aria-label={`Array of ${path}`}
        value={chosen ?? ''}
        onChange={(event) => chooseArray(path, event.target.value || null)}
      >
        <option value="">By its name</option>
        {choices.map(({ key, shape }) => (
          <option key={key} value={key}>
            {key} · {shape.join(' × ')}
          </option>
        ))}
      </select>
    </label>
  );
}
