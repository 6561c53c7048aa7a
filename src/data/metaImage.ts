/** MetaImage: `.mha`, or `.mhd` with its data file. Axes are LPS, row i of TransformMatrix is the direction of voxel axis i. */

import { isInvertible, spacingOf } from '../core/affine';
import type { Geometry } from '../core/types';
import { ByteSource } from './bytes';
import { DataError } from './errors';
import { finish } from './intensities';
import type { Ask, Decoded } from './load';
import { unknown } from './nrrd';
import { fileNameOf } from './paths';
import { assertSizes, headerLines, numbersOf } from './textHeader';
import { type Block, frameNote, readBlock, SCALARS, type Scalar } from './voxels';

const TYPES: Record<string, Scalar> = {
  MET_CHAR: 'int8',
  MET_UCHAR: 'uint8',
  MET_SHORT: 'int16',
  MET_USHORT: 'uint16',
  MET_INT: 'int32',
  MET_UINT: 'uint32',
  MET_LONG: 'int32',
  MET_ULONG: 'uint32',
  MET_LONG_LONG: 'int64',
  MET_ULONG_LONG: 'uint64',
  MET_FLOAT: 'float32',
  MET_DOUBLE: 'float64',
};

export function isMetaImage(head: Uint8Array): boolean {
  return /^(ObjectType|NDims)\s*=/.test(String.fromCharCode(...head.subarray(0, 64)));
}

type Fields = Map<string, string>;

async function fieldsOf(blob: Blob): Promise<{ fields: Fields; end: number }> {
  const { lines, end } = await headerLines(blob, (line) => /^ElementDataFile\s*=/i.test(line));
  const fields: Fields = new Map();
  for (const line of lines) {
    const at = line.indexOf('=');
    if (at > 0) fields.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim());
  }
  return { fields, end };
}

/** Names of the files that hold the voxels of a `.mhd`; none for a `.mha`.
 * @throws DataError for lists and patterns of files */
export async function metaDataFiles(blob: Blob): Promise<string[]> {
  const file = (await fieldsOf(blob)).fields.get('elementdatafile');
  if (!file) throw new DataError('Its header does not say where the voxels are (ElementDataFile): it is cut short or damaged.');
  if (file.toUpperCase() === 'LOCAL') return [];
  if (/^LIST\b|%/.test(file))
    throw new DataError('Its voxels are spread over a list of files, which this lab does not read. Save it as one .mha.');
  return [fileNameOf(file.replaceAll('\\', '/'))];
}

/** @returns one frame of voxels with the affine turned into RAS
 * @throws DataError for a damaged header or missing voxels */
export async function readMetaImage(blob: Blob, ask: Ask): Promise<Decoded> {
  const { fields, end } = await fieldsOf(blob);
  const text = (...names: string[]) => names.map((name) => fields.get(name)).find((v) => v !== undefined);
  const isTrue = (...names: string[]) => /^(true|1)$/i.test(text(...names) ?? '');
  const typeName = (text('elementtype') ?? '').toUpperCase();
  const type = TYPES[typeName.replace(/_ARRAY$/, '')];
  if (!type) throw new DataError(`It holds values of the type "${typeName}", which this lab does not read. Save it as MET_FLOAT.`);
  if (text('binarydata') && !isTrue('binarydata'))
    throw new DataError('Its voxels are written as text, which this lab does not read. Save it as binary.');
  const sizes = numbersOf(text('dimsize') ?? '', 'DimSize');
  assertSizes(sizes, 'DimSize');
  const rank = numbersOf(text('ndims') ?? '', 'NDims')[0];
  if (rank !== sizes.length)
    throw new DataError(`Its header says ${rank} dimensions but lists ${sizes.length} sizes: the header is damaged.`);
  const [channels] = numbersOf(text('elementnumberofchannels') ?? '1', 'ElementNumberOfChannels');
  assertSizes([channels], 'ElementNumberOfChannels');

  const notes: string[] = [];
  const [width, height = 1, depth = 1, ...rest] = sizes;
  const frames = rest.reduce((n, s) => n * s, 1);
  const littleEndian = !isTrue('binarydatabyteordermsb', 'elementbyteordermsb');
  const block: Block = { width, height, depth, frames, channels, type, littleEndian, slope: 1, inter: 0 };
  const [dataFile] = await metaDataFiles(blob);
  let data = blob.slice(end);
  if (dataFile !== undefined) {
    const found = await ask.sibling(dataFile);
    if (!found) throw new DataError(`Its voxels are in the file ${dataFile}, which is not beside it. Drop both files together.`);
    data = found;
  }
  const packed = isTrue('compresseddata');
  const headerSize = Number(text('headersize') ?? 0);
  const needed = width * height * depth * frames * channels * SCALARS[type].bytes;
  const skip = headerSize === -1 && !packed ? data.size - needed : headerSize;
  if (!Number.isSafeInteger(skip) || skip < 0)
    throw new DataError(`It holds ${data.size} bytes of voxels, but its header asks for ${needed}: it is cut short.`);
  const source = await ByteSource.open(data, packed ? 'zlib' : 'auto');
  try {
    const samples = await readBlock(source, 0, skip, block, ask.frame);
    notes.push(...frameNote(frames, ask.frame));
    const geometry = geometryOf(fields, rank, notes);
    return finish({ samples, channels, width, height, depth, frames, geometry, dtype: type, notes }, ask.use);
  } finally {
    await source.close();
  }
}

function geometryOf(fields: Fields, rank: number, notes: string[]): Geometry {
  const numbers = (...names: string[]) => {
    const name = names.find((n) => fields.has(n));
    return name ? numbersOf(fields.get(name) as string, name) : null;
  };
  const spacing = numbers('elementspacing', 'elementsize');
  const matrix = numbers('transformmatrix', 'orientation', 'rotation');
  const offset = numbers('offset', 'position', 'origin') ?? Array(rank).fill(0);
  if (rank >= 3 && spacing && matrix?.length === rank * rank && offset.length === rank) {
    // Left-posterior-superior to right-anterior-superior: the first two rows change sign.
    const row = (r: number) => {
      const sign = r < 2 ? -1 : 1;
      return [...[0, 1, 2].map((axis) => sign * matrix[axis * rank + r] * spacing[axis]), sign * offset[r]];
    };
    const affine = [...row(0), ...row(1), ...row(2), 0, 0, 0, 1];
    if (isInvertible(affine)) return { affine, spacing: spacingOf(affine), known: true };
  }
  notes.push('Its header does not say where its axes point; left and right are unknown.');
  const size = (axis: number) => (spacing && spacing[axis] > 0 ? spacing[axis] : 1);
  return unknown([size(0), size(1), size(2)]);
}
