/** ZIP archives, read in place: the directory first, then one entry at a time, each checked by its CRC-32. APPNOTE 6.3. */
import { BEST_DEFLATE_RATIO, chunksOf } from './bytes';
import { crc32 } from './crc32';
import { DataError, megabytes } from './errors';

export type ZipEntry = { path: string; size: number; packed: number; method: number; crc: number; offset: number; encrypted: boolean };

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const MOST_ENTRIES = 200_000;
const MOST_DIRECTORY_BYTES = 64 * 2 ** 20;
/** Of one entry, which is unpacked in memory. */
const MOST_ENTRY_BYTES = 2 ** 31;
const MOST_BYTES = 2 ** 36;

const METHODS: Record<number, string> = {
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'XZ',
  98: 'PPMd',
  99: 'AES encryption',
};

export function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6));
}

const damaged = (what: string) => new DataError(`${what}: the archive is damaged or cut short. Copy or download it again.`);

/** The files in an archive, folders left out.
 * @throws DataError for a damaged archive, or one that unpacks to more than it can hold (a zip bomb) */
export async function zipEntries(blob: Blob): Promise<ZipEntry[]> {
  const { count, size, offset } = await findDirectory(blob);
  if (count > MOST_ENTRIES || size > MOST_DIRECTORY_BYTES)
    throw new DataError(`It lists ${count} files, more than this lab opens. Unpack it and drop the folder.`);
  if (offset + size > blob.size) throw damaged('Its directory lies outside the file');
  const view = new DataView(await blob.slice(offset, offset + size).arrayBuffer());
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let n = 0; n < count; n++) {
    if (at + 46 > size || view.getUint32(at, true) !== CENTRAL) throw damaged(`Its directory breaks off at file ${n + 1} of ${count}`);
    const u16 = (field: number) => view.getUint16(at + field, true);
    const u32 = (field: number) => view.getUint32(at + field, true);
    const [nameBytes, extraBytes, commentBytes] = [u16(28), u16(30), u16(32)];
    if (at + 46 + nameBytes + extraBytes > size) throw damaged(`Its directory breaks off at file ${n + 1} of ${count}`);
    const name = new Uint8Array(view.buffer, at + 46, nameBytes);
    const path = new TextDecoder(u16(8) & 0x800 || isUtf8(name) ? 'utf-8' : 'latin1').decode(name).replaceAll('\\', '/');
    const entry = { path, size: u32(24), packed: u32(20), method: u16(10), crc: u32(16), offset: u32(42), encrypted: (u16(8) & 1) === 1 };
    widen(entry, new DataView(view.buffer, at + 46 + nameBytes, extraBytes));
    at += 46 + nameBytes + extraBytes + commentBytes;
    if (!path.endsWith('/')) entries.push(entry);
  }
  const sum = (of: (entry: ZipEntry) => number) => entries.reduce((total, entry) => total + of(entry), 0);
  // Entries that share their packed bytes, or promise more than deflate can pack, exist only to fill the memory.
  if (
    sum((e) => e.packed) > blob.size ||
    entries.some((e) => e.size > e.packed * BEST_DEFLATE_RATIO + 64) ||
    sum((e) => e.size) > MOST_BYTES
  ) {
    throw new DataError(
      `It claims to unpack to ${megabytes(sum((e) => e.size))}, which ${megabytes(blob.size)} cannot hold: it is damaged or a zip bomb.`,
    );
  }
  return entries;
}

async function findDirectory(blob: Blob): Promise<{ count: number; size: number; offset: number }> {
  const tailAt = Math.max(0, blob.size - 65_557);
  const tail = new DataView(await blob.slice(tailAt).arrayBuffer());
  for (let at = tail.byteLength - 22; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END) continue;
    const end = { count: tail.getUint16(at + 10, true), size: tail.getUint32(at + 12, true), offset: tail.getUint32(at + 16, true) };
    if (at < 20 || tail.getUint32(at - 20, true) !== LOCATOR_64) return end;
    const at64 = Number(tail.getBigUint64(at - 12, true));
    const wide = new DataView(await blob.slice(at64, at64 + 56).arrayBuffer());
    if (wide.byteLength < 56 || wide.getUint32(0, true) !== END_64) throw damaged('Its ZIP64 directory is missing');
    return {
      count: Number(wide.getBigUint64(32, true)),
      size: Number(wide.getBigUint64(40, true)),
      offset: Number(wide.getBigUint64(48, true)),
    };
  }
  throw damaged('It has no directory at its end');
}

/** Takes 64-bit sizes from the extra field where the entry's own are full. */
function widen(entry: ZipEntry, extra: DataView): void {
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const length = extra.getUint16(at + 2, true);
    if (extra.getUint16(at, true) === 1) {
      let from = at + 4;
      const next = () => {
        from += 8;
        if (from > at + 4 + length || from > extra.byteLength) throw damaged('A ZIP64 field is too short');
        return Number(extra.getBigUint64(from - 8, true));
      };
      if (entry.size === 0xffffffff) entry.size = next();
      if (entry.packed === 0xffffffff) entry.packed = next();
      if (entry.offset === 0xffffffff) entry.offset = next();
    }
    at += 4 + length;
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Unpacks one entry.
 * @param most stop after this many bytes, without looking at the checksum
 * @throws DataError when it is encrypted, packed by another method than deflate, damaged, or larger than it says */
export async function unzip(blob: Blob, entry: ZipEntry, most = Number.POSITIVE_INFINITY): Promise<Blob> {
  if (entry.encrypted) throw new DataError('It is encrypted. Unpack the archive with its password and drop the folder.');
  if (entry.method !== 0 && entry.method !== 8) {
    const name = METHODS[entry.method] ?? `method ${entry.method}`;
    throw new DataError(`It is packed by ${name}, which this lab does not unpack. Unpack the archive and drop the folder.`);
  }
  if (entry.size > MOST_ENTRY_BYTES)
    throw new DataError(`It unpacks to ${megabytes(entry.size)}, more than a browser can hold. Unpack the archive and drop the folder.`);
  const local = new DataView(await blob.slice(entry.offset, entry.offset + 30).arrayBuffer());
  if (local.byteLength < 30 || local.getUint32(0, true) !== LOCAL) throw damaged('Its place in the archive holds something else');
  const start = entry.offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  if (start + entry.packed > blob.size) throw damaged('It reaches past the end of the archive');
  const packed = blob.slice(start, start + entry.packed);
  const pair = new DecompressionStream('deflate-raw') as ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>;
  const stream = entry.method === 0 ? packed.stream() : packed.stream().pipeThrough(pair);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  let crc = 0;
  try {
    for await (const chunk of chunksOf(stream)) {
      size += chunk.length;
      if (size > entry.size) throw damaged(`It unpacks to more than the ${megabytes(entry.size)} that the archive says`);
      crc = crc32(chunk, crc);
      parts.push(chunk as Uint8Array<ArrayBuffer>);
      if (size >= most) return new Blob(parts).slice(0, most);
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw damaged('Its packed data breaks off');
  }
  if (size !== entry.size || crc !== entry.crc) throw damaged('Its size or checksum is not what the archive says');
  return new Blob(parts);
}
