import { type CSSProperties, useEffect, useMemo, useState } from 'react';
import type { Evaluation } from '../../core/protocol';
import { type At, type Box, GAP, viewsOf } from '../../core/reformat';
import { selectSlice } from '../../store/decide';
import type { Look } from './look';
import { ReadOut, Scale } from './ReadOut';
import { VolumePlane } from './VolumePlane';
import { madeOf, startIn, titleOf } from './volume';

type Props = {
  evaluation: Evaluation;
  slice: number;
  box: Box;
  look: Look;
  setLook: (change: (look: Look) => Look) => void;
};

/** The volume of the slice in view in three planes with one cursor. The slice of the cursor is the one in view. */
export function VolumePlanes({ evaluation, slice, box, look, setLook }: Props) {
  const [start] = useState(() => startIn(evaluation, box, slice));
  const [cursor, setCursor] = useState({ row: start.row, column: start.column });
  const [missed, setMissed] = useState<number | null>(null);
  const at: At = { ...cursor, slice: box.slices.indexOf(slice) };
  const { edges, pixelArea } = evaluation.slices[slice];
  const views = useMemo(() => viewsOf(box), [box]);

  useEffect(() => setMissed(null), [slice]);

  const go = (to: At, onwards?: 1 | -1) => {
    const row = within(to.row, box.size);
    const column = within(to.column, box.size);
    let n = within(to.slice, box.slices.length);
    if (onwards) while (box.slices[n] === GAP && n + onwards >= 0 && n + onwards < box.slices.length) n += onwards;
    const found = box.slices[n];
    if (found === GAP) return setMissed(onwards ? null : n);
    setMissed(null);
    setCursor({ row, column });
    if (found !== slice) selectSlice(found);
  };

  const columns = views.map(({ width }) => `minmax(0, ${width}fr)`).join(' ');
  return (
    <>
      <div className="planes" style={{ '--columns': columns } as CSSProperties}>
        {views.map((view) => (
          <VolumePlane
            key={view.plane}
            evaluation={evaluation}
            box={box}
            view={view}
            at={at}
            go={go}
            title={titleOf(view, edges !== null)}
            known={edges !== null}
            look={look}
            setLook={setLook}
          />
        ))}
      </div>
      <p className="small viewread">
        {missed === null ? (
          <ReadOut evaluation={evaluation} slice={slice} look={{ ...look, cursor: { x: cursor.column, y: cursor.row } }} />
        ) : (
          <span data-testid="read-out">
            Slice {missed + 1} of {box.slices.length} was left out or not scored: the cursor stays where it was.
          </span>
        )}
      </p>
      <div className="row between small viewfoot">
        <span>
          {madeOf(box, pixelArea, edges !== null)} Click or arrows: cursor; wheel or page keys: through it; Shift and drag: grey window.
        </span>
        {!evaluation.mapless && <Scale evaluation={evaluation} />}
      </div>
    </>
  );
}

const within = (n: number, count: number) => Math.min(count - 1, Math.max(0, n));
