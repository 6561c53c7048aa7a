/** Voxel-to-RAS affines: 4 × 4, row-major, as plain numbers. */
import type { Geometry } from './types';

/** Lengths of the affine's columns: the voxel size in millimetres. */
export function spacingOf(affine: readonly number[]): [number, number, number] {
  const column = (c: number) => Math.hypot(affine[c], affine[4 + c], affine[8 + c]);
  return [column(0), column(1), column(2)];
}

/** Whether the affine is finite and its three axes span space. */
export function isInvertible(affine: readonly number[]): boolean {
  const [sx, sy, sz] = spacingOf(affine);
  const volume = Math.abs(determinant(affine));
  return affine.every(Number.isFinite) && sx > 0 && sy > 0 && sz > 0 && volume > 1e-6 * sx * sy * sz;
}

export function determinant(a: readonly number[]): number {
  return a[0] * (a[5] * a[10] - a[6] * a[9]) - a[1] * (a[4] * a[10] - a[6] * a[8]) + a[2] * (a[4] * a[9] - a[5] * a[8]);
}

/** The largest distance in millimetres between where two affines place the same corner voxel of a volume of `counts` voxels. */
export function farthestCorner(a: readonly number[], b: readonly number[], counts: readonly number[]): number {
  const place = (m: readonly number[], row: number, p: readonly number[]) =>
    m[4 * row] * p[0] + m[4 * row + 1] * p[1] + m[4 * row + 2] * p[2] + m[4 * row + 3];
  let farthest = 0;
  for (let corner = 0; corner < 8; corner++) {
    const at = counts.map((count, axis) => ((corner >> axis) & 1 ? count - 1 : 0));
    farthest = Math.max(farthest, Math.hypot(...[0, 1, 2].map((row) => place(a, row, at) - place(b, row, at))));
  }
  return farthest;
}

/** Plain images say nothing about the patient. Their affine is the one under which "row 0 anterior, column 0 right" is the image as it
 * is stored, so that they need no special case anywhere else. */
export const IMAGE_GEOMETRY: Geometry = {
  affine: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  spacing: [1, 1, 1],
  known: false,
};

export type Quaternion = { b: number; c: number; d: number; offset: readonly [number, number, number]; qfac: 1 | -1 };

/** NIfTI's qform: rotation, voxel size, handedness and offset as an affine. */
export function affineOfQuaternion(q: Quaternion, [dx, dy, dz]: readonly [number, number, number]): number[] {
  let { b, c, d } = q;
  // Float32 rounding makes this slightly negative near half a turn, the usual case for oblique LAS scans.
  const a = Math.sqrt(Math.max(0, 1 - (b * b + c * c + d * d)));
  const norm = Math.hypot(a, b, c, d);
  const w = a / norm;
  [b, c, d] = [b / norm, c / norm, d / norm];
  const z = dz * q.qfac;
  return [
    (w * w + b * b - c * c - d * d) * dx,
    2 * (b * c - w * d) * dy,
    2 * (b * d + w * c) * z,
    q.offset[0],
    2 * (b * c + w * d) * dx,
    (w * w + c * c - b * b - d * d) * dy,
    2 * (c * d - w * b) * z,
    q.offset[1],
    2 * (b * d - w * c) * dx,
    2 * (c * d + w * b) * dy,
    (w * w + d * d - b * b - c * c) * z,
    q.offset[2],
    0,
    0,
    0,
    1,
  ];
}

/** The quaternion of an affine, or null where its axes are not at right angles and no quaternion can say it. */
export function quaternionOf(affine: readonly number[]): Quaternion | null {
  const s = spacingOf(affine);
  const qfac = determinant(affine) < 0 ? -1 : 1;
  const r = (row: number, column: number) => (affine[4 * row + column] / s[column]) * (column === 2 ? qfac : 1);
  for (const [p, q] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ]) {
    if (Math.abs(r(0, p) * r(0, q) + r(1, p) * r(1, q) + r(2, p) * r(2, q)) > 1e-4) return null;
  }
  const offset = [affine[3], affine[7], affine[11]] as const;
  const trace = r(0, 0) + r(1, 1) + r(2, 2);
  if (trace > 0) {
    const t = 2 * Math.sqrt(trace + 1);
    return { b: (r(2, 1) - r(1, 2)) / t, c: (r(0, 2) - r(2, 0)) / t, d: (r(1, 0) - r(0, 1)) / t, offset, qfac };
  }
  const x = r(0, 0);
  const y = r(1, 1);
  const z = r(2, 2);
  let a: number;
  let v: [number, number, number];
  if (x >= y && x >= z) {
    const t = 2 * Math.sqrt(Math.max(0, 1 + x - y - z));
    a = (r(2, 1) - r(1, 2)) / t;
    v = [t / 4, (r(0, 1) + r(1, 0)) / t, (r(0, 2) + r(2, 0)) / t];
  } else if (y >= z) {
    const t = 2 * Math.sqrt(Math.max(0, 1 + y - x - z));
    a = (r(0, 2) - r(2, 0)) / t;
    v = [(r(0, 1) + r(1, 0)) / t, t / 4, (r(1, 2) + r(2, 1)) / t];
  } else {
    const t = 2 * Math.sqrt(Math.max(0, 1 + z - x - y));
    a = (r(1, 0) - r(0, 1)) / t;
    v = [(r(0, 2) + r(2, 0)) / t, (r(1, 2) + r(2, 1)) / t, t / 4];
  }
  // NIfTI stores no a: it is taken as positive, and q and −q are the same rotation.
  const sign = a < 0 ? -1 : 1;
  return { b: sign * v[0], c: sign * v[1], d: sign * v[2], offset, qfac };
}
