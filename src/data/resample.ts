/** Resizing along one axis as a sparse matrix, so that two passes resize a plane. */

import type { Resampling } from '../core/recipe';
import type { Fit } from './grid';

/** Output o = Σ values[o · width + n] · source[first[o] + n]; weights past the source's end are 0. */
export type Weights = { size: number; width: number; first: Int32Array; values: Float32Array };

/** Area average: the share of each output pixel that each source pixel covers. Padding counts as 0. */
export function areaWeights({ count, pad, extent }: Fit, size: number): Weights {
  const step = extent / size;
  const width = Math.ceil(step) + 1;
  const w: Weights = { size, width, first: new Int32Array(size), values: new Float32Array(size * width) };
  for (let o = 0; o < size; o++) {
    const from = o * step - pad;
    const to = from + step;
    const first = Math.max(0, Math.floor(from + 1e-9));
    w.first[o] = first;
    for (let n = 0; n < width && first + n < count; n++) {
      const overlap = Math.min(to, first + n + 1) - Math.max(from, first + n);
      if (overlap > 1e-9) w.values[o * width + n] = overlap / step;
    }
  }
  return w;
}

/** Linear interpolation between pixel centres, held constant over the outer half pixels; 0 in the padding. */
function linearWeights({ count, pad, extent }: Fit, size: number): Weights {
  const w: Weights = { size, width: 2, first: new Int32Array(size), values: new Float32Array(size * 2) };
  for (let o = 0; o < size; o++) {
    const at = ((o + 0.5) * extent) / size - pad - 0.5;
    if (at < -0.5 || at > count - 0.5) continue;
    const first = Math.max(0, Math.min(count - 2, Math.floor(at)));
    const t = Math.max(0, Math.min(1, at - first));
    w.first[o] = first;
    w.values[2 * o] = 1 - t;
    if (count > 1) w.values[2 * o + 1] = t;
    else w.values[2 * o] = 1;
  }
  return w;
}

/** The pixel whose centre is nearest; 0 in the padding. */
function nearestWeights({ count, pad, extent }: Fit, size: number): Weights {
  const w: Weights = { size, width: 1, first: new Int32Array(size), values: new Float32Array(size) };
  for (let o = 0; o < size; o++) {
    const at = Math.floor(((o + 0.5) * extent) / size - pad + 1e-9);
    if (at < 0 || at >= count) continue;
    w.first[o] = at;
    w.values[o] = 1;
  }
  return w;
}

/** For intensities. 'area': area average when shrinking, linear when enlarging. */
export function imageWeights(fit: Fit, size: number, resampling: Resampling): Weights {
  if (resampling === 'nearest') return nearestWeights(fit, size);
  return resampling === 'area' && fit.extent >= size ? areaWeights(fit, size) : linearWeights(fit, size);
}

/** @param plane [rows, columns] @returns [rowWeights.size, columnWeights.size] */
export function resize(plane: Float32Array, rows: number, columns: number, rowWeights: Weights, columnWeights: Weights): Float32Array {
  const narrow = new Float32Array(rows * columnWeights.size);
  for (let r = 0, o = 0; r < rows; r++) {
    for (let c = 0; c < columnWeights.size; c++, o++) {
      const first = columnWeights.first[c];
      const last = Math.min(columnWeights.width, columns - first);
      let sum = 0;
      for (let n = 0; n < last; n++) sum += columnWeights.values[c * columnWeights.width + n] * plane[r * columns + first + n];
      narrow[o] = sum;
    }
  }
  const width = columnWeights.size;
  const out = new Float32Array(rowWeights.size * width);
  for (let r = 0; r < rowWeights.size; r++) {
    const first = rowWeights.first[r];
    const last = Math.min(rowWeights.width, rows - first);
    for (let n = 0; n < last; n++) {
      const weight = rowWeights.values[r * rowWeights.width + n];
      if (weight === 0) continue;
      for (let c = 0; c < width; c++) out[r * width + c] += weight * narrow[(first + n) * width + c];
    }
  }
  return out;
}
