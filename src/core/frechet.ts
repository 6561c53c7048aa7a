/** Distance of two sets of feature vectors as if each were Gaussian (Dowson and Landau 1982): the formula behind FID, whatever the features. */

/**
 * ‖μ_a − μ_b‖² + Tr(C_a + C_b − 2 (C_a C_b)^½), covariances unbiased. Rounding may leave a trace below 0 where two sets are the same.
 * @param a, b rows of `features` values, one row an image; float32 is widened
 * @returns null where a set has no more rows than features: its covariance is singular, and the distance says little
 */
export function frechetDistance(a: Float32Array | Float64Array, b: Float32Array | Float64Array, features: number): number | null {
  const [sa, sb] = [a, b].map((rows) => statistics(rows, features));
  if (sa.count <= features || sb.count <= features) return null;
  let apart = 0;
  for (let i = 0; i < features; i++) apart += (sa.mean[i] - sb.mean[i]) ** 2;
  const root = squareRoot(sa.covariance, features);
  // C_a^½ C_b C_a^½ has the eigenvalues of C_a C_b, and is symmetric.
  const { values } = eigen(product(product(root, sb.covariance, features), root, features), features);
  const common = values.reduce((sum, v) => sum + Math.sqrt(Math.max(0, v)), 0);
  return apart + trace(sa.covariance, features) + trace(sb.covariance, features) - 2 * common;
}

function statistics(rows: Float32Array | Float64Array, n: number) {
  if (rows.length % n !== 0) throw new Error(`${rows.length} values are no rows of ${n} features`);
  const count = rows.length / n;
  const mean = new Float64Array(n);
  for (let i = 0; i < rows.length; i++) mean[i % n] += rows[i] / count;
  const covariance = new Float64Array(n * n);
  for (let start = 0; start < rows.length; start += n)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) covariance[i * n + j] += ((rows[start + i] - mean[i]) * (rows[start + j] - mean[j])) / (count - 1);
  return { count, mean, covariance };
}

const trace = (m: Float64Array, n: number) => Array.from({ length: n }, (_, i) => m[i * n + i]).reduce((a, b) => a + b, 0);

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) out[i * n + j] += a[i * n + k] * b[k * n + j];
  return out;
}

/** Of a symmetric matrix without negative eigenvalues, save for rounding. */
function squareRoot(m: Float64Array, n: number): Float64Array {
  const { values, vectors } = eigen(m, n);
  const out = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const root = Math.sqrt(Math.max(0, values[k]));
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[i * n + j] += root * vectors[i * n + k] * vectors[j * n + k];
  }
  return out;
}

const SWEEPS = 50;

/** Eigenvalues, and eigenvectors as columns, of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, section 8.5). */
export function eigen(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const a = matrix.slice();
  const vectors = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  const size = a.reduce((sum, v) => sum + v * v, 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = 0; q < p; q++) off += a[p * n + q] ** 2;
    if (off <= 1e-30 * size) break;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (a[p * n + q] === 0) continue;
        const tau = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
        const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
        const c = 1 / Math.sqrt(1 + t * t);
        rotate(a, n, p, q, c, t * c);
        for (let k = 0; k < n; k++) turn(vectors, k * n + p, k * n + q, c, t * c);
      }
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]), vectors };
}

/** Rows and columns p and q. */
function rotate(a: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q, c, s);
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k, c, s);
}

function turn(a: Float64Array, i: number, j: number, c: number, s: number): void {
  const [x, y] = [a[i], a[j]];
  a[i] = c * x - s * y;
  a[j] = s * x + c * y;
}
