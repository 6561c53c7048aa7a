/** Room for the caption of the strip, and for the oracle's words with their distance from its mark; pixels. */
export const CAPTION = 108;
export const WORDS = 80;
const MARK = 6;

/** As of `textAnchor`: 'start' reads to the right of its place, 'end' to the left. */
type Anchor = 'start' | 'end';

/**
 * Where texts over the strip stand, so that none crosses another, an edge, or the line of the handle where there is a choice.
 * @param x of the oracle's mark, from 0 to `width`
 * @param handle of the threshold's line, on the same axis
 */
export function oraclePlace(x: number, handle: number, width: number): { words: Anchor; caption: Anchor } {
  const crosses = (from: number) => handle > from && handle < from + WORDS;
  const [fitsRight, fitsLeft] = [x + WORDS <= width, x - WORDS >= 0];
  const words = !fitsRight || (fitsLeft && crosses(x) && !crosses(x - WORDS)) ? 'end' : 'start';
  return { words, caption: x - (words === 'end' ? WORDS : MARK) >= CAPTION ? 'start' : 'end' };
}
