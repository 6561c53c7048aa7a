import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from 'react';
import type { Edges } from '../../core/types';
import { useWidth } from '../Chart';
import { type Outline, outlines } from '../contour';
import { Letters } from '../Plate';
import { GREY, MAGMA_LUT, MASK_LINE, MASK_TINT, paintBytes, TRUTH_LINE } from '../paint';

/** Place on a plate in shares of its sides. */
export type Point = { x: number; y: number };

export type Line = { values: Uint8Array | Uint16Array; level: number };

type Props = {
  height: number;
  width: number;
  edges: Edges | null;
  /** Bytes; null where the slice is not loaded. */
  image: Uint8Array | null;
  /** Whether `image` is a score map. */
  map?: boolean;
  truth: Uint8Array | null;
  /** What is outlined: values at and above the level. */
  line?: Line | null;
  /** Bytes: how much of the cut's colour lies on each pixel. */
  share?: Uint8Array | null;
  cursor: Point;
  onCursor(point: Point): void;
  alt: string;
  /** Written over the foot of the plate. */
  caption?: string;
};

/** A slice with a mask, a map or the agreement of masks; all plates share one cursor. */
export function ComparePlate({
  height,
  width,
  edges,
  image,
  map = false,
  truth,
  line = null,
  share = null,
  cursor,
  onCursor,
  alt,
  caption,
}: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const side = useWidth(frame);
  useEffect(() => {
    paintBytes(base.current!, image ?? new Uint8Array(height * width), height, width, map ? MAGMA_LUT : GREY);
  }, [image, height, width, map]);
  useEffect(() => {
    const canvas = overlay.current!;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(side * scale);
    canvas.height = canvas.width;
    const context = canvas.getContext('2d')!;
    const unit = canvas.width / width;
    if (share) {
      const small = document.createElement('canvas');
      paintBytes(small, share, height, width, AGREED);
      context.imageSmoothingEnabled = false;
      context.drawImage(small, 0, 0, canvas.width, canvas.height);
    }
    if (line) {
      trace(context, outlines(line.values, height, width, line.level), unit);
      context.fillStyle = MASK_TINT;
      context.fill('evenodd');
      context.strokeStyle = MASK_LINE;
      context.lineWidth = 1.3 * scale;
      context.stroke();
    }
    if (truth) {
      trace(context, outlines(truth, height, width, 1), unit);
      context.strokeStyle = TRUTH_LINE;
      context.lineWidth = 1.3 * scale;
      context.setLineDash([4 * scale, 3 * scale]);
      context.stroke();
      context.setLineDash([]);
    }
  }, [line, truth, share, height, width, side]);
  const point = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    onCursor(within({ x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height }));
  };
  const keys = (event: KeyboardEvent) => {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (dx === 0 && dy === 0) return;
    event.preventDefault();
    event.stopPropagation();
    onCursor(within({ x: cursor.x + dx / width, y: cursor.y + dy / height }));
  };
  return (
    <div
      ref={frame}
      className="plate cross"
      role="img"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a plate takes focus, so that arrow keys move the cursor
      tabIndex={0}
      aria-label={`${alt}${edges ? '' : ', orientation unknown'}`}
      onPointerMove={point}
      onPointerDown={point}
      onKeyDown={keys}
    >
      <canvas ref={base} />
      <canvas ref={overlay} />
      <i className="vertical" style={{ left: `${100 * cursor.x}%` }} />
      <i className="horizontal" style={{ top: `${100 * cursor.y}%` }} />
      <Letters edges={edges} />
      {caption && <span className="cap">{caption}</span>}
    </div>
  );
}

/** The cut's colour, opaque to 70 % where all runs agree. */
const AGREED = Uint32Array.from({ length: 256 }, (_, v) => ((Math.round(0.7 * v) << 24) | (0x52 << 16) | (0x8b << 8) | 0xff) >>> 0);

const within = ({ x, y }: Point): Point => ({ x: Math.min(0.9999, Math.max(0, x)), y: Math.min(0.9999, Math.max(0, y)) });

function trace(context: CanvasRenderingContext2D, lines: readonly Outline[], unit: number): void {
  context.beginPath();
  for (const line of lines) {
    context.moveTo(line[0] * unit, line[1] * unit);
    for (let i = 2; i < line.length; i += 2) context.lineTo(line[i] * unit, line[i + 1] * unit);
    context.closePath();
  }
}
