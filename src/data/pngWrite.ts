import { encode } from 'fast-png';

/** A greyscale PNG of 8 or 16 bits. @param values row-major, width · height */
export function writePng(width: number, height: number, values: Uint8Array | Uint16Array): Uint8Array {
  return encode({ width, height, data: values, channels: 1, depth: values instanceof Uint16Array ? 16 : 8 });
}
