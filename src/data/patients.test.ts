/** Who an image is of, who sits on both sides of a split, and the trees and tables that other data sets come with. */
import { describe, expect, it } from 'vitest';
import { Random } from '../core/random';
import { ROLES } from '../core/types';
import { parseDataJson, parseParticipants } from './dataJson';
import { findLeaks, leakSentence, settleLeaks, splitByPatient } from './leak';
import { pairFiles } from './pair';
import { decodeDrop, drop, niftiFile, pngFile } from './testFiles';

const groups = (paths: string[]) => pairFiles(paths, []).pairs.map((p) => `${p.group} (${p.groupFrom})`);

describe('patients', () => {
  it.each([
    [
      ['BraTS20_001_slice_77.png', 'BraTS20_001_slice_78.png'],
      ['BraTS20_001 (file name)', 'BraTS20_001 (file name)'],
    ],
    [
      ['a/patient12_3.png', 'b/patient12_9.png'],
      ['patient12 (file name)', 'patient12 (file name)'],
    ],
    [
      ['person1_bacteria_1.jpeg', 'person1_bacteria_2.jpeg'],
      ['person1 (file name)', 'person1 (file name)'],
    ],
    [
      ['NORMAL2-IM-0927-0001.jpeg', 'NORMAL2-IM-0927-0002.jpeg'],
      ['NORMAL2-IM-0927 (file name)', 'NORMAL2-IM-0927 (file name)'],
    ],
    [
      ['IM-0001.png', 'IM-0002.png'],
      ['IM-0001 (file name)', 'IM-0002 (file name)'],
    ],
    [
      ['000.png', '001.png'],
      ['000 (file name)', '001 (file name)'],
    ],
    [
      ['h1_7.png', 'h2_7.png'],
      ['h1_7 (file name)', 'h2_7 (file name)'],
    ],
    [
      ['d/sub-01/anat/sub-01_T1w.nii.gz', 'd/sub-01/ses-2/anat/x.nii.gz'],
      ['sub-01 (folder)', 'sub-01 (folder)'],
    ],
  ])('%j', (paths, expected) => {
    expect(groups(paths)).toEqual(expected);
  });

  it('of a DICOM tag win over folders and names, and labels.csv over all', () => {
    const { pairs } = pairFiles(['s1/a.dcm', 's2/b.dcm'], [], new Map([['s1/a.dcm', 'DICOM patient 1']]));
    expect(pairs.map((p) => [p.group, p.groupFrom])).toEqual([
      ['DICOM patient 1', 'DICOM tag'],
      ['s2', 'folder'],
    ]);
    const table = { path: 'labels.csv', rows: [{ file: 's1/a.dcm', label: null, mask: null, patient: 'P7', role: null }], notes: [] };
    expect(pairFiles(['s1/a.dcm'], [table], new Map([['s1/a.dcm', 'DICOM patient 1']])).pairs[0].group).toBe('P7');
  });
});

describe('BIDS trees', () => {
  const anat = 'ds/sub-01/ses-1/anat';
  it('pair a mask among the derivatives with the image of its subject, session and kind', () => {
    const { pairs, orphans } = pairFiles(
      [
        `${anat}/sub-01_ses-1_T1w.nii.gz`,
        `${anat}/sub-01_ses-1_FLAIR.nii.gz`,
        'ds/sub-02/ses-1/anat/sub-02_ses-1_FLAIR.nii.gz',
        'ds/derivatives/lesions/sub-01/ses-1/anat/sub-01_ses-1_space-FLAIR_label-lesion_mask.nii.gz',
        'ds/derivatives/lesions/sub-02/ses-1/anat/sub-02_ses-1_label-lesion_dseg.nii.gz',
        'ds/derivatives/lesions/sub-02/ses-1/anat/sub-02_ses-1_desc-brain_mask.nii.gz',
        'ds/derivatives/lesions/sub-03/ses-1/anat/sub-03_ses-1_label-lesion_mask.nii.gz',
      ],
      [],
    );
    expect(pairs.map((p) => [p.image.slice(-20), p.mask?.slice(-18) ?? null, p.organ?.slice(-18) ?? null, p.group])).toEqual([
      ['1_ses-1_FLAIR.nii.gz', 'esion_mask.nii.gz'.padStart(18, 'l'), null, 'sub-01'],
      ['-01_ses-1_T1w.nii.gz', null, null, 'sub-01'],
      ['2_ses-1_FLAIR.nii.gz', 'lesion_dseg.nii.gz', '-brain_mask.nii.gz', 'sub-02'],
    ]);
    expect(orphans.map((o) => o.reason)).toEqual([expect.stringContaining('no image of sub-03')]);
  });

  it('take roles from participants.tsv', async () => {
    const scan = niftiFile([8, 8, 4], (i, j, k) => i + j * k);
    const { volumes, rows } = await decodeDrop(
      drop({
        'ds/participants.tsv': 'participant_id\tage\tgroup\nsub-01\t30\tcontrol\nsub-02\t40\tpatient\nsub-03\t40\tother\n',
        'ds/sub-01/anat/sub-01_T1w.nii': scan,
        'ds/sub-02/anat/sub-02_T1w.nii': scan,
        'ds/sub-03/anat/sub-03_T1w.nii': scan,
      }),
    );
    expect(volumes.map((v) => v.role)).toEqual(['reference', 'test', null]);
    expect(rows.get('ds/participants.tsv')?.note).toBe('Groups of 2 participants.');
    expect(parseParticipants('name\tage\nx\t3\n')).toBeNull();
  });
});

describe("MedIAnomaly's data.json", () => {
  const text = JSON.stringify({
    train: { 0: ['n1.png'], unlabeled: { 0: ['u0.png'], 1: ['u1.png'] } },
    test: { 0: ['t0.png'], 1: ['t1.png'] },
  });

  it('gives labels and roles to the files in images/', async () => {
    const picture = new Uint8Array(pngFile(9, 9, (x) => x));
    const files = Object.fromEntries(['n1', 'u0', 'u1', 't0', 't1'].map((name) => [`RSNA/images/${name}.png`, picture]));
    const { volumes, rows } = await decodeDrop(drop({ 'RSNA/data.json': text, ...files, 'RSNA/other.json': '{"a": 1}' }));
    expect(Object.fromEntries(volumes.map((v) => [v.path.slice(12, 14), [v.volume.label, v.role]]))).toEqual({
      n1: [0, 'reference'],
      u0: [0, 'mixed'],
      u1: [1, 'mixed'],
      t0: [0, 'test'],
      t1: [1, 'test'],
    });
    expect(rows.get('RSNA/data.json')?.note).toBe('Labels for 5 images.');
    expect(rows.get('RSNA/other.json')?.note).toBe('Not an image; not used.');
  });

  it('is no other JSON', () => {
    for (const other of ['{', '[]', '{"train": 1, "test": 2}', '{"train": {"0": [1]}, "test": {}}'])
      expect(parseDataJson('data.json', other)).toBeNull();
  });
});

describe('leaks', () => {
  it('are patients in two sets; those without a role leak nowhere', () => {
    const placements = [
      { group: 'b', role: 'reference' as const },
      { group: 'b', role: 'test' as const },
      { group: 'a', role: 'test' as const },
      { group: 'a', role: null },
      { group: 'c', role: 'mixed' as const },
      { group: 'c', role: 'mixed' as const },
    ];
    const leaks = findLeaks(placements);
    expect(leaks).toEqual([{ group: 'b', roles: ['reference', 'test'] }]);
    expect(leakSentence(leaks)).toBe(
      'Patient b is in both Healthy reference and Test: scores on them would flatter the model. Move each patient to one set.',
    );
    expect(settleLeaks(leaks)).toEqual({
      moves: [{ group: 'b', from: ['reference'], to: 'test' }],
      sentence: '1 patient in more than one set went to Test with all slices: b.',
    });
    expect([leakSentence([]), settleLeaks([]).sentence]).toEqual([null, null]);
  });

  it('agree with counting, and settling leaves none (random placements)', () => {
    const random = new Random(11);
    for (let round = 0; round < 200; round++) {
      const placements = Array.from({ length: random.below(30) }, () => ({
        group: `p${random.below(8)}`,
        role: random.below(5) === 0 ? null : ROLES[random.below(4)],
      }));
      const leaks = findLeaks(placements);
      for (const group of new Set(placements.map((p) => p.group))) {
        const roles = new Set(placements.filter((p) => p.group === group && p.role !== null).map((p) => p.role));
        expect(leaks.some((leak) => leak.group === group)).toBe(roles.size > 1);
      }
      const moved = new Set(settleLeaks(leaks).moves.map((move) => move.group));
      expect(findLeaks(placements.map((p) => (moved.has(p.group) && p.role ? { ...p, role: 'test' as const } : p)))).toEqual([]);
    }
  });
});

describe('splitByPatient', () => {
  it('keeps patients whole, gives every set its share and depends on the seed alone', () => {
    const images = Array.from({ length: 300 }, (_, i) => `p${i % 50}`);
    const split = splitByPatient(images, { reference: 0.6, validation: 0.1, test: 0.3 }, 4);
    const count = (role: string) => [...split.values()].filter((r) => r === role).length;
    expect([split.size, count('reference'), count('validation'), count('test')]).toEqual([50, 30, 5, 15]);
    expect(splitByPatient([...images].reverse(), { reference: 0.6, validation: 0.1, test: 0.3 }, 4)).toEqual(split);
    expect(splitByPatient(images, { reference: 0.6, validation: 0.1, test: 0.3 }, 5)).not.toEqual(split);
    expect(() => splitByPatient(images, { reference: 0.5 }, 1)).toThrow('add up to 0.5');
  });
});
