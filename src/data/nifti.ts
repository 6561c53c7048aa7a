/** NIfTI-1 and NIfTI-2, `.nii` and `.nii.gz`. nifti-reader-js reads the header fields; byte order, scaling, the affine and every check
 * that a damaged file needs are here, because the library returns short or scaled-wrong data without a word. */
import { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import type { Geometry } from '../core/types';
import { affineOfQuaternion, isInvertible, spacingOf } from './affine';
import { ByteSource } from './bytes';
import { counted, DataError, megabytes } from './errors';
import type { Decoded } from './load';

type Header = NIFTI1 | NIFTI2;
type Numbers = ArrayLike<number> | ArrayLike<bigint>;
type Datatype = { name: string; bytes: number; view: (buffer: ArrayBuffer) => Numbers };

const DATATYPES: Record<number, Datatype> = {
  2: { name: 'uint8', bytes: 1, view: (b) => new Uint8Array(b) },
  4: { name: 'int16', bytes: 2, view: (b) => new Int16Array(b) },
  8: { name: 'int32', bytes: 4, view: (b) => new Int32Array(b) },
  16: { name: 'float32', bytes: 4, view: (b) => new Float32Array(b) },
  64: { name: 'float64', bytes: 8, view: (b) => new Float64Array(b) },
  256: { name: 'int8', bytes: 1, view: (b) => new Int8Array(b) },
  512: { name: 'uint16', bytes: 2, view: (b) => new Uint16Array(b) },
  768: { name: 'uint32', bytes: 4, view: (b) => new Uint32Array(b) },
  1024: { name: 'int64', bytes: 8, view: (b) => new BigInt64Array(b) },
  1280: { name: 'uint64', bytes: 8, view: (b) => new BigUint64Array(b) },
};

const REFUSED_DATATYPES: Record<number, string> = {
  1: '1-bit voxels',
  32: 'complex64 voxels',
  128: 'RGB voxels',
  1536: '128-bit float voxels',
  1792: 'complex128 voxels',
  2048: 'complex256 voxels',
  2304: 'RGBA voxels',
};

/** More than this in one frame would need over 2 GB of memory while decoding. */
const MOST_VOXELS = 2 ** 28;
/** Deflate cannot pack better than about 1032 : 1, so a header that asks for more than this lies. */
const BEST_DEFLATE_RATIO = 1100;

const LITTLE_ENDIAN_PLATFORM = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Whether the first bytes (unpacked) are a NIfTI header, of either version and byte order. */
export function isNifti(head: Uint8Array): boolean {
  const text = (at: number) => String.fromCharCode(...head.subarray(at, at + 3));
  const one = head.length >= 348 && (text(344) === 'n+1' || text(344) === 'ni1');
  return one || (head.length >= 12 && (text(4) === 'n+2' || text(4) === 'ni2'));
}

/** Decodes the first frame.
 * @returns voxels after scl_slope and scl_inter, NaN and infinite ones set to 0; `notes` says what was changed
 * @throws DataError for a damaged header, missing voxel data, or a voxel type without one intensity */
export async function readNifti(blob: Blob): Promise<Decoded> {
  const source = await ByteSource.open(blob);
  try {
    return await decode(source, blob.size);
  } finally {
    await source.close();
  }
}

async function decode(source: ByteSource, fileBytes: number): Promise<Decoded> {
  const { header, bytes: headerBytes, raw } = await readHeader(source);
  const notes: string[] = [];
  const { width, height, depth, frames } = shapeOf(header);
  const type = datatypeOf(header);
  const { slope, inter } = scalingOf(header);

  const count = width * height * depth;
  const shape = `${width} × ${height} × ${depth}`;
  if (count > MOST_VOXELS) {
    throw new DataError(`Its header asks for ${shape} voxels, more than a browser can hold. Crop or downsample it, or check the header.`);
  }
  const offset = header.vox_offset;
  if (!Number.isInteger(offset) || offset < headerBytes) {
    throw new DataError(`Its header places the voxels at byte ${offset}, which is no place after the header. Convert it again.`);
  }
  const wanted = offset + count * frames * type.bytes;
  if (wanted > (source.gzipped ? fileBytes * BEST_DEFLATE_RATIO : fileBytes)) throw cutShort(wanted, fileBytes);

  const buffer = new ArrayBuffer(count * type.bytes);
  const voxelBytes = new Uint8Array(buffer);
  const skipped = await source.fill(new Uint8Array(offset - headerBytes));
  const filled = await source.fill(voxelBytes);
  const unpacked = headerBytes + skipped + filled + (await source.drain());
  if (unpacked < wanted) throw cutShort(wanted, unpacked);
  if (frames > 1) notes.push(`It holds ${frames} volumes (4D); the first one was taken.`);

  if (header.littleEndian !== LITTLE_ENDIAN_PLATFORM) swapBytes(voxelBytes, type.bytes);
  const { voxels, replaced } = scale(type.view(buffer), slope, inter);
  if (replaced === count) throw new DataError('Every voxel is NaN or infinite: there is no image in it.');
  if (replaced > 0) notes.push(`${counted(replaced, 'NaN or infinite voxel')} set to 0.`);

  const geometry = geometryOf(header, raw, [width, height, depth], notes);
  return { depth, height, width, voxels, geometry, dtype: type.name, notes };
}

async function readHeader(source: ByteSource): Promise<{ header: Header; bytes: number; raw: DataView }> {
  let data = new Uint8Array(348);
  let filled = await source.fill(data);
  if (filled < 348) throw new DataError(`It ends after ${filled} bytes, before its NIfTI header is complete. Copy or download it again.`);
  const first = new DataView(data.buffer);
  const two = first.getInt32(0, true) === 540 || first.getInt32(0, false) === 540;
  if (two) {
    const longer = new Uint8Array(540);
    longer.set(data);
    filled += await source.fill(longer.subarray(348));
    data = longer;
    if (filled < 540)
      throw new DataError(`It ends after ${filled} bytes, before its NIfTI-2 header is complete. Copy or download it again.`);
  }
  // Given exactly the header's bytes, the library leaves extensions alone: nothing in them is needed.
  const header = two ? new NIFTI2() : new NIFTI1();
  try {
    header.readHeader(data.buffer);
  } catch {
    throw new DataError('It has a NIfTI mark but no valid header size: the header is damaged. Convert it again.');
  }
  if (header.magic.startsWith('ni')) {
    throw new DataError('It is the header of a NIfTI .hdr/.img pair, which this lab does not read yet. Convert the pair to one .nii file.');
  }
  return { header, bytes: data.length, raw: new DataView(data.buffer) };
}

function shapeOf(header: Header): { width: number; height: number; depth: number; frames: number } {
  const rank = header.dims[0];
  const dims = header.dims.slice(1, rank + 1);
  const valid = Number.isInteger(rank) && rank >= 1 && rank <= 7 && dims.every((n) => Number.isSafeInteger(n) && n >= 1);
  if (!valid) throw new DataError(`Its header gives impossible dimensions (${header.dims.join(', ')}): the header is damaged.`);
  const [width, height = 1, depth = 1, ...rest] = dims;
  return { width, height, depth, frames: rest.reduce((n, d) => n * d, 1) };
}

function datatypeOf(header: Header): Datatype {
  const type = DATATYPES[header.datatypeCode];
  if (type) return type;
  const name = REFUSED_DATATYPES[header.datatypeCode] ?? `voxels of the unknown type ${header.datatypeCode}`;
  throw new DataError(`It holds ${name}, which are not one intensity each. Convert it to a real-valued type such as float32.`);
}

/** The standard: a slope of 0, NaN or infinity means no scaling at all, whatever the intercept. */
function scalingOf(header: Header): { slope: number; inter: number } {
  const { scl_slope: slope, scl_inter: inter } = header;
  if (!Number.isFinite(slope) || slope === 0) return { slope: 1, inter: 0 };
  if (!Number.isFinite(inter))
    throw new DataError(`Its header scales intensities by ${slope} with the intercept ${inter}: the header is damaged.`);
  return { slope, inter };
}

function cutShort(wanted: number, there: number): DataError {
  return new DataError(
    `Its header asks for ${megabytes(wanted)} but the file holds ${megabytes(there)}: it is cut short or its header is damaged. Copy or download it again.`,
  );
}

/** Reverses the bytes of every `width`-byte value in place. */
function swapBytes(bytes: Uint8Array, width: number): void {
  if (width === 1) return;
  for (let at = 0; at < bytes.length; at += width) {
    for (let lo = at, hi = at + width - 1; lo < hi; lo++, hi--) {
      const held = bytes[lo];
      bytes[lo] = bytes[hi];
      bytes[hi] = held;
    }
  }
}

function scale(stored: Numbers, slope: number, inter: number): { voxels: Float32Array; replaced: number } {
  const plain = slope === 1 && inter === 0;
  if (plain && stored instanceof Float32Array) return { voxels: stored, replaced: zeroNonFinite(stored) };
  const voxels = new Float32Array(stored.length);
  for (let i = 0; i < voxels.length; i++) voxels[i] = Number(stored[i]) * slope + inter;
  return { voxels, replaced: zeroNonFinite(voxels) };
}

function zeroNonFinite(voxels: Float32Array): number {
  let replaced = 0;
  for (let i = 0; i < voxels.length; i++) {
    // NaN and the infinities are the values whose difference from themselves is not 0.
    if (voxels[i] - voxels[i] !== 0) {
      voxels[i] = 0;
      replaced++;
    }
  }
  return replaced;
}

/** sform, else qform, else nibabel's default. Read from the raw fields: the library lets the larger code win and makes NaN of some qforms. */
function geometryOf(header: Header, raw: DataView, shape: readonly number[], notes: string[]): Geometry {
  const isTwo = header instanceof NIFTI2;
  const [dx, dy, dz] = [1, 2, 3].map((c) => {
    const size = Math.abs(header.pixDims[c]);
    return Number.isFinite(size) && size > 0 ? size : 1;
  });
  const srow = (index: number) =>
    isTwo ? raw.getFloat64(400 + 8 * index, header.littleEndian) : raw.getFloat32(280 + 4 * index, header.littleEndian);
  const units = header.xyzt_units & 7;
  if (units === 1 || units === 3) {
    notes.push(`Its header counts in ${units === 1 ? 'metres' : 'micrometres'}; the numbers were read as millimetres.`);
  }

  let affine: number[] | null = null;
  if (header.sform_code > 0) affine = [...Array.from({ length: 12 }, (_, i) => srow(i)), 0, 0, 0, 1];
  else if (header.qform_code > 0) {
    const offset = [header.qoffset_x, header.qoffset_y, header.qoffset_z] as const;
    const qfac = header.pixDims[0] < 0 ? -1 : 1;
    affine = affineOfQuaternion({ b: header.quatern_b, c: header.quatern_c, d: header.quatern_d, offset, qfac }, [dx, dy, dz]);
  }
  if (affine && isInvertible(affine)) return { affine, spacing: spacingOf(affine), known: true };
  if (affine) notes.push('Its orientation matrix is not usable; left and right are unknown.');
  const centre = (c: number, size: number) => ((shape[c] - 1) / 2) * size;
  return {
    affine: [-dx, 0, 0, centre(0, dx), 0, dy, 0, -centre(1, dy), 0, 0, dz, -centre(2, dz), 0, 0, 0, 1],
    spacing: [dx, dy, dz],
    known: false,
  };
}
