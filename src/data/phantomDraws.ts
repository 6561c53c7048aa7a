/** Addressed random draws of the phantom: a draw is named by (stream, index), so none depends on the order of the others. */
import { mix32 } from '../core/random';

/** A full turn to the five digits of the recipe: phases are multiples of this number, not of 2π. */
export const TURN = 6.2832;

/** The lesion recipes draw angles to four digits, not from π. */
// biome-ignore lint/suspicious/noApproximativeNumericConstant: π would be another phantom.
export const HALF_TURN = 3.1416;

export class Draws {
  private readonly hashedSeed: number;

  constructor(seed: number) {
    this.hashedSeed = mix32(seed);
  }

  /** Key of a stream, for loops that draw one value a pixel (`uniformOf`, `normalOf`). */
  key(stream: number): number {
    return mix32(this.hashedSeed ^ Math.imul(stream, 0x9e3779b1));
  }

  /** U(s, i): uniform in (0, 1), 24 bits. */
  uniform(stream: number, index: number): number {
    return uniformOf(this.key(stream), index);
  }

  /** N(s, i): standard normal. */
  normal(stream: number, index: number): number {
    return normalOf(this.key(stream), index);
  }

  /** C(s, i): standard normal clamped to [−2, 2]. */
  clamped(stream: number, index: number): number {
    return clamp(this.normal(stream, index), -2, 2);
  }

  /** R(s, i, lo, hi): uniform in (lo, hi). */
  between(stream: number, index: number, lo: number, hi: number): number {
    return lo + (hi - lo) * this.uniform(stream, index);
  }
}

export function uniformOf(key: number, index: number): number {
  return ((mix32(key ^ Math.imul(index, 0x85ebca77)) >>> 8) + 0.5) / 0x1000000;
}

export function normalOf(key: number, index: number): number {
  return Math.sqrt(-2 * Math.log(uniformOf(key, 2 * index))) * Math.cos(2 * Math.PI * uniformOf(key, 2 * index + 1));
}

export function clamp(v: number, lo: number, hi: number): number {
  return Math.min(Math.max(v, lo), hi);
}

/** Soft membership of a shape: 1 inside, 0 outside, a smooth step of width `w` at the edge; `d` is the signed distance, negative inside. */
export function inside(d: number, w: number): number {
  const t = clamp(0.5 - d / w, 0, 1);
  return t * t * (3 - 2 * t);
}

export type Ellipse = { cx: number; cy: number; rx: number; ry: number; cos: number; sin: number };

export function ellipse(cx: number, cy: number, rx: number, ry: number, angle: number): Ellipse {
  return { cx, cy, rx, ry, cos: Math.cos(angle), sin: Math.sin(angle) };
}

/** Approximate signed distance of (x, y) from the ellipse's edge. */
export function ellipseDistance(x: number, y: number, e: Ellipse): number {
  const dx = x - e.cx;
  const dy = y - e.cy;
  const u = (e.cos * dx + e.sin * dy) / e.rx;
  const v = (-e.sin * dx + e.cos * dy) / e.ry;
  return (Math.sqrt(u * u + v * v) - 1) * Math.min(e.rx, e.ry);
}

/** A limb from A to B whose radius runs from ra to rb. */
export type Capsule = { ax: number; ay: number; bx: number; by: number; ra: number; rb: number };

/** Signed distance of (x, y) from the capsule's edge. */
export function capsuleDistance(x: number, y: number, c: Capsule): number {
  const ux = c.bx - c.ax;
  const uy = c.by - c.ay;
  const dx = x - c.ax;
  const dy = y - c.ay;
  const t = clamp((dx * ux + dy * uy) / (ux * ux + uy * uy), 0, 1);
  const ex = dx - t * ux;
  const ey = dy - t * uy;
  return Math.sqrt(ex * ex + ey * ey) - (c.ra + (c.rb - c.ra) * t);
}
