/** A 16 × 8 grey JPEG for the tests: the left half 0, the right half 255. One DC coefficient a block, written out by hand. */
export function tinyJpeg(): Uint8Array<ArrayBuffer> {
  const segment = (marker: number, ...body: number[]) => [0xff, marker, 0, body.length + 2, ...body];
  const oneCode = [1, ...Array(15).fill(0)];
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...segment(0xdb, 0, ...Array(64).fill(8)),
    ...segment(0xc0, 8, 0, 8, 0, 16, 1, 1, 0x11, 0),
    ...segment(0xc4, 0x00, ...oneCode, 8),
    ...segment(0xc4, 0x10, ...oneCode, 0),
    ...segment(0xda, 1, 1, 0x00, 0, 63, 0),
    ...[0x3f, 0x9f, 0xef],
    ...[0xff, 0xd9],
  ]);
}
