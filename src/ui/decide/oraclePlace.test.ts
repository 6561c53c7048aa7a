import { expect, it } from 'vitest';
import { CAPTION, oraclePlace, WORDS } from './oraclePlace';

/** What a text covers, from its anchor. */
const span = (at: number, anchor: 'start' | 'end', length: number): [number, number] =>
  anchor === 'start' ? [at, at + length] : [at - length, at];

it.each([300, 420, 640, 690, 1200])('over a strip of %i pixels nothing crosses an edge or another text', (width) => {
  const faults: string[] = [];
  for (let x = 0; x <= width; x += 5)
    for (let handle = 0; handle <= width; handle += 5) {
      const { words, caption } = oraclePlace(x, handle, width);
      const [from, to] = span(x, words, WORDS);
      const named = span(caption === 'end' ? width : 0, caption, CAPTION);
      if (from < 0 || to > width || (from < named[1] && to > named[0])) faults.push(`${x}, handle ${handle}: ${from}–${to}, ${named}`);
    }
  expect(faults).toEqual([]);
});

it('turns its words away from the handle’s line where there is room', () => {
  expect(oraclePlace(400, 420, 690)).toEqual({ words: 'end', caption: 'start' });
  expect(oraclePlace(400, 380, 690)).toEqual({ words: 'start', caption: 'start' });
  expect(oraclePlace(20, 40, 690)).toEqual({ words: 'start', caption: 'end' });
  expect(oraclePlace(680, 660, 690)).toEqual({ words: 'end', caption: 'start' });
});
