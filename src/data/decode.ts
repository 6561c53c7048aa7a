/** A drop of files, decoded one volume at a time: each file ends as exactly one row, and a bad one costs only itself and its pair. */
import type { FileRow } from '../core/protocol';
import type { Role, Volume } from '../core/types';
import { counted, sentenceOf } from './errors';
import { type LabelTable, parseLabels } from './labels';
import { type Decoded, decodeFile } from './load';
import { type Pair, type Pairing, pairFiles } from './pair';
import { fileNameOf, isSideFile, isSystemFile } from './paths';
import { assertContrast, type Sliced, slicesOf } from './slices';

export type DroppedFile = { path: string; file: Blob };

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
};

export type DecodedItem = DecodedVolume | { kind: 'row'; row: FileRow };

/** Decodes a drop. Holds one volume at a time, as long as its consumer does too. Between files it stops when `signal` is aborted; files
 * not reached then get no row. System files (dot-files, `__MACOSX`) are passed over without one. */
export async function* decodeAll(
  files: readonly DroppedFile[],
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): AsyncGenerator<DecodedItem, void, void> {
  const { byPath, repeated } = index(files);
  const total = byPath.size + repeated.length;
  let done = 0;
  const step = (paths: readonly string[]) => {
    done += paths.length;
    onProgress({ done, total, detail: paths[0] });
  };
  for (const path of repeated) {
    step([path]);
    yield rejection(path, 'Another file of this drop has the same path; only the first was read.');
  }

  const tables: LabelTable[] = [];
  const candidates: string[] = [];
  for (const [path, file] of byPath) {
    if (fileNameOf(path).toLowerCase() === 'labels.csv') {
      if (signal.aborted) return;
      tables.push(parseLabels(path, await file.text()));
    } else if (isSideFile(path)) {
      step([path]);
      yield { kind: 'row', row: { path, status: 'read', note: 'Not an image; not used.' } };
    } else candidates.push(path);
  }

  const pairing = pairFiles(candidates, tables);
  for (const row of tableRows(tables, pairing)) {
    step([row.path]);
    yield { kind: 'row', row };
  }
  for (const { path, reason } of pairing.orphans) {
    step([path]);
    yield rejection(path, reason);
  }
  for (const pair of pairing.pairs) {
    if (signal.aborted) return;
    const paths = pair.mask === null ? [pair.image] : [pair.image, pair.mask];
    yield* decodePair(pair, byPath);
    step(paths);
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

function index(files: readonly DroppedFile[]) {
  const byPath = new Map<string, Blob>();
  const repeated: string[] = [];
  for (const { path, file } of files) {
    if (isSystemFile(path)) continue;
    if (byPath.has(path)) repeated.push(path);
    else byPath.set(path, file);
  }
  return { byPath, repeated };
}

function rejection(path: string, note: string): { kind: 'row'; row: FileRow } {
  return { kind: 'row', row: { path, status: 'rejected', note } };
}

function* rejectPair(image: string, mask: string | null, sentence: string): Generator<{ kind: 'row'; row: FileRow }> {
  yield rejection(image, sentence);
  if (mask !== null) yield rejection(mask, `Its image ${image} was not used: ${sentence}`);
}

function tableRows(tables: readonly LabelTable[], pairing: Pairing): FileRow[] {
  return tables.map(({ path, notes }, i): FileRow => {
    const { found, missing } = pairing.tables[i];
    const all =
      found > 0 ? [`Labels for ${counted(found, 'image')}.`, ...notes] : notes.length > 0 ? notes : ['It names no file of this drop.'];
    if (found > 0 && missing.length > 0)
      all.push(`${counted(missing.length, 'file')} named in it missing from this drop, first ${missing[0]}.`);
    return { path, status: notes.length > 0 || found === 0 ? 'changed' : 'read', note: all.join(' ') };
  });
}

async function* decodePair(pair: Pair, byPath: ReadonlyMap<string, Blob>): AsyncGenerator<DecodedItem, void, void> {
  const { image, mask } = pair;
  let decoded: Decoded & { format: string };
  let volume: Volume;
  try {
    decoded = await decodeFile(byPath.get(image)!, image, 'image');
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
      const drawn = await decodeFile(byPath.get(mask)!, mask, 'mask');
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
  rows.unshift(rowOf(image, [...notes, `Patient ${volume.group} (${pair.groupFrom}).`], notes.length > 0));
  const { role, groupFrom } = pair;
  yield { kind: 'volume', path: image, maskPath: mask, volume, format: decoded.format, role, groupFrom, rows };
}

function rowOf(path: string, notes: readonly string[], changed: boolean): FileRow {
  return { path, status: changed ? 'changed' : 'read', note: notes.join(' ') };
}

function volumeOf({ depth, height, width, voxels, geometry, dtype }: Decoded, { image, group, label }: Pair): Volume {
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
