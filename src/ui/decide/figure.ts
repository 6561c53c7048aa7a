/** The slice in view as a picture to take away. */
import type { Evaluation } from '../../core/protocol';
import type { State } from '../../store/store';
import { type Outline, outlines } from '../contour';
import { GREY, MASK_LINE, MASK_TINT, paintBytes, TRUTH_LINE } from '../paint';
import { maskOf } from './masks';

const SIDE = 1024;
const CAPTION = 48;

/** A PNG of the slice with the layers that are on, its sides, and a caption. */
export async function sliceFigure(evaluation: Evaluation, slice: number, { layers, cut }: State, caption: string): Promise<Blob> {
  const { height, width, images, truths, slices } = evaluation;
  const size = height * width;
  const { masked, edges } = slices[slice];
  const small = document.createElement('canvas');
  paintBytes(small, images.subarray(slice * size, (slice + 1) * size), height, width, GREY);
  const canvas = document.createElement('canvas');
  canvas.width = SIDE;
  canvas.height = SIDE + CAPTION;
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#000';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, SIDE, SIDE);
  const unit = SIDE / width;
  const mask = layers.mask ? maskOf(evaluation, slice, cut) : null;
  if (mask) {
    trace(context, outlines(mask.values, height, width, mask.level), unit);
    context.fillStyle = MASK_TINT;
    context.fill('evenodd');
    stroke(context, MASK_LINE, []);
  }
  if (layers.truth && masked) {
    trace(context, outlines(truths.subarray(slice * size, (slice + 1) * size), height, width, 1), unit);
    stroke(context, TRUTH_LINE, [12, 9]);
  }
  context.fillStyle = '#e4e7ea';
  context.font = '600 24px sans-serif';
  context.textAlign = 'left';
  context.fillText(edges?.left ?? 'orientation unknown', 14, 34);
  context.textAlign = 'right';
  context.fillText(edges?.right ?? '', SIDE - 14, 34);
  context.font = '20px sans-serif';
  context.textAlign = 'left';
  context.fillText(caption, 14, SIDE + 31, SIDE - 28);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('This browser could not draw the figure.'))), 'image/png');
  });
}

function stroke(context: CanvasRenderingContext2D, colour: string, dash: number[]): void {
  context.strokeStyle = colour;
  context.lineWidth = 3.5;
  context.setLineDash(dash);
  context.stroke();
}

function trace(context: CanvasRenderingContext2D, lines: readonly Outline[], unit: number): void {
  context.beginPath();
  for (const line of lines) {
    context.moveTo(line[0] * unit, line[1] * unit);
    for (let i = 2; i < line.length; i += 2) context.lineTo(line[i] * unit, line[i + 1] * unit);
    context.closePath();
  }
}
