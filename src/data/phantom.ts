/** The built-in data set: skull-stripped, FLAIR-like axial slices with exact lesion masks, one seed a subject.
 *
 * The recipe (and its check values, held by `phantom.test.ts`) was tuned until a VAE beat raw intensity on it: a win on this phantom
 * shows that the code trains, not that the method works. */
import { edgesOf } from '../core/planes';
import type { PhantomName } from '../core/protocol';
import type { Role, Slice } from '../core/types';
import { brainStatistics } from './brain';
import { type Anatomy, drawAnatomy, drawOutline, drawTissue, type Fields, newFields } from './phantomAnatomy';
import { clamp, Draws, normalOf } from './phantomDraws';
import { addDarkLesions, addPlaques, addTumour, drawMassEffect } from './phantomLesions';
import { type PhantomVariant, STANDARD } from './phantomVariants';

export type PhantomKind = 'healthy' | 'ms' | 'tumour' | 'dark';

/** Draws one image. Deterministic in all three arguments.
 * @param size side in pixels, an integer of at least 8 (RangeError below that)
 * @returns `pixels` [size, size] in [0, 1], 0 outside the brain; `truth` [size, size], 1 = lesion */
export function drawPhantom(
  seed: number,
  kind: PhantomKind,
  size: number,
  variant = STANDARD,
): { pixels: Float32Array; truth: Uint8Array } {
  return drawOn(newFields(size), seed, kind, variant);
}

function drawOn(fields: Fields, seed: number, kind: PhantomKind, variant: PhantomVariant): { pixels: Float32Array; truth: Uint8Array } {
  const draws = new Draws(seed);
  const anatomy = drawAnatomy(draws, variant);
  drawOutline(draws, anatomy, fields, variant);
  const mass = kind === 'tumour' ? drawMassEffect(draws, anatomy, variant) : null;
  drawTissue(draws, anatomy, fields, mass, variant);
  if (kind === 'ms') addPlaques(draws, anatomy, fields, variant);
  if (kind === 'dark') addDarkLesions(draws, anatomy, fields, variant);
  for (let i = 0; i < fields.intensity.length; i++) {
    fields.intensity[i] = fields.intensity[i] * (1 - fields.fluid[i]) + anatomy.fluid * fields.fluid[i];
  }
  if (mass) addTumour(draws, anatomy, fields, mass, variant);
  const truth = new Uint8Array(fields.lesion.length);
  for (let i = 0; i < truth.length; i++) truth[i] = fields.lesion[i] > 0.5 && fields.brain[i] > 0.5 ? 1 : 0;
  return { pixels: acquire(draws, anatomy, fields, variant), truth };
}

/** Section 8 of the recipe: what the scanner does to it. Bias field, blur, Rician noise. */
function acquire(
  d: Draws,
  { gain }: Anatomy,
  { size, brain, intensity, x: across, y: blurred }: Fields,
  variant: PhantomVariant,
): Float32Array {
  const [cx, cy, cxx, cyy, cxy] = [0, 1, 2, 3, 4].map((k) => variant.shading * d.clamped(8, k));
  for (let r = 0, i = 0; r < size; r++) {
    const y = (2 * r + 1) / size - 1;
    for (let c = 0; c < size; c++, i++) {
      if (brain[i] === 0) {
        intensity[i] = 0;
        continue;
      }
      const x = (2 * c + 1) / size - 1;
      const bias = 0.1 * (cx * x + cy * y) + 0.08 * (cxx * (x * x - 0.33) + cyy * (y * y - 0.33) + cxy * x * y);
      intensity[i] *= brain[i] * gain * Math.exp(bias);
    }
  }
  // Where a pixel lies in the head is needed no more.
  blur(intensity, across, size, size, 1);
  blur(across, blurred, size, 1, size);
  const noise = variant.noise * d.between(9, 0, 0.025 - 0.01 * variant.noiseSpread, 0.025 + 0.01 * variant.noiseSpread);
  const realKey = d.key(10);
  const imaginaryKey = d.key(11);
  const pixels = new Float32Array(size * size);
  for (let i = 0; i < pixels.length; i++) {
    if (brain[i] <= 0.5) continue;
    const real = blurred[i] + noise * normalOf(realKey, i);
    const imaginary = noise * normalOf(imaginaryKey, i);
    pixels[i] = clamp(Math.sqrt(real * real + imaginary * imaginary), 0, 1);
  }
  return pixels;
}

/** [1 2 1] / 4 along the axis whose neighbours lie `step` apart, zeros outside; `other` is the step of the other axis. */
function blur(v: Float64Array, out: Float64Array, size: number, step: number, other: number): void {
  for (let p = 0; p < size; p++) {
    for (let q = 0; q < size; q++) {
      const i = p * step + q * other;
      out[i] = ((p > 0 ? v[i - step] : 0) + 2 * v[i] + (p < size - 1 ? v[i + step] : 0)) / 4;
    }
  }
}

export type PhantomSet = { name: string; role: Role; base: number; count: number; kind(index: number): PhantomKind };

const MIXED_KINDS: readonly PhantomKind[] = ['healthy', 'healthy', 'healthy', 'healthy', 'healthy', 'ms', 'ms', 'tumour', 'tumour', 'dark'];

/** The sets that every result on the phantom refers to. */
export const STANDARD_SETS: readonly PhantomSet[] = [
  { name: 'phantom reference', role: 'reference', base: 100_000, count: 2000, kind: () => 'healthy' },
  { name: 'phantom mixed', role: 'mixed', base: 200_000, count: 1000, kind: (index) => MIXED_KINDS[index % 10] },
  {
    name: 'phantom test',
    role: 'test',
    base: 900_000,
    count: 320,
    kind: (index) => (index < 100 ? 'healthy' : index < 200 ? 'ms' : index < 260 ? 'tumour' : 'dark'),
  },
];

/** Three mixed heads in four have a tumour, so that what a mixed set has besides healthy anatomy is plain to see. */
const TUMOUR_SETS: readonly PhantomSet[] = [
  STANDARD_SETS[0],
  { ...STANDARD_SETS[1], kind: (index) => (index % 4 === 0 ? 'healthy' : 'tumour') },
  { ...STANDARD_SETS[2], count: 260, kind: (index) => (index < 100 ? 'healthy' : 'tumour') },
];

/** The sets of a named phantom; `healthy`: the same subjects without lesions, for simulated anomalies. */
export function setsOf(name: PhantomName, healthy = false): readonly PhantomSet[] {
  const sets = name === 'tumours' || name === 'rinds' ? TUMOUR_SETS : STANDARD_SETS;
  return healthy ? sets.map((set) => ({ ...set, kind: () => 'healthy' })) : sets;
}

const EDGES = edgesOf('axial');

/** The slices of one set, one at a time so that a caller can show progress and stop. Every image is a subject of its own.
 * @param seed shifts the set's base by 1,000,000 × seed; 0 is the standard set */
export function* phantomSlices(set: PhantomSet, seed: number, size: number, variant = STANDARD): Generator<Slice, void, void> {
  const fields = newFields(size);
  for (let index = 0; index < set.count; index++) {
    const subject = set.base + 1_000_000 * seed + index;
    const kind = set.kind(index);
    const { pixels, truth } = drawOn(fields, subject, kind, variant);
    const name = `${kind} ${subject}`;
    const brain = brainStatistics([pixels]);
    const label = truth.includes(1) ? 1 : 0;
    yield { name, group: name, volume: name, index: 0, height: size, width: size, pixels, truth, label, brain, edges: EDGES };
  }
}
