import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { eachWithOption, filesAt, phantomOf } from './paths';

const folder = mkdtempSync(join(tmpdir(), 'wildcut-paths-'));
for (const path of [
  's1/flair.nii',
  's1/mask.nii',
  's1/t1.nii',
  's2/flair.nii',
  's2/mask.nii',
  'x/s1/flair.nii',
  '.h/a/i.png',
  '.g/a/i.png',
]) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), path);
}
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  [
    ['s1/flair.nii', 's1/mask.nii', 's2'],
    ['flair.nii', 'mask.nii', 's2/flair.nii', 's2/mask.nii'],
  ],
  // With its folder also what does not repeat, beside what does.
  [
    ['s1/flair.nii', 's1/t1.nii', 's2/flair.nii'],
    ['s1/flair.nii', 's1/t1.nii', 's2/flair.nii'],
  ],
  [
    ['s1/flair.nii', 'x/s1/flair.nii', 's2/mask.nii'],
    [`${folder.split('/').at(-1)}/s1/flair.nii`, 'x/s1/flair.nii', 'mask.nii'],
  ],
  [
    ['s2', 'x/s1', 's1/flair.nii'],
    ['s2/flair.nii', 's2/mask.nii', 's1/flair.nii', 'flair.nii'],
  ],
  [
    ['.h/a', '.g/a'],
    ['h/a/i.png', 'g/a/i.png'],
  ],
  [
    ['s1/flair.nii', 's1/flair.nii'],
    ['flair.nii', 'flair.nii'],
  ],
])('%j become %j', async (given, named) => {
  const files = await filesAt(given.map((path) => join(folder, path)));
  expect(files.map((file) => file.path)).toEqual(named);
});

it('follows links to files, names one that leads nowhere, and walks no linked folder', async () => {
  const links = join(folder, 'links');
  mkdirSync(links);
  symlinkSync(join(folder, 's1/flair.nii'), join(links, 'a.nii'));
  symlinkSync(links, join(links, 'again'));
  const [only, ...rest] = await filesAt([links]);
  expect([only.path, await only.file.text(), rest]).toEqual(['links/a.nii', 's1/flair.nii', []]);
  symlinkSync(join(folder, 'none'), join(links, 'b.nii'));
  await expect(filesAt([links])).rejects.toThrow('b.nii is a link to a file that is not here');
});

it('reads which phantom is meant, and says what it takes', () => {
  expect(phantomOf('phantom')).toEqual({ variant: 'standard', seed: 0 });
  expect(phantomOf('phantom:seed=3,variant=smooth')).toEqual({ variant: 'smooth', seed: 3 });
  expect(phantomOf('phantoms/a.png')).toBeNull();
  for (const wrong of ['phantom:variant=round', 'phantom:seed=-1', 'phantom:size=3', 'phantom:seed=3:variant=smooth', 'phantom:seed'])
    expect(() => phantomOf(wrong)).toThrow('standard|smooth');
});

it('paths after the first belong to the same option', () => {
  const given = ['--model', 'vae', '--test', 'a', 'b c', '--reference=r', 's', '--out', 'o', 'left', '--mixed'];
  expect(eachWithOption(given)).toEqual(
    ['--model', 'vae', '--test', 'a', '--test', 'b c', '--reference=r', '--reference', 's', '--out', 'o', 'left', '--mixed'], // biome-ignore format: one line
  );
});

it('a number below 0 belongs to the option before it', () => {
  expect(eachWithOption(['--updates', '-5', '--test', '-1.png', 'b', '-2'])).toEqual([
    '--updates=-5',
    '--test=-1.png',
    '--test',
    'b',
    '--test',
    '-2',
  ]);
});
