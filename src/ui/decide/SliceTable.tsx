import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { flagsOf } from '../../core/decision';
import type { Evaluation } from '../../core/protocol';
import { selectSlice } from '../../store/decide';
import { type Decided, shownOf } from '../../store/derived';
import { useLab } from '../../store/store';
import { count, digitsBetween, fixed, plain, significant } from '../format';
import { GREY, paintBytes } from '../paint';
import { areaOf, areaUnit, csv, csvName, matches, type Outcome, type Sort, type SortKey, scoresCsv, sorted } from './sliceRows';
import { useDragging, useNumbers } from './use';
import { sliceWords } from './words';

const ROW = 34;
const ROWS_SHOWN = 8;

export function SliceTable({ evaluation }: { evaluation: Evaluation }) {
  const { mapless } = evaluation;
  const labelled = evaluation.tables.anomalous.length > 0 && !mapless;
  const [sort, setSort] = useState<Sort>(labelled ? { key: 'dice', down: false } : { key: 'score', down: true });
  const [text, setText] = useState('');
  const [outcome, setOutcome] = useState<Outcome>('all');
  const numbers = useNumbers(evaluation);
  const dragging = useDragging();
  const kept = useRef<readonly number[] | null>(null);
  const order = useMemo(() => {
    // Rows keep their places during a drag and are sorted again when it is over.
    if (!dragging || kept.current === null)
      kept.current = sorted(evaluation, numbers, sort).filter((i) => matches(evaluation, numbers, i, text, outcome));
    return kept.current;
  }, [dragging, evaluation, numbers, sort, text, outcome]);
  const by = (key: SortKey) => setSort((old) => ({ key, down: old.key === key ? !old.down : key !== 'dice' && key !== 'slice' }));
  const head = (key: SortKey, label: string, numeric = true) => (
    <th scope="col" className={numeric ? 'n' : undefined} aria-sort={sort.key !== key ? undefined : sort.down ? 'descending' : 'ascending'}>
      <button type="button" onClick={() => by(key)}>
        {label}
        <span aria-hidden="true">{sort.key === key ? (sort.down ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
  return (
    <section className="sec">
      <div className="h">
        <h2>
          {sort.key === 'dice' && !sort.down
            ? 'Slices, worst first'
            : sort.key === 'score' && sort.down
              ? 'Slices, highest score first'
              : 'Slices'}
        </h2>
        <button className="btn s q" type="button" onClick={() => saveCsv(evaluation, numbers)}>
          Save CSV
        </button>
      </div>
      <div className="row filter">
        <input
          className="fld grow"
          type="search"
          placeholder="Patient or slice"
          aria-label="Filter by patient or slice"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {labelled && (
          <select
            className="fld"
            aria-label="Filter by outcome"
            data-testid="outcome"
            value={outcome}
            onChange={(event) => setOutcome(event.target.value as Outcome)}
          >
            <option value="all">all outcomes</option>
            <option value="missed">missed: no lesion pixel found</option>
            <option value="falseAlarm">false alarm: flagged, no lesion</option>
          </select>
        )}
        <span className="small nw" data-testid="rows-shown">
          {count(order.length)} of {count(evaluation.slices.length)}
        </span>
      </div>
      <Rows evaluation={evaluation} order={order} numbers={numbers} labelled={labelled}>
        <tr>
          <th scope="col">
            <span className="sr">Picture</span>
          </th>
          {head('slice', 'Patient · slice', false)}
          {labelled && head('dice', 'Dice')}
          {head('score', 'Score')}
          {!mapless && head('area', `Area, ${areaUnit(evaluation)}`)}
        </tr>
      </Rows>
    </section>
  );
}

type RowsProps = { evaluation: Evaluation; order: readonly number[]; numbers: Decided; labelled: boolean; children: React.ReactNode };

/** Only the rows in sight exist, so that thousands of slices cost as much as ten. */
function Rows({ evaluation, order, numbers: cut, labelled, children }: RowsProps) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const selected = useLab((s) => s.slice);
  const digits = useMemo(() => {
    const known = evaluation.slices.map(({ score }) => score).filter((score) => !Number.isNaN(score));
    return digitsBetween(Math.min(...known), Math.max(...known));
  }, [evaluation]);
  const unit = useMemo(() => areaUnit(evaluation), [evaluation]);
  const from = Math.max(0, Math.floor(top / ROW) - 2);
  const rows = order.slice(from, from + ROWS_SHOWN + 5);
  const move = (event: KeyboardEvent) => {
    if (event.key === 'Enter') document.querySelector<HTMLElement>('.plate.big')?.focus();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || order.length === 0) return;
    event.preventDefault();
    const next = Math.min(order.length - 1, Math.max(0, order.indexOf(selected) + step));
    selectSlice(order[next]);
    const y = next * ROW;
    const element = box.current!;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y > element.scrollTop + (ROWS_SHOWN - 2) * ROW) element.scrollTop = y - (ROWS_SHOWN - 2) * ROW;
  };
  return (
    <section
      ref={box}
      className="tablebox"
      style={{ maxHeight: ROWS_SHOWN * ROW }}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label="Slices"
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={move}
    >
      <table className="worst" aria-rowcount={order.length + 1}>
        <thead>{children}</thead>
        <tbody>
          {from > 0 && <tr style={{ height: from * ROW }} />}
          {rows.map((i, k) => (
            <tr key={i} aria-rowindex={from + k + 2} aria-selected={i === selected} onClick={() => selectSlice(i)}>
              <td>
                <Thumb evaluation={evaluation} slice={i} />
              </td>
              <td className="ell">{sliceWords(evaluation, i)}</td>
              {labelled && (
                <td className="n">
                  {Number.isNaN(cut.sliceDice[i]) ? (
                    <span className="dim">no lesion</span>
                  ) : (
                    <>
                      <span className="bars" aria-hidden="true">
                        <i style={{ width: `${100 * cut.sliceDice[i]}%` }} />
                      </span>
                      {fixed(cut.sliceDice[i], 2)}
                    </>
                  )}
                </td>
              )}
              <td className="n">{significant(evaluation.slices[i].score, digits)}</td>
              {!evaluation.mapless && <td className="n">{(unit === 'px' ? count : plain)(areaOf(evaluation, cut, i, unit))}</td>}
            </tr>
          ))}
          {from + rows.length < order.length && <tr style={{ height: (order.length - from - rows.length) * ROW }} />}
        </tbody>
      </table>
    </section>
  );
}

function Thumb({ evaluation, slice }: { evaluation: Evaluation; slice: number }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const { height, width, images } = evaluation;
  useEffect(() => {
    const size = height * width;
    paintBytes(ref.current!, images.subarray(slice * size, (slice + 1) * size), height, width, GREY);
  }, [images, slice, height, width]);
  return <canvas ref={ref} className="thumb" />;
}

function saveCsv(evaluation: Evaluation, numbers: Decided): void {
  const {
    cut: { cut },
    lab,
  } = useLab.getState();
  const side = cut?.side ?? 'bright';
  const flags = flagsOf(side, numbers.level, evaluation.lo, evaluation.hi);
  const text = evaluation.mapless ? scoresCsv(evaluation) : csv(evaluation, numbers, flags);
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = csvName(lab.run?.model ?? 'run', evaluation, shownOf(numbers.level, side));
  link.click();
  URL.revokeObjectURL(url);
}
