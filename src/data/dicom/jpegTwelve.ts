/** Sequential DCT JPEG of 12 bits (T.81, DICOM's .51), grey. The inverse DCT is the integer one of Loeffler, Ligtenberg and Moschytz as
 * every 12-bit build of libjpeg computes it, so that the values are the same to the last bit. */
import { DataError } from '../errors';
import { Bits, type Huffman, type JpegFrame, type JpegStream, readJpegStream, type Scan } from './jpegStream';

// biome-ignore format: a picture of the path
const ZIGZAG = [0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63];

/** @param expect what the DICOM header says, checked before anything is allocated
 * @returns height × width samples from 0 to 4095
 * @throws DataError when the stream is damaged, or is another process */
export function decodeTwelve(bytes: Uint8Array, expect: (frame: JpegFrame) => void): { samples: Uint16Array; channels: number } {
  let samples = new Uint16Array(0);
  const accept = (frame: JpegFrame) => {
    expect(frame);
    if (frame.process > 1 || frame.precision !== 12 || frame.components.length !== 1) {
      throw new DataError(
        `It is a JPEG of ${frame.precision} bits, ${frame.components.length} colours and process ${frame.process}, which this lab does not read from DICOM. Export it uncompressed.`,
      );
    }
    if (frame.width * frame.height > bytes.length * 512) throw new DataError('A JPEG frame is cut short. Copy or export it again.');
    samples = new Uint16Array(frame.width * frame.height);
  };
  readJpegStream(bytes, accept, (stream, scan) => decodeScan(stream, scan, samples));
  return { samples, channels: 1 };
}

function decodeScan({ bytes, frame, quantisation }: JpegStream, scan: Scan, samples: Uint16Array): number {
  const { width, height } = frame;
  const [{ dc, ac }] = scan.parts;
  const table = quantisation[frame.components[0].quantisation];
  if (!ac || !table) throw new DataError('A JPEG frame lacks a table that it names: it is damaged. Copy or export it again.');
  const bits = new Bits(bytes, scan.start);
  const block = new Int32Array(64);
  let dcBefore = 0;
  let left = scan.restart;
  for (let y = 0; y < height; y += 8) {
    for (let x = 0; x < width; x += 8) {
      if (scan.restart > 0 && left === 0) {
        bits.restart();
        left = scan.restart;
        dcBefore = 0;
      }
      left--;
      block.fill(0);
      dcBefore += bits.signed(dc.read(bits) & 15);
      block[0] = dcBefore * table[0];
      readAc(bits, ac, table, block);
      inverseDct(block);
      for (let r = 0; r < 8 && y + r < height; r++) {
        for (let c = 0; c < 8 && x + c < width; c++)
          samples[(y + r) * width + x + c] = Math.max(0, Math.min(4095, block[8 * r + c] + 2048));
      }
    }
  }
  return bits.at;
}

function readAc(bits: Bits, ac: Huffman, table: Uint16Array, block: Int32Array): void {
  for (let k = 1; k < 64; k++) {
    const symbol = ac.read(bits);
    const length = symbol & 15;
    if (length === 0) {
      if (symbol !== 0xf0) return;
      k += 15;
      continue;
    }
    k += symbol >> 4;
    if (k > 63) throw new DataError('A JPEG frame is damaged: a block has too many coefficients. Copy or export it again.');
    block[ZIGZAG[k]] = bits.signed(length) * table[k];
  }
}

const FRACTION = 13;
/** One extra bit between the passes; libjpeg takes two only for 8-bit samples. */
const BETWEEN = 1;
const fixed = (v: number) => Math.round(v * (1 << FRACTION));
const C = {
  a: fixed(0.5411961),
  b: fixed(1.847759065),
  c: fixed(0.765366865),
  d: fixed(1.175875602),
  e: fixed(0.298631336),
  f: fixed(2.053119869),
  g: fixed(3.072711026),
  h: fixed(1.50132111),
  i: fixed(0.899976223),
  j: fixed(2.562915447),
  k: fixed(1.96157056),
  l: fixed(0.390180644),
};

/** Columns, then rows, in place. */
function inverseDct(block: Int32Array): void {
  for (let c = 0; c < 8; c++) pass(block, c, 8, FRACTION - BETWEEN);
  for (let r = 0; r < 8; r++) pass(block, 8 * r, 1, FRACTION + BETWEEN + 3);
}

/** One dimension of eight values, scaled down by 2^shift with rounding. */
function pass(v: Int32Array, at: number, step: number, shift: number): void {
  const z = (v[at + 2 * step] + v[at + 6 * step]) * C.a;
  const even2 = z - v[at + 6 * step] * C.b;
  const even3 = z + v[at + 2 * step] * C.c;
  const even0 = (v[at] + v[at + 4 * step]) * (1 << FRACTION);
  const even1 = (v[at] - v[at + 4 * step]) * (1 << FRACTION);
  const t10 = even0 + even3;
  const t13 = even0 - even3;
  const t11 = even1 + even2;
  const t12 = even1 - even2;

  const [o0, o1, o2, o3] = [v[at + 7 * step], v[at + 5 * step], v[at + 3 * step], v[at + step]];
  const z5 = (o0 + o2 + o1 + o3) * C.d;
  const z1 = -(o0 + o3) * C.i;
  const z2 = -(o1 + o2) * C.j;
  const z3 = z5 - (o0 + o2) * C.k;
  const z4 = z5 - (o1 + o3) * C.l;
  const p0 = o0 * C.e + z1 + z3;
  const p1 = o1 * C.f + z2 + z4;
  const p2 = o2 * C.g + z2 + z3;
  const p3 = o3 * C.h + z1 + z4;

  const half = 1 << (shift - 1);
  const down = (sum: number) => (sum + half) >> shift;
  v[at] = down(t10 + p3);
  v[at + 7 * step] = down(t10 - p3);
  v[at + step] = down(t11 + p2);
  v[at + 6 * step] = down(t11 - p2);
  v[at + 2 * step] = down(t12 + p1);
  v[at + 5 * step] = down(t12 - p1);
  v[at + 3 * step] = down(t13 + p0);
  v[at + 4 * step] = down(t13 - p0);
}
