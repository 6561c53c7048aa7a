/** TAR archives: ustar, with the long names of pax and GNU. Packed ones (`.tar.gz`) are unpacked as a whole, since they have no directory. */
import { ByteSource } from './bytes';
import { DataError, megabytes } from './errors';

const BLOCK = 512;
/** Of a packed archive, which is held in memory. */
const MOST_UNPACKED_BYTES = 2 ** 31;
const MOST_NAME_BYTES = 64 * 1024;

/** @param head the first 512 bytes or more, unpacked */
export function isTar(head: Uint8Array): boolean {
  return head.length >= BLOCK && String.fromCharCode(...head.subarray(257, 262)) === 'ustar' && checksumHolds(head.subarray(0, BLOCK));
}

/** The files in an archive, folders and links left out.
 * @param keep by path and first bytes, whether a file of a packed archive is worth holding in memory; `file` is null where it is not
 * @throws DataError where it is damaged or cut short, or unpacks to more than memory holds; files before that place have been yielded */
export async function* tarFiles(
  blob: Blob,
  keep: (path: string, head: Uint8Array) => boolean,
): AsyncGenerator<{ path: string; size: number; file: Blob | null; head: Uint8Array }, void, void> {
  const source = await ByteSource.open(blob);
  const inPlace = source.packing === 'none';
  let at = 0;
  let longName: string | null = null;
  let held = 0;
  try {
    for (;;) {
      const header = new Uint8Array(BLOCK);
      const got = await source.fill(header);
      at += got;
      if (got === 0 || (got === BLOCK && header.every((b) => b === 0))) break;
      if (got < BLOCK || !checksumHolds(header))
        throw new DataError(`The archive is damaged or cut short at byte ${at - got}. Copy or download it again.`);
      const size = sizeOf(header);
      const type = String.fromCharCode(header[156]);
      const padded = Math.ceil(size / BLOCK) * BLOCK;
      const isName = type === 'L' || type === 'x';
      if (isName && size > MOST_NAME_BYTES) throw new DataError(`The archive holds a name of ${megabytes(size)}: it is damaged.`);
      const isFile = type === '0' || type === '\0' || type === '7';
      if (size > source.most) throw new DataError(`The archive claims a file of ${megabytes(size)}, more than it can hold: it is damaged.`);
      const cut = (place: number) => new DataError(`The archive breaks off inside a file, at byte ${place}. Copy or download it again.`);
      if (isFile && inPlace) {
        if (at + size > blob.size) throw cut(blob.size);
        const file = blob.slice(at, at + size);
        yield { path: longName ?? nameOf(header), size, file, head: new Uint8Array(await file.slice(0, BLOCK).arrayBuffer()) };
        await source.skip(padded);
      } else if (isFile || isName) {
        const head = new Uint8Array(Math.min(size, isName ? size : BLOCK));
        let filled = await source.fill(head);
        const path = longName ?? nameOf(header);
        const kept = isFile && keep(path, head);
        if (kept) {
          held += size;
          if (held > MOST_UNPACKED_BYTES)
            throw new DataError(`It unpacks to more than ${megabytes(MOST_UNPACKED_BYTES)}. Unpack it and drop the folder.`);
        }
        const rest = new Uint8Array(kept ? size - filled : 0);
        filled += await source.fill(rest);
        filled += await source.skip(padded - filled);
        if (filled < size) throw cut(at + filled);
        if (isName) longName = type === 'L' ? textOf(head) : (paxPath(head) ?? longName);
        else yield { path, size, file: kept ? new Blob([head, rest]) : null, head };
      } else await source.skip(padded);
      at += padded;
      if (!isName) longName = null;
    }
    await source.drain();
  } finally {
    await source.close();
  }
}

/** The header's sum of bytes, with the checksum's own place counted as spaces. */
function checksumHolds(head: Uint8Array): boolean {
  const stated = Number.parseInt(textOf(head.subarray(148, 156)).trim(), 8);
  const sum = head.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  return stated === sum;
}

function sizeOf(head: Uint8Array): number {
  const field = head.subarray(124, 136);
  // GNU's binary sizes have the first bit set.
  const size = field[0] & 0x80 ? field.subarray(1).reduce((n, b) => n * 256 + b, 0) : Number.parseInt(textOf(field).trim() || '0', 8);
  if (!Number.isSafeInteger(size) || size < 0) throw new DataError('The archive gives a file an impossible size: it is damaged.');
  return size;
}

function nameOf(head: Uint8Array): string {
  const prefix = textOf(head.subarray(345, 500));
  const name = textOf(head.subarray(0, 100));
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Text up to the first NUL. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** pax records are `LENGTH key=value\n`. */
function paxPath(data: Uint8Array): string | null {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(new TextDecoder().decode(data))?.[1] ?? null;
}
