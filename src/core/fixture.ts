/** The formulas of the golden fixtures (reference/README.md of the fixtures): weights, images and noise that any language can make exactly. */
import { hashUnit } from './hashUnit';

/** Kernel with ordinal k: v · √(6 / fanIn), rounded to float32. */
export function kernelValues(k: number, size: number, fanIn: number): Float32Array {
  return Float32Array.from(hashUnit(k, size), (v) => v * Math.sqrt(6 / fanIn));
}

/** Smooth wave plus grain, [n, h, w, c] flat, inside [lo, hi], float32. */
export function formulaImage([n, h, w, c]: readonly [number, number, number, number], salt: number, lo: number, hi: number): Float32Array {
  const grain = hashUnit(900000 + salt, n * h * w * c);
  const values = new Float32Array(grain.length);
  let i = 0;
  for (let b = 0; b < n; b++)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++)
        for (let ch = 0; ch < c; ch++, i++) {
          const wave =
            Math.sin(0.31 * y + 0.17 * x + 0.9 * b + 0.5 * ch + 0.7 * salt) * Math.cos(0.23 * x - 0.11 * y + 0.4 * b + 0.3 * salt);
          values[i] = lo + (hi - lo) * (0.5 + 0.35 * wave + 0.1 * grain[i]);
        }
  return values;
}
