/** A drop of files, decoded one volume at a time: each file ends as exactly one row, and a bad one costs only itself and its pair. */
import type { FileRow } from '../core/protocol';
import type { Role, Volume } from '../core/types';
import { assemble, settlePadding } from './assemble';
import type { Dropped } from './dicom/identity';
import { type DroppedFile, type Item, layOut, siblingOf } from './drop';
import { counted, sentenceOf } from './errors';
import { type Decoded, decodeFile } from './load';
import { npzArrays } from './npz';
import { npzImages, npzParts } from './npzSet';
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
  volume: Volume;
  format: string;
  role: Role | null;
  groupFrom: Pair['groupFrom'];
  /** What becomes of the image's file and of its mask's. */
  rows: FileRow[];
  /** What the DICOM headers said about a person and went no further. */
  dropped: Dropped[];
};

export type DecodedItem = DecodedVolume | { kind: 'row'; row: FileRow };

/** Decodes a drop. Holds one volume at a time, as long as its consumer does too. Between files it stops when `signal` is aborted; files
 * not reached then get no row. System files (dot-files, `__MACOSX`) are passed over without one. */
export async function* decodeAll(
  files: readonly DroppedFile[],
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): AsyncGenerator<DecodedItem, void, void> {
  const drop = await layOut(files, signal);
  const plan = await planOf(drop.items, signal);
  if (signal.aborted) return;
  const total = drop.items.size + drop.rows.length;
  let done = 0;
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
    const own = (path: string) => plan.series.get(path)?.slices.filter((slice) => slice !== null) ?? [path];
    yield* decodePair(pair, drop.items, plan);
    step(pair.mask === null ? own(pair.image) : [...own(pair.image), ...own(pair.mask)]);
  }
}

export type SlicedItem = { kind: 'slices'; decoded: Omit<DecodedVolume, 'volume' | 'kind' | 'rows'>; rows: FileRow[] } & Sliced;

/** `decodeAll`, cut into slices of `size` × `size`. A volume that cannot be sliced becomes rejected rows. */
export async function* sliceAll(
  files: readonly DroppedFile[],
  size: number,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): AsyncGenerator<SlicedItem | { kind: 'row'; row: FileRow }, void, void> {
  for await (const item of decodeAll(files, signal, onProgress)) {
    if (item.kind === 'row') {
      yield item;
      continue;
    }
    const { volume, rows, kind: _, ...decoded } = item;
    let sliced: Sliced;
    try {
      sliced = slicesOf(volume, size);
    } catch (error) {
      yield* rejectPair(item.path, item.maskPath, sentenceOf(error));
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

function rejection(path: string, note: string): { kind: 'row'; row: FileRow } {
  return { kind: 'row', row: { path, status: 'rejected', note } };
}

function* rejectPair(image: string, mask: string | null, sentence: string): Generator<{ kind: 'row'; row: FileRow }> {
  yield rejection(image, sentence);
  if (mask !== null) yield rejection(mask, `Its image ${image} was not used: ${sentence}`);
}

/** A file, or the series of files that a path stands for. */
async function decodePath(
  path: string,
  use: 'image' | 'mask',
  items: ReadonlyMap<string, Item>,
  plan: Plan,
): Promise<Decoded & { format: string }> {
  const decode = async (file: string) => {
    const sibling = async (name: string) => (await siblingOf(items, file, name)?.open()) ?? null;
    return decodeFile(await (items.get(file) as Item).open(), file, use, { sibling });
  };
  const series = plan.series.get(path);
  const decoded = series ? { ...(await assemble(series, use, decode)), format: 'DICOM' } : await decode(path);
  settlePadding(decoded);
  return decoded;
}

async function* decodePair(pair: Pair, items: ReadonlyMap<string, Item>, plan: Plan): AsyncGenerator<DecodedItem, void, void> {
  const { image, mask } = pair;
  const slices = plan.series.get(image)?.slices.filter((slice) => slice !== null) ?? [];
  for (const path of slices) yield { kind: 'row', row: { path, status: 'read', note: `A slice of ${image}.` } };
  let decoded: Decoded & { format: string };
  let volume: Volume;
  try {
    if (/\.npz$/i.test(image) && mask === null) {
      const set = await npzSet(pair, items);
      if (set) {
        yield* set;
        return;
      }
    }
    decoded = await decodePath(image, 'image', items, plan);
    volume = volumeOf(decoded, pair);
    assertContrast(volume);
  } catch (error) {
    yield* rejectPair(image, mask, sentenceOf(error));
    return;
  }
  const notes = [...decoded.notes, ...pair.notes];
  const rows: FileRow[] = [];
  if (mask !== null) {
    try {
      const drawn = await decodePath(mask, 'mask', items, plan);
      const shapes = `${shapeOf(drawn)} against ${shapeOf(decoded)}`;
      if (shapeOf(drawn) !== shapeOf(decoded)) {
        const advice = 'The pair was refused. Resample the mask onto its image.';
        yield rejection(image, `Its mask ${mask} has another shape (mask ${shapes}). ${advice}`);
        yield rejection(mask, `It has another shape than its image ${image} (mask ${shapes}). ${advice}`);
        return;
      }
      volume.truth = truthOf(drawn.voxels);
      const shift = farthestCorner(decoded, drawn);
      if (shift > 1) drawn.notes.push(`Its header places it up to ${shift.toFixed(0)} mm from its image; it was matched voxel by voxel.`);
      rows.push(rowOf(mask, [`Mask of ${image}.`, ...drawn.notes], drawn.notes.length > 0));
    } catch (error) {
      rows.push({ path: mask, status: 'rejected', note: sentenceOf(error) });
      notes.push(`Read without its mask ${mask}, which was rejected.`);
    }
  }
  if (slices.length > 0) notes.unshift(`A series of ${counted(slices.length, 'slice')}.`);
  rows.unshift(rowOf(image, [...notes, `Patient ${volume.group} (${pair.groupFrom}).`], notes.length > (slices.length > 0 ? 1 : 0)));
  const { role, groupFrom } = pair;
  yield {
    kind: 'volume',
    path: image,
    maskPath: mask,
    volume,
    format: decoded.format,
    role,
    groupFrom,
    rows,
    dropped: decoded.dropped ?? [],
  };
}

/** The images of an `.npz` that is a data set; null where it holds one volume. Each image is a patient of its own. */
async function npzSet({ image, role, label }: Pair, items: ReadonlyMap<string, Item>): Promise<AsyncGenerator<DecodedItem> | null> {
  const blob = await (items.get(image) as Item).open();
  const parts = npzParts(await npzArrays(blob));
  return parts && run();
  async function* run(): AsyncGenerator<DecodedItem, void, void> {
    try {
      for (const part of parts ?? []) {
        let n = 0;
        for await (const { image: decoded, truth, label: own } of npzImages(blob, part)) {
          const path = `${image}/${part.images.key} ${n++}`;
          const groupFrom = 'file name' as const;
          const volume = volumeOf(decoded, { image: path, group: path, label: own ?? label });
          if (truth) volume.truth = truth;
          const rows = n === 1 ? [rowOf(image, decoded.notes, false)] : [];
          yield { kind: 'volume', path, maskPath: null, volume, format: 'NPZ', role: part.role ?? role, groupFrom, rows, dropped: [] };
        }
      }
    } catch (error) {
      yield rejection(image, sentenceOf(error));
    }
  }
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

/** The largest distance in millimetres between where two files place the same corner voxel; 0 where one of them does not know. */
function farthestCorner(a: Decoded, b: Decoded): number {
  if (!a.geometry.known || !b.geometry.known) return 0;
  let farthest = 0;
  for (const i of [0, a.width - 1]) {
    for (const j of [0, a.height - 1]) {
      for (const k of [0, a.depth - 1]) {
        const place = (m: readonly number[], row: number) => m[4 * row] * i + m[4 * row + 1] * j + m[4 * row + 2] * k + m[4 * row + 3];
        const d = [0, 1, 2].map((row) => place(a.geometry.affine, row) - place(b.geometry.affine, row));
        farthest = Math.max(farthest, Math.hypot(...d));
      }
    }
  }
  return farthest;
}
