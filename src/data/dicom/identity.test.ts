import { describe, expect, it } from 'vitest';
import { dicom, sliceTags, type Tags } from '../testArchives';
import { parse } from './header';
import { droppedFrom, pseudonymOf } from './identity';

const header = (tags: Tags) => parse(dicom(sliceTags(2, 2, [0, 0, 0], tags), new Uint8Array(8)));

describe('pseudonymOf', () => {
  it('is the same for the same patient, another for another, and holds nothing of the name', () => {
    const one = pseudonymOf(header({ '00100020': 'A-17', '00100010': 'Doe^Jane' }));
    expect(one).toMatch(/^DICOM patient \d+$/);
    expect(pseudonymOf(header({ '00100020': 'A-17', '00100010': 'DOE^J' }))).toBe(one);
    expect(pseudonymOf(header({ '00100020': 'A-18', '00100010': 'Doe^Jane' }))).not.toBe(one);
    expect(pseudonymOf(header({ '00100010': 'Doe^John' }))).toMatch(/^DICOM patient \d+$/);
  });

  it('is none where an anonymiser wrote the same for everybody', () => {
    for (const id of ['', 'ANON', 'Anonymous', 'anonymized', '0', '000', 'Unknown', 'XXXX', '--']) {
      expect(pseudonymOf(header({ '00100020': id, '00100010': 'Anonymous' }))).toBeNull();
    }
  });
});

it('droppedFrom lists names of fields that hold something, never what they hold', () => {
  const dropped = droppedFrom(header({ '00100010': 'Doe^Jane', '00100020': '', '00100030': '19500101', '00080020': '20200101' }));
  expect(dropped).toEqual([
    { tag: '(0008,0020)', name: 'Study date' },
    { tag: '(0010,0010)', name: 'Patient name' },
    { tag: '(0010,0030)', name: 'Birth date' },
  ]);
});
