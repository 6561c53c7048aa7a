/** Lossless JPEG (T.81 Annex H, DICOM's .57 and .70): every sample is coded as its difference from a prediction. */
import { DataError } from '../errors';
import { Bits, type JpegFrame, type JpegStream, readJpegStream, type Scan } from './jpegStream';

/** @param expect what the DICOM header says, checked before anything is allocated
 * @returns height × width × channels samples, unsigned
 * @throws DataError when the stream is damaged, or is another process */
export function decodeLossless(bytes: Uint8Array, expect: (frame: JpegFrame) => void): { samples: Uint16Array; channels: number } {
  let samples = new Uint16Array(0);
  const accept = (frame: JpegFrame) => {
    expect(frame);
    if (frame.process !== 3 || frame.precision < 2 || frame.precision > 16 || frame.components.some(({ h, v }) => h !== 1 || v !== 1)) {
      throw new DataError('A JPEG frame is not plain lossless JPEG, though its header says so. Export it uncompressed.');
    }
    // A sample takes at least one bit.
    if (frame.width * frame.height * frame.components.length > bytes.length * 8)
      throw new DataError('A JPEG frame is cut short. Copy or export it again.');
    samples = new Uint16Array(frame.width * frame.height * frame.components.length);
  };
  const frame = readJpegStream(bytes, accept, (stream, scan) => decodeScan(stream, scan, samples));
  return { samples, channels: frame.components.length };
}

function decodeScan({ bytes, frame }: JpegStream, scan: Scan, samples: Uint16Array): number {
  const { width, height, precision, components } = frame;
  const channels = components.length;
  const { parts, spectralStart: predictor, pointTransform, restart } = scan;
  if (predictor < 1 || predictor > 7)
    throw new DataError(`A JPEG frame uses the predictor ${predictor}, which does not exist: it is damaged.`);
  const bits = new Bits(bytes, scan.start);
  const rowStride = width * channels;
  const initial = 1 << (precision - pointTransform - 1);
  /** Row in which prediction began: at the top, and after every restart. */
  let firstRow = 0;
  let left = restart;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (restart > 0 && left === 0) {
        bits.restart();
        left = restart;
        firstRow = y;
      }
      left--;
      for (const { component, dc } of parts) {
        const at = y * rowStride + x * channels + component;
        const a = x > 0 ? samples[at - channels] : 0;
        const b = y > firstRow ? samples[at - rowStride] : 0;
        let predicted: number;
        if (y === firstRow) predicted = x === 0 ? initial : a;
        else if (x === 0) predicted = b;
        else predicted = predict(predictor, a, b, samples[at - rowStride - channels]);
        const length = dc.read(bits);
        if (length > 16) throw new DataError('A JPEG frame is damaged: it codes a difference of more than 16 bits.');
        const difference = length === 16 ? 32768 : bits.signed(length);
        samples[at] = (predicted + difference) & 0xffff;
      }
    }
  }
  if (pointTransform > 0)
    for (const { component } of parts) for (let i = component; i < samples.length; i += channels) samples[i] <<= pointTransform;
  return bits.at;
}

/** T.81 Table H.1; a is left, b above, c above left. */
function predict(predictor: number, a: number, b: number, c: number): number {
  switch (predictor) {
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return c;
    case 4:
      return a + b - c;
    case 5:
      return a + ((b - c) >> 1);
    case 6:
      return b + ((a - c) >> 1);
    default:
      return (a + b) >> 1;
  }
}
