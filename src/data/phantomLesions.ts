/** Head phantom, what is wrong with it: mass effect and lesions (sections 4 and 7 of the recipe). */
import type { Anatomy, Fields } from './phantomAnatomy';
import { clamp, type Draws, ellipse, ellipseDistance, HALF_TURN, inside, TURN } from './phantomDraws';
import type { PhantomVariant } from './phantomVariants';

/** A tumour: it pushes tissue outward while the head's outline stays. */
export type MassEffect = {
  /** Where the tissue now at (X, Y) was before. */
  pushed(X: number, Y: number): [number, number];
  /** Signed distances of (X, Y) from the edges of tumour, necrotic core and oedema. */
  distances(X: number, Y: number): { tumour: number; core: number; oedema: number };
};

export function drawMassEffect(d: Draws, { a, b }: Anatomy, { lesions }: PhantomVariant): MassEffect {
  const side = d.uniform(30, 0) < 0.5 ? 1 : -1;
  const r0 = lesions * d.between(30, 1, 0.13, 0.25);
  const angle = d.between(30, 2, -1.2, 1.2);
  const rc = d.between(30, 3, 0.36, 0.6);
  const kappa = d.between(30, 4, 0.25, 0.5);
  const cx = side * rc * a * Math.cos(angle);
  const cy = rc * b * Math.sin(angle);
  const reach2 = (1.8 * r0) ** 2;
  const waves = [2, 3, 4, 5].map((m) => ({ m, amplitude: 0.1 * (2 / m) * d.normal(31, m), phase: TURN * d.uniform(31, 40 + m) }));
  const oedemaScale = 1 + 0.35 * d.uniform(30, 5);
  const oedemaPhase = TURN * d.uniform(30, 6);
  return {
    pushed(X, Y) {
      const dx = X - cx;
      const dy = Y - cy;
      const k = 1 - kappa * Math.exp(-(dx * dx + dy * dy) / reach2);
      return [cx + dx * k, cy + dy * k];
    },
    distances(X, Y) {
      const dx = X - cx;
      const dy = Y - cy;
      const r = Math.sqrt(dx * dx + dy * dy);
      const p = Math.atan2(dy, dx);
      let edge = 1;
      for (const wave of waves) edge += wave.amplitude * Math.cos(wave.m * p + wave.phase);
      return {
        tumour: r - r0 * edge,
        core: r - 0.62 * r0 * edge,
        oedema: r - r0 * oedemaScale * (edge + 0.12 * Math.cos(3 * p + oedemaPhase)),
      };
    },
  };
}

/** Multiple sclerosis: 3 to 9 bright ellipses, most of them beside a ventricle and pointing away from it. */
export function addPlaques(d: Draws, anatomy: Anatomy, f: Fields, { lesions, brightness }: PhantomVariant): void {
  const { a, b, limbs, whiteMatter } = anatomy;
  const count = 3 + Math.floor(7 * d.uniform(40, 0));
  for (let j = 0; j < count; j++) {
    const o = 20 * j;
    let cx: number;
    let cy: number;
    let angle: number;
    if (d.uniform(41, o) < 0.7) {
      const limb = limbs[Math.floor(4 * d.uniform(41, o + 1))];
      const t = d.between(41, o + 2, -0.15, 0.9);
      const ux = limb.bx - limb.ax;
      const uy = limb.by - limb.ay;
      const norm = Math.hypot(ux, uy);
      const outward = (-uy / norm) * limb.ax < 0 ? -1 : 1;
      const nx = (outward * -uy) / norm;
      const ny = (outward * ux) / norm;
      const off = Math.max(limb.ra + (limb.rb - limb.ra) * clamp(t, 0, 1), 0) + 0.02 + 0.05 * Math.abs(d.normal(41, o + 2));
      cx = limb.ax + t * ux + off * nx;
      cy = limb.ay + t * uy + off * ny;
      angle = Math.atan2(ny, nx);
    } else {
      angle = d.between(41, o + 5, -HALF_TURN, HALF_TURN);
      const rc = d.between(41, o + 6, 0.4, 0.78);
      cx = rc * a * Math.cos(angle);
      cy = rc * b * Math.sin(angle);
    }
    const r = lesions * d.between(41, o + 7, 0.045, 0.095);
    const stretch = Math.sqrt(d.between(41, o + 8, 1, 1.8));
    const plaque = ellipse(cx, cy, r * stretch, r / stretch, angle);
    const target = whiteMatter + brightness * d.between(41, o + 9, 0.14, 0.28);
    for (let i = 0; i < f.x.length; i++) {
      if (f.brain[i] === 0) continue;
      const weight = inside(ellipseDistance(f.x[i], f.y[i], plaque), f.w) * (1 - f.fluid[i]);
      if (weight === 0) continue;
      f.intensity[i] += weight * clamp(target - f.intensity[i], -0.05, 1);
      f.lesion[i] = Math.max(f.lesion[i], weight);
    }
  }
}

/** One or two dark, rounded lesions that also replace fluid. */
export function addDarkLesions(d: Draws, { a, b }: Anatomy, f: Fields, { lesions }: PhantomVariant): void {
  const count = 1 + Math.floor(2 * d.uniform(50, 0));
  for (let j = 0; j < count; j++) {
    const o = 20 * j;
    const angle = d.between(51, o, -HALF_TURN, HALF_TURN);
    const rc = d.between(51, o + 1, 0.3, 0.72);
    const r = lesions * d.between(51, o + 2, 0.055, 0.14);
    const cx = rc * a * Math.cos(angle);
    const cy = rc * b * Math.sin(angle);
    const second = { amplitude: 0.12 * d.normal(51, o + 8), phase: TURN * d.uniform(51, o + 5) };
    const third = { amplitude: 0.1 * d.normal(51, o + 9), phase: TURN * d.uniform(51, o + 6) };
    const value = d.between(51, o + 7, 0.12, 0.28);
    for (let i = 0; i < f.x.length; i++) {
      if (f.brain[i] === 0) continue;
      const dx = f.x[i] - cx;
      const dy = f.y[i] - cy;
      const p = Math.atan2(dy, dx);
      const edge = 1 + second.amplitude * Math.cos(2 * p + second.phase) + third.amplitude * Math.cos(3 * p + third.phase);
      const weight = inside(Math.sqrt(dx * dx + dy * dy) - r * edge, 1.5 * f.w);
      if (weight === 0) continue;
      f.intensity[i] = f.intensity[i] * (1 - weight) + weight * value;
      f.fluid[i] *= 1 - weight;
      f.lesion[i] = Math.max(f.lesion[i], weight);
    }
  }
}

/** Bright oedema, brighter rim, darker core; painted after the fluid, because a tumour displaces it. */
export function addTumour(d: Draws, { whiteMatter }: Anatomy, f: Fields, mass: MassEffect, v: PhantomVariant): void {
  const oedemaTarget = whiteMatter + v.brightness * d.between(32, 0, 0.1, 0.22);
  const rimValue = whiteMatter + v.brightness * (v.zones * d.between(32, 1, 0.2, 0.36) + (1 - v.zones) * 0.28);
  const coreValue = d.between(32, 2, 0.22, 0.44);
  for (let i = 0; i < f.x.length; i++) {
    if (f.brain[i] === 0) continue;
    const distance = mass.distances(f.x[i], f.y[i]);
    const oedema = v.zones * inside(distance.oedema, 3 * f.w) * (1 - 0.6 * f.grey[i]);
    const rim = inside(distance.tumour, 1.5 * f.w);
    const core = v.zones * inside(distance.core, 2 * f.w);
    let I = f.intensity[i];
    I += oedema * clamp(oedemaTarget - I, 0, 1);
    I = I * (1 - rim) + rim * rimValue;
    f.intensity[i] = I * (1 - core) + core * coreValue;
    f.lesion[i] = Math.max(f.lesion[i], oedema > 0.5 ? oedema : 0, rim);
  }
}
