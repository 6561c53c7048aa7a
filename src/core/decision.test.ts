import { describe, expect, it } from 'vitest';
import { LEVELS, quantise } from './cut';
import { cleanUpWords, flagsOf } from './decision';
import { type CleanUp, NO_CLEAN_UP } from './morphology';
import { flaggedFrom, type Side } from './side';

describe('what a cut flags', () => {
  it.each<Side>(['bright', 'dark'])('names the very pixels that the codes flag, %s', (side) => {
    const [lo, hi] = [-1.25, 3.5];
    const scores = Float32Array.from({ length: 2000 }, (_, i) => -1.5 + (5.5 * i) / 1999);
    const codes = quantise(scores, lo, hi);
    for (const level of [0, 1, 2, 700, LEVELS - 2, LEVELS - 1]) {
      const [low, high] = flaggedFrom(side, level);
      const flags = flagsOf(side, level, lo, hi);
      const said = (score: number) => flags === null || (flags.relation === '≥' ? score >= flags.score : score < flags.score);
      for (const [i, code] of codes.entries()) expect(said(scores[i]), `${side} ${level} ${scores[i]}`).toBe(code >= low && code <= high);
    }
  });
});

describe('clean-up in words', () => {
  const all: CleanUp = { opening: 3, closing: 5, order: 'close-open', minimum: 12, fillHoles: true, space: 'volume' };
  it.each<[CleanUp, string]>([
    [NO_CLEAN_UP, 'none'],
    [{ ...NO_CLEAN_UP, minimum: 1 }, 'none'],
    [
      all,
      'closing with 5 × 5 pixels, opening with 3 × 3 pixels, holes filled in plane, regions of fewer than 12 voxels of a volume (26 neighbours) removed',
    ],
    [{ ...NO_CLEAN_UP, minimum: 4 }, 'regions of fewer than 4 pixels of a slice (8 neighbours) removed'],
  ])('says the steps in their order', (cleanUp, words) => expect(cleanUpWords(cleanUp)).toBe(words));
});
