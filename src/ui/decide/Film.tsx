import { useEffect, useRef, useState } from 'react';
import type { Evaluation } from '../../core/protocol';
import { selectSlice } from '../../store/decide';
import { type State, useLab } from '../../store/store';
import { paintMask, smallPlate } from '../paint';
import { usePaint } from './frame';
import { maskOf } from './masks';
import { sliceWords } from './words';

const PITCH = 48;
const GAP = 4;

/** The neighbours of the slice in view, in the order of the set, as many as there is room for beside the plate. */
export function Film({ evaluation, slice }: { evaluation: Evaluation; slice: number }) {
  const ref = useRef<HTMLFieldSetElement>(null);
  const [room, setRoom] = useState(0);
  useEffect(() => {
    const along = (pixels: number) => Math.max(1, Math.floor((pixels + GAP) / PITCH));
    const observer = new ResizeObserver(([{ contentRect }]) => setRoom(along(contentRect.width) * along(contentRect.height)));
    observer.observe(ref.current!);
    return () => observer.disconnect();
  }, []);
  const n = evaluation.slices.length;
  const shown = Math.min(n, room);
  const from = Math.max(0, Math.min(n - shown, slice - Math.floor(shown / 2)));
  return (
    <fieldset ref={ref} className="film" aria-label="Slices of this set">
      {Array.from({ length: shown }, (_, k) => (
        <SliceButton key={k} evaluation={evaluation} slice={from + k} current={from + k === slice} />
      ))}
    </fieldset>
  );
}

/** A small plate with its mask at the current cut; choosing it brings the slice into view. */
export function SliceButton({ evaluation, slice, current }: { evaluation: Evaluation; slice: number; current: boolean }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const plate = useRef<ReturnType<typeof smallPlate> | null>(null);
  const withTruth = useLab((s) => s.layers.truth);
  const { images, truths, height, width, slices } = evaluation;
  const size = height * width;
  useEffect(() => {
    const part = (all: Uint8Array) => all.subarray(slice * size, (slice + 1) * size);
    plate.current = smallPlate(ref.current!, part(images), withTruth && slices[slice].masked ? part(truths) : null, height, width);
  }, [images, truths, slices, slice, size, height, width, withTruth]);
  const seen = useRef(true);
  const paint = (state: State) => {
    if (!plate.current || !seen.current) return;
    paintMask(plate.current, state.layers.mask ? maskOf(evaluation, slice, state.cut) : null);
  };
  usePaint(paint, [evaluation, slice, withTruth]);
  const latest = useRef(paint);
  latest.current = paint;
  // A plate out of sight costs nothing during a drag; it catches up when it comes into sight.
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => {
      seen.current = entry.isIntersecting;
      latest.current(useLab.getState());
    });
    observer.observe(ref.current!);
    return () => observer.disconnect();
  }, []);
  return (
    <button
      type="button"
      aria-label={sliceWords(evaluation, slice)}
      aria-current={current ? 'true' : undefined}
      onClick={() => selectSlice(slice)}
    >
      <canvas ref={ref} />
    </button>
  );
}
