import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from './safetensors';

const TENSORS = {
  'enc0.w': { shape: [2, 3], values: Float32Array.of(1.5, -0, Number.MIN_VALUE, 3.4e38, 1e-45, -7) },
  empty: { shape: [0], values: new Float32Array(0) },
  'µ/m': { shape: [], values: Float32Array.of(0.1) },
};

describe('safetensors', () => {
  const file = writeSafetensors(TENSORS, { format: 'wildcut' });

  it('comes back bit for bit', () => {
    const { tensors, metadata } = readSafetensors(file);
    expect(metadata).toEqual({ format: 'wildcut' });
    expect(Object.keys(tensors)).toEqual(Object.keys(TENSORS));
    for (const [name, { shape, values }] of Object.entries(TENSORS)) {
      expect(tensors[name].shape).toEqual(shape);
      expect(new Uint32Array(tensors[name].values.buffer)).toEqual(new Uint32Array(values.buffer));
    }
  });

  it('has the layout of the format: header length, JSON with byte ranges, values in little-endian order', () => {
    const view = new DataView(file.buffer);
    const length = Number(view.getBigUint64(0, true));
    expect((8 + length) % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    expect(header['enc0.w']).toEqual({ dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] });
    expect(header['µ/m']).toEqual({ dtype: 'F32', shape: [], data_offsets: [24, 28] });
    expect(view.getFloat32(8 + length, true)).toBe(1.5);
    expect(view.getFloat32(8 + length + 20, true)).toBe(-7);
    expect(file.length).toBe(8 + length + 28);
  });

  it('reads from the middle of a larger buffer', () => {
    const large = new Uint8Array(file.length + 5);
    large.set(file, 5);
    expect(readSafetensors(large.subarray(5)).tensors['enc0.w'].values).toEqual(TENSORS['enc0.w'].values);
  });

  it('refuses a file that is cut short, and one that is something else', () => {
    for (const length of [0, 7, 20, file.length - 1])
      expect(() => readSafetensors(file.slice(0, length)), `${length} bytes`).toThrow(/ends early/);
    expect(() => readSafetensors(new TextEncoder().encode('{"not": "safetensors", "at": "all"}'))).toThrow('not a safetensors file');
  });
});
