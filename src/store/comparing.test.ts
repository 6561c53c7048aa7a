import { describe, expect, it } from 'vitest';
import { buildTables, LEVELS, scoreOf } from '../core/cut';
import { cleanVolume, NO_CLEAN_UP } from '../core/morphology';
import type { Scores } from '../core/runs';
import {
  byteOfShare,
  chosenWith,
  diceAtBest,
  healthyShares,
  maskOf,
  placed,
  repeatedRuns,
  rowNumbers,
  sameData,
  spreadOf,
  USUAL_CUT,
  underCursor,
} from './comparing';
import type { OwnCut, Row } from './shelf';

const row = (id: string, seed: number, data = 'd', auc: number | null = 0.5, training = 't', update = 9) =>
  ({ id, record: { run: id, model: 'vae', params: { a: 1, b: 2 }, seed, training, update }, scores: { scorer: 's', smooth: true, data, metrics: { imageAuc: auc }, dice: { mean: auc, sd: 0 } } }) as unknown as Row; // biome-ignore format: one line

describe('rows', () => {
  it('share a chart only on the same known data', () => {
    expect(sameData(row('a', 0), row('b', 1))).toBe(true);
    expect(sameData(row('a', 0), row('b', 1, 'other'))).toBe(false);
    expect(sameData(row('a', 0, ''), row('b', 1, ''))).toBe(false);
  });

  it('are repeats only where the seed alone differs', () => {
    const rows = [
      row('a', 0, 'd', 0.4),
      row('b', 1, 'd', 0.6),
      row('c', 2, 'd', 0.8),
      row('x', 3, 'd', 0.9, 'other'),
      row('y', 0, 'e'),
      row('short', 4, 'd', 0.1, 't', 5),
    ];
    const [group, ...more] = repeatedRuns(rows);
    expect(more).toEqual([]);
    expect(group.seeds).toEqual([0, 1, 2]);
    expect(group.auc?.mean).toBeCloseTo(0.6, 12);
    expect(group.auc?.sd).toBeCloseTo(0.2, 12);
    expect(group.problem).toBeNull();
    const bad = row('b', 1);
    bad.scores!.dice!.problem = 'The mask is empty.';
    expect(repeatedRuns([row('a', 0), bad])[0].problem).toBe('The mask is empty.');
    expect(repeatedRuns([row('a', 0), row('b', 0)])).toEqual([]);
  });

  it('that are compared take in a run that is opened', () => {
    const rows = [...'abcde'].map((id, seed) => row(id, seed));
    const other = row('o', 0, 'other');
    const bare = { ...row('n', 0), scores: null };
    const all = [...rows, other, bare];
    expect(chosenWith(all, ['a', 'c'], 'c'), 'as it is among them').toEqual(['a', 'c']);
    expect(chosenWith(all, ['a', 'b'], 'e'), 'beside them').toEqual(['a', 'b', 'e']);
    expect(chosenWith(all, ['d', 'b', 'a', 'c'], 'e'), 'in place of the first').toEqual(['b', 'a', 'c', 'e']);
    expect(chosenWith(all, ['a', 'b'], 'o'), 'in place of those it has nothing in common with').toEqual(['o']);
    expect(chosenWith(all, ['a'], 'n'), 'not without scores').toEqual(['a']);
    expect(chosenWith(rows, [], 'e'), 'before any were chosen').toEqual(['b', 'c', 'd', 'e']);
    expect(chosenWith(rows, [], 'a')).toEqual(['c', 'd', 'e', 'a']);
  });

  it('have no spread where a number is missing', () => {
    expect(spreadOf([0.5, null])).toBeNull();
    expect(spreadOf([0.5])).toBeNull();
  });
});

describe('a row whose low scores are anomalous', () => {
  const codes = Uint16Array.from({ length: 32 }, (_, i) => (i * 997) % LEVELS);
  const truths = Uint8Array.from(codes, (code, i) => Number(code < 1500 && i % 3 > 0));
  const scoresBy = (maps: Uint16Array) =>
    ({ maps, tables: buildTables(maps, truths, [true, true], 16), healthy: new Uint32Array(LEVELS), lo: 0, hi: 1, mapless: false, metrics: { imageAuc: 0.2, imageAucCi95: [0.1, 0.4], pixelAuroc: 0.05 } }) as unknown as Scores; // biome-ignore format: one line
  const scores = scoresBy(codes);
  const dark = (id: string, seed: number): Row => ({ ...row(id, seed, 'd', 0.2), cut: { ...USUAL_CUT, side: 'dark' } });

  it('has the numbers of negated scores once its counts are read, and its ranks before', () => {
    const numbers = rowNumbers(dark('a', 0), scores)!;
    const negated = diceAtBest(scoresBy(codes.map((code) => LEVELS - 1 - code)))!;
    expect(numbers.dice).toEqual(negated);
    expect(numbers.dice!.mean).toBeGreaterThan(diceAtBest(scores)!.mean!);
    expect([numbers.side, numbers.metrics.imageAuc, numbers.metrics.pixelAuroc]).toEqual(['dark', 0.8, 0.95]);
    expect(rowNumbers(dark('a', 0), undefined)).toMatchObject({ metrics: { imageAuc: 0.8, bestDice: null }, dice: null });
    expect(rowNumbers(row('a', 0), scores)).toMatchObject({ side: 'bright', metrics: { imageAuc: 0.5 } });
  });

  it('is averaged with rows of its own side alone', () => {
    const rows = [row('a', 0, 'd', 0.4), dark('b', 1), dark('c', 2)];
    const [group, ...more] = repeatedRuns(rows, { b: scores, c: scores });
    expect(more).toEqual([]);
    expect([group.seeds, group.auc?.mean]).toEqual([[1, 2], 0.8]);
  });
});

describe('a raw score', () => {
  const healthy = new Uint32Array(LEVELS);
  healthy[0] = 900;
  healthy[10] = 90;
  healthy[20] = 10;

  it('becomes a share of healthy pixels', () => {
    const shares = healthyShares(healthy)!;
    expect([shares[0], shares[1], shares[10], shares[11], shares[21]].map((v) => Number(v.toFixed(9)))).toEqual([0, 0.9, 0.9, 0.99, 1]);
    expect(healthyShares(new Uint32Array(LEVELS))).toBeNull();
    expect([0, 0.9, 0.99, 0.999, 1].map(byteOfShare)).toEqual([0, 85, 170, 255, 255]);
  });
});

describe('the cut of a run', () => {
  const [n, side] = [3, 8];
  const size = side * side;
  const unit = (i: number) => (Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 32;
  const maps = Uint16Array.from({ length: n * size }, (_, i) => Math.floor(unit(i) * LEVELS));
  const truths = maps.map((code, i) => Number(code > 3500 && i < 2 * size));
  const masked = [true, true, true];
  const slices = [0, 1, 2].map((index) => ({ volume: 'v', index, masked: true }));
  const healthy = Uint32Array.from({ length: LEVELS }, (_, code) => Number(code < 2000));
  const tables = buildTables(maps, Uint8Array.from(truths), masked, size);
  const scores = {
    maps,
    tables,
    healthy,
    lo: -1,
    hi: 3,
    height: side,
    width: side,
    slices,
    mapless: false,
    metrics: {},
  } as unknown as Scores;
  const own = (part: Partial<OwnCut>): OwnCut => ({ ...USUAL_CUT, by: 'hand', level: 1000, ...part });
  const flagged = (mask: Uint8Array | null) => [...(mask ?? [])].flatMap((v, i) => (v > 0 ? [i] : []));

  it('follows its rule, on its side', () => {
    expect(placed({}, scores)).toMatchObject({ by: 'bestDice', side: 'bright', level: lowest(3500) });
    const dark = placed({ cut: own({ by: 'healthy', side: 'dark' }) }, scores);
    // 1 % of the 2,000 healthy codes 0 … 1,999 are the 20 lowest.
    expect(flagged(maskOf(dark, 0))).toEqual([...maps.subarray(0, size)].flatMap((code, i) => (code < 20 ? [i] : [])));
    expect(placed({ cut: own({ by: 'decided' }) }, scores).level).toBeNull();
    const decided = { side: 'dark', level: 9, cleanUp: { ...NO_CLEAN_UP, minimum: 3 } } as const;
    expect(placed({ cut: own({ by: 'decided' }), decided }, scores)).toMatchObject(decided);
  });

  /** The lowest code above `code`: where a cut loses nothing. */
  function lowest(code: number): number {
    return Math.min(...maps.subarray(0, 2 * size).filter((one) => one > code));
  }

  it('flags high or low scores, and cleans masks in a slice or through the volume', () => {
    const bright = [...maps.subarray(size, 2 * size)].flatMap((code, i) => (code >= 1000 ? [i] : []));
    expect(flagged(maskOf(placed({ cut: own({}) }, scores), 1))).toEqual(bright);
    const low = [...maps.subarray(size, 2 * size)].flatMap((code, i) => (code <= LEVELS - 1 - 1000 ? [i] : []));
    expect(flagged(maskOf(placed({ cut: own({ side: 'dark' }) }, scores), 1))).toEqual(low);
    for (const space of ['slice', 'volume'] as const) {
      const cleanUp = { ...NO_CLEAN_UP, minimum: 4, opening: 3 as const, space };
      const raw = [0, 1, 2].map((i) => Uint8Array.from(maps.subarray(i * size, (i + 1) * size), (code) => Number(code >= 1000)));
      const expected = space === 'volume' ? cleanVolume(raw, side, side, cleanUp)[1] : cleanVolume([raw[1]], side, side, cleanUp)[0];
      expect(maskOf(placed({ cut: own({ cleanUp }) }, scores), 1)).toEqual(expected);
    }
    expect(maskOf(placed({ cut: own({}) }, { ...scores, maps: null }), 1)).toBeNull();
  });

  it('says a pixel’s raw score on either side, and how it lies among healthy ones', () => {
    const pixel = 5;
    const raw = scoreOf(maps[size + pixel], -1, 3);
    const above = maps[size + pixel];
    const bright = placed({ cut: own({}) }, scores);
    const mask = maskOf(bright, 1);
    expect(underCursor(bright, 1, pixel, mask)).toEqual({
      raw,
      healthy: expect.closeTo(Math.min(above, 2000) / 2000, 9),
      flagged: above >= 1000,
    });
    const dark = placed({ cut: own({ side: 'dark' }) }, scores);
    const under = underCursor(dark, 1, pixel, null);
    expect(under?.raw).toBeCloseTo(raw, 9);
    expect(under?.healthy).toBeCloseTo(Math.max(0, 1999 - above) / 2000, 9);
    expect(under?.flagged).toBeNull();
  });
});
