import { type DragEvent, useState } from 'react';
import type { Role } from '../../core/types';
import { load } from '../../store/data';
import { useLab } from '../../store/store';
import { DropZone } from './DropZone';
import { fromDrop } from './dropped';
import { FileReport } from './FileReport';
import { Lane } from './Lane';
import { Moves } from './Moves';
import { LastMove, Patients } from './Patients';
import { PhantomChoice } from './PhantomChoice';
import { Privacy } from './Privacy';
import { Recipe } from './Recipe';
import { Simulate } from './Simulate';
import { Sources } from './Sources';

export function DataPage() {
  const data = useLab((s) => s.lab.data);
  const [over, setOver] = useState<Role | 'view' | null>(null);
  const roles: readonly Role[] =
    data && data.roles.validation.slices > 0 ? ['reference', 'mixed', 'validation', 'test'] : ['reference', 'mixed', 'test'];

  const dropOn = (role: Role | null) => ({
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      event.stopPropagation();
      setOver(role ?? 'view');
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      event.stopPropagation();
      setOver(null);
      void fromDrop(event.dataTransfer).then((files) => load(role, files));
    },
  });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a drop target; the buttons in the drop zone do the same by keyboard
    <div className="work v-data" {...dropOn(null)} onDragLeave={() => setOver(null)}>
      <div className="pane">
        <section className="sec">
          <h2 className="lead">The lab is running.</h2>
          <p className="mid" style={{ margin: '2px 0 12px' }}>
            {data?.set === 'mine'
              ? 'Your images are in use. The phantom set stays where it is, one click away.'
              : 'A phantom set comes with it, so every step works at once. Add your own images when you like.'}
          </p>
          <DropZone over={over === 'view'} />
        </section>
        <Sources />
        <PhantomChoice />
        <FileReport />
        <Privacy />
      </div>
      <div className="pane">
        <section className="sec">
          <div className="h" style={{ alignItems: 'center', marginBottom: 12 }}>
            <div>
              <h2 className="lead">Sort into roles</h2>
              <p className="small">Guessed from folder names and masks. Drop files on a role, or move a source below.</p>
            </div>
          </div>
          <div className="lanes">
            {roles.map((role) => (
              <div key={role} className="lane" {...dropOn(role)}>
                <Lane role={role} over={over === role} />
              </div>
            ))}
          </div>
          <Colour />
        </section>
        <Problems />
        <Patients />
        <Moves />
        <Simulate />
        <LastMove />
      </div>
      <div className="pane right">
        <Recipe />
      </div>
    </div>
  );
}

/** Colour and grey across the roles above. */
function Colour() {
  const colour = useLab((s) => s.lab.data?.colour);
  return (
    colour && (
      <p className="note w" style={{ marginTop: 12 }} data-testid="colour">
        {colour}
      </p>
    )
  );
}

function Problems() {
  const data = useLab((s) => (s.lab.progress.load || s.lab.progress.phantom ? null : s.lab.data));
  // The leak stands at the patients, with its way out.
  const problems = data?.problems.filter((sentence) => sentence !== data.leak?.sentence) ?? [];
  if (problems.length === 0) return null;
  return (
    <section className="sec">
      <h2 style={{ marginBottom: 8 }}>Before a run can start</h2>
      <ul style={{ display: 'grid', gap: 8 }}>
        {problems.map((sentence) => (
          <li key={sentence} className="note w">
            {sentence}
          </li>
        ))}
      </ul>
    </section>
  );
}
