import { useMemo, useState } from 'react';
import { LEVELS } from '../../core/cut';
import type { Pictures } from '../../core/protocol';
import type { Scores } from '../../core/runs';
import { titleOf } from '../../store/comparing';
import { chooseSlice, type Row, recut, useRuns } from '../../store/runs';
import { placeWords } from '../decide/words';
import { plural } from '../format';
import { Icon } from '../Icon';
import { ComparePlate, type Point } from './ComparePlate';
import { agreement, type Column, columnsOf, diceWords, mapBytes, partOf } from './columns';
import { MaskTag } from './MaskTag';
import { OwnCut } from './OwnCut';
import { Pair } from './Pair';
import { Readout } from './Readout';
import { RunName } from './RunName';
import { usePlainKey } from './usePlainKey';

const RULES = [
  ['bestDice', 'best Dice'],
  ['healthy', 'healthy 1 %'],
  ['decided', 'as decided'],
] as const;
type Rule = (typeof RULES)[number][0];
const UNDECIDED = 'None of these runs was cut in Decide. Show one there first.';
const MIDDLE: Point = { x: 0.5, y: 0.5 };

/** Where the cursors are: of all plates, or of the input ('') and of each run. L links and unlinks them. */
function useCursors() {
  const [linked, setLinked] = useState(true);
  const [points, setPoints] = useState<Readonly<Record<string, Point>>>({});
  usePlainKey('l', () => setLinked(!linked));
  const cursorOf = (key: string): Point => points[linked ? '' : key] ?? points[''] ?? MIDDLE;
  const cursor = (key: string) => ({
    cursor: cursorOf(key),
    onCursor: (point: Point) => setPoints((old) => ({ ...old, [linked ? '' : key]: point })),
  });
  return { linked, setLinked, cursorOf, cursor };
}

/** One slice in every chosen run: masks, maps by healthy percentile, where they agree, and what they say under the cursor. */
export function SameSlice({ rows }: { rows: readonly Row[] }) {
  const chosen = useRuns((s) => s.chosen);
  const scores = useRuns((s) => s.scores);
  const slice = useRuns((s) => s.slice);
  const pictures = useRuns((s) => s.pictures);
  const { linked, setLinked, cursorOf, cursor } = useCursors();
  const picked = useMemo(() => chosen.flatMap((id) => rows.find((row) => row.id === id && scores[id]) ?? []), [chosen, rows, scores]);
  const first = picked[0] && scores[picked[0].id];
  const n = first ? Math.min(slice ?? largestIn(first), first.slices.length - 1) : 0;
  const columns = useMemo(() => (picked.length > 0 ? columnsOf(rows, picked, scores, n) : []), [rows, picked, scores, n]);
  if (!first) return <p className="empty">Choose runs in the table to see the same slice in each.</p>;
  const { hash, masked, edges } = first.slices[n];
  const { height, width } = first;
  const picture = pictureOf(pictures, hash, height, width);
  const truth = masked ? (picture?.truth ?? partOf(first.truths, n, height * width)) : null;
  const words = placeWords(first.slices[n]);
  const plate = { height, width, edges, truth };
  const mapped = columns.filter(({ mask }) => mask);
  const agreed = agreement(mapped, height * width);
  // One run agrees with itself: its plates stand in one line.
  const alone = columns.length === 1;
  const missing = picked.length - columns.length;
  return (
    <section className="sec">
      <div className="row between compareslice">
        <h2>
          Same slice, every run <span className="small">each at its own cut:</span>
        </h2>
        <RuleButtons columns={columns} />
        {columns.some(({ cut }) => cut.by === 'bestDice') && <span className="tag w">uses labels</span>}
        <button className="btn s" type="button" aria-pressed={linked} onClick={() => setLinked(!linked)}>
          Link cursors
        </button>
        <span className="grow" />
        <button className="ib s" type="button" aria-label="Previous slice" onClick={() => chooseSlice(n - 1)}>
          <Icon name="left" />
        </button>
        <b data-testid="compare-slice">{words}</b>
        <button
          className="ib s"
          type="button"
          aria-label="Next slice"
          onClick={() => chooseSlice(Math.min(n + 1, first.slices.length - 1))}
        >
          <Icon name="right" />
        </button>
      </div>
      {missing > 0 && <p className="small">{plural(missing, 'chosen run')} did not score this slice.</p>}
      {!picture && (
        <p className="note w" style={{ margin: '8px 0' }}>
          The image of this slice is not loaded at {width} × {height} pixels: maps and masks are shown without it. Load the same files on
          Data to see it.
        </p>
      )}
      <div className="samegrid">
        <div className="plates" style={{ '--columns': alone ? 3 : columns.length + 1, '--lines': alone ? 1 : 2 } as React.CSSProperties}>
          <figure>
            <figcaption>Input</figcaption>
            <ComparePlate {...plate} {...cursor('')} image={picture?.image ?? null} alt={`Input, ${words}`} />
          </figure>
          {columns.map(({ row, letter, cut, mask, line, problem }) => (
            <figure key={row.id}>
              <figcaption className="row between">
                <span className="row whose">
                  {letter} <RunName row={row} />
                </span>
                <span className="dim nw">
                  {diceWords(mask, truth)} <MaskTag problem={diceWords(mask, truth) && problem} />
                </span>
              </figcaption>
              <ComparePlate
                {...plate}
                {...cursor(row.id)}
                image={picture?.image ?? null}
                line={line}
                alt={`${letter}, ${titleOf(row)}: mask, ${words}`}
              />
              {!cut.scores.mapless && <OwnCut row={row} letter={letter} cut={cut} dice={diceWords(mask, truth)} />}
            </figure>
          ))}
          {!alone && (
            <figure>
              <ComparePlate
                {...plate}
                {...cursor('')}
                image={picture?.image ?? null}
                share={agreed}
                alt={`Share of ${mapped.length} runs that flag each pixel`}
                caption={`agreement, 0–${plural(mapped.length, 'run')}`}
              />
            </figure>
          )}
          {columns.map(({ row, letter, cut, at }) => (
            <figure key={row.id}>
              {alone && <figcaption>Score map</figcaption>}
              <ComparePlate
                {...plate}
                {...cursor(row.id)}
                truth={null}
                image={mapBytes(cut, at)}
                map
                alt={`${letter}, ${titleOf(row)}: score map, ${words}`}
                caption={cut.scores.mapless ? 'no map: one number a slice' : cut.scores.maps ? undefined : 'kept without its maps'}
              />
            </figure>
          ))}
        </div>
        <div className="beside">
          <Readout columns={columns} cursorOf={cursorOf} linked={linked} height={height} width={width} truth={truth} />
          <Pair columns={columns} plate={{ ...plate, ...cursor(''), image: picture?.image ?? null }} words={words} />
        </div>
      </div>
    </section>
  );
}

/** Puts every run in view under one rule; its side and its clean-up stay. */
function RuleButtons({ columns }: { columns: readonly Column[] }) {
  const undecided = columns.every(({ row }) => !row.decided);
  const choose = (by: Rule) => {
    for (const { row, cut } of columns) recut(row.id, { cut: { by, side: cut.side, level: cut.level ?? 0, cleanUp: cut.cleanUp } });
  };
  return (
    <fieldset className="seg s" aria-label="Rule of the cuts">
      {RULES.map(([id, label]) => {
        const problem = id === 'decided' && undecided ? UNDECIDED : undefined;
        return (
          <button
            key={id}
            type="button"
            aria-pressed={columns.every(({ cut }) => cut.by === id)}
            aria-disabled={problem !== undefined}
            title={problem}
            onClick={() => !problem && choose(id)}
          >
            {label}
          </button>
        );
      })}
    </fieldset>
  );
}

/** The slice with the largest anomaly; the first where none is known. */
function largestIn({ tables: { anomalous, hits } }: Scores): number {
  let best = 0;
  for (let row = 1; row < anomalous.length; row++) if (hits[row * LEVELS] > hits[best * LEVELS]) best = row;
  return anomalous[best] ?? 0;
}

function pictureOf(pictures: Pictures | null, hash: string, height: number, width: number) {
  if (!pictures || !hash || pictures.height !== height || pictures.width !== width) return null;
  const i = pictures.hashes.indexOf(hash);
  if (i < 0) return null;
  const size = height * width;
  return { image: pictures.images.subarray(i * size, (i + 1) * size), truth: pictures.truths.subarray(i * size, (i + 1) * size) };
}
