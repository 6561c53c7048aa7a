import { openAsBlob, readFileSync } from 'node:fs';
import { encode } from 'fast-png';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeFile, readerFor } from './load';
import { sharedData, useNodeCodecs } from './testFiles';
import { tinyJpeg } from './tinyJpeg';

beforeAll(useNodeCodecs);

const manifest = sharedData('formats', 'manifest.json');

/** name; minimum, maximum, mean of the manifest where it lists the plane that is read. */
const CORPUS: [string, 'image' | 'mask', number, number, number][] = [
  ['png/ct_gray16.png', 'image', 0, 4402, 2074.9235649108887],
  ['png/ct_gray8.png', 'image', 0, 255, 119.8018684387207],
  ['png/mask_palette.png', 'mask', 0, 2, 1.0972747802734375],
  ['png/mask_1bit.png', 'mask', 0, 1, 0.7872467041015625],
  ['jpeg/ct_gray.jpg', 'image', 0, 248, 119.92799377441406],
  ['jpeg/ct_rgb_progressive.jpg', 'image', 0, 244, 119.97323608398438],
];

describe.skipIf(!manifest)('shared corpus', () => {
  it.each(CORPUS)('%s', async (name, use, min, max, mean) => {
    const { voxels, depth, geometry } = await decodeFile(await openAsBlob(sharedData('formats', name)!), name, use);
    expect(depth).toBe(1);
    expect(geometry.known).toBe(false);
    expect(voxels.reduce((a, v) => Math.min(a, v))).toBe(min);
    expect(voxels.reduce((a, v) => Math.max(a, v))).toBe(max);
    expect(voxels.reduce((a, v) => a + v, 0) / voxels.length).toBeCloseTo(mean, 4);
  });

  it('says nothing about colour where RGB is grey', async () => {
    const rgba = await decodeFile(await openAsBlob(sharedData('formats', 'png/ct_rgba.png')!), 'a.png', 'image');
    expect(rgba.notes.join()).not.toContain('luminance');
  });

  it('a damaged JPEG is rejected', async () => {
    const bytes = new Uint8Array(readFileSync(sharedData('formats', 'jpeg/ct_gray.jpg')!));
    await expect(decodeFile(new Blob([bytes.slice(0, 5000)]), 'a.jpg', 'image')).rejects.toThrow('cut short or damaged');
    const wider = bytes.slice();
    const frame = wider.findIndex((b, i) => b === 0xff && wider[i + 1] === 0xc0);
    wider[frame + 4] = 12;
    await expect(decodeFile(new Blob([wider]), 'a.jpg', 'image')).rejects.toThrow('12-bit JPEG');
  });
});

describe('JPEG', () => {
  const read = (bytes: Uint8Array<ArrayBuffer>, use: 'image' | 'mask' = 'image') => decodeFile(new Blob([bytes]), 'a.jpg', use);

  it('reads grey, and a mask by its middle value', async () => {
    const { voxels, width, height } = await read(tinyJpeg());
    expect([width, height, voxels[7], voxels[8]]).toEqual([16, 8, 0, 255]);
    const mask = await read(tinyJpeg(), 'mask');
    expect([mask.voxels[7], mask.voxels[8]]).toEqual([0, 1]);
    expect(mask.notes.join()).toContain('Save masks as PNG');
  });

  it('refuses lossless and CMYK by name', async () => {
    const patched = (offset: number, value: number) => {
      const bytes = tinyJpeg();
      bytes[bytes.findIndex((b, i) => b === 0xff && bytes[i + 1] === 0xc0) + offset] = value;
      return bytes;
    };
    await expect(read(patched(1, 0xc3))).rejects.toThrow('lossless');
    await expect(read(patched(9, 4))).rejects.toThrow('4 colour components');
    await expect(read(tinyJpeg().slice(0, 30))).rejects.toThrow('no frame header');
  });
});

describe('PNG', () => {
  const read = (image: Parameters<typeof encode>[0], use: 'image' | 'mask' = 'image') =>
    decodeFile(new Blob([new Uint8Array(encode(image))]), 'a.png', use);

  it('reduces colour to luminance and says what it gave up', async () => {
    const { voxels, notes } = await read({ width: 1, height: 2, channels: 4, depth: 8, data: Uint8Array.of(255, 0, 0, 10, 9, 9, 9, 255) });
    expect(voxels[0]).toBeCloseTo(76.245, 3);
    expect(voxels[1]).toBe(9);
    expect(notes.join(' ')).toMatch(/luminance.*transparency was ignored/);
  });

  it('turns a palette into luminance for images and keeps its indices for masks', async () => {
    const image = {
      width: 2,
      height: 1,
      channels: 1,
      depth: 8 as const,
      data: Uint8Array.of(0, 1),
      palette: [
        [7, 7, 7],
        [0, 0, 0],
      ],
    };
    expect([...(await read(image)).voxels]).toEqual([7, 0]);
    expect([...(await read(image, 'mask')).voxels]).toEqual([0, 1]);
  });

  it('rejects a changed byte, a cut file and a size that cannot be', async () => {
    const good = new Uint8Array(encode({ width: 20, height: 20, channels: 1, depth: 8, data: new Uint8Array(400).map((_, i) => i) }));
    const flipped = good.slice();
    flipped[60] ^= 1;
    await expect(decodeFile(new Blob([flipped]), 'a.png', 'image')).rejects.toThrow('damaged');
    await expect(decodeFile(new Blob([good.slice(0, 90)]), 'a.png', 'image')).rejects.toThrow('damaged');
    const huge = good.slice();
    new DataView(huge.buffer).setUint32(16, 2 ** 31);
    await expect(decodeFile(new Blob([huge]), 'a.png', 'image')).rejects.toThrow('cannot hold');
  });
});

describe('readerFor', () => {
  it('goes by content and names what the extension promised', () => {
    expect(() => readerFor(new Uint8Array(0), 'a.png')).toThrow('empty (0 bytes)');
    expect(() => readerFor(Uint8Array.of(1, 2, 3), 'scan.nii.gz')).toThrow('named like NIfTI');
    expect(() => readerFor(Uint8Array.of(1, 2, 3), 'scan')).toThrow('no image format this lab knows');
    expect(readerFor(new TextEncoder().encode('II*\0'), 'a.png').format).toBe('TIFF');
    expect(readerFor(Uint8Array.of(0xff, 0xd8, 0xff), 'a.png').format).toBe('JPEG');
  });
});
