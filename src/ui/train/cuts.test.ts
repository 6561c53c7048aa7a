import { describe, expect, it } from 'vitest';
import type { Preview } from '../../core/protocol';
import { bandsOf, inBand, overlapOf } from './cutPeaks';
import { findings, gaugeInWords } from './doctor';

const BODY = [0, 0, 60, 120, 180, 240];
type Cuts = { fence?: number[]; wild?: number[]; peaks?: number[]; update?: number };

/** A preview of one picture of six pixels, two of them outside the body. */
const preview = ({ fence = BODY, wild = [0, 0, 0, 0, 0, 255], peaks = [80, 200], update = 100 }: Cuts = {}): Preview =>
  ({
    update,
    peaks,
    rows: Object.entries({ input: BODY, fenceCut: fence, wildCut: wild }).map(([id, pixels]) => ({ id, pixels: Uint8Array.from(pixels) })),
  }) as unknown as Preview;
const ids = (cuts: Cuts, gauge: number | null = 0.5, ended = true) => findings(preview(cuts), gauge, ended).map(({ id }) => id);

describe('the doctor', () => {
  it('finds nothing in a healthy run, and nothing before it has begun', () => {
    expect(ids({})).toEqual([]);
    expect(ids({ update: 3, wild: BODY, peaks: [] }, 0)).toEqual([]);
  });
  it.each([
    ['saturated', {}, 0.001],
    ['blind', {}, 0.999],
    ['emptyFence', { fence: [255, 255, 3, 2, 4, 1] }, 0.5],
    ['emptyWild', { wild: [255, 255, 0, 0, 4, 4] }, 0.5],
    ['copy', { wild: BODY.map((v) => Math.max(0, v - 4)) }, 0.5],
    ['noPeak', { peaks: [80] }, 0.5],
  ] as const)('names %s alone', (id, cuts, gauge) => {
    expect(ids(cuts as Cuts, gauge)).toEqual([id]);
  });
  it('waits for peaks until the run is over, and says nothing of other models', () => {
    expect(ids({ peaks: [] }, null, false)).toEqual([]);
    expect(findings({ ...preview(), rows: [] }, 0, true)).toEqual([]);
  });
  it('says the gauge in words', () => {
    expect([0, 0.1, 0.5, 1].map(gaugeInWords).map((words) => words.split(':')[0])).toEqual([
      'saturated',
      'nearly sure of everything',
      'open',
      'undecided on everything',
    ]);
  });
});

describe('cuts at their peaks', () => {
  const image = Uint8Array.from({ length: 300 }, (_, i) => [10, 11, 12, 100, 101, 102, 200, 201, 202][i % 9]);
  it('fall into bands that hold every pixel once', () => {
    const bands = bandsOf(image);
    expect(bands.map(({ peak }) => Math.abs(peak - 11) < 3 || Math.abs(peak - 101) < 3 || Math.abs(peak - 201) < 3)).toEqual([
      true,
      true,
      true,
    ]);
    const held = bands.map((band) => inBand(image, band));
    image.forEach((_, i) => {
      expect(held.filter((mask) => mask[i] === 255)).toHaveLength(1);
    });
    expect(bands.map(({ from }) => from)).toEqual([0, bands[0].to + 1, bands[1].to + 1]);
    expect(bandsOf(new Uint8Array(0))).toEqual([]);
  });
  it('overlap as Loss_Cw says: by hand', () => {
    const of = (fence: number[], wild: number[]) => overlapOf(Uint8Array.from(fence), Uint8Array.from(wild));
    expect(of([255, 0], [0, 255])).toBe(0);
    expect(of([255, 0], [255, 0])).toBe(1);
    // 0.4 · 0.2 twice over (0.4 + 0.2 + 0.6)
    expect(of([102, 0], [51, 153])).toBeCloseTo((2 * 0.08) / 1.2, 6);
    expect(of([0, 0], [0, 0])).toBeNull();
  });
});
