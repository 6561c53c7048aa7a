/** NRRD, attached or detached (`.nhdr` with its data file). No library kept up to date reads it exactly; the format's definition is
 * https://teem.sourceforge.net/nrrd/format.html */

import { IMAGE_GEOMETRY, isInvertible, spacingOf } from '../core/affine';
import type { Geometry } from '../core/types';
import { ByteSource } from './bytes';
import { DataError } from './errors';
import { finish } from './intensities';
import type { Ask, Decoded } from './load';
import { fileNameOf } from './paths';
import { assertSizes, headerLines, numbersOf } from './textHeader';
import { assertHoldable, type Block, type Frame, frameNote, readBlock, SCALARS, type Scalar } from './voxels';

const TYPES: Record<string, Scalar> = {};
for (const [type, names] of [
  ['int8', 'signed char, int8, int8_t'],
  ['uint8', 'uchar, unsigned char, uint8, uint8_t'],
  ['int16', 'short, short int, signed short, signed short int, int16, int16_t'],
  ['uint16', 'ushort, unsigned short, unsigned short int, uint16, uint16_t'],
  ['int32', 'int, signed int, int32, int32_t'],
  ['uint32', 'uint, unsigned int, uint32, uint32_t'],
  ['int64', 'longlong, long long, long long int, signed long long, signed long long int, int64, int64_t'],
  ['uint64', 'ulonglong, unsigned long long, unsigned long long int, uint64, uint64_t'],
  ['float32', 'float'],
  ['float64', 'double'],
] as const) {
  for (const name of names.split(', ')) TYPES[name] = type;
}

/** Signs that turn the axes of a named space into right, anterior, superior. */
const SPACES: Record<string, readonly [number, number, number]> = {
  'right-anterior-superior': [1, 1, 1],
  ras: [1, 1, 1],
  'left-anterior-superior': [-1, 1, 1],
  las: [-1, 1, 1],
  'left-posterior-superior': [-1, -1, 1],
  lps: [-1, -1, 1],
};

export function isNrrd(head: Uint8Array): boolean {
  return String.fromCharCode(...head.subarray(0, 7)) === 'NRRD000';
}

type Fields = Map<string, string>;

async function fieldsOf(blob: Blob): Promise<{ fields: Fields; end: number }> {
  const { lines, end } = await headerLines(blob, (line) => line === '');
  const fields: Fields = new Map();
  for (const line of lines.slice(1)) {
    // ':=' is a key/value pair of the user's, which means nothing to readers.
    const match = /^([^:#]+): (.*)$/.exec(line);
    if (match) fields.set(match[1].trim().toLowerCase(), match[2].trim());
  }
  return { fields, end };
}

/** Names of the files that hold the voxels of a detached header; none for an attached one.
 * @throws DataError for lists and patterns of files */
export async function nrrdDataFiles(blob: Blob): Promise<string[]> {
  const { fields } = await fieldsOf(blob);
  const file = fields.get('data file') ?? fields.get('datafile');
  if (file === undefined) return [];
  if (/^LIST\b|%/.test(file))
    throw new DataError('Its voxels are spread over a list of files, which this lab does not read. Save it as one .nrrd.');
  return [fileNameOf(file.replaceAll('\\', '/'))];
}

/** @returns one frame of voxels with the affine turned into RAS
 * @throws DataError for a damaged header, missing voxels, or an encoding other than raw, gzip and ascii */
export async function readNrrd(blob: Blob, ask: Ask): Promise<Decoded> {
  const { fields, end } = await fieldsOf(blob);
  const type = TYPES[(fields.get('type') ?? '').toLowerCase()];
  if (!type)
    throw new DataError(`It holds values of the type "${fields.get('type') ?? ''}", which are not one number each. Save it as float.`);
  const sizes = numbersOf(fields.get('sizes') ?? '', 'sizes');
  assertSizes(sizes, 'sizes');
  if (numbersOf(fields.get('dimension') ?? '', 'dimension')[0] !== sizes.length) {
    throw new DataError(`Its header says ${fields.get('dimension')} dimensions but lists ${sizes.length} sizes: the header is damaged.`);
  }
  const endian = fields.get('endian');
  if (SCALARS[type].bytes > 1 && endian !== 'little' && endian !== 'big' && fields.get('encoding') !== 'ascii') {
    throw new DataError('Its header does not say in which byte order the values are (endian). Save it again.');
  }
  const notes: string[] = [];
  const { channels, shape, frames, geometry } = axesOf(fields, sizes, notes);
  const [width, height, depth] = shape;
  const block: Block = { width, height, depth, frames, channels, type, littleEndian: endian !== 'big', slope: 1, inter: 0 };
  const [dataFile] = await nrrdDataFiles(blob);
  let data = blob.slice(end);
  if (dataFile !== undefined) {
    const found = await ask.sibling(dataFile);
    if (!found) throw new DataError(`Its voxels are in the file ${dataFile}, which is not beside it. Drop both files together.`);
    data = found;
  }
  const samples = await voxelsOf(data, fields, block, ask.frame);
  notes.push(...frameNote(frames, ask.frame));
  return finish({ samples, channels, width, height, depth, frames, geometry, dtype: type, notes }, ask.use);
}

async function voxelsOf(data: Blob, fields: Fields, block: Block, frame: Frame): Promise<Float32Array> {
  const encoding = (fields.get('encoding') ?? '').toLowerCase();
  const lineSkip = Number(fields.get('line skip') ?? fields.get('lineskip') ?? 0);
  const byteSkip = Number(fields.get('byte skip') ?? fields.get('byteskip') ?? 0);
  if (lineSkip !== 0) throw new DataError('It skips lines before its voxels (line skip), which this lab does not read. Save it again.');
  if (encoding === 'ascii' || encoding === 'txt' || encoding === 'text') return textVoxels(data, block, frame);
  const packed = encoding === 'gzip' || encoding === 'gz';
  if (!packed && encoding !== 'raw') {
    throw new DataError(`Its voxels are packed as "${encoding}", which this lab does not read. Save it with gzip or raw encoding.`);
  }
  const { width, height, depth, frames, channels } = block;
  const needed = width * height * depth * frames * channels * SCALARS[block.type].bytes;
  const skip = byteSkip === -1 && !packed ? data.size - needed : byteSkip;
  if (!Number.isSafeInteger(skip) || skip < 0)
    throw new DataError(`It holds ${data.size} bytes of voxels, but its header asks for ${needed}: it is cut short.`);
  const source = await ByteSource.open(data);
  try {
    return await readBlock(source, 0, skip, block, frame);
  } finally {
    await source.close();
  }
}

async function textVoxels(data: Blob, { width, height, depth, frames, channels }: Block, frame: Frame): Promise<Float32Array> {
  assertHoldable(width, height, depth, channels * frames);
  const count = width * height * depth * channels;
  const [from, to] = frame === 'all' ? [0, frames] : [frame, frame + 1];
  if (data.size < 2 * count * frames - 1)
    throw new DataError(`Its ${data.size} bytes of text cannot hold ${count * frames} numbers: it is cut short.`);
  const words = (await data.text()).trim().split(/\s+/);
  const values = Float32Array.from(words.slice(from * count, to * count), Number);
  if (words.length < count * frames)
    throw new DataError(`It holds ${words.length} numbers, but its header asks for ${count * frames}: it is cut short.`);
  return values;
}

type Axes = { channels: number; shape: readonly [number, number, number]; frames: number; geometry: Geometry };

/** Which axes are space, and where they point. An axis without a direction holds colours or vectors when it comes first, volumes when last. */
function axesOf(fields: Fields, sizes: readonly number[], notes: string[]): Axes {
  const space = (fields.get('space') ?? '').toLowerCase().replace(/-time$|t$/, '');
  const kinds = (fields.get('kinds') ?? '').toLowerCase().split(/\s+/);
  const vectors = fields
    .get('space directions')
    ?.match(/none|\([^)]*\)/gi)
    ?.map((v) => (/none/i.test(v) ? null : vectorOf(v)));
  if (vectors && vectors.length !== sizes.length) {
    throw new DataError(`Its header lists ${sizes.length} sizes but ${vectors.length} space directions: the header is damaged.`);
  }
  const isSpace = (axis: number) => (vectors ? vectors[axis] !== null : !/color|vector|list|time|matrix|complex/.test(kinds[axis] ?? ''));
  const spatial = sizes.map((_, axis) => axis).filter(isSpace);
  while (spatial.length > 3) spatial.pop();
  const first = spatial[0] ?? 0;
  if (spatial.length === 0 || spatial.some((axis, n) => axis !== first + n)) {
    throw new DataError('Its axes of space do not lie side by side, which this lab does not read. Save it with the other axis last.');
  }
  const product = (from: number, to: number) => sizes.slice(from, to).reduce((n, s) => n * s, 1);
  const channels = product(0, first);
  const frames = product(first + spatial.length, sizes.length);
  const [width, height = 1, depth = 1] = spatial.map((axis) => sizes[axis]);
  const signs = SPACES[space];
  const columns = spatial.map((axis) => vectors?.[axis] ?? null);
  const origin = fields.get('space origin') ? vectorOf(fields.get('space origin') as string) : [0, 0, 0];
  const geometry = signs && columns.length === 3 ? geometryOf(columns as number[][], origin, signs) : null;
  if (geometry) return { channels, shape: [width, height, depth], frames, geometry };
  notes.push('Its header does not say where its axes point; left and right are unknown.');
  const sizesMm = spatial.map((axis, n) => {
    const own = columns[n] ? Math.hypot(...(columns[n] as number[])) : Number((fields.get('spacings') ?? '').split(/\s+/)[axis]);
    return Number.isFinite(own) && own > 0 ? own : 1;
  });
  return { channels, shape: [width, height, depth], frames, geometry: unknown([sizesMm[0], sizesMm[1] ?? 1, sizesMm[2] ?? 1]) };
}

function vectorOf(text: string): number[] {
  return numbersOf(text.replace(/[()]/g, ''), 'space directions');
}

function geometryOf(columns: readonly number[][], origin: readonly number[], signs: readonly number[]): Geometry | null {
  if (columns.some((c) => c?.length !== 3) || origin.length !== 3) return null;
  const row = (r: number) => [...columns.map((c) => signs[r] * c[r]), signs[r] * origin[r]];
  const affine = [...row(0), ...row(1), ...row(2), 0, 0, 0, 1];
  return isInvertible(affine) ? { affine, spacing: spacingOf(affine), known: true } : null;
}

/** Voxel sizes without directions: shown as they are stored. */
export function unknown(spacing: readonly [number, number, number]): Geometry {
  const [dx, dy, dz] = spacing;
  const affine = IMAGE_GEOMETRY.affine.map((v, i) => v * (i === 0 ? dx : i === 5 ? dy : i === 10 ? dz : 1));
  return { affine, spacing, known: false };
}
