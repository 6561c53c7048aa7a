import { describe, expect, it } from 'vitest';
import { bodyShare, maskProblem, placeWords } from './words';

const single = { index: 0, stack: null };

describe('a slice in words', () => {
  it('of a volume has its number', () => {
    const stack = {} as NonNullable<Parameters<typeof placeWords>[0]['stack']>;
    expect(placeWords({ group: 'sub-01', volume: 'in/sub-01_flair.nii.gz', index: 7, stack })).toBe('sub-01 · slice 7');
  });

  it('that is an image of its own has none, and says once what it is', () => {
    expect(placeWords({ ...single, group: 'phantom 12', volume: 'phantom 12' })).toBe('phantom 12');
    expect(placeWords({ ...single, group: 'set.npz/images 3', volume: 'set.npz/images 3' })).toBe('set.npz/images 3');
    expect(placeWords({ ...single, group: 'patient_3', volume: 'test/patient_3_b.png' })).toBe('patient_3_b.png');
    expect(placeWords({ ...single, group: 'A17', volume: 'test/left eye.png' })).toBe('A17 · left eye.png');
  });
});

describe('a mask that is none', () => {
  // Two slices of five pixels, three of them body.
  const images = Uint8Array.of(0, 9, 200, 1, 0, 0, 0, 255, 3, 8);
  const said = (flagged: number) => maskProblem(flagged / images.length, () => bodyShare(images));

  it('is named: of nothing, of the body, of all pixels', () => {
    expect(bodyShare(images)).toBe(0.6);
    expect(said(0)).toContain('The mask is empty on every slice');
    expect(said(6)).toContain('holds 60\u00a0% of all pixels');
    expect(said(10)).toContain('holds 100\u00a0% of all pixels');
  });

  it('a half of the body is a mask, and the body of a small one is not counted', () => {
    expect([1, 3, 5].map(said)).toEqual([null, null, null]);
    expect(
      maskProblem(0.01, () => {
        throw new Error('counted');
      }),
    ).toBeNull();
  });
});
