import type { DataSet, EvaluatedSlice } from '../../core/protocol';

type Place = Pick<EvaluatedSlice, 'stack' | 'edges' | 'volume'>;

/** What masks and maps are written as, in words: NIfTI where the source says where its voxels lie or has several slices. */
export function mapFormat(set: DataSet, slices: readonly Place[]): string {
  if (set === 'phantom') return 'PNG at the size of the slices';
  const nifti = ({ stack, edges, volume }: Place) => stack !== null || edges !== null || /\.nii(\.gz)?$/i.test(volume);
  const scans = slices.filter(nifti).length;
  if (scans === 0) return 'PNG on the grid of the images';
  return scans === slices.length ? 'NIfTI on the grid of the scans' : 'NIfTI on the grid of the scans, PNG for single images';
}
