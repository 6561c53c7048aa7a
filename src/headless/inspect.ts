import type { Volume } from '../core/types';
import { inspectFiles } from '../engine/inspect';
import { filesAt } from './paths';
import { UsageError } from './usage';

/** One JSON line per decoded file, or its rejection. */
export async function inspect(paths: readonly string[]): Promise<void> {
  if (paths.length === 0) throw new UsageError('Name a file or a folder to inspect.');
  for await (const item of inspectFiles(await filesAt(paths))) {
    if ('rejected' in item) console.log(JSON.stringify({ name: item.path, rejected: item.rejected }));
    else console.log(JSON.stringify({ ...summary(item.volume), format: item.format, note: item.note || undefined }));
  }
}

function summary({ name, group, depth, height, width, voxels, truth, label, dtype, geometry }: Volume) {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const v of voxels) {
    if (v < min) min = v;
    if (v > max) max = v;
    sum += v;
  }
  const anomalousVoxels = truth?.reduce((a, b) => a + b, 0);
  return {
    name,
    group,
    shape: [depth, height, width],
    dtype,
    min,
    max,
    mean: sum / voxels.length,
    spacing: geometry.known ? geometry.spacing : null,
    orientation: geometry.known ? axisLetters(geometry.affine) : null,
    anomalousVoxels,
    label,
  };
}

/** Where each voxel axis (width, height, depth) points: 'LPS' and the like, by the nearest direction. */
function axisLetters(affine: readonly number[]): string {
  return [0, 1, 2]
    .map((axis) => {
      const column = [affine[axis], affine[4 + axis], affine[8 + axis]];
      const row = column.map(Math.abs).indexOf(Math.max(...column.map(Math.abs)));
      return (column[row] > 0 ? 'RAS' : 'LPI')[row];
    })
    .join('');
}
