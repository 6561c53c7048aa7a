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
