import { mix32 } from './random';

/** The formula from which golden fixtures are made: n values in [−1, 1), exact in any language.
 * v[i] = (mix32(i · 0x9E3779B1 + (k + 1) · 0x85EBCA77) >>> 8) / 2^23 − 1, all modulo 2^32. */
export function hashUnit(k: number, n: number): Float64Array {
  const offset = Math.imul(k + 1, 0x85ebca77);
  return Float64Array.from({ length: n }, (_, i) => (mix32(Math.imul(i, 0x9e3779b1) + offset) >>> 8) / 0x800000 - 1);
}
