/** Room for the caption of the strip, whole or short, and for the oracle's words with their distance from its mark; pixels. */
export const CAPTION = 296;
export const SHORT_CAPTION = 108;
export const WORDS = 80;
const MARK = 6;

/** As of `textAnchor`: 'start' reads to the right of its place, 'end' to the left. */
type Anchor = 'start' | 'end';

/**
 * Where texts over the strip stand, so that none crosses another, an edge, or the line of the handle where there is a choice.
 * @param x of the oracle's mark, from 0 to `width`; null without one
 * @param handle of the threshold's line, on the same axis
 */
export function oraclePlace(x: number | null, handle: number, width: number): { words: Anchor; caption: Anchor; whole: boolean } {
  if (x === null) return { words: 'start', caption: 'start', whole: width >= CAPTION };
  const crosses = (from: number) => handle > from && handle < from + WORDS;
  const [fitsRight, fitsLeft] = [x + WORDS <= width, x - WORDS >= 0];
  const words: Anchor = !fitsRight || (fitsLeft && crosses(x) && !crosses(x - WORDS)) ? 'end' : 'start';
  // The caption keeps clear of both sides of the mark, so that it stays where it is when the words change theirs; on a narrow strip of one.
  const both = [x - WORDS, width - x - WORDS];
  const whole = Math.max(...both) >= CAPTION;
  const [before, after] = whole ? both : [x - (words === 'end' ? WORDS : MARK), width - x - (words === 'start' ? WORDS : MARK)];
  return { words, caption: before >= CAPTION || before >= after ? 'start' : 'end', whole };
}
