/** 8-bit JPEG through libjpeg-turbo, the decoder whose values match the reference bit for bit. */
import { IMAGE_GEOMETRY } from '../core/affine';
import { codecBinary } from './codecs';
import { DataError } from './errors';
import type { Ask, Decoded } from './load';
import { luminance } from './luminance';

type Codec = typeof import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs');
type Turbo = Awaited<ReturnType<Codec['default']>>;

/** A block of 8 × 8 pixels takes at least one bit. */
const MOST_PIXELS_A_BYTE = 8 * 64;

let loading: Promise<Turbo> | null = null;

export function isJpeg(head: Uint8Array): boolean {
  return head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff;
}

/** @returns one plane of intensities; colour becomes luminance. As a mask, values of 128 and above are 1: compression blurs edges.
 * @throws DataError when it is damaged, or is a lossless or 12-bit variant */
export async function readJpeg(blob: Blob, { use }: Ask): Promise<Decoded> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const frame = frameOf(bytes);
  if (frame.width * frame.height > bytes.length * MOST_PIXELS_A_BYTE) {
    throw new DataError(
      `Its header says ${frame.width} × ${frame.height} pixels, which ${bytes.length} bytes cannot hold: the file is damaged.`,
    );
  }
  const turbo = await loadTurbo();
  const decoder = new turbo.JPEGDecoder();
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    try {
      decoder.decode();
    } catch {
      // The codec throws a pointer into its own memory.
      throw new DataError('Its JPEG data is cut short or damaged. Copy or download it again.');
    }
    const { width, height, componentCount } = decoder.getFrameInfo();
    if (width !== frame.width || height !== frame.height || componentCount !== frame.components) {
      throw new DataError(
        `Its header says ${frame.width} × ${frame.height} × ${frame.components}, but its data decodes to ${width} × ${height} × ${componentCount}: the file is damaged.`,
      );
    }
    const notes: string[] = [];
    const plane = { depth: 1, height, width, geometry: IMAGE_GEOMETRY, dtype: 'uint8', notes };
    if (use === 'stored') return { ...plane, voxels: Float32Array.from(decoder.getDecodedBuffer()), channels: componentCount };
    const voxels = luminance(decoder.getDecodedBuffer(), componentCount, 255, notes);
    if (use === 'mask') {
      for (let i = 0; i < voxels.length; i++) voxels[i] = voxels[i] >= 128 ? 1 : 0;
      notes.push('JPEG blurs the edges of a mask: values of 128 and above were taken as anomalous. Save masks as PNG.');
    }
    return { ...plane, voxels };
  } finally {
    decoder.delete();
  }
}

/** The codec, loaded once. */
export function loadTurbo(): Promise<Turbo> {
  loading ??= load().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load(): Promise<Turbo> {
  const module: Codec = await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs');
  return module.default({ wasmBinary: await codecBinary('libjpeg-turbo') });
}

/** Walks the markers to the frame header. */
function frameOf(bytes: Uint8Array): { width: number; height: number; components: number } {
  const view = new DataView(bytes.buffer);
  let at = 2;
  while (at + 10 < bytes.length) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) {
      const precision = bytes[at + 4];
      const process = marker & 3;
      if (process === 3 || marker > 0xc7) {
        throw new DataError('It is a lossless or arithmetic-coded JPEG, which this lab does not read. Convert it to PNG.');
      }
      if (precision !== 8) throw new DataError(`It is a ${precision}-bit JPEG; this lab reads 8 bits. Convert it to a 16-bit PNG.`);
      const frame = { height: view.getUint16(at + 5), width: view.getUint16(at + 7), components: bytes[at + 9] };
      if (frame.components !== 1 && frame.components !== 3) {
        throw new DataError(`It has ${frame.components} colour components (CMYK?); this lab reads grey and RGB. Convert it to PNG.`);
      }
      return frame;
    }
    at += 2 + view.getUint16(at + 2);
  }
  throw new DataError('It begins like a JPEG but has no frame header: it is cut short or damaged. Copy or download it again.');
}
