/** NIfTI-1 and NIfTI-2, `.nii`, `.nii.gz` and `.hdr/.img` pairs, and Analyze 7.5. nifti-reader-js reads the header fields; byte order,
 * scaling, the affine and every check that a damaged file needs are here, because the library returns short or scaled-wrong data without a
 * word. */
import { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import { affineOfQuaternion, farthestCorner, isInvertible, spacingOf } from '../core/affine';
import type { Geometry } from '../core/types';
import { ByteSource } from './bytes';
import { DataError } from './errors';
import { finish } from './intensities';
import type { Ask, Decoded } from './load';
import { fileNameOf } from './paths';
import { type Block, frameNote, readBlock, type Scalar } from './voxels';

type Header = NIFTI1 | NIFTI2;
type Datatype = { name: string; type: Scalar; channels: number; complex?: true };

const scalar = (type: Scalar): Datatype => ({ name: type, type, channels: 1 });
const DATATYPES: Record<number, Datatype> = {
  2: scalar('uint8'),
  4: scalar('int16'),
  8: scalar('int32'),
  16: scalar('float32'),
  32: { name: 'complex64', type: 'float32', channels: 2, complex: true },
  64: scalar('float64'),
  128: { name: 'rgb24', type: 'uint8', channels: 3 },
  256: scalar('int8'),
  512: scalar('uint16'),
  768: scalar('uint32'),
  1024: scalar('int64'),
  1280: scalar('uint64'),
  1792: { name: 'complex128', type: 'float64', channels: 2, complex: true },
  2304: { name: 'rgba32', type: 'uint8', channels: 4 },
};

const REFUSED_DATATYPES: Record<number, string> = { 1: '1-bit voxels', 1536: '128-bit float voxels', 2048: 'complex256 voxels' };

/** Whether the first bytes (unpacked) are a NIfTI header, of either version and byte order. */
export function isNifti(head: Uint8Array): boolean {
  const text = (at: number) => String.fromCharCode(...head.subarray(at, at + 3));
  const one = head.length >= 348 && (text(344) === 'n+1' || text(344) === 'ni1');
  return one || (head.length >= 12 && (text(4) === 'n+2' || text(4) === 'ni2'));
}

/** An Analyze 7.5 header: the size of NIfTI-1's without its mark. */
export function isAnalyze(head: Uint8Array): boolean {
  if (head.length < 348 || isNifti(head)) return false;
  const view = new DataView(head.buffer, head.byteOffset);
  const size = [true, false].find((little) => view.getInt32(0, little) === 348);
  return size !== undefined && head[38] === 0x72; // 'r', for regular
}

/** Decodes one frame.
 * @returns voxels after scl_slope and scl_inter, NaN and infinite ones set to 0; `notes` says what was changed
 * @throws DataError for a damaged header, missing voxel data, or a voxel type without one intensity */
export async function readNifti(blob: Blob, ask: Ask): Promise<Decoded> {
  const source = await ByteSource.open(blob);
  try {
    const parsed = await readHeader(source);
    if (!parsed.header.magic.startsWith('ni')) return await decode(source, parsed, ask);
    const voxels = await ByteSource.open(await partnerOf(ask));
    try {
      return await decode(voxels, { ...parsed, bytes: 0 }, ask);
    } finally {
      await voxels.close();
    }
  } finally {
    await source.close();
  }
}

/** File names that hold the voxels of a `.hdr`, in the order of preference. */
export function imgNamesOf(path: string): string[] {
  const stem = fileNameOf(path).replace(/\.hdr(\.gz)?$/i, '');
  return [`${stem}.img`, `${stem}.img.gz`];
}

async function partnerOf({ name, sibling }: Ask): Promise<Blob> {
  const names = imgNamesOf(name);
  for (const wanted of names) {
    const found = await sibling(wanted);
    if (found) return found;
  }
  throw new DataError(`It is the header of a .hdr/.img pair, and ${names[0]} is not beside it. Drop both files together.`);
}

type Parsed = { header: Header; bytes: number; raw: DataView; analyze: boolean };

async function decode(source: ByteSource, { header, bytes, raw, analyze }: Parsed, { use, frame }: Ask): Promise<Decoded> {
  const notes: string[] = [];
  const { width, height, depth, frames } = shapeOf(header);
  const type = datatypeOf(header);
  const offset = header.vox_offset;
  if (!Number.isInteger(offset) || offset < bytes) {
    throw new DataError(`Its header places the voxels at byte ${offset}, which is no place after the header. Convert it again.`);
  }
  const plain = type.channels > 1;
  const { slope, inter } = plain ? { slope: 1, inter: 0 } : scalingOf(header);
  const block: Block = { width, height, depth, frames, ...type, littleEndian: header.littleEndian, slope, inter };
  const samples = await readBlock(source, bytes, offset - bytes, block, frame);
  notes.push(...frameNote(frames, frame));
  if (analyze) notes.push('It is Analyze 7.5, which says nothing reliable about orientation; left and right are unknown.');
  const { geometry, from } = geometryOf(header, raw, [width, height, depth], notes);
  const decoded = finish({ samples, width, height, depth, frames, geometry, dtype: type.name, notes, ...type }, use);
  return from ? { ...decoded, orientationFrom: from } : decoded;
}

async function readHeader(source: ByteSource): Promise<Parsed> {
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
  const analyze = !two && isAnalyze(data);
  if (analyze) {
    // Everything after the image dimensions means something else there: no scaling, no orientation.
    data.fill(0, 112, 120);
    data.fill(0, 252, 344);
    data.set([0x6e, 0x69, 0x31, 0], 344); // 'ni1'
  }
  // Given exactly the header's bytes, the library leaves extensions alone: nothing in them is needed.
  const header = two ? new NIFTI2() : new NIFTI1();
  try {
    header.readHeader(data.buffer);
  } catch {
    throw new DataError('It has a NIfTI mark but no valid header size: the header is damaged. Convert it again.');
  }
  return { header, bytes: data.length, raw: new DataView(data.buffer), analyze };
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

type Placed = { geometry: Geometry; from: 's-form' | 'q-form' | null };

/** sform, else qform, else nibabel's default. Read from the raw fields: the library lets the larger code win and makes NaN of some qforms. */
function geometryOf(header: Header, raw: DataView, shape: readonly number[], notes: string[]): Placed {
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

  const sform = header.sform_code > 0 ? [...Array.from({ length: 12 }, (_, i) => srow(i)), 0, 0, 0, 1] : null;
  let qform: number[] | null = null;
  if (header.qform_code > 0) {
    const offset = [header.qoffset_x, header.qoffset_y, header.qoffset_z] as const;
    const qfac = header.pixDims[0] < 0 ? -1 : 1;
    qform = affineOfQuaternion({ b: header.quatern_b, c: header.quatern_c, d: header.quatern_d, offset, qfac }, [dx, dy, dz]);
  }
  const affine = sform ?? qform;
  if (affine && isInvertible(affine)) {
    const apart = sform && qform && isInvertible(qform) ? farthestCorner(sform, qform, shape) : 0;
    if (apart > 1) notes.push(`Its s-form and q-form place it up to ${apart.toFixed(0)} mm apart; the s-form was used.`);
    return { geometry: { affine, spacing: spacingOf(affine), known: true }, from: sform ? 's-form' : 'q-form' };
  }
  notes.push(
    affine
      ? 'Its orientation matrix is not usable; left and right are unknown.'
      : 'It has neither an s-form nor a q-form; left and right are unknown.',
  );
  const centre = (c: number, size: number) => ((shape[c] - 1) / 2) * size;
  const unplaced = {
    affine: [-dx, 0, 0, centre(0, dx), 0, dy, 0, -centre(1, dy), 0, 0, dz, -centre(2, dz), 0, 0, 0, 1],
    spacing: [dx, dy, dz] as const,
    known: false,
  };
  return { geometry: unplaced, from: null };
}
