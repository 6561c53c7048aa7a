/** Frames whose samples are bytes in a row: uncompressed ones, and RLE (PS3.5 Annex G) once its byte planes are unpacked. */
import { DataError } from '../errors';
import { swapBytes } from '../voxels';
import type { PixelFormat } from './header';

/** Samples of one frame as stored numbers, side by side. */
export type Frame = { samples: ArrayLike<number>; channels: number; photometric: string };

/** Bytes that the pixels of one frame take. Two pixels share their chroma in YBR_FULL_422; 1-bit frames are not byte-aligned. */
export function frameBits({ rows, columns, channels, allocated, photometric }: PixelFormat): number {
  return rows * columns * (photometric === 'YBR_FULL_422' ? 2 : channels) * allocated;
}

/** @param bytes all frames, one after the other; longer than needed is usual (even padding), shorter is damage
 * @throws DataError when there are fewer bytes than the header asks for */
export function nativeFrame(bytes: Uint8Array, format: PixelFormat, index: number, wordSwapped: boolean): Frame {
  const bits = frameBits(format);
  const { allocated, channels, photometric } = format;
  const needed = Math.ceil((bits * format.frames) / 8);
  if (bytes.length < needed) {
    throw new DataError(
      `Its header asks for ${needed} bytes of pixels but there are ${bytes.length}: the file is cut short. Copy or export it again.`,
    );
  }
  if (allocated === 1) return { samples: oneBit(bytes, bits * index, bits), channels, photometric };
  const from = (bits / 8) * index;
  // Odd lengths need the neighbour of their last byte for the swap.
  const own = bytes.slice(from, from + bits / 8 + (wordSwapped ? 1 : 0));
  if (wordSwapped) swapBytes(own, 2);
  else if (format.bigEndian && allocated > 8) swapBytes(own, allocated / 8);
  const count = bits / allocated;
  const samples = own.subarray(0, count * (allocated / 8));
  if (photometric === 'YBR_FULL_422') return { samples: spread422(samples), channels: 3, photometric: 'YBR_FULL' };
  const numbers = signedNumbers(samples, format);
  return { samples: format.planar && channels > 1 ? interleaved(numbers, channels) : numbers, channels, photometric };
}

/** Least significant bit first; frames follow each other without gaps. */
function oneBit(bytes: Uint8Array, from: number, count: number): Uint8Array {
  const out = new Uint8Array(count);
  for (let i = 0; i < count; i++) out[i] = (bytes[(from + i) >> 3] >> ((from + i) & 7)) & 1;
  return out;
}

/** Little-endian words to numbers: bits above HighBit (old overlays) masked off, the sign taken from BitsStored. */
function signedNumbers(bytes: Uint8Array, { allocated, stored, high, signed }: PixelFormat): ArrayLike<number> {
  const buffer = bytes.slice().buffer;
  if (allocated === 32) return signed ? new Int32Array(buffer) : new Uint32Array(buffer);
  const words = allocated === 16 ? new Uint16Array(buffer) : new Uint8Array(buffer);
  const low = high + 1 - stored;
  if (!signed && stored === allocated) return words;
  const unused = 32 - stored;
  const out = new Int32Array(words.length);
  for (let i = 0; i < out.length; i++) {
    const top = (words[i] >> low) << unused;
    out[i] = signed ? top >> unused : top >>> unused;
  }
  return out;
}

function interleaved(planes: ArrayLike<number>, channels: number): ArrayLike<number> {
  const count = planes.length / channels;
  const out = planes instanceof Uint8Array ? new Uint8Array(planes.length) : new Float64Array(planes.length);
  for (let c = 0; c < channels; c++) for (let i = 0; i < count; i++) out[i * channels + c] = planes[c * count + i];
  return out;
}

/** Y Y Cb Cr for two pixels to Y Cb Cr for each. */
function spread422(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array((bytes.length / 2) * 3);
  for (let at = 0, o = 0; at + 3 < bytes.length; at += 4, o += 6) {
    out.set([bytes[at], bytes[at + 2], bytes[at + 3], bytes[at + 1], bytes[at + 2], bytes[at + 3]], o);
  }
  return out;
}

/** @throws DataError when the segments are damaged or of the wrong length */
export function rleFrame(packed: Uint8Array, format: PixelFormat): Frame {
  const { rows, columns, channels, allocated, photometric } = format;
  const count = rows * columns;
  const planes = channels * (allocated / 8);
  const header = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (packed.length < 64 || allocated === 1 || header.getUint32(0, true) !== planes) {
    throw new DataError('An RLE frame does not have the segments that its header promises: the file is damaged. Export it again.');
  }
  // PackBits makes at most 128 bytes of two.
  if (count * planes > packed.length * 64)
    throw new DataError(`An RLE frame of ${packed.length} bytes cannot hold ${columns} × ${rows} pixels: the file is damaged.`);
  const bytes = new Uint8Array(count * planes);
  const size = allocated / 8;
  for (let plane = 0; plane < planes; plane++) {
    const start = header.getUint32(4 + 4 * plane, true);
    const end = plane + 1 < planes ? header.getUint32(8 + 4 * plane, true) : packed.length;
    // Segments hold one byte of every sample, the most significant first.
    const channel = Math.floor(plane / size);
    const byte = size - 1 - (plane % size);
    if (unpackBits(packed, start, Math.min(end, packed.length), bytes, channel * size + byte, channels * size, count) < count) {
      throw new DataError('An RLE frame is cut short or damaged. Copy or export it again.');
    }
  }
  return { samples: signedNumbers(bytes, format), channels, photometric };
}

/** @returns how many bytes were written, `count` at most */
function unpackBits(packed: Uint8Array, from: number, end: number, out: Uint8Array, first: number, stride: number, count: number): number {
  let n = 0;
  let at = from;
  while (at < end && n < count) {
    const control = packed[at++];
    if (control < 128) {
      for (let k = 0; k <= control && at < end && n < count; k++, n++) out[first + n * stride] = packed[at++];
    } else if (control > 128 && at < end) {
      const value = packed[at++];
      for (let k = 0; k < 257 - control && n < count; k++, n++) out[first + n * stride] = value;
    }
  }
  return n;
}
