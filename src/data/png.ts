/** PNG of 1 to 16 bits. Never by way of a canvas: that makes 16 bits 8 and lets colour management change the values. */
import { decode } from 'fast-png';
import { IMAGE_GEOMETRY } from '../core/affine';
import { BEST_DEFLATE_RATIO } from './bytes';
import { DataError, sentenceOf } from './errors';
import type { Ask, Decoded } from './load';
import { luminance } from './luminance';
import { assertHoldable } from './voxels';

/** Samples a pixel by PNG's colour type. */
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export function isPng(head: Uint8Array): boolean {
  return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((b, i) => head[i] === b);
}

/** @param use as a mask, a palette keeps its indices, which are the labels; as an image it becomes luminance
 * @returns one plane of intensities, or of labels
 * @throws DataError when it is damaged or of an unreadable variant */
export async function readPng(blob: Blob, { use }: Ask): Promise<Decoded> {
  const bytes = await blob.arrayBuffer();
  if (bytes.byteLength < 33)
    throw new DataError(`It ends after ${bytes.byteLength} bytes, inside its PNG header. Copy or download it again.`);
  const header = new DataView(bytes);
  const [width, height, bits] = [header.getUint32(16), header.getUint32(20), header.getUint8(24)];
  if (width === 0 || height === 0 || (width * height * bits) / 8 > bytes.byteLength * BEST_DEFLATE_RATIO) {
    throw new DataError(`Its header says ${width} × ${height} pixels, which ${bytes.byteLength} bytes cannot hold: the file is damaged.`);
  }
  if (header.getUint8(28) === 1 && bits < 8) {
    throw new DataError(`It is an interlaced PNG of ${bits} bits, which this lab does not read. Save it without interlacing.`);
  }
  assertHoldable(width, height, CHANNELS[header.getUint8(25)] ?? 1);
  let png: ReturnType<typeof decode>;
  try {
    png = decode(bytes, { checkCrc: true });
  } catch (error) {
    throw new DataError(sentenceOf(error));
  }
  const samples = unpack(png.data, width * png.channels, height, png.depth);
  const notes: string[] = [];
  const plane = { depth: 1, height, width, geometry: IMAGE_GEOMETRY, dtype: png.depth === 16 ? 'uint16' : 'uint8', notes };
  if (use === 'stored') return { ...plane, voxels: Float32Array.from(samples), channels: png.palette ? 1 : png.channels };
  if (!png.palette) return { ...plane, voxels: luminance(samples, png.channels, 2 ** png.depth - 1, notes) };
  if (use === 'mask') return { ...plane, voxels: Float32Array.from(samples) };

  const { palette } = png;
  const colours = new Uint8Array(samples.length * 3);
  for (let i = 0; i < samples.length; i++) {
    const entry = palette[samples[i]];
    if (!entry) throw new DataError(`Pixel ${i} uses colour ${samples[i]} of a palette that has ${palette.length}: the file is damaged.`);
    colours.set(entry.slice(0, 3), 3 * i);
  }
  return { ...plane, voxels: luminance(colours, 3, 255, notes) };
}

/** One number a sample. Below 8 bits a PNG packs several into a byte, most significant first, each row starting on a byte. */
function unpack(data: ArrayLike<number>, rowSamples: number, height: number, bits: number): ArrayLike<number> {
  if (bits >= 8) return data;
  const perByte = 8 / bits;
  const rowBytes = Math.ceil(rowSamples / perByte);
  const out = new Uint8Array(rowSamples * height);
  for (let r = 0, o = 0; r < height; r++) {
    for (let s = 0; s < rowSamples; s++, o++) {
      const byte = data[r * rowBytes + Math.floor(s / perByte)];
      out[o] = (byte >> (8 - bits * ((s % perByte) + 1))) & (2 ** bits - 1);
    }
  }
  return out;
}
