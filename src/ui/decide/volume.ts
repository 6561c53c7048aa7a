/** A volume in view: where its cursor starts, what is flagged in it, what there is to say about it. */
import { edgesOf } from '../../core/planes';
import type { Evaluation } from '../../core/protocol';
import { PLANES, type PlaneName } from '../../core/recipe';
import { type At, type Box, GAP, type View } from '../../core/reformat';
import type { Edges } from '../../core/types';
import type { CutState } from '../../store/cut';
import { fixed, plural, unit } from '../format';
import { type Mask, maskOf } from './masks';

/** The slice in view, at its highest score; in the middle where a scorer has no map. */
export function startIn({ maps, mapless }: Evaluation, { size, slices }: Box, slice: number): At {
  const codes = maps.subarray(slice * size * size, (slice + 1) * size * size);
  const most = mapless ? (size >> 1) * (size + 1) : codes.reduce((best, code, i) => (code > codes[best] ? i : best), 0);
  return { slice: slices.indexOf(slice), row: Math.floor(most / size), column: most % size };
}

/** 1 where a pixel of a slice is flagged at the cut, else 0; null without a cut. */
export function maskIn(evaluation: Evaluation, cut: CutState): ((slice: number, pixel: number) => number) | null {
  if (!cut.cut || evaluation.mapless) return null;
  const masks = new Map<number, Mask | null>();
  return (slice, pixel) => {
    let mask = masks.get(slice);
    if (mask === undefined) {
      mask = maskOf(evaluation, slice, cut);
      masks.set(slice, mask);
    }
    return mask && mask.values[pixel] >= mask.level ? 1 : 0;
  };
}

/** The plane that a slice with these letters lies in; null where the file does not say. */
export const planeOf = (edges: Edges | null): PlaneName | null =>
  PLANES.find((plane) => edges && Object.entries(edgesOf(plane)).every(([side, letter]) => edges[side as keyof Edges] === letter)) ?? null;

const TITLES = { axial: 'Axial', coronal: 'Coronal', sagittal: 'Sagittal' };
/** Where the file does not say how the body lies. */
const UNKNOWN = { slice: 'The slices', row: 'Across their rows', column: 'Across their columns' };

export const titleOf = ({ plane, through }: View, known: boolean): string => (known ? TITLES[plane] : UNKNOWN[through]);

/** What the planes were made of, in sentences. */
export function madeOf({ slices, pitch }: Box, pixelArea: number | null, known: boolean): string {
  const missing = slices.filter((slice) => slice === GAP).length;
  const side = pixelArea === null ? null : Math.sqrt(pixelArea);
  const spacing =
    side === null
      ? 'The file does not say how large its voxels are: they are drawn as cubes.'
      : `Slices ${unit(fixed(pitch * side, 1), 'mm')} apart, pixels of ${unit(fixed(side, 1), 'mm')}; nothing is interpolated.`;
  const gaps = `${plural(missing, 'slice')} of ${slices.length} ${missing === 1 ? 'was' : 'were'} left out or not scored: hatched.`;
  return [spacing, ...(missing > 0 ? [gaps] : []), ...(known ? [] : ['Which side is which is unknown.'])].join(' ');
}

const SIDES = ['the back', 'the left', 'the front', 'the right'];

/** Where a view in 3-D is taken from; degrees from behind over the patient's left, and up. */
export function seenFrom({ azimuth, elevation }: { azimuth: number; elevation: number }): string {
  const eighth = Math.round(azimuth / 45) % 8;
  const sides = [SIDES[eighth >> 1], ...(eighth % 2 ? [SIDES[((eighth >> 1) + 1) % 4]] : [])];
  const height = elevation > 22.5 ? ['above'] : elevation < -22.5 ? ['below'] : [];
  return `seen from ${[...(Math.abs(elevation) > 67.5 ? [] : sides), ...height].join(' and ')}`;
}
