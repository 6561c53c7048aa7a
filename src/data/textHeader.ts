/** The line-by-line headers of NRRD and MetaImage. */
import { DataError } from './errors';

/** Longer than any header of lines that a program wrote. */
export const MOST_HEADER_BYTES = 64 * 1024;

/** Lines from the start of a file up to the one that `isLast` names (which is included), and where the data behind it begins. */
export async function headerLines(blob: Blob, isLast: (line: string) => boolean): Promise<{ lines: string[]; end: number }> {
  const bytes = new Uint8Array(await blob.slice(0, MOST_HEADER_BYTES).arrayBuffer());
  const lines: string[] = [];
  let start = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 10) continue;
    const line = textOf(bytes.subarray(start, at)).replace(/\r$/, '');
    lines.push(line);
    start = at + 1;
    if (isLast(line)) return { lines, end: start };
  }
  if (bytes.length === MOST_HEADER_BYTES)
    throw new DataError(`Its header does not end within ${MOST_HEADER_BYTES} bytes: the file is damaged.`);
  if (start < bytes.length) lines.push(textOf(bytes.subarray(start)).replace(/\r$/, ''));
  return { lines, end: bytes.length };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}

/** @throws DataError naming the field when a part is no number */
export function numbersOf(text: string, field: string): number[] {
  const numbers = text
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  if (numbers.some((n) => !Number.isFinite(n)))
    throw new DataError(`Its header gives "${field}: ${text.slice(0, 80)}", which are not numbers: the header is damaged.`);
  return numbers;
}

/** @throws DataError unless every size is a whole number from 1 */
export function assertSizes(sizes: readonly number[], field: string): void {
  if (sizes.length > 0 && sizes.length <= 16 && sizes.every((n) => Number.isSafeInteger(n) && n >= 1)) return;
  throw new DataError(`Its header gives impossible sizes (${field}: ${sizes.slice(0, 16).join(' ')}): the header is damaged.`);
}
