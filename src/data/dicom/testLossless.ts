/** A lossless JPEG encoder for the tests (T.81 Annex H), written from the standard: one table with a code for every length of difference. */

/** @param samples height × width × channels, interleaved */
export function encodeLossless(
  samples: ArrayLike<number>,
  {
    width,
    height,
    channels,
    bits,
    predictor,
    restart = 0,
  }: { width: number; height: number; channels: number; bits: number; predictor: number; restart?: number },
): Uint8Array<ArrayBuffer> {
  const out: number[] = [0xff, 0xd8];
  const segment = (marker: number, body: number[]) => out.push(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body);
  const ids = Array.from({ length: channels }, (_, c) => c + 1);
  segment(0xc3, [bits, height >> 8, height & 255, width >> 8, width & 255, channels, ...ids.flatMap((id) => [id, 0x11, 0])]);
  // Seventeen values as codes of five bits each: 00000 to 10000.
  segment(0xc4, [0, 0, 0, 0, 0, 17, ...Array(11).fill(0), ...Array.from({ length: 17 }, (_, i) => i)]);
  if (restart) segment(0xdd, [restart >> 8, restart & 255]);
  segment(0xda, [channels, ...ids.flatMap((id) => [id, 0]), predictor, 0, 0]);
  let held = 0;
  let count = 0;
  const put = (value: number, length: number) => {
    for (let b = length - 1; b >= 0; b--) {
      held = (held << 1) | ((value >> b) & 1);
      if (++count < 8) continue;
      out.push(held);
      if (held === 0xff) out.push(0);
      held = 0;
      count = 0;
    }
  };
  const flush = () => {
    while (count !== 0) put(1, 1);
  };
  const at = (x: number, y: number, c: number) => samples[(y * width + x) * channels + c];
  let firstRow = 0;
  for (let y = 0, n = 0; y < height; y++) {
    for (let x = 0; x < width; x++, n++) {
      if (restart && n > 0 && n % restart === 0) {
        flush();
        out.push(0xff, 0xd0 | ((n / restart - 1) & 7));
        firstRow = y;
      }
      for (let c = 0; c < channels; c++) {
        const [a, b, d] = [
          x > 0 ? at(x - 1, y, c) : 0,
          y > firstRow ? at(x, y - 1, c) : 0,
          x > 0 && y > firstRow ? at(x - 1, y - 1, c) : 0,
        ];
        const general = [0, a, b, d, a + b - d, a + ((b - d) >> 1), b + ((a - d) >> 1), (a + b) >> 1][predictor];
        const predicted = y === firstRow ? (x === 0 ? 1 << (bits - 1) : a) : x === 0 ? b : general;
        const difference = ((at(x, y, c) - predicted) << 16) >> 16;
        const size = difference === -32768 ? 16 : 32 - Math.clz32(Math.abs(difference));
        put(size, 5);
        if (size < 16) put(difference < 0 ? difference + (1 << size) - 1 : difference, size);
      }
    }
  }
  flush();
  out.push(0xff, 0xd9);
  return Uint8Array.from(out);
}
