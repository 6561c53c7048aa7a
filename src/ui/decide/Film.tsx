import { useEffect, useRef } from 'react';
import type { Evaluation } from '../../core/protocol';
import { selectSlice } from '../../store/actions';
import { GREY, paintBytes } from '../paint';
import { sliceWords } from './Viewer';

const SHOWN = 8;

/** The neighbours of the slice in view, in the order of the set. */
export function Film({ evaluation, slice }: { evaluation: Evaluation; slice: number }) {
  const n = evaluation.slices.length;
  const from = Math.max(0, Math.min(n - SHOWN, slice - SHOWN / 2));
  return (
    <div className="film" role="group" aria-label="Slices of this set">
      {Array.from({ length: Math.min(SHOWN, n) }, (_, k) => (
        <Frame key={k} evaluation={evaluation} slice={from + k} current={from + k === slice} />
      ))}
    </div>
  );
}

function Frame({ evaluation, slice, current }: { evaluation: Evaluation; slice: number; current: boolean }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const { height, width, images } = evaluation;
  useEffect(() => {
    const size = height * width;
    paintBytes(ref.current!, images.subarray(slice * size, (slice + 1) * size), height, width, GREY);
  }, [images, slice, height, width]);
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
