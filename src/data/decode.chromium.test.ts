/** What only a browser can show: its gzip, its WebAssembly, a codec fetched from the own origin. */
import jpegBinary from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm?url';
import { beforeAll, expect, it } from 'vitest';
import { IMAGE_GEOMETRY } from '../core/affine';
import { writeNifti } from '../core/niftiWrite';
import { gzip } from './bytes';
import { setCodecSource } from './codecs';
import { decodeFile } from './load';
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

it('reads a gzip of several members, which DecompressionStream refuses here', async () => {
  const bytes = scan();
  const pieces: Blob[] = [];
  for (let at = 0; at < bytes.length; at += 65_280) pieces.push(new Blob([await gzip(bytes.slice(at, at + 65_280))]));
  pieces.push(new Blob([await gzip(new Uint8Array(0))]));
  const whole = new Blob(pieces);
  const first = new Response(whole.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
  await expect(first).rejects.toThrow();
  const { voxels } = await decodeFile(whole, 'a.nii.gz', 'image');
  expect(voxels.length).toBe(120_000);
  expect(voxels.every((v, i) => v === Math.fround(Math.sin(i)))).toBe(true);
  const changed = new Uint8Array(await whole.arrayBuffer());
  changed[changed.length - 24] ^= 1;
  await expect(decodeFile(new Blob([changed]), 'a.nii.gz', 'image')).rejects.toThrow('cut short or damaged');
});

it('reads JPEG', async () => {
  const { voxels, width } = await decodeFile(new Blob([tinyJpeg()]), 'a.jpg', 'image');
  expect(width).toBe(16);
  expect([...voxels.slice(0, 16)]).toEqual([...Array(8).fill(0), ...Array(8).fill(255)]);
});
