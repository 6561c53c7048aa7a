/**
 * The second half of an input gradient with few channels: every source pixel's products with all taps, added up where they fall.
 *
 * Arguments: 0 products [n, 1 h, 2 w, taps · channels], 3 target [n, 4 height, 5 width, 6 channels], 7 8 taps down and across, 9 10 stride,
 * 11 12 padding above and on the left, 13 lines of the target in all, 14 lines a chunk.
 * One chunk: so many lines.
 */
export function foldTaps(chunk: i32, args: usize): void {
  const perChunk = load<i32>(args, 56);
  const end = min(load<i32>(args, 52), (chunk + 1) * perChunk);
  for (let line = chunk * perChunk; line < end; line++) foldLine(line, args);
}

function foldLine(line: i32, args: usize): void {
  const h = load<i32>(args, 4);
  const w = load<i32>(args, 8);
  const height = load<i32>(args, 16);
  const width = load<i32>(args, 20);
  const channels = load<i32>(args, 24);
  const down = load<i32>(args, 28);
  const across = load<i32>(args, 32);
  const strideDown = load<i32>(args, 36);
  const strideAcross = load<i32>(args, 40);
  const pixel = <usize>(down * across * channels) << 2;
  // The first tap that reads this line reads source line i; every `strideDown`-th one after it the line before.
  const y = (line % height) + load<i32>(args, 44);
  const i = y / strideDown;
  const a = y % strideDown;
  const skip = max(0, i - h + 1);
  const rows = min(i + 1, (down - a + strideDown - 1) / strideDown) - skip;
  const nextRow = (<usize>(strideDown * across * channels) << 2) - pixel * <usize>w;
  const nextTap = (<usize>(strideAcross * channels) << 2) - pixel;
  const firstRow =
    <usize>load<u32>(args) +
    pixel * <usize>(((line / height) * h + i - skip) * w) +
    (<usize>((a + skip * strideDown) * across * channels) << 2);
  const to = <usize>load<u32>(args, 12) + (<usize>(line * width * channels) << 2);
  const jump = <usize>(strideAcross * channels) << 2;
  for (let phase = 0; phase < min(strideAcross, width); phase++) {
    const x = phase + load<i32>(args, 48);
    const b = x % strideAcross;
    const all = (across - b + strideAcross - 1) / strideAcross;
    let j = x / strideAcross;
    let at = to + (<usize>(phase * channels) << 2);
    const last = j + (width - phase + strideAcross - 1) / strideAcross;
    while (j < last) {
      // Pixels with the same taps: one by one at the edges, all between them at once.
      const past = max(0, j - w + 1);
      const taps = min(j + 1, all) - past;
      const count = past == 0 && taps == all ? min(last, w) - j : 1;
      const first = firstRow + pixel * <usize>(j - past) + (<usize>((b + past * strideAcross) * channels) << 2);
      for (let c: usize = 0; c < <usize>channels << 2; c += 4) {
        if (rows <= 0 || taps <= 0) for (let k = 0; k < count; k++) store<f32>(at + c + <usize>k * jump, 0);
        for (let u = 0; u < rows; u++) addTaps(first + c + <usize>u * nextRow, pixel, taps, nextTap, at + c, jump, count, u > 0);
      }
      at += jump * <usize>count;
      j += count;
    }
  }
}

/** The taps of one source line, to `count` pixels `jump` bytes apart. */
function addTaps(from: usize, pixel: usize, taps: i32, nextTap: usize, to: usize, jump: usize, count: i32, add: bool): void {
  for (; taps > 0; taps--) {
    let f = from;
    let at = to;
    for (let k = 0; k < count; k++) {
      const v = load<f32>(f);
      store<f32>(at, add ? load<f32>(at) + v : v);
      f += pixel;
      at += jump;
    }
    from += nextTap;
    add = true;
  }
}
