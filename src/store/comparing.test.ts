import { describe, expect, it } from 'vitest';
import { LEVELS } from '../core/cut';
import { byteOfShare, healthyShares, repeatedRuns, sameData, spreadOf, underCursor } from './comparing';
import type { Row } from './shelf';

const row = (id: string, seed: number, data = 'd', auc: number | null = 0.5, training = 't') =>
  ({ id, record: { run: id, model: 'vae', params: { a: 1, b: 2 }, seed, training }, scores: { scorer: 's', smooth: true, data, metrics: { imageAuc: auc }, dice: { mean: auc, sd: 0 } } }) as unknown as Row; // biome-ignore format: one line

describe('rows', () => {
  it('share a chart only on the same known data', () => {
    expect(sameData(row('a', 0), row('b', 1))).toBe(true);
    expect(sameData(row('a', 0), row('b', 1, 'other'))).toBe(false);
    expect(sameData(row('a', 0, ''), row('b', 1, ''))).toBe(false);
  });

  it('are repeats only where the seed alone differs', () => {
    const rows = [row('a', 0, 'd', 0.4), row('b', 1, 'd', 0.6), row('c', 2, 'd', 0.8), row('x', 3, 'd', 0.9, 'other'), row('y', 0, 'e')];
    const [group, ...more] = repeatedRuns(rows);
    expect(more).toEqual([]);
    expect(group.seeds).toEqual([0, 1, 2]);
    expect(group.auc?.mean).toBeCloseTo(0.6, 12);
    expect(group.auc?.sd).toBeCloseTo(0.2, 12);
    expect(repeatedRuns([row('a', 0), row('b', 0)])).toEqual([]);
  });

  it('have no spread where a number is missing', () => {
    expect(spreadOf([0.5, null])).toBeNull();
    expect(spreadOf([0.5])).toBeNull();
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

  it('is in or out of the cut', () => {
    const scores = { maps: Uint16Array.of(0, 11), healthy, lo: 0, hi: LEVELS - 1 } as never;
    expect(underCursor(scores, 1, 11)).toEqual({ raw: 11, healthy: expect.closeTo(0.99, 9), flagged: true });
    expect(underCursor(scores, 0, 11).flagged).toBe(false);
    expect(underCursor(scores, 0, null).flagged).toBeNull();
  });
});
