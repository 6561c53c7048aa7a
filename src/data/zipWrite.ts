/** Writes ZIP archives one file at a time: no more than one of them lies in memory. */
import { gzipSync, Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import { DataError } from './errors';

export type NamedFile = { path: string; bytes: Uint8Array };

/** The format without its 64-bit fields holds no more. */
const MOST_BYTES = 2 ** 32 - 2 ** 20;
const PACKED = /\.(gz|png|zip)$/i;

/** @param between awaited after every file, so that a caller's messages get their turn
 * @throws DataError when it would not fit into one archive */
export async function zipOf(files: Iterable<NamedFile>, between: () => Promise<void>): Promise<Blob> {
  const parts: Blob[] = [];
  let bytes = 0;
  let failure: Error | null = null;
  const zip = new Zip((error, chunk) => {
    failure ??= error;
    if (chunk) {
      bytes += chunk.length;
      // A blob may lie on disk, an array not.
      parts.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
    }
  });
  for (const file of files) {
    const entry = PACKED.test(file.path) ? new ZipPassThrough(file.path) : new ZipDeflate(file.path, { level: 6 });
    zip.add(entry);
    entry.push(file.bytes, true);
    if (failure) throw failure;
    if (bytes > MOST_BYTES) throw new DataError('These files are more than one archive of 4 GB holds. Save fewer of them at a time.');
    await between();
  }
  zip.end();
  return new Blob(parts, { type: 'application/zip' });
}

export const gzip = (bytes: Uint8Array): Uint8Array => gzipSync(bytes, { level: 6 });
