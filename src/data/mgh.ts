/** FreeSurfer's MGH, and MGZ, which is the same packed with gzip. Always big-endian; the header is 284 bytes.
 * https://surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat */

import { isInvertible, spacingOf } from '../core/affine';
import type { Geometry } from '../core/types';
import { ByteSource } from './bytes';
import { DataError } from './errors';
import { finish } from './intensities';
import type { Ask, Decoded } from './load';
import { frameNote, readBlock, type Scalar } from './voxels';

const HEADER_BYTES = 284;
const TYPES: Record<number, Scalar> = { 0: 'uint8', 1: 'int32', 3: 'float32', 4: 'int16', 10: 'uint16' };

/** Version 1, then four plausible sizes and a known type: MGH has no mark of its own. */
export function isMgh(head: Uint8Array): boolean {
  if (head.length < HEADER_BYTES) return false;
  const view = new DataView(head.buffer, head.byteOffset);
  const sizes = [4, 8, 12, 16].map((at) => view.getInt32(at));
  return view.getInt32(0) === 1 && sizes.every((n) => n >= 1 && n < 2 ** 24) && view.getInt32(20) >= 0 && view.getInt32(20) <= 10;
}

export async function readMgh(blob: Blob, ask: Ask): Promise<Decoded> {
  const source = await ByteSource.open(blob);
  try {
    const head = new Uint8Array(HEADER_BYTES);
    await source.fill(head);
    const view = new DataView(head.buffer);
    const [width, height, depth, frames] = [4, 8, 12, 16].map((at) => view.getInt32(at));
    const type = TYPES[view.getInt32(20)];
    if (!type)
      throw new DataError(`It holds MGH values of the type ${view.getInt32(20)}, which this lab does not read. Convert it (mri_convert).`);
    const notes: string[] = [];
    const block = { width, height, depth, frames, channels: 1, type, littleEndian: false, slope: 1, inter: 0 };
    const samples = await readBlock(source, HEADER_BYTES, 0, block, ask.frame);
    notes.push(...frameNote(frames, ask.frame));
    const geometry = geometryOf(view, [width, height, depth], notes);
    return finish({ samples, channels: 1, width, height, depth, frames, geometry, dtype: type, notes }, ask.use);
  } finally {
    await source.close();
  }
}

/** The header gives direction cosines and where the voxel at half the shape lies, in RAS millimetres. */
function geometryOf(view: DataView, shape: readonly number[], notes: string[]): Geometry {
  const floats = (from: number, count: number) => Array.from({ length: count }, (_, i) => view.getFloat32(from + 4 * i));
  const good = view.getInt16(28) > 0;
  // Without the flag FreeSurfer takes a coronal volume of 1 mm around the origin.
  const spacing = good ? floats(30, 3) : [1, 1, 1];
  const cosines = good ? floats(42, 9) : [-1, 0, 0, 0, 0, -1, 0, 1, 0];
  const centre = good ? floats(78, 3) : [0, 0, 0];
  const row = (r: number) => {
    const along = [0, 1, 2].map((axis) => cosines[3 * axis + r] * spacing[axis]);
    return [...along, centre[r] - along.reduce((sum, v, axis) => sum + v * Math.trunc(shape[axis] / 2), 0)];
  };
  const affine = [...row(0), ...row(1), ...row(2), 0, 0, 0, 1];
  if (!isInvertible(affine)) {
    notes.push('Its orientation matrix is not usable; left and right are unknown.');
    return { affine: [-1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1], spacing: [1, 1, 1], known: false };
  }
  if (!good) notes.push('Its header does not say where its axes point; left and right are unknown.');
  return { affine, spacing: spacingOf(affine), known: good };
}
