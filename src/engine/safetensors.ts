/** The safetensors file format (huggingface/safetensors, README "Format"): u64 header length, JSON header, raw little-endian tensors. */
import type { NamedTensor } from './checkpoint';

export function writeSafetensors(tensors: Record<string, NamedTensor>, metadata: Record<string, string>): Uint8Array {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: metadata };
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + padded + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.fill(0x20, 8, 8 + padded);
  file.set(json, 8);
  let at = 8 + padded;
  for (const { values } of Object.values(tensors)) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}

/** @throws Error when the file is not one that `writeSafetensors` could have made. */
export function readSafetensors(file: Uint8Array): { tensors: Record<string, NamedTensor>; metadata: Record<string, string> } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = file.length >= 8 ? Number(view.getBigUint64(0, true)) : Number.POSITIVE_INFINITY;
  if (8 + length > file.length) throw new Error('The weights file ends early or is not a safetensors file.');
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const tensors: Record<string, NamedTensor> = {};
  for (const [name, entry] of Object.entries(
    entries as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>,
  )) {
    const [from, to] = entry.data_offsets;
    if (entry.dtype !== 'F32') throw new Error(`The weights file holds "${name}" as ${entry.dtype}; the lab reads F32.`);
    if (8 + length + to > file.length) throw new Error('The weights file ends early. Copy it again.');
    tensors[name] = {
      shape: entry.shape,
      values: new Float32Array(new Uint8Array(file.subarray(8 + length + from, 8 + length + to)).buffer),
    };
  }
  return { tensors, metadata };
}
