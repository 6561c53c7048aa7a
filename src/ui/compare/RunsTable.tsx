import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { DEFINITIONS } from '../../core/definitions';
import { letterOf, repeatedRuns, type Spread, sameData, titleOf } from '../../store/comparing';
import { repeatProblem, repeatSeeds, SEEDS, stopsAt } from '../../store/repeat';
import { load, MOST_BYTES, type Row, remove, rename, saveCapsule, select, usedBytes, useRuns } from '../../store/runs';
import { useLab } from '../../store/store';
import { besidesOf } from '../../store/takeAway';
import { Term } from '../decide/Term';
import { bytes, count, fixed } from '../format';
import { MaskTag } from './MaskTag';
import { OpenRun } from './OpenRun';
import { Repeating } from './Repeating';
import { RunDetails } from './RunDetails';
import { RunName } from './RunName';
import { RunRow } from './RunRow';
import { Said } from './Said';
import { runWords } from './words';

export function RunsTable({ rows }: { rows: readonly Row[] }) {
  const chosen = useRuns((s) => s.chosen);
  const scores = useRuns((s) => s.scores);
  const used = useRuns((s) => usedBytes(s.rows ?? []));
  const selected = useRuns((s) => s.selected);
  const current = rows.find(({ id }) => id === selected) ?? rows.findLast(({ id }) => chosen.includes(id)) ?? rows.at(-1)!;
  const base = rows.find(({ id }) => id === chosen[0]) ?? current;
  const line = useRef<HTMLTableRowElement>(null);
  const reveal = () => void line.current?.scrollIntoView({ block: 'nearest' });
  useEffect(reveal, [current.id]);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    select(rows[Math.min(rows.length - 1, Math.max(0, rows.indexOf(current) + step))].id);
  };
  return (
    <section className="sec">
      <div className="runstop">
        <Said />
        <div className="h runshead">
          <h2 className="lead">Runs</h2>
          <Tools key={current.id} row={current} letter={letterOf(rows, current.id)} onDelete={reveal} />
        </div>
      </div>
      <Repeating />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className="tablebox" tabIndex={0} aria-label="Kept runs" onKeyDown={move}>
        <table data-testid="runs">
          <thead>
            <tr>
              <th scope="col" className="tick">
                <span className="sr">Compare</span>
              </th>
              <th scope="col" className="name">
                Run
              </th>
              <th scope="col">
                Preset <span className="under">Device</span>
              </th>
              <th scope="col">Test data</th>
              <th scope="col" className="n">
                <Term label="Image AUC" about={DEFINITIONS.imageAuc} />{' '}
                <span className="under">
                  <Term label="95 % CI" about={DEFINITIONS.imageAucCi95} />
                </span>
              </th>
              <th scope="col" className="n">
                <Term label="Dice, mean ± sd" about={DEFINITIONS.diceAtBest} /> <span className="tag w">uses labels</span>
              </th>
              <th scope="col" className="n">
                Time
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <RunRow
                key={row.id}
                ref={row === current ? line : null}
                row={row}
                letter={letterOf(rows, row.id)}
                chosen={chosen.includes(row.id)}
                selected={row === current}
                other={!sameData(base, row) && row.scores !== null}
                onSelect={() => select(row.id)}
              />
            ))}
            {repeatedRuns(rows, scores).map(({ key, first, seeds, auc, dice, problem }) => (
              <tr key={key} data-testid="repeated">
                <td className="tick" />
                <td colSpan={3} title={titleOf(first)}>
                  {titleOf(first)}, {seeds.length} seeds ({seeds.join(', ')}), {count(first.record.update)} updates each: mean ± sd
                </td>
                <td className="n">{spread(auc)}</td>
                <td className="n">
                  {spread(dice)} <MaskTag problem={problem} />
                </td>
                <td />
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <RunDetails row={current} letter={letterOf(rows, current.id)} />
      <p className="small" style={{ marginTop: 8 }}>
        Kept in this browser: {bytes(used)} of {bytes(MOST_BYTES)}. Images are never kept; maps and masks are, up to 64 MB a run.
      </p>
    </section>
  );
}

const spread = (s: Spread) => (s ? `${fixed(s.mean, 3)} ± ${fixed(s.sd, 3)}` : '–');

/** What can be done with the selected run; what is asked about it is asked no more once another is selected. `onDelete`: the question opens. */
function Tools({ row, letter, onDelete }: { row: Row; letter: string; onDelete(): void }) {
  const [asking, setAsking] = useState<'rename' | 'delete' | null>(null);
  const [withMaps, setWithMaps] = useState(false);
  useLab((s) => s.lab.run?.phase); // what stands in the way of a repeat changes with it
  const busy = repeatProblem(row);
  const until = stopsAt(row.record);
  const noLoad = busy ?? (row.networkBytes > 0 ? undefined : 'It was kept without its networks.');
  if (asking === 'rename') {
    const named = (form: FormData) => {
      const name = String(form.get('name')).trim();
      if (name) rename(row.record.run, name);
      setAsking(null);
    };
    return (
      <form className="row" action={named}>
        {/* biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was pressed */}
        <input className="fld" name="name" defaultValue={row.record.name} maxLength={60} aria-label="Name of the run" autoFocus />
        <button className="btn s pri" type="submit">
          Rename
        </button>
        <button className="btn s" type="button" onClick={() => setAsking(null)}>
          Cancel
        </button>
      </form>
    );
  }
  if (asking === 'delete')
    return (
      <div className="row" role="alertdialog" aria-label="Delete the run" aria-describedby="doomed">
        <span id="doomed">
          Delete <b>{letter}</b> {titleOf(row)} ({runWords(row)}) from this browser? This cannot be undone.
        </span>
        <button
          className="btn s pri"
          type="button"
          onClick={() => {
            setAsking(null);
            void remove(row.id);
          }}
        >
          Delete {letter}
        </button>
        {/* biome-ignore lint/a11y/noAutofocus: the safe answer */}
        <button className="btn s" type="button" autoFocus onClick={() => setAsking(null)}>
          Keep it
        </button>
      </div>
    );
  return (
    <div className="row tools">
      <span className="small row">
        <b>{letter}</b> <RunName row={row} />
      </span>
      <button className="btn s" type="button" aria-disabled={busy !== undefined} title={busy} onClick={() => !busy && repeatSeeds(row)}>
        Repeat × {SEEDS} seeds{until !== undefined && `, to update ${count(until)}`}
      </button>
      <button className="btn s" type="button" aria-disabled={noLoad !== undefined} title={noLoad} onClick={() => !noLoad && load(row.id)}>
        Show in Decide
      </button>
      <button className="btn s" type="button" onClick={() => saveCapsule(row.id, (scores) => besidesOf(row, scores), withMaps)}>
        Save capsule
      </button>
      <label className="small row" title="Score maps and masks show anatomy; without them a capsule holds numbers and networks only">
        <input type="checkbox" checked={withMaps} onChange={({ target }) => setWithMaps(target.checked)} /> with maps
      </label>
      <button className="btn s" type="button" onClick={() => setAsking('rename')}>
        Rename
      </button>
      <button
        className="btn s"
        type="button"
        onClick={() => {
          setAsking('delete');
          onDelete();
        }}
      >
        Delete
      </button>
      <OpenRun small />
    </div>
  );
}
