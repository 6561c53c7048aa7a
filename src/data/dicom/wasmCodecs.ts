/** JPEG 2000, JPEG-LS and 8-bit JPEG frames through WebAssembly, each codec loaded when its first frame turns up. All of them report damage
 * badly (a number, or an empty image), so that every size is checked before and after. */
import { type CodecName, codecBinary } from '../codecs';
import { DataError } from '../errors';
import { loadTurbo } from '../jpeg';
import type { PixelFormat } from './header';
import type { Frame } from './native';

type FrameInfo = { width: number; height: number; bitsPerSample: number; componentCount: number; isSigned: boolean };
type Decoder = {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  decode(): void;
  getFrameInfo(): FrameInfo;
  getInterleaveMode?(): number;
  delete(): void;
};

const loaded = new Map<CodecName, Promise<new () => Decoder>>();

function decoderOf(name: CodecName): Promise<new () => Decoder> {
  const loading = loaded.get(name) ?? load(name);
  loaded.set(name, loading);
  loading.catch(() => loaded.delete(name));
  return loading;
}

async function load(name: CodecName): Promise<new () => Decoder> {
  if (name === 'libjpeg-turbo') return (await loadTurbo()).JPEGDecoder as unknown as new () => Decoder;
  const options = { wasmBinary: await codecBinary(name), print: () => undefined, printErr: () => undefined };
  if (name === 'openjpeg') return (await (await import('@cornerstonejs/codec-openjpeg/decodewasmjs')).default(options)).J2KDecoder;
  return (await (await import('@cornerstonejs/codec-charls/decodewasmjs')).default(options)).JpegLSDecoder;
}

const NAMES: Record<CodecName, string> = { 'libjpeg-turbo': 'JPEG', openjpeg: 'JPEG 2000', charls: 'JPEG-LS' };

/** @throws DataError when the frame is damaged or of another size than the DICOM header says */
export async function wasmFrame(name: CodecName, packed: Uint8Array, format: PixelFormat): Promise<Frame> {
  const { rows, columns, channels } = format;
  const stated = name === 'openjpeg' ? sizeOf2000(packed) : sizeOfJpeg(packed);
  const size = (w: number, h: number, n: number) => `${w} × ${h} × ${n}`;
  const differs = (found: string) =>
    new DataError(
      `Its header says ${size(columns, rows, channels)}, but a ${NAMES[name]} frame holds ${found}: the file is damaged. Export it again.`,
    );
  if (!stated) throw new DataError(`A ${NAMES[name]} frame has no image header: the file is damaged. Copy or export it again.`);
  if (stated.width !== columns || stated.height !== rows || stated.channels !== channels) {
    throw differs(size(stated.width, stated.height, stated.channels));
  }
  const decoder = new (await decoderOf(name))();
  try {
    decoder.getEncodedBuffer(packed.length).set(packed);
    try {
      decoder.decode();
    } catch {
      // The codec throws a pointer into its own memory.
      throw new DataError(`A ${NAMES[name]} frame is cut short or damaged. Copy or export it again.`);
    }
    const info = decoder.getFrameInfo();
    const { width, height, componentCount, bitsPerSample: bits, isSigned } = info;
    if (width !== columns || height !== rows || componentCount !== channels || bits > 16)
      throw differs(size(width, height, componentCount));
    const bytes = decoder.getDecodedBuffer();
    const count = rows * columns * channels;
    if (bytes.length < count * (bits > 8 ? 2 : 1)) throw differs(`${bytes.length} bytes`);
    const buffer = bytes.slice(0, count * (bits > 8 ? 2 : 1)).buffer;
    // JPEG 2000 says itself whether it is signed, and is right where the DICOM header is not; JPEG-LS leaves it to the header.
    const signed = name === 'openjpeg' ? isSigned : format.signed;
    const raw =
      bits > 8 ? (signed ? new Int16Array(buffer) : new Uint16Array(buffer)) : signed ? new Int8Array(buffer) : new Uint8Array(buffer);
    const samples = name === 'charls' && signed ? extended(raw, format.stored) : raw;
    const planar = channels > 1 && name === 'charls' && decoder.getInterleaveMode?.() === 0;
    // Both undo the colour transform of their own streams.
    const isRgb = name === 'libjpeg-turbo' || (name === 'openjpeg' && /^YBR_(RCT|ICT)$/.test(format.photometric));
    const photometric = channels === 3 && isRgb ? 'RGB' : format.photometric;
    return { samples: planar ? sideBySide(samples, channels) : samples, channels, photometric };
  } finally {
    decoder.delete();
  }
}

/** Sign from the stored bits: a 15-bit −1 arrives as 32767. */
function extended(raw: ArrayLike<number>, stored: number): Int32Array {
  return Int32Array.from(raw, (v) => (v << (32 - stored)) >> (32 - stored));
}

function sideBySide(planes: ArrayLike<number>, channels: number): Int32Array {
  const count = planes.length / channels;
  return Int32Array.from({ length: planes.length }, (_, i) => planes[(i % channels) * count + Math.floor(i / channels)]);
}

type Size = { width: number; height: number; channels: number; precision?: number };

/** From the SIZ segment, which comes first in a codestream (T.800 A.5.1). */
function sizeOf2000(packed: Uint8Array): Size | null {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  // A JP2 file has boxes around its codestream.
  let at = 0;
  while (at + 42 < packed.length && view.getUint32(at) !== 0xff4fff51) {
    at++;
    if (at > 4096) return null;
  }
  if (at + 42 > packed.length) return null;
  const u32 = (field: number) => view.getUint32(at + field);
  return { width: u32(8) - u32(16), height: u32(12) - u32(20), channels: view.getUint16(at + 40) };
}

/** Bits a sample that a JPEG frame states, whatever the DICOM header allocates for them. */
export function jpegPrecision(packed: Uint8Array): number | null {
  return sizeOfJpeg(packed)?.precision ?? null;
}

/** From the frame header of JPEG (SOF0 to SOF15) or JPEG-LS (SOF55). */
function sizeOfJpeg(packed: Uint8Array): Size | null {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 2; at + 10 <= packed.length; ) {
    if (packed[at] !== 0xff) return null;
    const marker = packed[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))) {
      return { precision: packed[at + 4], height: view.getUint16(at + 5), width: view.getUint16(at + 7), channels: packed[at + 9] };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}
