/** Typed arrays as NumPy's .npy, version 1.0 (numpy.lib.format), and back. */
import { DataError } from '../data/errors';

const KINDS = { '|u1': Uint8Array, '<u2': Uint16Array, '<u4': Uint32Array, '<i4': Int32Array, '<f4': Float32Array, '<f8': Float64Array };
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];

export type TypedArray = InstanceType<(typeof KINDS)[keyof typeof KINDS]>;

/** One dimension: what the values mean stands where they are named. */
export function writeNpy(values: TypedArray): Uint8Array {
  const descr = Object.entries(KINDS).find(([, kind]) => values instanceof kind)![0];
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${values.length},), }`;
  const header = `${dict.padEnd(Math.ceil((dict.length + 11) / 64) * 64 - 11)}\n`;
  const file = new Uint8Array(10 + header.length + values.byteLength);
  file.set(MAGIC);
  new DataView(file.buffer).setUint16(8, header.length, true);
  file.set(new TextEncoder().encode(header), 10);
  file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 10 + header.length);
  return file;
}

/** @throws DataError for anything but what `writeNpy` writes */
export function readNpy(file: Uint8Array, name: string): TypedArray {
  const wrong = () => new DataError(`${name} is not an array that the lab wrote: the capsule is damaged. Copy it again.`);
  if (file.length < 10 || MAGIC.some((byte, i) => file[i] !== byte)) throw wrong();
  const length = new DataView(file.buffer, file.byteOffset).getUint16(8, true);
  const header = new TextDecoder('latin1').decode(file.subarray(10, 10 + length));
  const [, descr, count] = /'descr': '([^']+)', 'fortran_order': False, 'shape': \((\d+),\)/.exec(header) ?? [];
  const kind = KINDS[descr as keyof typeof KINDS];
  const bytes = file.slice(10 + length);
  if (!kind || bytes.length !== Number(count) * kind.BYTES_PER_ELEMENT) throw wrong();
  return new kind(bytes.buffer);
}
