/** Score maps and masks of an evaluation, back on the grid of the files they came from. */
import { writeNifti } from '../data/niftiWrite';
import { withoutExtension } from '../data/paths';
import { writePng } from '../data/pngWrite';
import { unslice } from '../data/slices';
import type { RawEvaluation } from './evaluate';
import type { Study } from './study';

export type WrittenMap = { name: string; bytes: Uint8Array; gzip: boolean };

/** Two files a volume, none where the scorer has no map: `…_score` and, with a threshold, `…_mask`. NIfTI in the source geometry; PNG (score: 16 bit, 0 = lo, 65,535 = hi) for plain images.
 * A NIfTI that says nothing about orientation is still one. */
export function* mapsOf({ evaluation, maps, slices }: RawEvaluation, grids: ReturnType<Study['testVolumes']>): Generator<WrittenMap> {
  if (!maps) return;
  const size = evaluation.height * evaluation.width;
  const { threshold } = evaluation.metrics;
  for (const [volume, grid] of grids) {
    const own = slices.flatMap((slice, i) =>
      slice.volume === volume ? [{ index: slice.index, values: maps.subarray(i * size, (i + 1) * size) }] : [],
    );
    if (own.length === 0) continue;
    const stem = withoutExtension(volume).replaceAll('/', '_');
    const scores = unslice(grid, own, 'map');
    const nifti = grid.geometry.known || grid.depth > 1 || /\.nii(\.gz)?$/i.test(volume);
    yield write(`${stem}_score`, scores, grid, evaluation, nifti);
    if (threshold === null) continue;
    const masks = own.map(({ index, values }) => ({ index, values: Uint8Array.from(values, (v) => (v >= threshold ? 1 : 0)) }));
    yield write(`${stem}_mask`, Uint8Array.from(unslice(grid, masks, 'mask')), grid, evaluation, nifti);
  }
}

type Grid = Parameters<typeof unslice>[0];

function write(
  name: string,
  values: Float32Array | Uint8Array,
  grid: Grid,
  { lo, hi }: { lo: number; hi: number },
  nifti: boolean,
): WrittenMap {
  const { width, height, depth, geometry } = grid;
  if (nifti) return { name: `${name}.nii.gz`, bytes: writeNifti(values, { width, height, depth, geometry }), gzip: true };
  const grey =
    values instanceof Uint8Array
      ? values.map((v) => (v ? 255 : 0))
      : Uint16Array.from(values, (v) => Math.round(65535 * Math.min(1, Math.max(0, (v - lo) / (hi - lo || 1)))));
  return { name: `${name}.png`, bytes: writePng(width, height, grey), gzip: false };
}
