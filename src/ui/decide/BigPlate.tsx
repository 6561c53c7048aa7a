import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef } from 'react';
import type { Evaluation } from '../../core/protocol';
import { selectSlice } from '../../store/decide';
import { useLab } from '../../store/store';
import { useWidth } from '../Chart';
import { outlines } from '../contour';
import { Letters } from '../Plate';
import { CODE_SHIFT, MAGMA_LUT, paintBytes } from '../paint';
import { Crosshair } from './Crosshair';
import { usePaint } from './frame';
import { greyTable, keyed, type Look, PLAIN_LOOK, transformOf, WINDOW_DRAG, windowed, zoomed } from './look';
import { maskOf } from './masks';
import { cleared, drawMask, drawTruth } from './overlay';

const ZOOM_STEP = 1.25;

/** A second picture over the first: seen right of `from` (a share of the width), or not at all. */
export type Veil = { pixels: ArrayLike<number>; map: boolean; from: number };

type Props = {
  evaluation: Evaluation;
  slice: number;
  words: string;
  look: Look;
  setLook: (change: (look: Look) => Look) => void;
  veil: Veil | null;
};

/** The slice at full size with the mask as an outline and a tint, and the truth as a dashed outline. */
export function BigPlate({ evaluation, slice, words, look, setLook, veil }: Props) {
  const base = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const chosen = useLab((s) => s.layers);
  const { height: h, width: w, mapless } = evaluation;
  const layers = { ...chosen, map: chosen.map && !mapless, mask: chosen.mask && !mapless };
  const size = h * w;
  const codes = useMemo(() => evaluation.maps.subarray(slice * size, (slice + 1) * size), [evaluation, slice, size]);
  const { edges, masked } = evaluation.slices[slice];
  const { zoom, window: levels } = look;
  const truth = useMemo(
    () => (masked ? outlines(evaluation.truths.subarray(slice * size, (slice + 1) * size), h, w, 1) : []),
    [evaluation, slice, size, masked, h, w],
  );
  useEffect(() => {
    const pixels = layers.map ? codes : evaluation.images.subarray(slice * size, (slice + 1) * size);
    paintBytes(base.current!, pixels, h, w, layers.map ? MAGMA_LUT : greyTable(levels), layers.map ? CODE_SHIFT : 0);
  }, [evaluation, slice, size, codes, h, w, layers.map, levels]);
  useEffect(() => {
    if (veil) paintBytes(over.current!, veil.pixels, h, w, veil.map ? MAGMA_LUT : greyTable(levels), veil.map ? CODE_SHIFT : 0);
  }, [veil, h, w, levels]);

  usePaint(
    (state) => {
      const { context, scale } = cleared(overlay.current!, width, width);
      const [unitX, unitY] = [(width * scale * zoom.scale) / w, (width * scale * zoom.scale) / h];
      const place = { unitX, unitY, left: zoom.x * w, top: zoom.y * h };
      const mask = state.layers.mask ? maskOf(evaluation, slice, state.cut) : null;
      if (mask) drawMask(context, outlines(mask.values, h, w, mask.level), place, scale);
      if (state.layers.truth) drawTruth(context, truth, place, scale);
    },
    [evaluation, slice, codes, truth, width, zoom],
  );

  useEffect(() => {
    const element = frame.current!;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      if (!event.ctrlKey) return selectSlice(useLab.getState().slice + Math.sign(event.deltaY));
      const box = element.getBoundingClientRect();
      const factor = event.deltaY > 0 ? 1 / ZOOM_STEP : ZOOM_STEP;
      const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      setLook((old) => ({ ...old, zoom: zoomed(old.zoom, factor, x, y) }));
    };
    // React's own wheel listeners are passive and could not keep the page from scrolling.
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, [setLook]);

  const drag = useRef<{ x: number; y: number } | null>(null);
  const move = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = Math.floor((zoom.x + (event.clientX - box.left) / box.width / zoom.scale) * w);
    const y = Math.floor((zoom.y + (event.clientY - box.top) / box.height / zoom.scale) * h);
    const inside = x >= 0 && y >= 0 && x < w && y < h;
    const from = drag.current;
    if (from) drag.current = { x: event.clientX, y: event.clientY };
    const [right, down] = from ? [event.clientX - from.x, event.clientY - from.y] : [0, 0];
    setLook((old) => ({
      ...old,
      cursor: inside ? { x, y } : null,
      window: from ? windowed(old.window, (-255 * down) / WINDOW_DRAG, (255 * right) / WINDOW_DRAG) : old.window,
    }));
  };
  const keys = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const grey = keyed(event);
    const zooms: Record<string, number> = { '+': ZOOM_STEP, '=': ZOOM_STEP, '-': 1 / ZOOM_STEP };
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (grey) setLook((old) => ({ ...old, window: windowed(old.window, ...grey) }));
    else if (zooms[event.key]) setLook((old) => ({ ...old, zoom: zoomed(old.zoom, zooms[event.key], 0.5, 0.5) }));
    else if (event.key === '0') setLook(() => PLAIN_LOOK);
    else if (step) selectSlice(slice + step);
    else return;
    event.preventDefault();
  };
  const shown = [layers.map ? 'score map' : 'image', layers.mask && 'mask', layers.truth && masked && 'truth'].filter(Boolean).join(', ');
  return (
    <div
      ref={frame}
      className="plate big"
      data-testid="plate"
      role="img"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a plate takes focus, so that keys change slice, window and zoom
      tabIndex={0}
      aria-label={`${words}: ${shown}${edges ? '' : ', orientation unknown'}`}
      aria-description="Arrow up and down: slice. Plus and minus: zoom. Shift and arrows: grey window. 0: as it was."
      onKeyDown={keys}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerMove={move}
      onPointerUp={() => {
        drag.current = null;
      }}
      onPointerLeave={() => setLook((old) => ({ ...old, cursor: null }))}
      onDoubleClick={() => setLook(() => PLAIN_LOOK)}
    >
      <canvas ref={base} className="zoomable" style={{ transform: transformOf(zoom) }} />
      <span className="veil" style={{ clipPath: `inset(0 0 0 ${100 * (veil?.from ?? 1)}%)` }} hidden={!veil}>
        <canvas ref={over} className="zoomable" style={{ transform: transformOf(zoom) }} />
      </span>
      <canvas ref={overlay} />
      <Crosshair look={look} height={h} width={w} />
      <Letters edges={edges} long />
    </div>
  );
}
