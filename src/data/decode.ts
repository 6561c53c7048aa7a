/** A drop of files, decoded one volume at a time: each file ends as exactly one row, and a bad one costs only itself and its pair. */

import { farthestCorner } from '../core/affine';
import type { FileRow } from '../core/protocol';
import type { Recipe } from '../core/recipe';
import type { Role, Volume } from '../core/types';
import { assemble, settlePadding } from './assemble';
import type { Dropped } from './dicom/identity';
import { type DroppedFile, type Item, layOut, siblingOf } from './drop';
import { counted, sentenceOf } from './errors';
import { type Decoded, decodeFile } from './load';
import { REDUCED } from './luminance';
import { npzArrays } from './npz';
import { npzImages, npzParts } from './npzSet';
import { axisLetters } from './orientation';
import type { Pair } from './pair';
import { type Plan, planOf } from './plan';
import { assertContrast, type Sliced, slicesOf } from './slices';

export type { DroppedFile } from './drop';

/** Files looked at so far, of all that are not system files; `detail` is the path at hand. */
export type Progress = { done: number; total: number; detail: string };

export type DecodedVolume = {
  kind: 'volume';
  path: string;
  maskPath: string | null;
  organPath: string | null;
  volume: Volume;
  format: string;
  role: Role | null;
  groupFrom: Pair['groupFrom'];
  /** In the volume's voxel order, 1 inside the organ, where a mask of it lies beside the image. */
  organ: Uint8Array | null;
  /** Whether it was in colour, which was reduced to luminance. */
  coloured: boolean;
  /** What becomes of the image's file and of its mask's. */
  rows: FileRow[];
  /** What the DICOM headers said about a person and went no further. */
  dropped: Dropped[];
};

/** What the visitor chose where a file holds several things; a file without a choice follows the rules of its reader. */
export type Choices = {
  /** Array of an NPZ, by path. */
  arrays?: ReadonlyMap<string, string>;
  /** Volume along the fourth axis, by path; 0 is the first. */
  frames?: ReadonlyMap<string, number>;
};

/** What every step of decoding a drop needs. */
type Work = { items: ReadonlyMap<string, Item>; plan: Plan; choices: Choices; signal: AbortSignal };

export type DecodedItem = DecodedVolume | { kind: 'row'; row: FileRow };

/** Decodes a drop. Holds one volume at a time, as long as its consumer does too. Between files it stops when `signal` is aborted; files
 * not reached then get no row. System files (dot-files, `__MACOSX`) are passed over without one. */
export async function* decodeAll(
  files: readonly DroppedFile[],
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
  choices: Choices = {},
): AsyncGenerator<DecodedItem, void, void> {
  const drop = await layOut(files, signal);
  const total = drop.items.size + drop.rows.length;
  let done = 0;
  const plan = await planOf(drop.items, signal, (detail) => onProgress({ done, total, detail }));
  if (signal.aborted) return;
  const step = (paths: readonly string[]) => {
    done += paths.length;
    onProgress({ done, total, detail: paths[0] });
  };
  for (const row of [...drop.rows, ...plan.rows]) {
    step([row.path]);
    yield { kind: 'row', row };
  }
  for (const pair of plan.pairs) {
    if (signal.aborted) return;
    const arrays = await arraysOf(pair.image, drop.items, choices);
    for await (const item of decodePair(pair, { items: drop.items, plan, choices, signal })) yield offering(item, arrays);
    const own = [pair.image, pair.mask, pair.organ].filter((path) => path !== null);
    step(own.flatMap((path) => (plan.series.has(path) ? slicePaths(plan, path) : [path])));
  }
}

/** `decoded` still holds the volume: keep of it what is needed, no more. */
export type SlicedItem = { kind: 'slices'; decoded: Omit<DecodedVolume, 'kind' | 'rows'>; rows: FileRow[] } & Sliced;

/** `decodeAll`, cut into slices. A volume that cannot be sliced becomes rejected rows.
 * @param how a recipe; a number is the papers' at that size */
export async function* sliceAll(
  files: readonly DroppedFile[],
  how: Recipe | number,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
  choices: Choices = {},
): AsyncGenerator<SlicedItem | { kind: 'row'; row: FileRow }, void, void> {
  for await (const item of decodeAll(files, signal, onProgress, choices)) {
    if (item.kind === 'row') {
      yield item;
      continue;
    }
    const { rows, kind: _, ...decoded } = item;
    let sliced: Sliced;
    try {
      sliced = slicesOf(decoded.volume, how, decoded.organ);
    } catch (error) {
      const { arrays } = rows.find((row) => row.path === item.path) ?? {};
      for (const rejected of rejectPair(item.path, [item.maskPath, item.organPath], sentenceOf(error)))
        yield rejected.row.path === item.path ? offering(rejected, arrays) : rejected;
      continue;
    }
    if (sliced.notes.length > 0) {
      const at = rows.findIndex((row) => row.path === item.path);
      // Empty slices are dropped from nearly every scan: said, but no change to look into.
      const changed = sliced.notes.length > (sliced.empty > 0 ? 1 : 0);
      rows[at] = { ...rows[at], status: changed ? 'changed' : rows[at].status, note: [rows[at].note, ...sliced.notes].join(' ') };
    }
    yield { kind: 'slices', decoded, rows, ...sliced };
  }
}

/** The arrays of an NPZ that could be its images; absent where there is nothing to choose. */
async function arraysOf(path: string, items: ReadonlyMap<string, Item>, { arrays }: Choices): Promise<FileRow['arrays']> {
  if (!/\.npz$/i.test(path)) return undefined;
  try {
    const all = await npzArrays(await (items.get(path) as Item).open());
    const choices = all.filter(({ shape }) => shape.length >= 2).map(({ key, shape }) => ({ key, shape }));
    return choices.length > 1 ? { choices, chosen: arrays?.get(path) ?? null } : undefined;
  } catch {
    return undefined; // its reader will say why
  }
}

function offering<T extends DecodedItem>(item: T, arrays: FileRow['arrays']): T {
  if (arrays) for (const row of item.kind === 'row' ? [item.row] : item.rows) if (/\.npz$/i.test(row.path)) row.arrays = arrays;
  return item;
}

/** Files of the series that a path stands for; none for a file. */
function slicePaths(plan: Plan, path: string): string[] {
  return plan.series.get(path)?.slices.filter((slice) => slice !== null) ?? [];
}

function rejection(path: string, note: string): { kind: 'row'; row: FileRow } {
  return { kind: 'row', row: { path, status: 'rejected', note } };
}

function* rejectPair(image: string, others: readonly (string | null)[], sentence: string): Generator<{ kind: 'row'; row: FileRow }> {
  yield rejection(image, sentence);
  for (const path of others) if (path !== null) yield rejection(path, `Its image ${image} was not used: ${sentence}`);
}

/** A file, or the series of files that a path stands for. */
async function decodePath(
  path: string,
  use: 'image' | 'mask',
  { items, plan, choices }: Work,
): Promise<Decoded & { format: string; failed?: ReadonlyMap<string, string> }> {
  const decode = async (file: string) => {
    const sibling = async (name: string) => (await siblingOf(items, file, name)?.open()) ?? null;
    return decodeFile(await (items.get(file) as Item).open(), file, use, {
      sibling,
      array: choices.arrays?.get(file) ?? null,
      frame: choices.frames?.get(file) ?? 0,
    });
  };
  const series = plan.series.get(path);
  const decoded = series ? { ...(await assemble(series, use, decode)), format: 'DICOM' } : await decode(path);
  settlePadding(decoded);
  return decoded;
}

async function* decodePair(pair: Pair, work: Work): AsyncGenerator<DecodedItem, void, void> {
  const { image, mask } = pair;
  const slices = slicePaths(work.plan, image);
  let decoded: Awaited<ReturnType<typeof decodePath>>;
  let volume: Volume;
  try {
    if (/\.npz$/i.test(image) && mask === null && !work.choices.arrays?.has(image)) {
      const set = await npzSet(pair, work);
      if (set) {
        yield* set;
        return;
      }
    }
    decoded = await decodePath(image, 'image', work);
    volume = volumeOf(decoded, pair);
    assertContrast(volume);
  } catch (error) {
    yield* rejectPair(image, [...slices, mask, pair.organ], sentenceOf(error));
    return;
  }
  for (const path of slices) {
    const reason = decoded.failed?.get(path);
    yield reason ? rejection(path, reason) : { kind: 'row', row: { path, status: 'read', note: `A slice of ${image}.` } };
  }
  const notes = [...decoded.notes, ...pair.notes];
  const rows: FileRow[] = [];
  for (const drawn of [mask, pair.organ].filter((path) => path !== null)) {
    for (const path of slicePaths(work.plan, drawn)) yield { kind: 'row', row: { path, status: 'read', note: `A slice of ${drawn}.` } };
  }
  if (mask !== null) {
    try {
      const drawn = await decodePath(mask, 'mask', work);
      const shapes = `${shapeOf(drawn)} against ${shapeOf(decoded)}`;
      if (shapeOf(drawn) !== shapeOf(decoded)) {
        const advice = 'The pair was refused. Resample the mask onto its image.';
        yield rejection(image, `Its mask ${mask} has another shape (mask ${shapes}). ${advice}`);
        yield rejection(mask, `It has another shape than its image ${image} (mask ${shapes}). ${advice}`);
        if (pair.organ !== null) yield rejection(pair.organ, `Its image ${image} was not used.`);
        return;
      }
      volume.truth = truthOf(drawn.voxels);
      const known = decoded.geometry.known && drawn.geometry.known;
      const shift = known ? farthestCorner(decoded.geometry.affine, drawn.geometry.affine, [drawn.width, drawn.height, drawn.depth]) : 0;
      if (shift > 1) drawn.notes.push(`Its header places it up to ${shift.toFixed(0)} mm from its image; it was matched voxel by voxel.`);
      rows.push(rowOf(mask, [`Mask of ${image}.`, ...drawn.notes], drawn.notes.length > 0));
    } catch (error) {
      rows.push({ path: mask, status: 'rejected', note: sentenceOf(error) });
      notes.push(`Read without its mask ${mask}, which was rejected.`);
    }
  }
  const { organ, row } = await organOf(pair, decoded, work);
  if (row) rows.push(row);
  if (slices.length > 0) notes.unshift(`A series of ${counted(slices.length, 'slice')}.`);
  rows.unshift(
    rowOf(
      image,
      [...notes, `Patient ${volume.group} (${pair.groupFrom}).`, ...labelled(pair), ...placed(decoded)],
      notes.length > (slices.length > 0 ? 1 : 0),
    ),
  );
  const { role, groupFrom } = pair;
  yield {
    kind: 'volume',
    path: image,
    maskPath: mask,
    organPath: pair.organ,
    volume,
    format: decoded.format,
    role,
    groupFrom,
    organ,
    coloured: decoded.notes.includes(REDUCED),
    rows,
    dropped: decoded.dropped ?? [],
  };
}

/** The organ mask beside an image; one that cannot be used costs only itself. */
async function organOf(pair: Pair, image: Decoded, work: Work): Promise<{ organ: Uint8Array | null; row: FileRow | null }> {
  const path = pair.organ;
  if (path === null) return { organ: null, row: null };
  try {
    const mask = await decodePath(path, 'mask', work);
    if (shapeOf(mask) !== shapeOf(image)) {
      const note = `It has another shape than its image ${pair.image} (mask ${shapeOf(mask)} against ${shapeOf(image)}) and was not used. Resample it onto its image.`;
      return { organ: null, row: { path, status: 'rejected', note } };
    }
    return { organ: truthOf(mask.voxels), row: rowOf(path, [`Organ mask of ${pair.image}.`, ...mask.notes], mask.notes.length > 0) };
  } catch (error) {
    return { organ: null, row: { path, status: 'rejected', note: sentenceOf(error) } };
  }
}

/** The images of an `.npz` that is a data set; null where it holds one volume. Each image is a patient of its own. */
async function npzSet({ image, role, label }: Pair, { items, signal }: Work): Promise<AsyncGenerator<DecodedItem> | null> {
  const blob = await (items.get(image) as Item).open();
  const parts = npzParts(await npzArrays(blob));
  return parts && run();
  async function* run(): AsyncGenerator<DecodedItem, void, void> {
    try {
      for (const part of parts ?? []) {
        let n = 0;
        for await (const { image: decoded, truth, label: own } of npzImages(blob, part)) {
          if (signal.aborted) return;
          const path = `${image}/${part.images.key} ${n++}`;
          const groupFrom = 'file name' as const;
          const volume = volumeOf(decoded, { image: path, group: path, label: own ?? label });
          if (truth) volume.truth = truth;
          const rows = n === 1 ? [rowOf(image, decoded.notes, false)] : [];
          yield {
            kind: 'volume',
            path,
            maskPath: null,
            organPath: null,
            volume,
            format: 'NPZ',
            role: part.role ?? role,
            groupFrom,
            organ: null,
            coloured: decoded.notes.includes(REDUCED),
            rows,
            dropped: [],
          };
        }
      }
    } catch (error) {
      yield rejection(image, sentenceOf(error));
    }
  }
}

/** What a folder says of its images. */
const labelled = ({ label, labelFrom }: Pair): string[] =>
  labelFrom === 'folder' ? [`Labelled ${label === 1 ? 'anomalous' : 'normal'} (folder name).`] : [];

/** Which way the voxels run, and which statement of the header says so. */
function placed({ geometry, orientationFrom }: Decoded): string[] {
  if (!geometry.known) return [];
  return [`Its axes run ${axisLetters(geometry)}${orientationFrom ? ` (${orientationFrom})` : ''}.`];
}

function rowOf(path: string, notes: readonly string[], changed: boolean): FileRow {
  return { path, status: changed ? 'changed' : 'read', note: notes.join(' ') };
}

function volumeOf(
  { depth, height, width, voxels, geometry, dtype }: Decoded,
  { image, group, label }: Pick<Pair, 'image' | 'group' | 'label'>,
): Volume {
  const volume: Volume = { name: image, group, depth, height, width, voxels, geometry, dtype };
  if (label !== null) volume.label = label;
  return volume;
}

function shapeOf({ width, height, depth }: Decoded): string {
  return depth === 1 ? `${width} × ${height}` : `${width} × ${height} × ${depth}`;
}

/** Whatever the labels mean, a voxel that has one is anomalous. */
function truthOf(voxels: Float32Array): Uint8Array {
  const truth = new Uint8Array(voxels.length);
  for (let i = 0; i < truth.length; i++) truth[i] = voxels[i] !== 0 ? 1 : 0;
  return truth;
}
