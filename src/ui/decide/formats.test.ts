import { expect, it } from 'vitest';
import { mapFormat } from './formats';

const image = { stack: null, edges: null, volume: 'a/1.png' };
const scan = { ...image, stack: { plane: 'axial', count: 9, reversed: false, pitch: 1 }, volume: 'b.mha' } as const;

it('promises NIfTI only where the data can give it', () => {
  expect(mapFormat('phantom', [scan])).toBe('PNG at the size of the slices');
  expect(mapFormat('mine', [image, image])).toBe('PNG on the grid of the images');
  expect(mapFormat('mine', [scan])).toBe('NIfTI on the grid of the scans');
  expect(mapFormat('mine', [{ ...image, volume: 'flat.nii.gz' }])).toBe('NIfTI on the grid of the scans');
  expect(mapFormat('mine', [scan, image])).toBe('NIfTI on the grid of the scans, PNG for single images');
});
