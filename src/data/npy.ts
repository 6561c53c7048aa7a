/** NumPy's `.npy`, versions 1 to 3. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
import { IMAGE_GEOMETRY } from '../core/affine';
import { ByteSource } from './bytes';
import { DataError } from './errors';
import { finish } from './intensities';
import type { Ask, Decoded } from './load';
import { assertSizes, MOST_HEADER_BYTES } from './textHeader';
import { frameNote, readBlock, type Scalar } from './voxels';

const TYPES: Record<string, Scalar> = {
  ...{ b1: 'uint8', u1: 'uint8', i1: 'int8', u2: 'uint16', i2: 'int16', u4: 'uint32', i4: 'int32', u8: 'uint64', i8: 'int64' },
  ...{ f2: 'float16', f4: 'float32', f8: 'float64', c8: 'float32', c16: 'float64' },
};

export type ArrayInfo = { shape: number[]; dtype: string };
type Header = ArrayInfo & { bytes: number; type: Scalar; complex: boolean; littleEndian: boolean; fortran: boolean };

export function isNpy(head: Uint8Array): boolean {
  return String.fromCharCode(...head.subarray(0, 6)) === '\x93NUMPY';
}

/** @throws DataError for a damaged header, or for values that are not numbers */
export async function npyHeader(source: ByteSource): Promise<Header> {
  const cut = () => new DataError('It ends before its NPY header is complete. Copy or download it again.');
  const start = new Uint8Array(12);
  if ((await source.fill(start.subarray(0, 10))) < 10 || !isNpy(start)) throw cut();
  const wide = start[6] > 1;
  if (wide && (await source.fill(start.subarray(10))) < 2) throw cut();
  const length = wide ? new DataView(start.buffer).getUint32(8, true) : new DataView(start.buffer).getUint16(8, true);
  if (start[6] < 1 || start[6] > 3 || length > MOST_HEADER_BYTES)
    throw new DataError('Its NPY header is of an unknown version or size: the file is damaged.');
  const text = new Uint8Array(length);
  if ((await source.fill(text)) < length) throw cut();
  const header = new TextDecoder().decode(text);
  const descr = /'descr'\s*:\s*(?:'([^']*)'|(\[))/.exec(header);
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(header);
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header);
  if (!descr || !shape || !fortran) throw new DataError('Its NPY header gives no type, order and shape: the file is damaged.');
  const [, order, code] = /^([<>|=])([a-zA-Z]\d+)/.exec(descr[1] ?? '') ?? [];
  const type = TYPES[code];
  if (!type)
    throw new DataError(`It holds values of the NumPy type ${descr[1] ?? '(several fields)'}, which are not numbers. Save it as float32.`);
  const sizes = shape[1]
    .split(',')
    .map((s) => s.replace('L', '').trim())
    .filter((s) => s !== '')
    .map(Number);
  if (sizes.length > 0) assertSizes(sizes, 'shape');
  const complex = code[0] === 'c';
  return {
    shape: sizes,
    dtype: code === 'b1' ? 'bool' : complex ? `complex${8 * Number(code.slice(1))}` : type,
    bytes: (wide ? 12 : 10) + length,
    type,
    complex,
    littleEndian: order !== '>',
    fortran: fortran[1] === 'True',
  };
}

/** [H, W] is an image, [N, H, W] a stack of N; a last axis of 3 or 4 bytes is colour. No orientation: NumPy keeps none. */
export async function readNpy(blob: Blob, ask: Ask): Promise<Decoded> {
  const source = await ByteSource.open(blob);
  try {
    return await readArray(source, ask);
  } finally {
    await source.close();
  }
}

export async function readArray(source: ByteSource, { use, frame, flat }: Pick<Ask, 'use' | 'frame'> & { flat?: true }): Promise<Decoded> {
  const header = await npyHeader(source);
  const { type, complex, littleEndian, fortran } = header;
  const shape = flat ? [header.shape.reduce((n, s) => n * s, 1), 1] : header.shape;
  if (shape.length < 2) throw new DataError(`It is an array of the shape (${shape.join(', ')}): an image needs two axes or more.`);
  // A picture of at most four pixels across is no picture: [N, 4, 4] is a stack.
  const coloured = type === 'uint8' && shape.length >= 3 && [3, 4].includes(shape[shape.length - 1]) && shape[shape.length - 2] > 4;
  const colour = coloured ? shape[shape.length - 1] : 1;
  const space = colour > 1 ? shape.slice(0, -1) : [...shape];
  while (space.length > 3 && space[0] === 1) space.shift();
  while (space.length > 3 && space.at(-1) === 1) space.pop();
  const [width, height, depth = 1, ...rest] = [...space].reverse();
  const frames = rest.reduce((n, s) => n * s, 1);
  if (fortran && frames > 1)
    throw new DataError(
      'It is an array of four axes or more in Fortran order, which this lab does not read. Save it with numpy.ascontiguousarray.',
    );
  const channels = colour * (complex ? 2 : 1);
  const block = { width, height, depth, frames, channels, type, littleEndian, slope: 1, inter: 0 };
  const stored = await readBlock(source, header.bytes, 0, block, frame);
  const samples = fortran ? rowMajor(stored, flat ? header.shape : colour > 1 ? [...space, colour] : space, complex ? 2 : 1) : stored;
  const notes: string[] = [];
  notes.push(...frameNote(frames, frame));
  const more = complex ? { complex: true as const } : {};
  return finish({ samples, channels, ...more, width, height, depth, frames, geometry: IMAGE_GEOMETRY, dtype: header.dtype, notes }, use);
}

/** From "first index fastest" to "last index fastest". @param parts numbers that stay side by side (2 for complex) */
function rowMajor(stored: Float32Array, shape: readonly number[], parts: number): Float32Array {
  const out = new Float32Array(stored.length);
  const index = shape.map(() => 0);
  const strides = shape.map((_, a) => shape.slice(0, a).reduce((n, s) => n * s, parts));
  let at = 0;
  for (let o = 0; o < stored.length; o += parts) {
    for (let p = 0; p < parts; p++) out[o + p] = stored[at + p];
    for (let a = shape.length - 1; a >= 0; a--) {
      at += strides[a];
      if (++index[a] < shape[a]) break;
      at -= strides[a] * shape[a];
      index[a] = 0;
    }
  }
  return out;
}
