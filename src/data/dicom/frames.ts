/** Encapsulated pixel data: which fragments make which frame. PS3.5 A.4. */
import type { DataSet } from 'dicom-parser';
import { DataError } from '../errors';

/** @returns the packed bytes of each frame
 * @throws DataError when the fragments do not add up to the frames of the header */
export function packedFrames(dataSet: DataSet, count: number): Uint8Array[] {
  const element = dataSet.elements.x7fe00010;
  const bytes = dataSet.byteArray as Uint8Array;
  const fragments = element.fragments ?? [];
  const whole = (list: typeof fragments) => {
    const parts = list.map(({ position, length }) => bytes.subarray(position, position + length));
    if (parts.length === 1) return parts[0];
    const joined = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  };
  if (fragments.some(({ position, length }) => position + length > bytes.length)) throw wrong(count, 'the file is cut short');
  if (fragments.length === 0) throw wrong(count, 'there are none');
  if (count === 1) return [whole(fragments)];
  if (fragments.length === count) return fragments.map((fragment) => whole([fragment]));

  const table = element.basicOffsetTable ?? [];
  const starts =
    table.length === count ? table : fragments.filter(({ position }) => startsFrame(bytes, position)).map(({ offset }) => offset);
  if (starts.length !== count) throw wrong(count, `${fragments.length} pieces cannot be told apart`);
  return starts.map((start, i) => {
    const own = fragments.filter(({ offset }) => offset >= start && (i + 1 === count || offset < starts[i + 1]));
    if (own.length === 0) throw wrong(count, `frame ${i + 1} has no data`);
    return whole(own);
  });
}

function wrong(count: number, why: string): DataError {
  return new DataError(`Its header promises ${count} packed frames, but ${why}: the file is damaged. Export it again.`);
}

/** JPEG's and JPEG-LS's start of image, or JPEG 2000's start of codestream. */
function startsFrame(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xff && (bytes[at + 1] === 0xd8 || (bytes[at + 1] === 0x4f && bytes[at + 2] === 0xff && bytes[at + 3] === 0x51));
}
