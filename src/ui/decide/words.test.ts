import { describe, expect, it } from 'vitest';
import { placeWords } from './words';

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
