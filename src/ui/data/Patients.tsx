import { type KeyboardEvent, type MouseEvent, useState } from 'react';
import type { PatientInfo } from '../../core/patients';
import type { PatientRole } from '../../core/protocol';
import { ROLE_TITLES, ROLES } from '../../core/types';
import { assignPatients, canHoldOut, holdOut, settleLeak, undoMove } from '../../store/data';
import { useLab } from '../../store/store';
import { count, plural } from '../format';
import { Icon } from '../Icon';

/** Rows on screen at first. */
const FIRST = 40;

/** Whom the images are of, what says so, and the guard that keeps each of them in one role. */
export function Patients() {
  const data = useLab((s) => s.lab.data);
  if (data?.set !== 'mine' || data.patients.length === 0) return null;
  return (
    <section className="sec" data-testid="patients">
      <div className="h">
        <h2>Patients</h2>
        <small>{count(data.patients.length)} · a split is by patient</small>
      </div>
      <LeakNote />
      <PatientList patients={data.patients} />
    </section>
  );
}

function LeakNote() {
  const leak = useLab((s) => s.lab.data?.leak);
  if (leak)
    return (
      <div className="note w" role="alert" data-testid="leak">
        <Icon name="warn" />
        <span className="grow">{leak.sentence}</span>
        <button className="btn s" type="button" onClick={settleLeak}>
          Move to Test
        </button>
      </div>
    );
  return (
    <div className="note o" data-testid="leak">
      <Icon name="shield" />
      <span className="grow">No patient is in two roles.</span>
    </div>
  );
}

/** The last move, and the way back: in sight wherever in the pane it was made. */
export function LastMove() {
  const lastMove = useLab((s) => s.lastMove);
  if (!lastMove) return null;
  return (
    <p className="note lastmove" role="status" data-testid="last-move">
      <span className="grow">{lastMove.said}</span>
      <button className="btn s q" type="button" onClick={undoMove}>
        Undo
      </button>
    </p>
  );
}

/** Click, Shift and Ctrl as in a file manager; arrows, Shift with arrows, Space and Ctrl A by keyboard. */
function PatientList({ patients }: { patients: readonly PatientInfo[] }) {
  const [all, setAll] = useState(false);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState(0);
  const [anchor, setAnchor] = useState(0);
  const rows = all ? patients : patients.slice(0, FIRST);
  const at = Math.min(cursor, rows.length - 1);
  const picked = patients.filter(({ name }) => chosen.has(name)).map(({ name }) => name);

  const range = (to: number) => new Set(rows.slice(Math.min(anchor, to), Math.max(anchor, to) + 1).map(({ name }) => name));
  const toggled = (i: number) => {
    const next = new Set(chosen);
    if (!next.delete(rows[i].name)) next.add(rows[i].name);
    return next;
  };
  const choose = (i: number, how: 'one' | 'range' | 'toggle') => {
    setCursor(i);
    if (how !== 'range') setAnchor(i);
    setChosen(how === 'range' ? range(i) : how === 'toggle' ? toggled(i) : new Set([rows[i].name]));
  };
  const click = (event: MouseEvent, i: number) => choose(i, event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'toggle' : 'one');
  const keys = (event: KeyboardEvent) => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) {
      const next = Math.max(0, Math.min(rows.length - 1, to));
      if (event.shiftKey) choose(next, 'range');
      else setCursor(next);
      document.getElementById(idOf(next))?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === ' ') choose(at, event.shiftKey ? 'range' : 'toggle');
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) setChosen(new Set(rows.map(({ name }) => name)));
    else if (event.key === 'Escape') setChosen(new Set());
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div className="row between patientbar">
        <span className="small">
          {picked.length > 0
            ? `${plural(picked.length, 'patient')} chosen`
            : 'Choose patients to move them: Shift for a range, Ctrl for one more.'}
        </span>
        {canHoldOut(patients) && (
          <button className="btn s" type="button" title="Drawn at random, patient by patient; Undo takes it back." onClick={holdOut}>
            Hold out a fifth of the reference
          </button>
        )}
        <select
          className="fld"
          aria-label="Move the chosen patients to"
          value=""
          disabled={picked.length === 0}
          onChange={(event) => assignPatients(picked, roleOf(event.target.value))}
        >
          <option value="" disabled>
            Move to…
          </option>
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {ROLE_TITLES[role]}
            </option>
          ))}
          <option value="none">Leave out</option>
          <option value="source">Back to their source</option>
        </select>
      </div>
      <div
        className="patients"
        role="listbox"
        aria-multiselectable="true"
        aria-label="Patients"
        aria-activedescendant={idOf(at)}
        tabIndex={0}
        onKeyDown={keys}
      >
        {rows.map((patient, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox has the keys of its options
          // biome-ignore lint/a11y/useFocusableInteractive: the listbox has the focus, as its active descendant says
          <div
            key={patient.name}
            id={idOf(i)}
            role="option"
            aria-selected={chosen.has(patient.name)}
            className={i === at ? 'at' : undefined}
            onClick={(event) => click(event, i)}
          >
            <span className="ell" title={patient.name}>
              {patient.name}
            </span>
            <span className="dim ell">{patient.from}</span>
            <span className="small">{plural(patient.slices, 'slice')}</span>
            <span className="row">
              {patient.roles.map((role) => (
                <span key={role} className={patient.roles.length > 1 ? 'tag w' : 'tag'}>
                  <i style={{ background: `var(--role-${role})` }} />
                  {ROLE_TITLES[role]}
                </span>
              ))}
              {patient.roles.length === 0 && <span className="tag">left out</span>}
            </span>
          </div>
        ))}
      </div>
      {!all && patients.length > FIRST && (
        <button className="btn s q" type="button" onClick={() => setAll(true)}>
          Show the other {count(patients.length - FIRST)}
        </button>
      )}
    </>
  );
}

const idOf = (row: number) => `patient-${row}`;
const roleOf = (value: string): PatientRole => (value === 'none' ? null : (value as PatientRole));
