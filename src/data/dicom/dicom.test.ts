/** DICOM besides the corpus: files written here byte by byte. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../core/random';
import { decodeFile, type Use } from '../load';
import { dicom, joined, rawBytes, sliceTags, type Tags } from '../testArchives';
import { decodeLossless } from './jpegLossless';
import { type SliceHeader, sliceHeader, sortSeries } from './series';
import { encodeLossless } from './testLossless';

const read = (bytes: Uint8Array<ArrayBuffer>, use: Use = 'image') => decodeFile(new Blob([bytes]), 'a.dcm', use);
const grey = (bits: number, stored: number, signed: number, more: Tags = {}): Tags =>
  sliceTags(2, 2, [0, 0, 0], { '00280100': bits, '00280101': stored, '00280102': stored - 1, '00280103': signed, ...more });

describe('native pixels', () => {
  it('extend the sign from the stored bits and mask what lies above them', async () => {
    const words = rawBytes(Uint16Array.of(0x0fff, 0x0800, 0x07ff, 0xf001));
    expect([...(await read(dicom(grey(16, 12, 1), words), 'stored')).voxels]).toEqual([-1, -2048, 2047, 1]);
    expect([...(await read(dicom(grey(16, 12, 0), words), 'stored')).voxels]).toEqual([4095, 2048, 2047, 1]);
    const high = dicom(grey(16, 12, 0, { '00280102': 15 }), rawBytes(Uint16Array.of(0x0010, 0x0020, 0xfff0, 0)));
    expect([...(await read(high, 'stored')).voxels]).toEqual([1, 2, 4095, 0]);
    expect([...(await read(dicom(grey(8, 8, 1), Uint8Array.of(255, 128, 127, 0)), 'stored')).voxels]).toEqual([-1, -128, 127, 0]);
  });

  it('are rescaled, and MONOCHROME1 keeps its values', async () => {
    const file = dicom(
      grey(16, 16, 1, { '00281053': '2.5', '00281052': '-1000', '00280004': 'MONOCHROME1' }),
      rawBytes(Int16Array.of(-4, 0, 100, 7)),
    );
    const { voxels, notes } = await read(file);
    expect([...voxels]).toEqual([-1010, -1000, -750, -982.5]);
    expect(notes.join()).toContain('MONOCHROME1');
    await expect(read(dicom(grey(16, 16, 1, { '00281053': '0' }), new Uint8Array(8)))).rejects.toThrow('rescales values by 0');
  });

  it('of one bit run on over frames; planar colour is put side by side', async () => {
    const bits = sliceTags(3, 1, [0, 0, 0], { '00280008': '3', '00280100': 1, '00280101': 1, '00280102': 0, '00280103': 0 });
    expect([...(await read(dicom(bits, Uint8Array.of(0b01_110_101, 1)), 'stored')).voxels]).toEqual([1, 0, 1, 0, 1, 1, 1, 0, 1]);
    const colour = grey(8, 8, 0, { '00280002': 3, '00280004': 'RGB', '00280006': 1 });
    const { voxels } = await read(dicom(colour, Uint8Array.of(1, 2, 3, 4, 10, 20, 30, 40, 100, 110, 120, 130)), 'stored');
    expect([...voxels]).toEqual([1, 10, 100, 2, 20, 110, 3, 30, 120, 4, 40, 130]);
  });

  it('that are too few, or of impossible formats, are refused', async () => {
    await expect(read(dicom(grey(16, 16, 1), new Uint8Array(6)))).rejects.toThrow('asks for 8 bytes of pixels but there are 6');
    await expect(read(dicom(sliceTags(65535, 65535, [0, 0, 0]), new Uint8Array(6)))).rejects.toThrow('more than a browser can hold');
    await expect(read(dicom(grey(12, 12, 0), new Uint8Array(6)))).rejects.toThrow('12 in 12 bits');
    await expect(read(dicom(grey(16, 16, 0), null))).rejects.toThrow('without pixels (MR)');
  });
});

describe('packed pixels', () => {
  const packed = (syntax: string, frames: Uint8Array[], more: Tags = {}) => dicom(grey(16, 16, 0, more), null, { syntax, frames });

  it('RLE: byte planes, runs and literals', async () => {
    const frame = joined(rawBytes(Uint32Array.of(2, 64, 66, ...Array(13).fill(0))), Uint8Array.of(253, 1), Uint8Array.of(3, 5, 6, 7, 8));
    const file = packed('1.2.840.10008.1.2.5', [frame]);
    expect([...(await read(file, 'stored')).voxels]).toEqual([261, 262, 263, 264]);
    await expect(read(packed('1.2.840.10008.1.2.5', [frame.slice(0, 68)]))).rejects.toThrow('RLE frame is cut short');
  });

  it('names the methods it does not unpack', async () => {
    await expect(read(packed('1.2.840.10008.1.2.4.201', [new Uint8Array(8)]))).rejects.toThrow('High-Throughput JPEG 2000');
    await expect(read(packed('1.2.840.10008.1.2.4.102', [new Uint8Array(8)]))).rejects.toThrow('MPEG video');
    await expect(read(packed('1.2.3.4', [new Uint8Array(8)]))).rejects.toThrow('unknown method');
  });

  it('lossless JPEG of several frames, in one fragment or more', async () => {
    const encode = (values: number[]) => encodeLossless(values, { width: 2, height: 2, channels: 1, bits: 16, predictor: 1 });
    const [a, b] = [encode([1, 2, 3, 65535]), encode([9, 8, 7, 6])];
    const two = { '00280008': '2' };
    for (const frames of [
      [a, b],
      [a.slice(0, 20), a.slice(20), b],
    ]) {
      expect([...(await read(packed('1.2.840.10008.1.2.4.70', frames, two), 'stored')).voxels]).toEqual([1, 2, 3, 65535, 9, 8, 7, 6]);
    }
    await expect(read(packed('1.2.840.10008.1.2.4.70', [a.slice(0, -4)]))).rejects.toThrow('ended early');
    await expect(read(packed('1.2.840.10008.1.2.4.70', [a, b, b], two))).rejects.toThrow('cannot be told apart');
    const wide = encodeLossless([1, 2, 3, 4, 5, 6], { width: 3, height: 2, channels: 1, bits: 16, predictor: 1 });
    await expect(read(packed('1.2.840.10008.1.2.4.70', [wide]))).rejects.toThrow('2 × 2 × 1, but a JPEG frame holds 3 × 2 × 1');
  });
});

describe('decodeLossless', () => {
  const random = new Random(5);
  for (const predictor of [1, 2, 3, 4, 5, 6, 7]) {
    it.each([
      [8, 1, 0],
      [12, 1, 0],
      [16, 1, 0],
      [16, 1, 26],
      [8, 3, 0],
      [16, 3, 13],
    ])(`predictor ${predictor}, %i bits, %i channels, restart every %i`, (bits, channels, restart) => {
      const [width, height] = [13, 9];
      const samples = Uint16Array.from({ length: width * height * channels }, () => random.below(2 ** bits));
      const stream = encodeLossless(samples, { width, height, channels, bits, predictor, restart });
      expect(decodeLossless(stream, () => undefined)).toEqual({ samples, channels });
      for (const length of [stream.length - 5, stream.length >> 1]) {
        expect(() => decodeLossless(stream.slice(0, length), () => undefined)).toThrow(/cut short|damaged/);
      }
    });
  }
});

describe('enhanced multi-frame files', () => {
  const frame = (z: number, slope: number): Tags => ({
    '00209113': [{ '00200032': `1\\2\\${z}` }],
    '00289145': [{ '00281052': '1', '00281053': String(slope) }],
  });
  const shared: Tags = { '00209116': [{ '00200037': '1\\0\\0\\0\\1\\0' }], '00289110': [{ '00280030': '3\\2' }] };
  const file = (heights: number[]) => {
    const { '00200032': _, '00200037': __, '00280030': ___, ...tags } = sliceTags(2, 1, [0, 0, 0]);
    const groups = heights.map((z, n) => frame(z, n + 1));
    const more: Tags = { '00280008': String(heights.length), '52009229': [shared], '52009230': groups };
    return dicom({ ...tags, ...more }, rawBytes(Int16Array.from({ length: 2 * heights.length }, (_v, i) => 10 + i)));
  };

  it('have their frames in order, each with its own rescale, at the place that the functional groups say', async () => {
    const { voxels, geometry, depth } = await read(file([8, 0, 4]));
    expect(depth).toBe(3);
    expect([...voxels]).toEqual([12 * 2 + 1, 13 * 2 + 1, 14 * 3 + 1, 15 * 3 + 1, 11, 12]);
    expect(geometry.affine.map((v) => v + 0)).toEqual([-2, 0, 0, -1, 0, -3, 0, -2, 0, 0, 4, 0, 0, 0, 0, 1]);
    expect([...(await read(file([8, 0, 4]), 'stored')).voxels]).toEqual([10, 11, 12, 13, 14, 15]);
  });

  it('that are no even stack are read as they are, without a place', async () => {
    for (const heights of [
      [0, 0, 4],
      [0, 4, 12],
      [0, 4, 9],
    ]) {
      const { geometry, notes, voxels } = await read(file(heights));
      expect(geometry.known).toBe(false);
      expect(notes.join()).toContain('3 frames are no stack of evenly spaced planes');
      expect(voxels[0]).toBe(11);
    }
  });
});

describe('files without a header', () => {
  const whole = dicom(sliceTags(2, 2, [0, 0, 0]), rawBytes(Int16Array.of(1, -2, 3, 4)));
  it('are read where only the preamble is missing, and where all of it is, which is said', async () => {
    const meta = await read(whole.slice(132));
    expect([[...meta.voxels], meta.notes]).toEqual([[1, -2, 3, 4], []]);
    const first = whole.findIndex((b, i) => i > 140 && b === 8 && whole[i + 1] === 0 && whole[i + 2] === 0x18);
    const bare = await read(whole.slice(first));
    expect([...bare.voxels]).toEqual([1, -2, 3, 4]);
    expect(bare.notes[0]).toContain('no DICOM file header');
  });
});

describe('sortSeries', () => {
  const header = async (path: string, position: number[], more: Tags = {}) =>
    sliceHeader(path, new Blob([dicom(sliceTags(2, 2, position, more), new Uint8Array(8))]));
  const stack = (heights: number[]) => Promise.all(heights.map((z, n) => header(`s/${n}.dcm`, [10, 20, z], { '00200013': String(n) })));
  const paths = (list: (string | null)[]) => list.map((p) => p?.replace(/^s\/|\.dcm$/g, '') ?? null);

  it('goes by position along the normal, whatever the order of the files', async () => {
    const headers = await stack([6, 0, 3, 9]);
    const random = new Random(3);
    for (let round = 0; round < 10; round++) {
      const order = random.permutation(4);
      const { series, alone, rejected } = sortSeries([...order].map((i) => headers[i]));
      expect([alone, rejected]).toEqual([[], []]);
      expect(paths(series[0].slices)).toEqual(['1', '2', '0', '3']);
      expect(series[0].path).toBe('s');
      expect(series[0].geometry.affine.map((v) => v + 0)).toEqual([-1, 0, 0, -10, 0, -1, 0, -20, 0, 0, 3, 0, 0, 0, 0, 1]);
    }
  });

  it('leaves a missing slice empty and names its neighbours', async () => {
    const { series } = sortSeries(await stack([0, 3, 9, 12, 15]));
    expect(paths(series[0].slices)).toEqual(['0', '1', null, '2', '3', '4']);
    expect(series[0].notes).toEqual(['1 slice missing between s/1.dcm and s/2.dcm; left empty there.']);
    expect(series[0].geometry.spacing[2]).toBeCloseTo(3, 9);
  });

  it('names duplicates: the same instance, and another at the same place', async () => {
    const headers = await stack([0, 3, 6, 9]);
    const copy: SliceHeader = { ...headers[2], path: 's/copy.dcm' };
    const other: SliceHeader = { ...headers[1], path: 's/other.dcm', instance: '9.9.9' };
    const { series, rejected } = sortSeries([...headers, copy, other]);
    expect(paths(series[0].slices).length).toBe(4);
    expect(rejected.map((r) => r.path).sort()).toEqual(['s/copy.dcm', 's/other.dcm']);
    expect(rejected.find((r) => r.path === 's/copy.dcm')?.reason).toContain('same slice as s/2.dcm');
    expect(series[0].notes.join()).toContain('there twice');
  });

  it('refuses uneven distances, naming where', async () => {
    const { series, rejected } = sortSeries(await stack([0, 3, 6, 10, 13, 16]));
    expect(series).toEqual([]);
    expect(rejected.length).toBe(6);
    expect(rejected[0].reason).toContain('between s/2.dcm and s/3.dcm');
  });

  it('keeps two echoes at the same places apart, and other orientations', async () => {
    const echoes = await Promise.all(
      [0, 3, 6].flatMap((z) =>
        [20, 80].map((echo) => header(`s/${z}-${echo}.dcm`, [0, 0, z], { '00180081': String(echo), '00200013': '1' })),
      ),
    );
    const sagittal = await Promise.all([0, 4].map((x) => header(`s/loc${x}.dcm`, [x, 0, 0], { '00200037': '0\\1\\0\\0\\0\\-1' })));
    const { series } = sortSeries([...echoes, ...sagittal]);
    expect(series.map((s) => paths(s.slices).join())).toEqual(['0-20,3-20,6-20', '0-80,3-80,6-80', 'loc4,loc0']);
    expect(series.map((s) => s.path)).toEqual(['s/series 1', 's/series 2', 's/series 3']);
    expect(series[1].notes[0]).toContain('2 volumes at the same place; this is number 2');
  });

  it('keeps the slant of a tilted gantry, and says so', async () => {
    const tilted = await Promise.all([0, 3, 6].map((z) => header(`s/${z}.dcm`, [0, z / 2, z])));
    const { series } = sortSeries(tilted);
    expect(series[0].notes.join()).toContain('slant');
    expect([2, 6, 10].map((i) => series[0].geometry.affine[i] + 0)).toEqual([0, -1.5, 3]);
  });
});
