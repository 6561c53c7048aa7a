/** Formats besides the corpus: variants written here byte by byte, and what must be refused. */
import { zlibSync } from 'fflate';
import { writeArrayBuffer } from 'geotiff';
import { describe, expect, it } from 'vitest';
import { gzip } from './bytes';
import { gunzipMembers } from './gunzip';
import { type Ask, decodeFile, type Use } from './load';
import { npzArrays } from './npz';
import { bytesOf, joined, npy, rawBytes, tar, zip } from './testArchives';
import { niftiFile } from './testFiles';
import { halfToFloat } from './voxels';
import { unzip, zipEntries } from './zip';

const ramp = Int16Array.from({ length: 24 }, (_, i) => i * 3 - 20);
const read = (bytes: Uint8Array, name: string, use: Use = 'image', more: Partial<Ask> = {}) =>
  decodeFile(new Blob([bytes as Uint8Array<ArrayBuffer>]), name, use, more);
const holding = (files: Record<string, Uint8Array>): Partial<Ask> => ({
  sibling: async (name) => (files[name.toLowerCase()] ? new Blob([files[name.toLowerCase()] as Uint8Array<ArrayBuffer>]) : null),
});

describe('gzip of several members', () => {
  const nifti = niftiFile([40, 40, 40], (i, j, k) => Math.sin(i + j * k));
  const inPieces = async (size: number) => {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < nifti.length; at += size) pieces.push(await gzip(nifti.slice(at, at + size)));
    return joined(...pieces, await gzip(new Uint8Array(0)));
  };
  const unpack = async (bytes: Uint8Array<ArrayBuffer>) => {
    const parts: Uint8Array[] = [];
    const chunks = async function* () {
      for (let at = 0; at < bytes.length; at += 5000) yield bytes.slice(at, at + 5000);
    };
    for await (const part of gunzipMembers(chunks())) parts.push(part);
    return joined(...parts);
  };

  it.each([100_000, 64 * 1024 - 300, 7_001])('of %i bytes each unpack to the file, like bgzip', async (size) => {
    expect(Buffer.compare(await unpack(await inPieces(size)), nifti)).toBe(0);
  });

  it('are refused when a byte is changed or the end is missing', async () => {
    const packed = await inPieces(100_000);
    for (const at of [packed.length - 24, 100, 2000]) {
      const changed = packed.slice();
      changed[at] ^= 16;
      await expect(unpack(changed)).rejects.toThrow();
    }
    for (const length of [packed.length - 21, packed.length - 30, 900, 15]) await expect(unpack(packed.slice(0, length))).rejects.toThrow();
  });
});

describe('NIfTI pairs', () => {
  it('read their .img, packed or not, and say when it is missing', async () => {
    const whole = niftiFile([4, 3, 2], (i, j, k) => i + 10 * j + 100 * k);
    const header = whole.slice(0, 348);
    header.set(bytesOf('ni1\0'), 344);
    new DataView(header.buffer).setFloat32(108, 0, true);
    const img = whole.slice(352);
    const expected = (await read(whole, 'a.nii')).voxels;
    for (const files of [{ 'a.img': img }, { 'a.img.gz': await gzip(img) }] as Record<string, Uint8Array>[]) {
      expect((await read(header, 'd/a.hdr', 'image', holding(files))).voxels).toEqual(expected);
    }
    await expect(read(header, 'd/a.hdr')).rejects.toThrow('a.img is not beside it');
    await expect(read(header, 'd/a.hdr', 'image', holding({ 'a.img': img.slice(0, 50) }))).rejects.toThrow('cut short');
    await expect(read(img, 'd/a.img')).rejects.toThrow('voxels without a header');
  });

  it('Analyze 7.5 has values but no orientation', async () => {
    const header = niftiFile([4, 3, 2], () => 0).slice(0, 348);
    header.set(bytesOf('\0\0\0\0'), 344);
    header[38] = 'r'.charCodeAt(0);
    new DataView(header.buffer).setFloat32(108, 0, true);
    const img = rawBytes(Float32Array.from({ length: 24 }, (_, i) => i));
    const { voxels, geometry, notes } = await read(header, 'a.hdr', 'image', holding({ 'a.img': img }));
    expect([...voxels.slice(0, 3)]).toEqual([0, 1, 2]);
    expect(geometry.known).toBe(false);
    expect(notes.join()).toContain('Analyze 7.5');
  });
});

describe('NRRD', () => {
  const nrrd = (fields: string[], data: Uint8Array | string = rawBytes(ramp)) => joined(`NRRD0005\n${fields.join('\n')}\n\n`, data);
  const three = ['type: short', 'dimension: 3', 'sizes: 4 3 2', 'endian: little'];

  it('reads raw, gzip, text, big-endian and byte skips', async () => {
    const big = rawBytes(ramp.slice()).slice();
    for (let i = 0; i < big.length; i += 2) [big[i], big[i + 1]] = [big[i + 1], big[i]];
    const files = [
      nrrd([...three, 'encoding: raw']),
      nrrd([...three, 'encoding: gzip'], await gzip(rawBytes(ramp).slice())),
      nrrd([...three, 'encoding: ascii'], [...ramp].join(' ')),
      nrrd([...three.slice(0, 3), 'endian: big', 'encoding: raw'], big),
      nrrd([...three, 'encoding: raw', 'byte skip: -1'], joined('skipped', rawBytes(ramp))),
      joined(`NRRD0005\r\n${[...three, 'encoding: raw'].join('\r\n')}\r\n\r\n`, rawBytes(ramp)),
    ];
    for (const file of files) expect([...(await read(file, 'a.nrrd')).voxels]).toEqual([...ramp]);
  });

  it('turns each named space into RAS, and knows when none is named', async () => {
    const at = async (space: string) =>
      (
        await read(
          nrrd([...three, 'encoding: raw', `space: ${space}`, 'space directions: (0,2,0) (3,0,0) (0,0,4)', 'space origin: (1,2,3)']),
          'a.nrrd',
        )
      ).geometry;
    expect((await at('right-anterior-superior')).affine.slice(0, 12)).toEqual([0, 3, 0, 1, 2, 0, 0, 2, 0, 0, 4, 3]);
    expect((await at('LPS')).affine.slice(0, 12)).toEqual([-0, -3, -0, -1, -2, -0, -0, -2, 0, 0, 4, 3]);
    expect((await at('left-anterior-superior')).affine.slice(0, 12)).toEqual([-0, -3, -0, -1, 2, 0, 0, 2, 0, 0, 4, 3]);
    const none = await read(nrrd([...three, 'encoding: raw', 'spacings: 1 2 3']), 'a.nrrd');
    expect([none.geometry.known, ...none.geometry.spacing]).toEqual([false, 1, 2, 3]);
  });

  it('takes a first axis without direction as colour, a last one as volumes', async () => {
    const colour = ['type: uchar', 'dimension: 3', 'sizes: 3 2 2', 'kinds: RGB-color domain domain', 'encoding: raw'];
    const pixels = Uint8Array.of(255, 0, 0, 9, 9, 9, 0, 0, 0, 1, 1, 1);
    const { voxels, width, height } = await read(nrrd(colour, pixels), 'a.nrrd');
    expect([width, height, Math.round(voxels[0]), voxels[1]]).toEqual([2, 2, 76, 9]);
    const four = ['type: short', 'dimension: 4', 'sizes: 2 3 2 2', 'endian: little', 'encoding: raw', 'space: RAS'];
    const series = await read(nrrd([...four, 'space directions: (1,0,0) (0,1,0) (0,0,1) none']), 'a.nrrd', 'image', { frame: 1 });
    expect([series.frames, series.voxels[0]]).toEqual([2, ramp[12]]);
    expect(series.notes.join()).toContain('number 2 was taken');
  });

  it('refuses by name what it does not read, and headers that lie', async () => {
    const rejects = (fields: string[], why: string) => expect(read(nrrd(fields), 'a.nrrd')).rejects.toThrow(why);
    await rejects([...three, 'encoding: bzip2'], 'packed as "bzip2"');
    await rejects([...three, 'encoding: raw', 'data file: LIST'], 'list of files');
    await rejects([...three, 'encoding: raw', 'data file: other.raw'], 'other.raw, which is not beside it');
    await rejects(
      ['type: short', 'dimension: 3', 'sizes: 4000 4000 4000', 'endian: little', 'encoding: raw'],
      'more than a browser can hold',
    );
    await rejects(
      ['type: short', 'dimension: 3', 'sizes: 400 400 400', 'endian: little', 'encoding: raw'],
      'cut short or its header is damaged',
    );
    await rejects(['type: short', 'dimension: 3', 'sizes: 4 -3 2', 'endian: little', 'encoding: raw'], 'impossible sizes');
    await rejects(['type: short', 'dimension: 2', 'sizes: 4 3 2', 'endian: little', 'encoding: raw'], '2 dimensions but lists 3');
    await rejects(['type: short', 'dimension: 3', 'sizes: 4 3 2', 'encoding: raw'], 'byte order');
    await rejects(['type: block', 'dimension: 3', 'sizes: 4 3 2', 'encoding: raw'], 'type "block"');
  });
});

describe('MetaImage', () => {
  const mha = (fields: string[], data: Uint8Array, file = 'LOCAL') =>
    joined(
      `ObjectType = Image\nNDims = 3\nDimSize = 4 3 2\n${fields.join('\n')}\nElementDataFile = ${file}\n`,
      file === 'LOCAL' ? data : '',
    );
  const short = ['ElementType = MET_SHORT', 'BinaryData = True', 'BinaryDataByteOrderMSB = False'];

  it('reads local and detached voxels, zlib-packed or not, and its axes as LPS', async () => {
    const packed = zlibSync(rawBytes(ramp)) as Uint8Array<ArrayBuffer>;
    expect([...(await read(mha(short, rawBytes(ramp)), 'a.mha')).voxels]).toEqual([...ramp]);
    expect([...(await read(mha([...short, 'CompressedData = True'], packed), 'a.mha')).voxels]).toEqual([...ramp]);
    const apart = mha([...short, 'HeaderSize = -1'], ramp as never, 'a.raw');
    expect([...(await read(apart, 'a.mhd', 'image', holding({ 'a.raw': joined('xx', rawBytes(ramp)) }))).voxels]).toEqual([...ramp]);
    const placed = ['ElementSpacing = 1 2 3', 'TransformMatrix = 0 1 0 0 0 1 1 0 0', 'Offset = 7 8 9'];
    // Row i of the matrix is where voxel axis i points: 0 → P, 1 → S, 2 → L.
    const { geometry } = await read(mha([...short, ...placed], rawBytes(ramp)), 'a.mha');
    expect(geometry.affine.map((v) => v + 0)).toEqual([0, 0, -3, -7, -1, 0, 0, -8, 0, 2, 0, 9, 0, 0, 0, 1]);
  });

  it('refuses what is missing or damaged', async () => {
    const packed = zlibSync(rawBytes(ramp)).slice(0, -6);
    await expect(read(mha([...short, 'CompressedData = True'], packed), 'a.mha')).rejects.toThrow('zlib data is cut short');
    await expect(read(mha(short, rawBytes(ramp).slice(0, 20)), 'a.mha')).rejects.toThrow('cut short');
    await expect(read(mha(['ElementType = MET_OTHER'], rawBytes(ramp)), 'a.mha')).rejects.toThrow('MET_OTHER');
    await expect(read(mha(short, ramp as never, 'no.raw'), 'a.mhd')).rejects.toThrow('no.raw, which is not beside it');
    await expect(read(bytesOf('NDims = 3\nDimSize = 4 3 2\nElementType = MET_SHORT\n'), 'a.mhd')).rejects.toThrow('ElementDataFile');
  });
});

describe('NPY and NPZ', () => {
  it('reads every numeric type and order to the same image', async () => {
    const values = [0, 1, 2, 3, 4, 5];
    const big = new DataView(new ArrayBuffer(24));
    values.forEach((v, i) => {
      big.setFloat32(4 * i, v);
    });
    const fortran = Float64Array.of(0, 3, 1, 4, 2, 5);
    const files = [
      npy(Uint8Array.from(values), '|u1', [2, 3]),
      npy(Int8Array.from(values), '|i1', [2, 3]),
      npy(Uint32Array.from(values), '<u4', [2, 3]),
      npy(BigInt64Array.from(values.map(BigInt)), '<i8', [2, 3]),
      npy(big, '>f4', [2, 3]),
      npy(fortran, '<f8', [2, 3], true),
      npy(Uint16Array.of(0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500), '<f2', [2, 3]),
      npy(Int16Array.from(values), '<i2', [1, 1, 2, 3]),
    ];
    for (const file of files) {
      const { voxels, width, height, depth } = await read(file, 'a.npy');
      expect([[...voxels], width, height, depth]).toEqual([values, 3, 2, 1]);
    }
  });

  it('transposes three Fortran axes', async () => {
    const shape = [2, 3, 4];
    const at = (d: number, h: number, w: number) => 100 * d + 10 * h + w;
    const stored = new Float32Array(24);
    for (let d = 0; d < 2; d++) for (let h = 0; h < 3; h++) for (let w = 0; w < 4; w++) stored[d + 2 * (h + 3 * w)] = at(d, h, w);
    const { voxels } = await read(npy(stored, '<f4', shape, true), 'a.npy');
    expect([...voxels.slice(0, 6)]).toEqual([0, 1, 2, 3, 10, 11]);
    expect(voxels[23]).toBe(at(1, 2, 3));
  });

  it('knows binary16', () => {
    const cases = [0, 0x8000, 0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0xfc00, 0x7e00];
    expect(cases.map(halfToFloat)).toEqual([0, -0, 1, -2, 2 ** -24, 65504, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
  });

  it('refuses objects, text, single values and cut files', async () => {
    const rejects = (file: Uint8Array, why: string) => expect(read(file, 'a.npy')).rejects.toThrow(why);
    await rejects(npy(new Uint8Array(48), '|O8', [2, 3]), 'NumPy type |O8');
    await rejects(npy(new Uint8Array(48), '<U2', [2, 3]), 'NumPy type <U2');
    await rejects(npy(Float32Array.of(1), '<f4', []), 'needs two axes');
    await rejects(npy(Float32Array.of(1, 2), '<f4', [2, 3]), 'cut short');
    await rejects(npy(Float32Array.of(1, 2), '<f4', [40000, 40000]), 'more than a browser can hold');
    await rejects(npy(Float32Array.of(1), '<f4', [1]).slice(0, 40), 'before its NPY header is complete');
  });

  it('lists the arrays of an .npz and takes images, the only one, or the one that is asked for', async () => {
    const a = npy(Uint8Array.of(1, 2, 3, 4), '|u1', [2, 2]);
    const b = npy(Uint8Array.of(5, 6, 7, 8), '|u1', [2, 2]);
    const label = npy(Uint8Array.of(1), '|u1', [1]);
    const both = zip({ 'a.npy': a, 'b.npy': b, 'labels.npy': label });
    expect(await npzArrays(new Blob([both]))).toEqual([
      { key: 'a', shape: [2, 2], dtype: 'uint8' },
      { key: 'b', shape: [2, 2], dtype: 'uint8' },
      { key: 'labels', shape: [1], dtype: 'uint8' },
    ]);
    await expect(read(both, 'x.npz')).rejects.toThrow('a (2 × 2), b (2 × 2), labels (1), any of which could be the images');
    expect((await read(both, 'x.npz', 'image', { array: 'b' })).voxels[0]).toBe(5);
    expect((await read(zip({ 'a.npy': a, 'images.npy': b }), 'x.npz')).voxels[0]).toBe(5);
    expect((await read(zip({ 'a.npy': a, 'labels.npy': label }), 'x.npz')).voxels[0]).toBe(1);
  });
});

describe('TIFF', () => {
  const tiff = async (values: Uint8Array | Uint16Array | Float32Array, width: number, height: number) =>
    new Uint8Array((await writeArrayBuffer(values as never, { width, height } as never)) as ArrayBuffer);

  it('reads 8, 16 and 32 bits', async () => {
    for (const values of [
      Uint8Array.of(0, 1, 2, 250, 251, 252),
      Uint16Array.of(0, 1, 2, 65000, 65001, 65002),
      Float32Array.of(0, 0.5, -1, 2, 3, 1e6),
    ]) {
      const { voxels, width, height } = await read(await tiff(values, 3, 2), 'a.tif');
      expect([[...voxels], width, height]).toEqual([[...values], 3, 2]);
    }
  });

  it('is refused when it is cut short', async () => {
    const whole = await tiff(new Uint16Array(4000), 40, 100);
    for (const length of [whole.length - 10, 200, 9])
      await expect(read(whole.slice(0, length), 'a.tif')).rejects.toThrow(/TIFF|holds|packed/);
  });
});

describe('ZIP', () => {
  const good = zip({ 'd/a.txt': bytesOf('hello hello hello hello') });

  it('gives back what fflate packed, stored or deflated, with its names', async () => {
    for (const level of [0, 6] as const) {
      const blob = new Blob([zip({ 'd/ä.txt': bytesOf('hello hello'), e: new Uint8Array(0) }, level)]);
      const entries = await zipEntries(blob);
      expect(entries.map((e) => [e.path, e.size])).toEqual([
        ['d/ä.txt', 11],
        ['e', 0],
      ]);
      expect(await (await unzip(blob, entries[0])).text()).toBe('hello hello');
    }
  });

  it('refuses a changed byte, a cut file, encryption, other methods and sizes that lie', async () => {
    const central = good.length - 22 - 46 - 7;
    const changed = (at: number, value: number) => {
      const bytes = good.slice();
      bytes[at] = value;
      return new Blob([bytes]);
    };
    const open = async (blob: Blob) => unzip(blob, (await zipEntries(blob))[0]);
    await expect(open(changed(40, 200))).rejects.toThrow('damaged');
    await expect(open(new Blob([good.slice(0, -30)]))).rejects.toThrow('no directory');
    await expect(open(changed(central + 8, 1))).rejects.toThrow('encrypted');
    await expect(open(changed(central + 10, 14))).rejects.toThrow('LZMA');
    await expect(open(changed(central + 24, 5))).rejects.toThrow('more than the 5 bytes');
    await expect(open(changed(central + 26, 200))).rejects.toThrow('zip bomb');
    await expect(open(changed(central + 16, 200))).rejects.toThrow('checksum');
  });
});

describe('TAR', () => {
  it('is told from other files by its checksum', async () => {
    const { isTar } = await import('./tar');
    const archive = tar({ 'a.txt': bytesOf('x') });
    expect(isTar(archive.subarray(0, 540))).toBe(true);
    archive[10] ^= 1;
    expect(isTar(archive.subarray(0, 540))).toBe(false);
  });
});
