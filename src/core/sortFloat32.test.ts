import { expect, it } from 'vitest';
import { Random } from './random';
import { sortFloat32 } from './sortFloat32';

it.each([0, 1, 2, 7, 5000])('sorts %i values as the native sort does', (n) => {
  const random = new Random(n);
  const values = Float32Array.from({ length: n }, (_, i) =>
    i % 3 === 0 ? random.below(5) - 2 : random.normal() * 10 ** (random.below(60) - 30),
  );
  if (n > 6) values.set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3.4e38, -3.4e38, 1e-45, -1e-45]);
  const expected = values.slice().sort();
  sortFloat32(values);
  for (let i = 0; i < n; i++) expect(values[i] === expected[i]).toBe(true);
});

it('leaves what lies beside a view alone', () => {
  const values = Float32Array.of(9, 3, -1, 2, -5);
  sortFloat32(values.subarray(1, 4));
  expect(Array.from(values)).toEqual([9, -1, 2, 3, -5]);
});
