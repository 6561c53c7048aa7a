import { describe, expect, it } from 'vitest';
import { buildTables } from './cut';
import { bodyShare, maskProblem, problemAt } from './maskProblem';

describe('a mask that is none', () => {
  // Two slices of five pixels, three of them body.
  const images = Uint8Array.of(0, 9, 200, 1, 0, 0, 0, 255, 3, 8);
  const said = (flagged: number) => maskProblem(flagged / images.length, () => bodyShare(images));

  it('is named: of nothing, of the body, of all pixels', () => {
    expect(bodyShare(images)).toBe(0.6);
    expect(said(0)).toContain('The mask is empty on every slice');
    expect(said(6)).toContain('holds 60\u00a0% of all pixels');
    expect(said(10)).toContain('holds 100\u00a0% of all pixels');
  });

  it('a half of the body is a mask, and the body of a small one is not counted', () => {
    expect([1, 3, 5].map(said)).toEqual([null, null, null]);
    expect(
      maskProblem(0.01, () => {
        throw new Error('counted');
      }),
    ).toBeNull();
  });

  it('is named at a level of tables, and without a count of the body only where it is nothing or nearly all', () => {
    const codes = Uint16Array.from(images, (v) => (v > 0 ? 10 + v : 0));
    const tables = buildTables(codes, new Uint8Array(10), [true, true], 5);
    const at = (level: number, body?: number) => problemAt(tables, level, body)?.slice(0, 14) ?? null;
    expect([at(4000, 0.6), at(300), at(11, 0.6), at(11), at(100, 0.6)]).toEqual([
      'The mask is em',
      'The mask is em',
      'The mask holds',
      null,
      null,
    ]);
    expect(at(0)).toBe('The mask holds');
  });
});
