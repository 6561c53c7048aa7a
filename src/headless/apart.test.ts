import { expect, it } from 'vitest';
import { assertApart } from './apart';

const files = (...paths: string[]) => paths.map((real) => ({ path: real.split('/').at(-1) as string, real }));

it('refuses a file that is in two roles however it was given, and leaves tables and masks alone', () => {
  const reference = { role: 'reference', files: files('/d/a.png', '/d/b.png', '/d/labels.csv', '/d/a_mask.png') };
  const of = (role: string, ...paths: string[]) => assertApart([reference, { role, files: files(...paths) }]);
  expect(() => of('test', '/e/a.png', '/d/labels.csv', '/d/a_mask.png')).not.toThrow();
  expect(() => of('test', '/e/a.png', '/d/b.png')).toThrow(
    /^One file is in both --reference and --test: \/d\/b\.png\. .* leave it out of one\./,
  );
  expect(() => of('mixed', '/d/a.png', '/d/b.png')).toThrow(/^2 files are in both --reference and --mixed: \/d\/a\.png and others/);
});
