import { useState } from 'react';
import { titleOf } from '../../store/comparing';
import { NO_TWIN, Twin, useSeam } from '../decide/Twin';
import { ComparePlate, type Point } from './ComparePlate';
import { type Column, mapBytes } from './columns';
import { usePlainKey } from './usePlainKey';

type Plate = { height: number; width: number; edges: Column['cut']['scores']['slices'][number]['edges']; image: Uint8Array | null; truth: Uint8Array | null; cursor: Point; onCursor(point: Point): void }; // biome-ignore format: one line
const SHOWN = [
  ['mask', 'masks'],
  ['map', 'maps'],
] as const;

/** Two runs on one plate: the second is swiped over the first, or blinks with it. B starts and stops the blinking. */
export function Pair({ columns, plate, words }: { columns: readonly Column[]; plate: Plate; words: string }) {
  const [base, setBase] = useState('');
  const [what, setWhat] = useState<'mask' | 'map'>('mask');
  const [twin, setTwin] = useState(NO_TWIN);
  const first = columns.find(({ row }) => row.id === base) ?? columns[0];
  const others = columns.filter((column) => column !== first);
  const second = others.find(({ row }) => row.id === twin.layer);
  const seam = useSeam({ ...twin, layer: second ? twin.layer : '' });
  const next = others[0]?.row.id;
  usePlainKey('b', () => {
    const blinking = second && twin.way === 'blink';
    if (next) setTwin({ ...twin, layer: blinking ? '' : (second?.row.id ?? next), way: 'blink' });
  });
  if (!first || others.length === 0) return null;
  const seen = (column: Column) =>
    what === 'mask'
      ? { image: plate.image, line: column.line, truth: plate.truth, alt: `${column.letter}: mask over another, ${words}` }
      : { image: mapBytes(column.cut, column.at), map: true, truth: null, alt: `${column.letter}: map over another, ${words}` };
  const title = ({ letter, row }: Column) => `${letter} ${titleOf(row)}`;
  return (
    <div className="pair" data-testid="pair">
      <div className="row between">
        <h3 className="h2">Two runs, one plate</h3>
        <fieldset className="seg s" aria-label="What is shown of the two">
          {SHOWN.map(([id, label]) => (
            <button key={id} type="button" aria-pressed={what === id} onClick={() => setWhat(id)}>
              {label}
            </button>
          ))}
        </fieldset>
      </div>
      <div className="row">
        <label className="row small">
          Below
          <select className="fld" value={first.row.id} onChange={({ target }) => setBase(target.value)}>
            {columns.map((column) => (
              <option key={column.row.id} value={column.row.id}>
                {title(column)}
              </option>
            ))}
          </select>
        </label>
        <Twin
          choices={Object.fromEntries(others.map((column) => [column.row.id, title(column)]))}
          twin={{ ...twin, layer: second ? twin.layer : '' }}
          setTwin={setTwin}
        />
      </div>
      <div className="stack">
        <ComparePlate {...plate} {...seen(first)} />
        {second && (
          <div className="over" style={{ clipPath: `inset(0 0 0 ${100 * seam}%)` }} hidden={seam === 1} aria-hidden={seam === 1}>
            <ComparePlate {...plate} {...seen(second)} />
          </div>
        )}
      </div>
      <p className="small" data-testid="pair-words">
        {second
          ? twin.way === 'swipe'
            ? `${first.letter} left of the seam, ${second.letter} right of it`
            : `${first.letter} and ${second.letter} by turns`
          : `${first.letter} alone`}
      </p>
    </div>
  );
}
