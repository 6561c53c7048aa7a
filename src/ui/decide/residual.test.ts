import { expect, it } from 'vitest';
import { RESIDUAL_TOP, residualOf } from './residual';

it('is |x − image| either way round, on a scale that does not follow the image and ends where it says', () => {
  expect(RESIDUAL_TOP).toBe(1 / 4);
  const [x, image] = [Uint8Array.of(10, 10, 200, 0, 255, 100), Uint8Array.of(10, 13, 190, 63, 0, 36)];
  expect([...residualOf(x, image)]).toEqual([0, 12, 40, 252, 255, 255]);
  expect([...residualOf(x, x)]).toEqual([0, 0, 0, 0, 0, 0]);
});
