import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef } from 'react';
import { edgesOf } from '../../core/planes';
import type { Evaluation } from '../../core/protocol';
import { type At, type Box, GAP, placeIn, reformat, type View, voxelAt } from '../../core/reformat';
import { useLab } from '../../store/store';
import { useWidth } from '../Chart';
import { outlines } from '../contour';
import { Letters } from '../Plate';
import { CODE_SHIFT, MAGMA_LUT, paintBytes } from '../paint';
import { usePaint } from './frame';
import { greyTable, keyed, type Look, PLAIN_LOOK, WINDOW_DRAG, windowed } from './look';
import { cleared, drawMask, drawTruth } from './overlay';
import { maskIn } from './volume';

type Props = {
  evaluation: Evaluation;
  box: Box;
  view: View;
  at: At;
  /** Takes the cursor to a voxel; on the way through missing slices `onwards` says which way. */
  go: (at: At, onwards?: 1 | -1) => void;
  title: string;
  known: boolean;
  look: Look;
  setLook: (change: (look: Look) => Look) => void;
};

/** One plane of a volume through the cursor; a slice that is not there is hatched. */
export function VolumePlane({ evaluation, box, view, at, go, title, known, look, setLook }: Props) {
  const base = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const height = (width * view.height) / view.width;
  const withMap = useLab((s) => s.layers.map) && !evaluation.mapless;
  const { rows, columns } = view;
  const depth = at[view.through];
  const size = box.size ** 2;
  const plane = useMemo(() => {
    const through = { slice: 0, row: 0, column: 0, [view.through]: depth };
    return (value: (slice: number, pixel: number) => number) => reformat(box, view, through, value, new Int16Array(rows * columns));
  }, [box, view, depth, rows, columns]);
  const truth = useMemo(() => {
    const { slices, truths } = evaluation;
    return outlines(
      plane((slice, pixel) => (slices[slice].masked ? truths[slice * size + pixel] : 0)),
      rows,
      columns,
      1,
    );
  }, [evaluation, plane, size, rows, columns]);

  useEffect(() => {
    const pixels = withMap ? evaluation.maps : evaluation.images;
    const values = plane((slice, pixel) => pixels[slice * size + pixel]);
    paintBytes(base.current!, values, rows, columns, withMap ? MAGMA_LUT : greyTable(look.window), withMap ? CODE_SHIFT : 0);
  }, [evaluation, plane, size, rows, columns, withMap, look.window]);

  usePaint(
    ({ layers, cut }) => {
      const { context, scale } = cleared(overlay.current!, width, height);
      const place = { unitX: (width * scale) / columns, unitY: (height * scale) / rows, left: 0, top: 0 };
      const flagged = layers.mask ? maskIn(evaluation, cut) : null;
      if (flagged) drawMask(context, outlines(plane(flagged), rows, columns, 1), place, scale);
      if (layers.truth) drawTruth(context, truth, place, scale);
    },
    [evaluation, plane, truth, width, height, rows, columns],
  );

  const latest = useRef({ at, go });
  latest.current = { at, go };
  useEffect(() => {
    const element = frame.current!;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const { at: from, go: move } = latest.current;
      const by = event.deltaY > 0 ? 1 : -1;
      move({ ...from, [view.through]: from[view.through] + by }, by);
    };
    // React's own wheel listeners are passive and could not keep the page from scrolling.
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, [view]);

  const drag = useRef<{ x: number; y: number } | null>(null);
  const point = (event: PointerEvent<HTMLDivElement>) => {
    const from = drag.current;
    if (!from) return;
    if (event.shiftKey) {
      const [right, down] = [event.clientX - from.x, event.clientY - from.y];
      drag.current = { x: event.clientX, y: event.clientY };
      return setLook((old) => ({ ...old, window: windowed(old.window, (-255 * down) / WINDOW_DRAG, (255 * right) / WINDOW_DRAG) }));
    }
    const area = event.currentTarget.getBoundingClientRect();
    const within = (share: number, n: number) => Math.min(n - 1, Math.max(0, Math.floor(share * n)));
    const row = within((event.clientY - area.top) / area.height, rows);
    const column = within((event.clientX - area.left) / area.width, columns);
    go(voxelAt(box, view, at, row, column));
  };
  const keys = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const grey = keyed(event);
    const arrows: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const deeper = { PageUp: 1, PageDown: -1 }[event.key] as 1 | -1 | undefined;
    if (grey) setLook((old) => ({ ...old, window: windowed(old.window, ...grey) }));
    else if (event.key === '0') setLook((old) => ({ ...old, window: PLAIN_LOOK.window }));
    else if (deeper) go({ ...at, [view.through]: at[view.through] + deeper }, deeper);
    else if (arrows[event.key]) {
      const [down, right] = arrows[event.key];
      const { row, column } = placeIn(box, view, at);
      const next = voxelAt(box, view, at, row + down, column + right);
      go(next, next.slice > at.slice ? 1 : -1);
    } else return;
    event.preventDefault();
  };

  const here = placeIn(box, view, at);
  const count = view.through === 'slice' ? box.slices.length : box.size;
  const [left, top] = [((here.column + 0.5) / columns) * 100, ((here.row + 0.5) / rows) * 100];
  return (
    <div
      ref={frame}
      className="plate vol"
      data-testid={`plane-${view.plane}`}
      style={{ aspectRatio: `${view.width} / ${view.height}` }}
      role="img"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a plate takes focus, so that keys move the cursor
      tabIndex={0}
      aria-label={`${title}, ${depth + 1} of ${count}${box.slices.includes(GAP) ? ', gaps hatched' : ''}${known ? '' : ', orientation unknown'}`}
      aria-description="Arrows: cursor. Page up and down: through the volume. Shift and arrows: grey window. 0: window as it was."
      onKeyDown={keys}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, y: event.clientY };
        point(event);
      }}
      onPointerMove={point}
      onPointerUp={() => {
        drag.current = null;
      }}
    >
      <canvas ref={base} />
      <canvas ref={overlay} />
      <i className="hair v" style={{ left: `${left}%` }} aria-hidden="true" />
      <i className="hair" style={{ top: `${top}%` }} aria-hidden="true" />
      {known && <Letters edges={edgesOf(view.plane)} long />}
      <span className="cap" aria-hidden="true">
        {title} · {depth + 1} of {count}
      </span>
    </div>
  );
}
