import { expect, it } from 'vitest';
import { IMAGE_GEOMETRY } from '../core/affine';
import { gridOf } from '../data/grid';
import type { RawEvaluation } from './evaluate';
import { mapsOf } from './volumes';

it.each([
  ['a/v.nii', 3, 'a_v_score.nii.gz'],
  ['v.nii.gz', 1, 'v_score.nii.gz'],
  ['v', 3, 'v_score.nii.gz'],
  ['v.png', 1, 'v_score.png'],
])('writes the map of %s, %i slices without orientation, as %s', (volume, depth, name) => {
  const grid = gridOf({ width: 4, height: 4, depth, geometry: IMAGE_GEOMETRY }, 4);
  const raw = {
    evaluation: { width: 4, height: 4, lo: 0, hi: 1, metrics: { threshold: 0.5 } },
    maps: new Float32Array(16).fill(1),
    slices: [{ volume, index: 0 }],
  } as unknown as RawEvaluation;
  expect([...mapsOf(raw, new Map([[volume, grid]]))].map((map) => map.name)).toEqual([name, name.replace('score', 'mask')]);
});

it('tells files apart that would get the same name, and leaves the others as they are', () => {
  const names = (...volumes: string[]) => {
    const grid = gridOf({ width: 4, height: 4, depth: 1, geometry: IMAGE_GEOMETRY }, 4);
    const raw = {
      evaluation: { width: 4, height: 4, lo: 0, hi: 1, metrics: { threshold: null } },
      maps: new Float32Array(16 * volumes.length),
      slices: volumes.map((volume) => ({ volume, index: 0 })),
    } as unknown as RawEvaluation;
    return [...mapsOf(raw, new Map(volumes.map((volume) => [volume, grid])))].map(({ name }) => name);
  };
  expect(names('p/scan.png', 'p/scan.jpg', 'p_scan_2.png', 'p/scan.nii')).toEqual([
    'p_scan_3_score.png',
    'p_scan_score.png',
    'p_scan_2_score.png',
    'p_scan_score.nii.gz',
  ]);
  expect(names('a_b/c.nii.gz', 'a/b_c.nii.gz')).toEqual(['a_b_c_2_score.nii.gz', 'a_b_c_score.nii.gz']);
});
