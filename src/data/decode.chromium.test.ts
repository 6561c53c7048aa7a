/** What only a browser can show: its gzip, its WebAssembly, a codec fetched from the own origin. */
import jpegBinary from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm?url';
import { beforeAll, expect, it } from 'vitest';
import { IMAGE_GEOMETRY } from './affine';
import { gzip } from './bytes';
import { setCodecSource } from './codecs';
import { decodeFile } from './load';
import { writeNifti } from './niftiWrite';
import { tinyJpeg } from './tinyJpeg';

beforeAll(() => setCodecSource(async () => (await fetch(jpegBinary)).arrayBuffer()));

function scan(): Uint8Array<ArrayBuffer> {
  const values = Float32Array.from({ length: 60 * 50 * 40 }, (_, i) => Math.sin(i));
  return writeNifti(values, { width: 60, height: 50, depth: 40, geometry: { ...IMAGE_GEOMETRY, known: true } });
}

it('reads .nii.gz', async () => {
  const { width, height, depth, voxels } = await decodeFile(new Blob([await gzip(scan())]), 'a.nii.gz', 'image');
  expect([width, height, depth]).toEqual([60, 50, 40]);
  expect(voxels[12345]).toBe(Math.fround(Math.sin(12345)));
});

it('rejects a .nii.gz that is cut short or changed', async () => {
  const packed = await gzip(scan());
  for (const length of [packed.length - 5, Math.floor(packed.length / 2), 40, 12]) {
    await expect(decodeFile(new Blob([packed.slice(0, length)]), 'a.nii.gz', 'image')).rejects.toThrow('cut short or damaged');
  }
  const flipped = packed.slice();
  flipped[flipped.length - 6] ^= 1;
  await expect(decodeFile(new Blob([flipped]), 'a.nii.gz', 'image')).rejects.toThrow('damaged');
});

it('names a gzip of several members, which Chromium does not unpack', async () => {
  const bytes = scan();
  const members = new Blob([await gzip(bytes.slice(0, 100_000)), await gzip(bytes.slice(100_000))]);
  await expect(decodeFile(members, 'a.nii.gz', 'image')).rejects.toThrow('several gzip members');
});

it('reads JPEG', async () => {
  const { voxels, width } = await decodeFile(new Blob([tinyJpeg()]), 'a.jpg', 'image');
  expect(width).toBe(16);
  expect([...voxels.slice(0, 16)]).toEqual([...Array(8).fill(0), ...Array(8).fill(255)]);
});
