/** What was dropped, laid out: system files passed over, archives opened, every file with its path. Nothing is decoded here. */
import type { FileRow } from '../core/protocol';
import { headOf, isGzip } from './bytes';
import { counted, DataError, sentenceOf } from './errors';
import { HEAD_BYTES, readerFor } from './load';
import { isNpz } from './npz';
import { folderOf, isSystemFile } from './paths';
import { isTar, tarFiles } from './tar';
import { isZip, unzip, type ZipEntry, zipEntries } from './zip';

export type DroppedFile = { path: string; file: Blob };

/** One file of a drop, or one inside an archive, which is unpacked only when it is asked for. */
export type Item = { path: string; size: number; head(): Promise<Uint8Array>; open(): Promise<Blob> };

export type Drop = {
  items: ReadonlyMap<string, Item>;
  /** Rejected files, and the archives that were opened. */
  rows: FileRow[];
};

/** Extensions whose files are no archives, whatever else they are: they need no look inside. */
const PLAIN = /\.(png|jpe?g|nii|nii\.gz|tiff?|nrrd|nhdr|mha|mhd|mgh|mgz|npy|raw|img|img\.gz|hdr|csv|tsv|json|txt|md)$/i;
const MOST_ITEMS = 500_000;

/** Lays out a drop. Stops between files when `signal` is aborted. */
export async function layOut(files: readonly DroppedFile[], signal: AbortSignal): Promise<Drop> {
  const items = new Map<string, Item>();
  const rows: FileRow[] = [];
  const reject = (path: string, note: string) => rows.push({ path, status: 'rejected', note });
  const add = (item: Item): boolean => {
    if (isSystemFile(item.path)) return false;
    if (items.has(item.path)) reject(item.path, 'Another file of this drop has the same path; only the first was read.');
    else if (items.size >= MOST_ITEMS) throw new DataError(`The drop holds more than ${MOST_ITEMS} files. Drop a part of it.`);
    else items.set(item.path, item);
    return true;
  };
  for (const { path, file } of files) {
    if (signal.aborted) break;
    if (isSystemFile(path)) continue;
    const plain: Item = { path, size: file.size, head: () => headOf(file, HEAD_BYTES), open: async () => file };
    if (PLAIN.test(path)) {
      add(plain);
      continue;
    }
    try {
      // A .gz cut short within its first bytes is for its reader to name.
      const head = await plain.head().catch(() => new Uint8Array(0));
      if (!isArchive(head)) {
        add(plain);
        continue;
      }
      let count = 0;
      for await (const { inner, item } of membersOf(path, file, head)) {
        const unsafe = unsafePath(inner);
        if (unsafe) reject(item.path, unsafe);
        else if (add(item)) count++;
      }
      rows.push({ path, status: 'read', note: `An archive of ${counted(count, 'file')}.` });
    } catch (error) {
      reject(path, sentenceOf(error));
    }
  }
  return { items, rows };
}

function isArchive(head: Uint8Array): boolean {
  return (isZip(head) && !isNpz(head)) || isTar(head);
}

async function* membersOf(path: string, file: Blob, head: Uint8Array): AsyncGenerator<{ inner: string; item: Item }, void, void> {
  if (isTar(head)) {
    for await (const { path: inner, size, file: member, head: start } of tarFiles(file, mayBeUseful)) {
      const open = async () => member ?? refused(start, inner);
      yield {
        inner,
        item: guarded({ path: `${path}/${inner}`, size, head: async () => (member ? headOf(member, HEAD_BYTES) : start), open }),
      };
    }
    return;
  }
  for (const entry of await zipEntries(file)) yield { inner: entry.path, item: guarded(zipItem(path, file, entry)) };
}

function zipItem(path: string, file: Blob, entry: ZipEntry): Item {
  return {
    path: `${path}/${entry.path}`,
    size: entry.size,
    head: async () => headOf(await unzip(file, entry, 64 * 1024), HEAD_BYTES).catch(() => new Uint8Array(0)),
    // Looked at before it is unpacked as a whole: a bomb is a large file of nothing.
    async open() {
      const start = new Uint8Array(await (await unzip(file, entry, HEAD_BYTES)).arrayBuffer());
      return mayBeUseful(entry.path, start) ? unzip(file, entry) : refused(start, entry.path);
    },
  };
}

/** Whether a file is worth unpacking as a whole, by its name or its first bytes. */
function mayBeUseful(path: string, head: Uint8Array): boolean {
  if (isGzip(head) || /\.(raw|img|csv|tsv|json)$/i.test(path) || isArchive(head)) return true;
  try {
    readerFor(head, path);
    return true;
  } catch {
    return false;
  }
}

/** Throws what the reader says of such a file. */
function refused(head: Uint8Array, path: string): never {
  readerFor(head, path);
  throw new DataError('It was not unpacked.');
}

/** An archive inside an archive is named, not opened: that is how a bomb is nested. */
function guarded(item: Item): Item {
  return {
    ...item,
    async open() {
      if (!PLAIN.test(item.path) && isArchive(await item.head())) {
        throw new DataError('It is an archive inside an archive. Unpack the outer one and drop the folder.');
      }
      return item.open();
    },
  };
}

/** Why a path inside an archive is refused; null for an honest one. Nothing is written to disk by it, but such an archive was made to harm. */
function unsafePath(inner: string): string | null {
  const climbs = inner.split('/').includes('..') || inner.startsWith('/') || /^[a-z]:/i.test(inner);
  const strange = [...inner].some((c) => c.charCodeAt(0) < 32);
  return climbs || strange ? 'Its path leads out of the archive or holds characters that no path has; it was not opened.' : null;
}

/** A file of that name in the folder of `path`, whatever its case. */
export function siblingOf(items: ReadonlyMap<string, Item>, path: string, name: string): Item | null {
  const folder = folderOf(path);
  const wanted = folder === '' ? name : `${folder}/${name}`;
  const exact = items.get(wanted);
  if (exact) return exact;
  for (const [other, item] of items) {
    if (other.length === wanted.length && other.toLowerCase() === wanted.toLowerCase()) return item;
  }
  return null;
}
