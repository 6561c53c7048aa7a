import { describe, expect, it } from 'vitest';
import { eigen, frechetDistance } from './frechet';
import { hashUnit } from './hashUnit';
import { Random } from './random';

/** Numerical Recipes' generator, which NumPy made the same numbers with. */
function lcg(n: number, seed: number): Float64Array {
  let x = seed;
  return Float64Array.from({ length: n }, () => {
    x = (Math.imul(1664525, x) + 1013904223) >>> 0;
    return x / 2 ** 32;
  });
}

describe('Fréchet distance', () => {
  it('golden values of the reference (metrics.json, frechet)', () => {
    const a = Float64Array.from(hashUnit(4, 60 * 5));
    const b = Float64Array.from(hashUnit(5, 60 * 5), (v) => 0.3 + 1.2 * v);
    expect(frechetDistance(a, b, 5)).toBeCloseTo(0.715638595, 8);
    expect(Math.abs(frechetDistance(a, a, 5)!)).toBeLessThan(1e-12);
  });

  it('is SciPy’s with singular covariances: a constant feature in one set, a linear combination in the other', () => {
    // Tr via scipy.linalg.sqrtm(ca @ cb), and via the eigenvalues of the unsymmetric product: 1.1696226610880007 both.
    const a = lcg(200 * 24, 1).map((v, i) => (i % 24 === 5 ? 0.5 : v));
    const b = lcg(150 * 24, 2).map((v) => v * v);
    for (let row = 0; row < b.length; row += 24) b[row + 3] = 2 * b[row + 1] - b[row];
    expect(frechetDistance(a, b, 24)).toBeCloseTo(1.1696226610880007, 7);
  });

  it('of one feature is (difference of means)² + (difference of standard deviations)²', () => {
    const a = Float64Array.of(1, 2, 3, 6);
    const b = Float64Array.of(0, 4, 5);
    const sd = (v: Float64Array, mean: number) => Math.sqrt(v.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (v.length - 1));
    expect(frechetDistance(a, b, 1)).toBeCloseTo((3 - 3) ** 2 + (sd(a, 3) - sd(b, 3)) ** 2, 12);
  });

  it('says nothing of fewer images than features need', () => {
    const rows = (n: number) => lcg(n * 4, n);
    expect(frechetDistance(rows(4), rows(9), 4)).toBeNull();
    expect(frechetDistance(rows(9), rows(4), 4)).toBeNull();
    expect(frechetDistance(rows(5), rows(6), 4)).toBeGreaterThan(0);
    expect(() => frechetDistance(new Float32Array(7), rows(9), 4)).toThrow('7 values are no rows of 4 features');
  });
});

describe('eigenvectors', () => {
  it.each([1, 2, 7, 64])('of %i rows put the matrix together again and are orthonormal', (n) => {
    const random = new Random(n);
    const m = new Float64Array(n * n);
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) m[i * n + j] = m[j * n + i] = random.normal();
    const { values, vectors } = eigen(m, n);
    const dot = (f: (k: number) => number) => Array.from({ length: n }, (_, k) => f(k)).reduce((a, b) => a + b, 0);
    let worst = 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const again = dot((k) => values[k] * vectors[i * n + k] * vectors[j * n + k]);
        const product = dot((k) => vectors[k * n + i] * vectors[k * n + j]);
        worst = Math.max(worst, Math.abs(again - m[i * n + j]), Math.abs(product - (i === j ? 1 : 0)));
      }
    expect(worst).toBeLessThan(1e-11);
  });
});
