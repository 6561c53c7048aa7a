/** Where the pixels of a visitor's slices lie: the first in memory, the rest in a file of the browser's own file system (OPFS), which a worker
 * reads without waiting when a batch needs them. Batches are shuffled, so that any share in memory serves as well as the last used would.
 * Where there is no such file system, as in Node, all lie in memory. */
import type { Slice } from '../core/types';

/** Takes slices in, and gives back the same slices with their pixels elsewhere. */
export type Shelf = { keep(slice: Slice): Slice };

/** What a worker has and the types of a page lack. */
type SyncHandle = {
  read(buffer: Uint8Array, options: { at: number }): number;
  write(buffer: Uint8Array, options: { at: number }): number;
  close(): void;
};
type SyncFile = { createSyncAccessHandle?(): Promise<SyncHandle> };
/** Bytes of one shelf that lie in memory. */
type Held = { bytes: number };
type Leftover = { handle: SyncHandle; folder: FileSystemDirectoryHandle; name: string; held: Held };

const FOLDER = 'slices';

/** Bytes of slices that stay in memory: a quarter of what a lab of the papers' size may take. */
const RESIDENT = 256e6;
let resident = 0;

/** Whether a slice has a mask, without reading it. */
export const isMasked = (slice: Slice): boolean => (slice instanceof StoredSlice ? slice.masked : slice.truth !== undefined);

/** A shelf for the slices of one reading. Its file goes when none of them is in use any more, at the latest when the lab is opened again.
 * @param most bytes that all shelves together may hold in memory */
export async function openShelf(most = RESIDENT): Promise<Shelf> {
  folder ??= folderOfSlices();
  const there = await folder;
  if (!there) return { keep: (slice) => slice };
  const name = crypto.randomUUID();
  const file = await there.getFileHandle(name, { create: true });
  const handle = await (file as SyncFile).createSyncAccessHandle?.();
  if (!handle) return { keep: (slice) => slice };
  const held = { bytes: 0 };
  const shelf = new FileShelf(handle, held, most);
  leftovers.register(shelf, { handle, folder: there, name, held });
  return shelf;
}

let folder: Promise<FileSystemDirectoryHandle | null> | null = null;

/** The folder, without what earlier visits left in it; null where the browser has none or forbids it. */
async function folderOfSlices(): Promise<FileSystemDirectoryHandle | null> {
  if (typeof navigator === 'undefined' || !navigator.storage?.getDirectory) return null;
  try {
    const root = await navigator.storage.getDirectory();
    const own = await root.getDirectoryHandle(FOLDER, { create: true });
    const names: string[] = [];
    for await (const name of (own as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
    for (const name of names) await remove(own, name);
    return own;
  } catch {
    return null; // a private window, or storage switched off
  }
}

/** A file that another tab has open stays. */
const remove = (from: FileSystemDirectoryHandle, name: string): Promise<void> => from.removeEntry(name).catch(() => undefined);

const leftovers = new FinalizationRegistry<Leftover>((left) => {
  resident -= left.held.bytes;
  left.handle.close();
  void remove(left.folder, left.name);
});

/** Keeps a shelf as long as a slice of it that lies in memory, so that what it holds is counted. */
const shelfOf = new WeakMap<Slice, FileShelf>();

class FileShelf implements Shelf {
  private end = 0;

  constructor(
    private readonly handle: SyncHandle,
    private readonly held: Held,
    private readonly most: number,
  ) {}

  /** @throws Error when the browser gives no more room */
  keep(slice: Slice): Slice {
    const bytes = slice.pixels.byteLength + (slice.truth?.byteLength ?? 0);
    if (resident + bytes <= this.most) {
      resident += bytes;
      this.held.bytes += bytes;
      shelfOf.set(slice, this);
      return slice;
    }
    const at = this.end;
    this.write(slice.pixels);
    if (slice.truth) this.write(slice.truth);
    return new StoredSlice(slice, this, at);
  }

  private write({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array): void {
    let written = 0;
    try {
      written = this.handle.write(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength), { at: this.end });
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
    if (written < byteLength)
      throw new Error('The browser gives this page no more room for slices. Load fewer files, or free space on the disk.');
    this.end += byteLength;
  }

  /** @throws Error when the file is not what was written */
  read(at: number, length: number): ArrayBuffer {
    const bytes = new Uint8Array(length);
    if (this.handle.read(bytes, { at }) < length) throw new Error('Slices that lay in this browser are gone. Load the files again.');
    return bytes.buffer;
  }
}

/** A slice whose pixels are read whenever they are asked for. */
class StoredSlice implements Slice {
  declare name: string;
  declare group: string;
  declare volume: string;
  declare index: number;
  declare height: number;
  declare width: number;
  declare label?: 0 | 1;
  declare brain: Slice['brain'];
  declare edges: Slice['edges'];
  declare pixelArea?: number;
  declare stack?: Slice['stack'];
  readonly masked: boolean;

  constructor(
    { pixels: _, truth, ...rest }: Slice,
    private readonly shelf: FileShelf,
    private readonly at: number,
  ) {
    Object.assign(this, rest);
    this.masked = truth !== undefined;
  }

  get pixels(): Float32Array {
    return new Float32Array(this.shelf.read(this.at, 4 * this.height * this.width));
  }

  get truth(): Uint8Array | undefined {
    const size = this.height * this.width;
    return this.masked ? new Uint8Array(this.shelf.read(this.at + 4 * size, size)) : undefined;
  }
}
