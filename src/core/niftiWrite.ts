/** Writes NIfTI-1: masks and score maps on the grid of the scan they belong to. */

import { determinant, quaternionOf, spacingOf } from './affine';
import type { Geometry } from './types';

const HEADER_BYTES = 352;
const LARGEST_DIMENSION = 32767;

/** One `.nii` file, little-endian, slope 1, millimetres. The affine goes into the sform, and into the qform too where its axes are at
 * right angles (a sheared one has no quaternion). A source that said nothing about orientation gets codes 0: neither does the mask.
 * @param values width · height · depth values in voxel order; Uint8Array is written as uint8, Float32Array as float32
 * @throws RangeError when the shape does not fit the values or NIfTI-1 */
export function writeNifti(
  values: Uint8Array | Float32Array,
  { width, height, depth, geometry }: { width: number; height: number; depth: number; geometry: Geometry },
): Uint8Array<ArrayBuffer> {
  if (values.length !== width * height * depth) {
    throw new RangeError(`${values.length} values do not fill ${width} × ${height} × ${depth} voxels.`);
  }
  if (Math.max(width, height, depth) > LARGEST_DIMENSION) throw new RangeError('NIfTI-1 holds at most 32,767 voxels along an axis.');
  const isFloat = values instanceof Float32Array;
  const file = new Uint8Array(HEADER_BYTES + values.length * (isFloat ? 4 : 1));
  const view = new DataView(file.buffer);
  const int16 = (at: number, v: number) => view.setInt16(at, v, true);
  const float32 = (at: number, v: number) => view.setFloat32(at, v, true);

  view.setInt32(0, 348, true);
  [3, width, height, depth, 1, 1, 1, 1].forEach((n, i) => {
    int16(40 + 2 * i, n);
  });
  int16(70, isFloat ? 16 : 2);
  int16(72, isFloat ? 32 : 8);
  const { affine } = geometry;
  const quaternion = quaternionOf(affine);
  const qfac = determinant(affine) < 0 ? -1 : 1;
  [qfac, ...spacingOf(affine), 1, 1, 1, 1].forEach((size, i) => {
    float32(76 + 4 * i, size);
  });
  float32(108, HEADER_BYTES);
  float32(112, 1);
  file[123] = 2; // millimetres
  int16(252, geometry.known && quaternion ? 1 : 0);
  int16(254, geometry.known ? 1 : 0);
  if (quaternion) {
    [quaternion.b, quaternion.c, quaternion.d, ...quaternion.offset].forEach((v, i) => {
      float32(256 + 4 * i, v);
    });
  }
  for (let i = 0; i < 12; i++) float32(280 + 4 * i, affine[i]);
  [0x6e, 0x2b, 0x31].forEach((byte, i) => {
    file[344 + i] = byte; // 'n+1'
  });

  if (!isFloat) file.set(values, HEADER_BYTES);
  else for (let i = 0; i < values.length; i++) float32(HEADER_BYTES + 4 * i, values[i]);
  return file;
}
