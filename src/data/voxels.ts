/** The block of numbers behind a header, whichever format the header is of: size checks before allocation, byte order, scaling. */
import type { ByteSource } from './bytes';
import { DataError, megabytes } from './errors';

type Numbers = ArrayLike<number> | ArrayLike<bigint>;

export const SCALARS = {
  uint8: { bytes: 1, view: (b: ArrayBuffer): Numbers => new Uint8Array(b) },
  int8: { bytes: 1, view: (b: ArrayBuffer): Numbers => new Int8Array(b) },
  uint16: { bytes: 2, view: (b: ArrayBuffer): Numbers => new Uint16Array(b) },
  int16: { bytes: 2, view: (b: ArrayBuffer): Numbers => new Int16Array(b) },
  uint32: { bytes: 4, view: (b: ArrayBuffer): Numbers => new Uint32Array(b) },
  int32: { bytes: 4, view: (b: ArrayBuffer): Numbers => new Int32Array(b) },
  uint64: { bytes: 8, view: (b: ArrayBuffer): Numbers => new BigUint64Array(b) },
  int64: { bytes: 8, view: (b: ArrayBuffer): Numbers => new BigInt64Array(b) },
  float16: { bytes: 2, view: (b: ArrayBuffer): Numbers => Float32Array.from(new Uint16Array(b), halfToFloat) },
  float32: { bytes: 4, view: (b: ArrayBuffer): Numbers => new Float32Array(b) },
  float64: { bytes: 8, view: (b: ArrayBuffer): Numbers => new Float64Array(b) },
} as const;
export type Scalar = keyof typeof SCALARS;

/** `count` groups of `channels` numbers each, `frames` times over. */
export type Block = {
  width: number;
  height: number;
  depth: number;
  frames: number;
  /** Numbers a voxel, side by side. */
  channels: number;
  type: Scalar;
  littleEndian: boolean;
  slope: number;
  inter: number;
};

/** Which volume along a fourth axis, 0 being the first; 'all' of them, one after the other. */
export type Frame = number | 'all';

/** What to say about a file that holds several volumes. */
export function frameNote(frames: number, frame: Frame): string[] {
  if (frames === 1 || frame === 'all') return [];
  return [`It holds ${frames} volumes (4D); ${frame === 0 ? 'the first one' : `number ${frame + 1}`} was taken.`];
}

/** More than this in one frame would need over 2 GB of memory while decoding. */
export const MOST_VOXELS = 2 ** 28;

const LITTLE_ENDIAN_PLATFORM = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** @throws DataError when one frame is more than memory holds */
export function assertHoldable(width: number, height: number, depth: number, channels = 1): void {
  if (width * height * depth * channels <= MOST_VOXELS) return;
  const shape = `${width} × ${height} × ${depth}`;
  throw new DataError(`Its header asks for ${shape} voxels, more than a browser can hold. Crop or downsample it, or check the header.`);
}

/** Reads one frame and passes over the rest, so that a packed file's checksum is checked.
 * @param consumed bytes of the source already read, for the sentence
 * @returns width · height · depth · channels numbers after scaling, as stored otherwise
 * @throws DataError when the block is larger than memory or than the source */
export async function readBlock(source: ByteSource, consumed: number, skip: number, block: Block, frame: Frame): Promise<Float32Array> {
  if (frame === 'all') return readBlock(source, consumed, skip, { ...block, depth: block.depth * block.frames, frames: 1 }, 0);
  const { width, height, depth, frames, channels } = block;
  assertHoldable(width, height, depth, channels);
  if (!(frame >= 0 && frame < frames)) throw new RangeError(`Frame ${frame} of ${frames} was asked for.`);
  const { bytes, view } = SCALARS[block.type];
  const frameBytes = width * height * depth * channels * bytes;
  const wanted = consumed + skip + frameBytes * frames;
  if (wanted > source.most) throw cutShort(wanted, source.most);

  let there = consumed + (await source.skip(skip + frame * frameBytes));
  const buffer = new ArrayBuffer(frameBytes);
  const data = new Uint8Array(buffer);
  there += await source.fill(data);
  there += await source.drain();
  if (there < wanted) throw cutShort(wanted, there);
  if (block.littleEndian !== LITTLE_ENDIAN_PLATFORM) swapBytes(data, bytes);
  return scaled(view(buffer), block.slope, block.inter);
}

export function cutShort(wanted: number, there: number): DataError {
  return new DataError(
    `Its header asks for ${megabytes(wanted)} but the file holds ${megabytes(there)}: it is cut short or its header is damaged. Copy or download it again.`,
  );
}

/** Reverses the bytes of every `width`-byte value in place. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  if (width === 1) return;
  for (let at = 0; at + width <= bytes.length; at += width) {
    for (let lo = at, hi = at + width - 1; lo < hi; lo++, hi--) {
      const held = bytes[lo];
      bytes[lo] = bytes[hi];
      bytes[hi] = held;
    }
  }
}

function scaled(stored: Numbers, slope: number, inter: number): Float32Array {
  if (slope === 1 && inter === 0 && stored instanceof Float32Array) return stored;
  const voxels = new Float32Array(stored.length);
  if (slope === 1 && inter === 0 && !isBig(stored)) {
    voxels.set(stored); // rounds as the loop does, several times as fast
    return voxels;
  }
  for (let i = 0; i < voxels.length; i++) voxels[i] = Number(stored[i]) * slope + inter;
  return voxels;
}

const isBig = (stored: Numbers): stored is ArrayLike<bigint> => typeof stored[0] === 'bigint';

/** IEEE 754 binary16. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Sets NaN and infinite numbers to 0; returns how many there were. */
export function zeroNonFinite(voxels: Float32Array): number {
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
