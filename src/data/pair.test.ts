import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Random } from '../core/random';
import { parseLabels } from './labels';
import { pairFiles } from './pair';
import { guessRole, isSideFile, isSystemFile, withoutExtension, wordsOf } from './paths';
import { sharedData, tree } from './testFiles';

/** 'image ← mask' for every pair. */
function pairsOf(paths: string[], csv?: { path: string; text: string }) {
  const { pairs } = pairFiles(paths, csv ? [parseLabels(csv.path, csv.text)] : []);
  return pairs.map((p) => (p.mask ? `${p.image} ← ${p.mask}` : p.image));
}

describe('words', () => {
  it('split at signs and case changes', () => {
    expect(wordsOf('wmh_AUTO')).toEqual(['wmh', 'auto']);
    expect(wordsOf('flairMask')).toEqual(['flair', 'mask']);
    expect(wordsOf('p19.2-WMHMask')).toEqual(['p19', '2', 'wmh', 'mask']);
    expect(wordsOf('MSLesSeg_P39_flair')).toEqual(['mslesseg', 'p39', 'flair']);
    expect(wordsOf('unmasked')).toEqual(['unmasked']);
  });
});

describe('pairFiles', () => {
  it('by name: same stem, or the only other image in the folder', () => {
    expect(pairsOf(['a/img01.png', 'a/img01_seg.png', 'a/img02.png', 'a/img02_seg.png'])).toEqual([
      'a/img01.png ← a/img01_seg.png',
      'a/img02.png ← a/img02_seg.png',
    ]);
    expect(pairsOf(['s/flair.nii.gz', 's/wmh_AUTO.nii.gz'])).toEqual(['s/flair.nii.gz ← s/wmh_AUTO.nii.gz']);
    expect(pairsOf(['p19-flair.nii', 'p19-mask.nii', 'p20-flair.nii', 'p20-mask.nii'])).toEqual([
      'p19-flair.nii ← p19-mask.nii',
      'p20-flair.nii ← p20-mask.nii',
    ]);
  });

  it('by parallel folders', () => {
    expect(pairsOf(['d/images/x/1.jpg', 'd/images/x/2.jpg', 'd/masks/x/2.png'])).toEqual([
      'd/images/x/1.jpg',
      'd/images/x/2.jpg ← d/masks/x/2.png',
    ]);
    const { orphans } = pairFiles(['d/images/1.png', 'd/masks/9.png'], []);
    expect(orphans[0].reason).toContain('No image of the same name');
  });

  it('refuses what is ambiguous, with the way out', () => {
    const two = pairFiles(['s/flair.nii', 's/lesion.nii', 's/wmh_mask.nii'], []);
    expect(two.orphans.map((o) => o.path)).toEqual(['s/lesion.nii', 's/wmh_mask.nii']);
    expect(two.orphans[0].reason).toContain('labels.csv');
    expect(two.pairs[0].notes[0]).toContain('Read without a mask');
    const many = pairFiles(['s/a.nii', 's/b.nii', 's/lesion.nii'], []);
    expect(many.orphans[0].reason).toContain('any of the 2 images');
    expect(pairFiles(['lesion.nii'], []).orphans[0].reason).toContain('no image beside it');
  });

  it('by labels.csv, which also says that a file named like a mask is an image', () => {
    const csv = {
      path: 'd/labels.csv',
      text: 'finding,File,label,mask,patient\r\n"a, b",lesion_1.png,1,m1.png,"P ""1"""\r\nx,n.png,normal,,P2\r\n',
    };
    const paths = ['d/lesion_1.png', 'd/m1.png', 'd/n.png'];
    expect(pairsOf(paths, csv)).toEqual(['d/lesion_1.png ← d/m1.png', 'd/n.png']);
    const { pairs } = pairFiles(paths, [parseLabels(csv.path, csv.text)]);
    expect(pairs.map((p) => [p.label, p.group, p.groupFrom])).toEqual([
      [1, 'P "1"', 'labels.csv'],
      [0, 'P2', 'labels.csv'],
    ]);
    expect(parseLabels('labels.csv', 'file;label\na.png;malignant\n').notes[0]).toContain('malignant');
    expect(parseLabels('labels.csv', 'name,label\n').notes[0]).toContain('no column `file`');
  });

  it.each(['patX', '12A', 's1B', 'caseA', 'MSLesSeg_P39', 'BraTS20Training_007'])(
    'a name that changes case is the same with a mask word after it: %s',
    (name) => {
      for (const mask of ['_mask', 'Mask', '-lesionMask', '_seg'])
        expect(pairsOf([`${name}.png`, `${name}${mask}.png`, 'other.png', 'patY.png'])).toContain(`${name}.png ← ${name}${mask}.png`);
      expect(pairsOf([`${name}_flair.nii`, `${name}_mask.nii`, 'patY_flair.nii'])).toContain(`${name}_flair.nii ← ${name}_mask.nii`);
    },
  );

  it.each([
    ['test/NORMAL/a.png', 0],
    ['test/0_normal_images/a.png', 0],
    ['test/good/000.png', 0],
    ['x/Abnormal/p1/a.png', 1],
    ['normal/anomalous/a.png', 1],
    ['test/PNEUMONIA/a.png', null],
    ['healthy-brain/a.nii', null],
    ['healthy_vs_sick/a.png', null],
    ['not_normal/a.png', null],
    ['normal.png', null],
  ] as const)('a folder that says nothing else labels its images: %s is %s', (path, label) => {
    expect(pairFiles([path], []).pairs[0]).toMatchObject({ label, labelFrom: label === null ? null : 'folder' });
  });

  it('a mask or labels.csv says more than a folder', () => {
    const csv = parseLabels('labels.csv', 'file,label\nnormal/a.png,1\nnormal/b.png,\n');
    const { pairs } = pairFiles(['normal/a.png', 'normal/b.png', 'normal/c.png', 'normal/c_mask.png', 'normal/d.png'], [csv]);
    expect(pairs.map(({ label, labelFrom }) => [label, labelFrom])).toEqual([
      [1, 'labels.csv'],
      [null, null],
      [null, null],
      [0, 'folder'],
    ]);
  });

  it('groups by subject folder, else by a file name that is unique', () => {
    const groups = (paths: string[]) => pairFiles(paths, []).pairs.map((p) => p.group);
    expect(groups(['x/NC_1/flair.nii.gz', 'x/NC_2/flair.nii.gz'])).toEqual(['NC_1', 'NC_2']);
    expect(groups(['x/s1/t1.nii', 'x/s1/flair.nii', 'x/s2/t1.nii'])).toEqual(['s1', 's1', 's2']);
    expect(groups(['normal/a.png', 'normal/b.png'])).toEqual(['a', 'b']);
    expect(groups(['test/crack/000.png', 'test/crack/001.png', 'test/good/000.png', 'test/good/001.png'])).toEqual([
      'test/crack/000',
      'test/crack/001',
      'test/good/000',
      'test/good/001',
    ]);
  });

  it('uses every path exactly once, in any order (random trees)', () => {
    const random = new Random(7);
    const pick = <T>(from: readonly T[]): T => from[random.below(from.length)];
    for (let round = 0; round < 300; round++) {
      const paths = new Set<string>();
      for (let n = 1 + random.below(12); n > 0; n--) {
        const folder = pick(['', 'a/', 'a/images/', 'a/masks/', 'Normal/s1/', 'test/s2/', 'x/Masks/', 'x/Images/']);
        paths.add(
          folder + pick(['1', '2', 'flair', 'p1']) + pick(['', '_mask', '-seg', 'Lesion', '_b']) + pick(['.png', '.nii.gz', '.jpg']),
        );
      }
      const list = [...paths];
      const { pairs, orphans } = pairFiles(list, []);
      const used = [...pairs.map((p) => p.image), ...pairs.flatMap((p) => p.mask ?? []), ...orphans.map((o) => o.path)];
      expect(used.sort()).toEqual(list.sort());
      const order = random.permutation(list.length);
      expect(
        pairFiles(
          [...order].map((i) => list[i]),
          [],
        ),
      ).toEqual({ pairs, orphans, tables: [] });
    }
  });
});

describe('withoutExtension', () => {
  it.each([
    ['a/v.nii.gz', 'a/v'],
    ['a/1.2.840.5', 'a/1.2.840.5'],
    ['x.npz/images 3', 'x.npz/images 3'],
    ['b.PNG', 'b'],
  ])('%s → %s', (path, stem) => expect(withoutExtension(path)).toBe(stem));
});

describe('isSystemFile', () => {
  it('passes over dot-files, but not over relative paths', () => {
    expect(['.DS_Store', 'a/._b.png', '__MACOSX/a.png', 'a/.git/b', 'Thumbs.db'].every(isSystemFile)).toBe(true);
    expect(['./a.png', '../a/b.png', 'a.b/c.png'].some(isSystemFile)).toBe(false);
  });
});

describe('guessRole', () => {
  it.each([
    ['normal/a.png', 'reference'],
    ['data/train_normal/a.png', 'reference'],
    ['healthy-brain/a.nii', 'reference'],
    ['controls/x/a.nii', 'reference'],
    ['ms/unlabelled/a.nii', 'mixed'],
    ['val/a.png', 'validation'],
    ['abnormal/a.png', 'test'],
    ['test/normal/a.png', 'test'],
    ['patients/control/a.png', 'reference'],
    ['a/normal.png', null],
    ['latest/a.png', null],
  ])('%s → %s', (path, role) => expect(guessRole(path)).toBe(role));
});

const shared = sharedData();
const candidates = (folder: string) => tree(sharedData(folder)!).filter((p) => !isSideFile(p) && !isSystemFile(p));

describe.skipIf(!shared)('the shared trees', () => {
  it('ms-flair', () => {
    const csv = parseLabels('slices2d/labels.csv', readFileSync(sharedData('ms-flair', 'slices2d', 'labels.csv')!, 'utf8'));
    const { pairs, orphans, tables } = pairFiles(candidates('ms-flair'), [csv]);
    expect(orphans).toEqual([]);
    expect(tables[0].missing).toEqual([]);
    const volumes = pairs.filter((p) => !p.image.startsWith('slices2d'));
    expect(volumes.length).toBe(16);
    expect(volumes.filter((p) => p.mask).length).toBe(15);
    expect(pairs.find((p) => p.image.includes('NC_Subj01'))).toMatchObject({ group: 'NC_Subj01', groupFrom: 'folder' });
    expect(pairs.find((p) => p.image.startsWith('unlabelled'))).toMatchObject({ role: 'mixed', mask: null, groupFrom: 'file name' });
    const flat = pairs.filter((p) => p.image.startsWith('slices2d'));
    expect(flat.length).toBe(30);
    expect(flat.every((p) => p.mask === p.image.replace('images', 'masks') && p.groupFrom === 'labels.csv')).toBe(true);
    expect(new Set(flat.map((p) => p.group)).size).toBe(18);
  });

  it('chest-xray', () => {
    const csv = parseLabels('labels.csv', readFileSync(sharedData('chest-xray', 'labels.csv')!, 'utf8'));
    const { pairs, tables } = pairFiles(
      candidates('chest-xray').filter((p) => p.endsWith('.png')),
      [csv],
    );
    expect(tables[0]).toMatchObject({ found: 396, missing: [] });
    expect(pairs.every((p) => p.label === (p.image.startsWith('normal') ? 0 : 1))).toBe(true);
    expect(pairs.every((p) => p.role === (p.label === 0 ? 'reference' : 'test'))).toBe(true);
    expect(new Set(pairs.map((p) => p.group)).size).toBe(290);
  });

  it('brain-tumour', () => {
    const { pairs, orphans } = pairFiles(candidates('brain-tumour'), []);
    expect(orphans).toEqual([]);
    expect(pairs.every((p) => p.mask !== null)).toBe(true);
  });
});
