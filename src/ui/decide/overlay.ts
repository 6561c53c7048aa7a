/** The mask and the truth over a plate, as lines at the resolution of the screen. */
import type { Outline } from '../contour';
import { MASK_LINE, MASK_TINT, TRUTH_LINE } from '../paint';

const LINE = 1.4;

/** Device pixels of a picture's pixel, along both axes, and the picture's pixel in the upper left corner. */
export type Place = { unitX: number; unitY: number; left: number; top: number };

/** A canvas of so many CSS pixels, cleared; `scale` is device pixels in one of them. */
export function cleared(canvas: HTMLCanvasElement, width: number, height: number) {
  const scale = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
  const context = canvas.getContext('2d')!;
  context.clearRect(0, 0, w, h);
  return { context, scale };
}

/** Outline and a tint. */
export function drawMask(context: CanvasRenderingContext2D, lines: readonly Outline[], place: Place, scale: number): void {
  trace(context, lines, place);
  context.fillStyle = MASK_TINT;
  context.fill('evenodd');
  context.strokeStyle = MASK_LINE;
  context.lineWidth = LINE * scale;
  context.setLineDash([]);
  context.stroke();
}

/** A dashed outline. */
export function drawTruth(context: CanvasRenderingContext2D, lines: readonly Outline[], place: Place, scale: number): void {
  trace(context, lines, place);
  context.strokeStyle = TRUTH_LINE;
  context.lineWidth = LINE * scale;
  context.setLineDash([4 * scale, 3 * scale]);
  context.stroke();
}

function trace(context: CanvasRenderingContext2D, lines: readonly Outline[], { unitX, unitY, left, top }: Place): void {
  context.beginPath();
  for (const line of lines) {
    context.moveTo((line[0] - left) * unitX, (line[1] - top) * unitY);
    for (let i = 2; i < line.length; i += 2) context.lineTo((line[i] - left) * unitX, (line[i + 1] - top) * unitY);
    context.closePath();
  }
}
