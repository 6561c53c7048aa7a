import { describe, expect, it } from 'vitest';
import { edgesOf } from '../../core/planes';
import type { Box } from '../../core/reformat';
import { madeOf, planeOf, seenFrom } from './volume';

describe('what is said about a volume', () => {
  it('names where it is seen from', () => {
    const from = (azimuth: number, elevation = 0) => seenFrom({ azimuth, elevation });
    expect([0, 90, 180, 270].map((azimuth) => from(azimuth))).toEqual(
      ['back', 'left', 'front', 'right'].map((side) => `seen from the ${side}`),
    );
    expect(from(359)).toBe('seen from the back');
    expect(from(120, 15)).toBe('seen from the left and the front');
    expect(from(315, -30)).toBe('seen from the right and the back and below');
    expect([from(10, 90), from(200, -80)]).toEqual(['seen from above', 'seen from below']);
  });

  it('names the plane by the letters, and none without', () => {
    for (const plane of ['axial', 'coronal', 'sagittal'] as const) expect(planeOf(edgesOf(plane))).toBe(plane);
    expect(planeOf(null)).toBeNull();
    expect(planeOf({ left: 'L', right: 'R', top: 'A', bottom: 'P' })).toBeNull();
  });

  it('gives distances where the file does, and counts the slices that are missing', () => {
    const box = (slices: number[]): Box => ({ plane: 'axial', size: 64, pitch: 2.5, slices: Int32Array.from(slices) });
    const said = (...of: Parameters<typeof madeOf>) => madeOf(...of).replaceAll('\u00a0', ' ');
    expect(said(box([0, 1]), 4, true)).toBe('Slices 5.0 mm apart, pixels of 2.0 mm; nothing is interpolated.');
    expect(said(box([0, -1, 1]), 4, true)).toContain(' 1 slice of 3 was left out or not scored: hatched.');
    expect(said(box([-1, -1, 0]), null, false)).toBe(
      'The file does not say how large its voxels are: they are drawn as cubes. 2 slices of 3 were left out or not scored: hatched. Which side is which is unknown.',
    );
  });
});
