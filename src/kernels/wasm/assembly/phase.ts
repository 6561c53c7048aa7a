/**
 * A phase: the pixels of an output grid that read their source through the same taps. A convolution has one; its input gradient has one
 * for each remainder of a pixel's position by the stride. In memory, i32 each:
 */
/** Rows and columns of the grid, and the output row and column of its first pixel. */
export const ROWS: usize = 0;
export const COLUMNS: usize = 4;
export const TOP: usize = 8;
export const LEFT: usize = 12;
/** Pixels over the whole batch. */
export const PIXELS: usize = 16;
/** Taps, and the address of their list: source row offset, source column offset, index of the tap in the factor. */
export const TAPS: usize = 20;
export const LIST: usize = 24;
/** Taps × channels of the source. */
export const DEPTH: usize = 28;
/** Address of the packed factor. */
export const FACTOR: usize = 32;
/** First chunk of the packing job and of the product. */
export const PACK: usize = 36;
export const CHUNK: usize = 40;
/** Floats of taps beside each other, whose list then is in rows of so many, from above to below and left to right; 0 where it is not. */
export const RUN: usize = 44;
export const SIZE: usize = 48;

/** The phase that holds a chunk: the last one whose first chunk is not beyond it. */
export function find(phases: usize, count: i32, chunk: i32, first: usize): usize {
  let at = phases + <usize>(count - 1) * SIZE;
  while (load<i32>(at + first) > chunk) at -= SIZE;
  return at;
}

@inline
export function tapIndex(at: usize, tap: i32): i32 {
  return load<i32>(<usize>load<u32>(at, LIST) + <usize>(tap * 12), 8);
}

/** From one row of so many taps to the next, in rows of the source. */
@inline
export function rowStep(at: usize, taps: i32): i32 {
  const list = <usize>load<u32>(at, LIST);
  return taps < load<i32>(at, TAPS) ? load<i32>(list + <usize>(taps * 12)) - load<i32>(list) : 0;
}
