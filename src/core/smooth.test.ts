import { expect, it } from 'vitest';
import { hashUnit } from './hashUnit';
import { SMOOTHING_WEIGHTS, smooth } from './smooth';

it('is the 7 × 7 Gaussian with zeros outside, each map on its own', () => {
  const [height, width] = [9, 5];
  const maps = Float32Array.from(hashUnit(21, 2 * height * width));
  const smoothed = smooth(maps, height, width);
  let norm = 0;
  for (let dy = -3; dy <= 3; dy++) for (let dx = -3; dx <= 3; dx++) norm += Math.exp(-(dy * dy + dx * dx) / 18);
  for (let n = 0; n < 2; n++) {
    for (let r = 0; r < height; r++) {
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (let y = Math.max(0, r - 3); y <= Math.min(height - 1, r + 3); y++)
          for (let x = Math.max(0, c - 3); x <= Math.min(width - 1, c + 3); x++)
            sum += maps[(n * height + y) * width + x] * Math.exp(-((y - r) ** 2 + (x - c) ** 2) / 18);
        expect(smoothed[(n * height + r) * width + c]).toBeCloseTo(sum / norm, 6);
      }
    }
  }
});

it('keeps a constant where the window fits', () => {
  expect(SMOOTHING_WEIGHTS.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  expect(smooth(new Float32Array(49).fill(2), 7, 7)[24]).toBeCloseTo(2, 6);
});

it('refuses part of a map', () => {
  expect(() => smooth(new Float32Array(5), 2, 2)).toThrow('2 × 2');
  expect(smooth(new Float32Array(0), 2, 2)).toHaveLength(0);
});
