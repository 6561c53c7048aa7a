/** From what a file stores to one intensity a voxel. */
import type { Geometry } from '../core/types';
import { counted, DataError } from './errors';
import type { Decoded, Use } from './load';
import { luminance } from './luminance';
import { zeroNonFinite } from './voxels';

export type Samples = {
  /** `channels` numbers a voxel, side by side. */
  samples: Float32Array;
  channels: number;
  /** The two channels are the real and the imaginary part. */
  complex?: true;
  width: number;
  height: number;
  depth: number;
  frames: number;
  geometry: Geometry;
  dtype: string;
  notes: string[];
};

/** Colour becomes luminance, complex numbers their magnitude, NaN and infinite numbers 0; each is said. As 'stored' nothing is changed.
 * @throws DataError when nothing but NaN is there, or for vectors, which are no intensities */
export function finish({ samples, channels, complex, ...rest }: Samples, use: Use): Decoded {
  if (use === 'stored') return { ...rest, voxels: samples, channels };
  const { notes } = rest;
  const replaced = zeroNonFinite(samples);
  if (replaced === samples.length) throw new DataError('Every voxel is NaN or infinite: there is no image in it.');
  if (replaced > 0) notes.push(`${counted(replaced, 'NaN or infinite voxel')} set to 0.`);
  if (channels === 1) return { ...rest, voxels: samples };
  if (complex) {
    notes.push('Its complex numbers were reduced to their magnitude.');
    return { ...rest, voxels: Float32Array.from({ length: samples.length / 2 }, (_, i) => Math.hypot(samples[2 * i], samples[2 * i + 1])) };
  }
  if (channels > 4)
    throw new DataError(`It holds ${channels} numbers a voxel (vectors), not intensities. Save one of them as a volume of its own.`);
  return { ...rest, voxels: luminance(samples, channels, rest.dtype === 'uint16' ? 65535 : 255, notes) };
}
