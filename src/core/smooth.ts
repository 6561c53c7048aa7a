/** The published smoothing of score maps: 7 × 7 Gaussian, σ = 3 pixels, weights summing to 1, zeros outside. */

const RADIUS = 3;
const SIGMA = 3;

/** One row of the kernel; the kernel is its outer product with itself, so the 7 × 7 weights sum to 1 as well. */
export const SMOOTHING_WEIGHTS: readonly number[] = (() => {
  const raw = Array.from({ length: 2 * RADIUS + 1 }, (_, i) => Math.exp(-((i - RADIUS) ** 2) / (2 * SIGMA * SIGMA)));
  const sum = raw.reduce((a, b) => a + b);
  return raw.map((weight) => weight / sum);
})();

/** Smooths every map of an n · height · width array on its own; sums in float64. Throws when the length is no multiple of a map. */
export function smooth(maps: Float32Array, height: number, width: number): Float32Array<ArrayBuffer> {
  const size = height * width;
  if (size === 0 || maps.length % size !== 0) throw new Error(`${maps.length} values are no whole number of ${height} × ${width} maps`);
  const out = new Float32Array(maps.length);
  const rows = new Float64Array(size);
  for (let start = 0; start < maps.length; start += size) {
    for (let r = 0; r < height; r++) {
      for (let c = 0; c < width; c++) {
        let sum = 0;
        const last = Math.min(width - 1, c + RADIUS);
        for (let k = Math.max(0, c - RADIUS); k <= last; k++) sum += SMOOTHING_WEIGHTS[k - c + RADIUS] * maps[start + r * width + k];
        rows[r * width + c] = sum;
      }
    }
    for (let r = 0; r < height; r++) {
      const first = Math.max(0, r - RADIUS);
      const last = Math.min(height - 1, r + RADIUS);
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (let k = first; k <= last; k++) sum += SMOOTHING_WEIGHTS[k - r + RADIUS] * rows[k * width + c];
        out[start + r * width + c] = sum;
      }
    }
  }
  return out;
}
