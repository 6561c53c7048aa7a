import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react';
import type { Evaluation } from '../../core/protocol';
import { selectSlice } from '../../store/actions';
import { useLab } from '../../store/store';
import { useWidth } from '../Chart';
import { type Outline, outlines } from '../contour';
import { Letters } from '../Plate';
import { CODE_SHIFT, GREY, MAGMA_LUT, MASK_LINE, MASK_TINT, paintBytes, TRUTH_LINE } from '../paint';
import { usePaint } from './frame';

/** The slice at full size with the mask as an outline and a tint, and the truth as a dashed outline. */
export function BigPlate({ evaluation, slice, words }: { evaluation: Evaluation; slice: number; words: string }) {
  const base = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const chosen = useLab((s) => s.layers);
  const { height: h, width: w, mapless } = evaluation;
  const layers = { ...chosen, map: chosen.map && !mapless, mask: chosen.mask && !mapless };
  const size = h * w;
  const codes = useMemo(() => evaluation.maps.subarray(slice * size, (slice + 1) * size), [evaluation, slice, size]);
  const { edges, masked } = evaluation.slices[slice];
  const truth = useMemo(
    () => (masked ? outlines(evaluation.truths.subarray(slice * size, (slice + 1) * size), h, w, 1) : []),
    [evaluation, slice, size, masked, h, w],
  );
  useEffect(() => {
    const pixels = layers.map ? codes : evaluation.images.subarray(slice * size, (slice + 1) * size);
    paintBytes(base.current!, pixels, h, w, layers.map ? MAGMA_LUT : GREY, layers.map ? CODE_SHIFT : 0);
  }, [evaluation, slice, size, codes, h, w, layers.map]);

  usePaint(
    (state) => {
      const canvas = overlay.current!;
      const scale = window.devicePixelRatio || 1;
      const side = Math.round(width * scale);
      if (canvas.width !== side) {
        canvas.width = side;
        canvas.height = side;
      }
      const context = canvas.getContext('2d')!;
      context.clearRect(0, 0, side, side);
      const unit = side / w;
      if (state.layers.mask && state.cut.cut) {
        trace(context, outlines(codes, h, w, state.cut.cut.level), unit);
        context.fillStyle = MASK_TINT;
        context.fill('evenodd');
        context.strokeStyle = MASK_LINE;
        context.lineWidth = 1.4 * scale;
        context.setLineDash([]);
        context.stroke();
      }
      if (state.layers.truth && truth.length > 0) {
        trace(context, truth, unit);
        context.strokeStyle = TRUTH_LINE;
        context.lineWidth = 1.4 * scale;
        context.setLineDash([4 * scale, 3 * scale]);
        context.stroke();
      }
    },
    [evaluation, slice, codes, truth, width],
  );
  const shown = [layers.map ? 'score map' : 'image', layers.mask && 'mask', layers.truth && masked && 'truth'].filter(Boolean).join(', ');
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    selectSlice(slice + step);
  };
  return (
    <div
      ref={frame}
      className="plate big"
      role="img"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a plate takes focus, so that arrow keys change the slice
      tabIndex={0}
      aria-label={`${words}: ${shown}${edges ? '' : ', orientation unknown'}`}
      onKeyDown={keys}
    >
      <canvas ref={base} />
      <canvas ref={overlay} />
      <Letters edges={edges} long />
    </div>
  );
}

function trace(context: CanvasRenderingContext2D, lines: readonly Outline[], unit: number): void {
  context.beginPath();
  for (const line of lines) {
    context.moveTo(line[0] * unit, line[1] * unit);
    for (let i = 2; i < line.length; i += 2) context.lineTo(line[i] * unit, line[i + 1] * unit);
    context.closePath();
  }
}
