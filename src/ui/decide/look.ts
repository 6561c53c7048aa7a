/** How a slice is looked at: grey window, zoom, cursor. The same for every plate of the viewer. */
import { useState } from 'react';
import { GREY } from '../paint';

export type Look = {
  /** Bytes shown black and white. */
  window: { lo: number; hi: number };
  /** Magnification, and the corner of what is in sight as a share of the picture. */
  zoom: { scale: number; x: number; y: number };
  /** Pixel under the pointer. */
  cursor: { x: number; y: number } | null;
};

export const PLAIN_LOOK: Look = { window: { lo: 0, hi: 255 }, zoom: { scale: 1, x: 0, y: 0 }, cursor: null };
const MOST_ZOOM = 8;
/** Pixels of the pointer that a window needs to run through all grey levels. */
export const WINDOW_DRAG = 300;

export const useLook = () => useState<Look>(PLAIN_LOOK);

const within = (n: number, lo: number, hi: number) => Math.min(hi, Math.max(lo, n));

/** The window moved and widened by so many grey levels, at least 2 wide. */
export function windowed({ lo, hi }: Look['window'], move: number, widen: number): Look['window'] {
  const centre = within((lo + hi) / 2 + move, 0, 255);
  const half = within((hi - lo) / 2 + widen / 2, 1, 255);
  return { lo: centre - half, hi: centre + half };
}

const SHIFTED: Record<string, [move: number, widen: number]> = {
  ArrowUp: [8, 0],
  ArrowDown: [-8, 0],
  ArrowLeft: [0, -8],
  ArrowRight: [0, 8],
};

/** What a key does to the window: how far it moves and widens; null for a key that is no business of it. */
export const keyed = ({ key, shiftKey }: { key: string; shiftKey: boolean }): [move: number, widen: number] | null =>
  (shiftKey && SHIFTED[key]) || null;

/** Magnified by a factor; the point at these shares of the frame stays where it is. */
export function zoomed({ scale, x, y }: Look['zoom'], factor: number, atX: number, atY: number): Look['zoom'] {
  const next = within(scale * factor, 1, MOST_ZOOM);
  const most = 1 - 1 / next;
  return { scale: next, x: within(x + atX / scale - atX / next, 0, most), y: within(y + atY / scale - atY / next, 0, most) };
}

export const transformOf = ({ scale, x, y }: Look['zoom']): string => `scale(${scale}) translate(${-100 * x}%, ${-100 * y}%)`;

/** Where a pixel stands in the frame, per cent; null where it is out of sight. */
export function placeOf({ cursor, zoom }: Look, height: number, width: number): { left: string; top: string } | null {
  if (!cursor) return null;
  const left = ((cursor.x + 0.5) / width - zoom.x) * zoom.scale;
  const top = ((cursor.y + 0.5) / height - zoom.y) * zoom.scale;
  return left < 0 || left > 1 || top < 0 || top > 1 ? null : { left: `${100 * left}%`, top: `${100 * top}%` };
}

export function greyTable({ lo, hi }: Look['window']): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, v) => GREY[Math.round(within((v - lo) / (hi - lo), 0, 1) * 255)]);
}
