/** Score maps and masks of an evaluation, back on the grid of the files they came from. */
import { writeNifti } from '../core/niftiWrite';
import { withoutExtension } from '../data/paths';
import { writePng } from '../data/pngWrite';
import { unslice } from '../data/slices';
import type { RawEvaluation } from './evaluate';
import type { Study } from './study';

export type WrittenMap = { name: string; bytes: Uint8Array; gzip: boolean };

/** What to write: the scores, and masks (n · h · w, 1 = anomalous) in the order of the evaluation's slices. */
export type Wanted = { scores: boolean; masks: Uint8Array | null };

type Grids = ReturnType<Study['testVolumes']>;
type Range = { lo: number; hi: number };

/** 1 where the score reaches the threshold. */
export const masksAt = (maps: Float32Array, threshold: number): Uint8Array => Uint8Array.from(maps, (v) => (v >= threshold ? 1 : 0));

function everything({ evaluation, maps }: RawEvaluation): Wanted {
  const { threshold } = evaluation.metrics;
  return { scores: true, masks: maps && threshold !== null ? masksAt(maps, threshold) : null };
}

/** Two files a volume, none where the scorer has no map: `…_score` and `…_mask`. NIfTI in the source geometry; PNG (score: 16 bit, 0 = lo, 65,535 = hi) for plain images.
 * A NIfTI that says nothing about orientation is still one.
 * @param wanted without it, the scores and, with a threshold, the masks at it */
export function* mapsOf(raw: RawEvaluation, grids: Grids, wanted = everything(raw)): Generator<WrittenMap> {
  const { evaluation, maps, slices } = raw;
  if (!maps) return;
  const size = evaluation.height * evaluation.width;
  const names = namesOf(grids);
  for (const [volume, grid] of grids) {
    const places = slices.flatMap((slice, i) => (slice.volume === volume ? [i] : []));
    if (places.length === 0) continue;
    const own = <T extends Float32Array | Uint8Array>(all: T) =>
      places.map((i) => ({ index: slices[i].index, values: all.subarray(i * size, (i + 1) * size) }));
    const stem = names.get(volume) as string;
    const nifti = isNifti(volume, grid);
    if (wanted.scores) yield write(`${stem}_score`, unslice(grid, own(maps), 'map'), grid, evaluation, nifti);
    if (wanted.masks) yield write(`${stem}_mask`, Uint8Array.from(unslice(grid, own(wanted.masks), 'mask')), grid, evaluation, nifti);
  }
}

/** As `mapsOf`, for slices that come from no file (the phantom): PNG, as they are. */
export function* sliceImagesOf(
  { evaluation, maps, slices }: RawEvaluation,
  grids: Grids,
  { scores, masks }: Wanted,
): Generator<WrittenMap> {
  if (!maps) return;
  const { height, width } = evaluation;
  const size = height * width;
  for (const [i, { name, volume }] of slices.entries()) {
    if (grids.has(volume)) continue;
    const png = (what: string, values: Uint8Array | Uint16Array) =>
      ({ name: `${fileStem(name)}_${what}.png`, bytes: writePng(width, height, values), gzip: false }) satisfies WrittenMap;
    const part = <T extends Float32Array | Uint8Array>(all: T) => all.subarray(i * size, (i + 1) * size);
    if (scores) yield png('score', greyScores(part(maps), evaluation));
    if (masks) yield png('mask', greyMask(part(masks)));
  }
}

const isNifti = (volume: string, { geometry, depth }: Grid) => geometry.known || depth > 1 || /\.nii(\.gz)?$/i.test(volume);

/** The start of each volume's file names, told apart where two would get the same (a/b_c.nii and a_b/c.nii): the first by path keeps it, the next
 * gets _2. */
function namesOf(grids: Grids): Map<string, string> {
  const sorted = [...grids].sort(([a], [b]) => (a < b ? -1 : 1));
  const wished = sorted.map(([volume, grid]) => ({ volume, stem: fileStem(withoutExtension(volume)), kind: isNifti(volume, grid) }));
  const taken = new Set(wished.map(({ stem, kind }) => `${stem} ${kind}`));
  const given = new Set<string>();
  return new Map(
    wished.map(({ volume, stem, kind }) => {
      let name = stem;
      for (let n = 2; given.has(`${name} ${kind}`) || (name !== stem && taken.has(`${name} ${kind}`)); n++) name = `${stem}_${n}`;
      given.add(`${name} ${kind}`);
      return [volume, name];
    }),
  );
}

const fileStem = (name: string) => name.replaceAll(/[\\/:*?"<>|]/g, '_');

const greyMask = (mask: Float32Array | Uint8Array) => Uint8Array.from(mask, (v) => (v ? 255 : 0));
const greyScores = (scores: Float32Array | Uint8Array, { lo, hi }: Range) =>
  Uint16Array.from(scores, (v) => Math.round(65535 * Math.min(1, Math.max(0, (v - lo) / (hi - lo || 1)))));

type Grid = Parameters<typeof unslice>[0];

function write(name: string, values: Float32Array | Uint8Array, grid: Grid, range: Range, nifti: boolean): WrittenMap {
  const { width, height, depth, geometry } = grid;
  if (nifti) return { name: `${name}.nii.gz`, bytes: writeNifti(values, { width, height, depth, geometry }), gzip: true };
  const grey = values instanceof Uint8Array ? greyMask(values) : greyScores(values, range);
  return { name: `${name}.png`, bytes: writePng(width, height, grey), gzip: false };
}
