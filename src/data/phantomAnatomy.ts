/** Head phantom, the healthy part: coordinates, outline, tissue maps and intensities (sections 2, 3, 5 and 6 of the recipe). */
import { type Capsule, capsuleDistance, clamp, type Draws, ellipse, ellipseDistance, inside, TURN } from './phantomDraws';
import type { MassEffect } from './phantomLesions';
import type { PhantomVariant } from './phantomVariants';

/** What one seed draws before any pixel is looked at. Lengths in units of half the image side. */
export type Anatomy = {
  /** 0 = ventricles and deep grey matter, 1 = above the ventricles. */
  level: number;
  /** Half axes of the head, left–right and front–back. */
  a: number;
  b: number;
  /** Mean half axis: turns relative radii into lengths. */
  length: number;
  ventricleScale: number;
  /** The four limbs of the lateral ventricles: front and back, left then right. */
  limbs: Capsule[];
  whiteMatter: number;
  greyMatter: number;
  fluid: number;
  gain: number;
  cap: number;
};

/** One value a pixel, float64, row-major: intermediate maps of one image. */
export type Fields = {
  size: number;
  /** Width of soft edges. */
  w: number;
  /** Head coordinates (X, Y) before the mass effect. */
  x: Float64Array;
  y: Float64Array;
  /** Outline radius at the pixel's angle, as drawn before the mass effect. */
  outline: Float64Array;
  /** Soft brain membership. Where it is 0 nothing else is computed: the image is 0 there whatever the tissue. */
  brain: Float64Array;
  grey: Float64Array;
  fluid: Float64Array;
  intensity: Float64Array;
  /** Lesion weight. */
  lesion: Float64Array;
};

/** Maps to draw on, of any number of images one after the other. @throws RangeError for a size below 8 */
export function newFields(size: number): Fields {
  if (!Number.isInteger(size) || size < 8) throw new RangeError(`The phantom needs a whole size of at least 8 pixels, not ${size}.`);
  const map = () => new Float64Array(size * size);
  return {
    size,
    w: 2.6 / size,
    x: map(),
    y: map(),
    outline: map(),
    brain: map(),
    grey: map(),
    fluid: map(),
    intensity: map(),
    lesion: map(),
  };
}

export function drawAnatomy(d: Draws, v: PhantomVariant): Anatomy {
  const level = v.level * d.uniform(0, 0);
  const a = 0.74 * (1 - 0.1 * level * level) * (1 + 0.045 * v.size * d.clamped(1, 3));
  const b = 0.88 * (1 - 0.08 * level * level) * (1 + 0.04 * v.size * d.clamped(1, 4));
  const vs = Math.exp(0.35 * v.ventricles * d.clamped(4, 0));
  const spread = vs ** 0.3;
  const limbs: Capsule[] = [];
  for (const [k, s] of [
    [0, -1],
    [1, 1],
  ]) {
    const rr = vs * (1 + 0.15 * v.ventricles * d.clamped(4, 10 + k)) * (1 - level);
    const mid = { bx: s * (0.055 + 0.02 * vs), by: 0, rb: 0.036 * rr };
    limbs.push({ ax: s * (0.15 - 0.06 * level) * spread, ay: -0.3 + 0.12 * level, ra: 0.066 * rr, ...mid });
    limbs.push({ ax: s * (0.22 - 0.1 * level) * spread, ay: 0.34 - 0.12 * level, ra: 0.062 * rr, ...mid });
  }
  const whiteMatter = v.white + 0.015 * v.tissue * d.normal(6, 0);
  return {
    level,
    a,
    b,
    length: (a + b) / 2,
    ventricleScale: vs,
    limbs,
    whiteMatter,
    greyMatter: whiteMatter + v.contrast + 0.02 * v.tissue * d.normal(6, 1),
    fluid: 0.09 + 0.02 * d.uniform(6, 2),
    gain: d.between(6, 3, 1 - 0.15 * v.tissue, 1 + 0.15 * v.tissue),
    cap: v.caps * d.between(6, 4, 0.02, 0.13),
  };
}

/** Sections 2 and 3: where each pixel lies in the head, and the head's outline. What was on `f` is wiped. */
export function drawOutline(d: Draws, anatomy: Anatomy, f: Fields, variant: PhantomVariant): void {
  const { size } = f;
  for (const map of [f.x, f.y, f.outline, f.brain, f.grey, f.fluid, f.intensity, f.lesion]) map.fill(0);
  const theta = 0.1 * variant.pose * d.clamped(1, 0);
  const [cos, sin] = [Math.cos(theta), Math.sin(theta)];
  const tx = 0.025 * variant.pose * d.clamped(1, 1);
  const ty = 0.025 * variant.pose * d.clamped(1, 2);
  const warps = [0, 1, 2, 3].map((k) => ({
    px: 1.3 * Math.PI * d.between(2, 4 * k, -1, 1),
    py: 1.3 * Math.PI * d.between(2, 4 * k + 1, -1, 1),
    phaseX: TURN * d.uniform(2, 4 * k + 2),
    phaseY: TURN * d.uniform(2, 4 * k + 3),
  }));
  const waves = [2, 3, 4, 5, 6, 7].map((m) => {
    const amplitude = 0.016 * variant.shape * (2 / m) * d.normal(3, m);
    const phase = TURN * d.uniform(3, 40 + m);
    return { size: Math.abs(amplitude), cos: amplitude * Math.cos(phase), sin: amplitude * Math.sin(phase) };
  });
  const { a, b, length } = anatomy;
  // No pixel beyond this relative radius can be brain; the warps move a pixel by less than 0.2 of it.
  const farthest = 1 + waves.reduce((sum, wave) => sum + wave.size, 0) + (0.5 * f.w) / length;

  for (let r = 0, i = 0; r < size; r++) {
    const y = (2 * r + 1) / size - 1 - ty;
    for (let c = 0; c < size; c++, i++) {
      const x = (2 * c + 1) / size - 1 - tx;
      let X = cos * x + sin * y;
      let Y = -sin * x + cos * y;
      if (relativeRadius(X, Y, a, b) > farthest + 0.2) continue;
      for (const warp of warps) {
        const p = warp.px * X + warp.py * Y;
        X += 0.016 * variant.shape * Math.sin(p + warp.phaseX);
        Y += 0.016 * variant.shape * Math.sin(p + warp.phaseY);
      }
      const rho = relativeRadius(X, Y, a, b);
      if (rho > farthest) continue;
      f.x[i] = X;
      f.y[i] = Y;
      const v = Y / b;
      const u = X / (1 + 0.1 * v) / a;
      // cos mφ and sin mφ by repeated rotation: six cosines fewer a pixel.
      const cos1 = u / rho;
      const sin1 = v / rho;
      let cosM = cos1;
      let sinM = sin1;
      let radius = 1;
      for (const wave of waves) {
        const next = cosM * cos1 - sinM * sin1;
        sinM = sinM * cos1 + cosM * sin1;
        cosM = next;
        radius += cosM * wave.cos - sinM * wave.sin;
      }
      const notch = (Math.abs(Math.atan2(v, u)) - Math.PI / 2) / 0.1;
      if (Math.abs(notch) < 7) radius -= 0.035 * Math.exp(-notch * notch);
      f.outline[i] = radius;
      f.brain[i] = inside((rho - radius) * length, f.w);
    }
  }
}

/** Distance from the centre as a share of the head's half axes; the front is narrower than the back. */
function relativeRadius(X: number, Y: number, a: number, b: number): number {
  const v = Y / b;
  const u = X / (1 + 0.1 * v) / a;
  return Math.sqrt(u * u + v * v);
}

/** Folds of the cortex: a sum of angular waves whose phase runs with the radius. */
function drawFolds(d: Draws, radial: number, phases: number) {
  return [7, 9, 11, 13, 16, 19].map((m, k) => ({ m, radial: d.between(5, radial + k, -7, 7), phase: TURN * d.uniform(5, phases + k) }));
}

/** Sections 5 and 6: fills `grey`, `fluid` and `intensity` of every brain pixel. */
export function drawTissue(d: Draws, anatomy: Anatomy, f: Fields, mass: MassEffect | null, variant: PhantomVariant): void {
  const { level, a, b, length, ventricleScale: vs, limbs, whiteMatter, greyMatter, cap } = anatomy;
  const { w } = f;
  const folds = drawFolds(d, 10, 0);
  const folds2 = drawFolds(d, 30, 20);
  const atrophy = d.between(5, 50, 0.5, 1.5);
  const fissurePhase = TURN * d.uniform(5, 51);
  const e = Math.max(0, (level - 0.7) / 0.3);
  const lo = (-0.42 + 0.42 * e) * b;
  const hi = (0.46 - 0.46 * e) * b;
  const deepWeight = clamp(1.4 - 2.2 * level, 0, 1);
  const deepGrey = [-1, 1].flatMap((s) => [
    ellipse(s * (0.1 + 0.02 * vs), 0.1, 0.07, 0.115, 0.25 * s),
    ellipse(0.275 * s, -0.02, 0.055, 0.15, -0.18 * s),
  ]);
  const third: Capsule = { ax: 0, ay: 0, bx: 0, by: 0.16, ra: 0.014 * vs, rb: 0.01 * vs };
  const ventricles = level < 0.4 ? [...limbs, third] : limbs;
  const caps = limbs.filter((limb) => limb.ra > 0.01).map((limb) => ({ ...limb, width2: (limb.ra + 0.045) ** 2 }));
  const texture = [0, 1, 2, 3, 4, 5].map((k) => ({
    px: d.between(7, 3 * k, -22, 22),
    py: d.between(7, 3 * k + 1, -22, 22),
    phase: TURN * d.uniform(7, 3 * k + 2),
  }));
  // Below this depth neither sulci nor cortex can reach: both fold sums are at most 6 / 1.73.
  const deepest = variant.cortex + 0.025 * (6 / 1.73) + 0.6 * 0.07 * atrophy * 2 + 0.5 * w;

  for (let i = 0; i < f.x.length; i++) {
    if (f.brain[i] === 0) continue;
    let X = f.x[i];
    let Y = f.y[i];
    if (mass) [X, Y] = mass.pushed(X, Y);
    const u = X / (1 + (0.1 * Y) / b) / a;
    const v = Y / b;
    const rho = Math.sqrt(u * u + v * v);
    const depth = (f.outline[i] - rho) * length;

    let csf = 0;
    let grey = 0;
    if (depth < deepest) {
      const phi = Math.atan2(v, u);
      let F = 0;
      let F2 = 0;
      for (let k = 0; k < 6; k++) {
        F += Math.cos(folds[k].m * phi + folds[k].radial * rho + folds[k].phase);
        F2 += Math.cos(folds2[k].m * phi + folds2[k].radial * rho + folds2[k].phase);
      }
      const sulcus = 0.07 * atrophy * clamp((variant.folds * F) / 1.73 - 0.2, 0, 2);
      csf = sulcus > 0.004 ? inside(depth - sulcus, w) : 0;
      grey = inside(depth - (variant.cortex + (0.025 * variant.folds * F2) / 1.73 + 0.6 * sulcus), w);
    }
    const fissure = Math.abs(X + 0.012 * Math.sin(5 * Y + fissurePhase));
    const along = Math.max(inside(Y - lo, 4 * w), inside(hi - Y, 4 * w));
    grey = Math.max(grey, along * inside(fissure - 0.055, w));
    csf = Math.max(csf, along * inside(fissure - 0.006 - 0.01 * atrophy, w));

    let deep = 0;
    if (deepWeight > 0) for (const nucleus of deepGrey) deep = Math.max(deep, deepWeight * inside(ellipseDistance(X, Y, nucleus), 2 * w));
    let distance = Number.POSITIVE_INFINITY;
    for (const limb of ventricles) distance = Math.min(distance, capsuleDistance(X, Y, limb));
    f.grey[i] = grey;
    f.fluid[i] = Math.max(csf, inside(distance, w));

    let tex = 0;
    for (const t of texture) tex += Math.cos(t.px * f.x[i] + t.py * f.y[i] + t.phase);
    let I = whiteMatter + (greyMatter - whiteMatter) * clamp(grey + 0.85 * deep * (1 - grey), 0, 1) + 0.012 * variant.texture * tex;
    for (const limb of caps) {
      const dx = X - limb.ax;
      const dy = Y - limb.ay;
      I += cap * (1 - grey) * Math.exp(-(dx * dx + dy * dy) / limb.width2);
    }
    f.intensity[i] = I;
  }
}
