/** gzip of any number of members (bgzip, `pigz -i`, `cat a.gz b.gz`): what Chromium's DecompressionStream refuses. */
import { Gunzip } from 'fflate';
import { crc32 } from './crc32';

/** Small pushes bound what one of them can unpack to (about 1032 times as much). */
const PUSH_BYTES = 16 * 1024;
/** Kept from before a push, so that a trailer or header cut by its border is still at hand. */
const CARRY_BYTES = 1024;

/** Yields the unpacked bytes, every member checked by its CRC-32 and length.
 * @throws Error where a member is damaged or cut short */
export async function* gunzipMembers(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  let out: Uint8Array<ArrayBuffer>[] = [];
  let carry = new Uint8Array(0);
  let carryAt = 0;
  let crc = 0;
  let length = 0;
  /** Checks the member that ends where `end` bytes of the file are read. */
  const check = (end: number) => {
    const at = end - 8 - carryAt;
    if (at < 0 || at + 8 > carry.length) throw new Error('a gzip trailer is missing');
    const trailer = new DataView(carry.buffer, carry.byteOffset + at, 8);
    if (trailer.getUint32(0, true) !== crc || trailer.getUint32(4, true) !== length % 2 ** 32)
      throw new Error('a gzip checksum does not match');
    crc = 0;
    length = 0;
  };
  const gunzip = new Gunzip((data) => {
    crc = crc32(data, crc);
    length += data.length;
    out.push(data as Uint8Array<ArrayBuffer>);
  });
  gunzip.onmember = check;
  let read = 0;
  for await (const chunk of packed) {
    for (let at = 0; at < chunk.length; at += PUSH_BYTES) {
      const part = chunk.slice(at, at + PUSH_BYTES);
      const kept = carry.subarray(Math.max(0, carry.length - CARRY_BYTES));
      carryAt = read - kept.length;
      carry = new Uint8Array(kept.length + part.length);
      carry.set(kept);
      carry.set(part, kept.length);
      read += part.length;
      gunzip.push(part);
      yield* out.filter((data) => data.length > 0);
      out = [];
    }
  }
  // A file that breaks off inside a member ends in bytes that are not its checksum.
  check(read);
}
