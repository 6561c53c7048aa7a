/** The preamble's mark. It is looked for first: the 128 bytes before it may be those of a TIFF (PS3.10 7.1). */
export function isDicom(head: Uint8Array): boolean {
  return String.fromCharCode(...head.subarray(128, 132)) === 'DICM';
}

/** A data set without preamble: it begins with group 2 or 8, little-endian. */
export function isBareDicom(head: Uint8Array): boolean {
  return (head[0] === 2 || head[0] === 8) && head[1] === 0 && head[3] === 0 && head.length > 8 && (head[0] === 8 || head[2] === 0);
}
