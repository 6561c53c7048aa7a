import { expect, it } from 'vitest';
import { hashUnit } from './hashUnit';

it('lies in [−1, 1) and agrees with the reference (metrics.json, roc.first)', () => {
  const values = hashUnit(1, 1000);
  expect(values.every((v) => v >= -1 && v < 1)).toBe(true);
  expect(Array.from(values.subarray(0, 4), (v) => Math.round(20 * v) / 10)).toEqual([0.9, 0.3, -1.9, -1.7]);
});
