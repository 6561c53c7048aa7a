import { describe, expect, it } from 'vitest';
import { mix32 } from '../core/random';
import { drawPhantom, type PhantomKind, phantomSlices, STANDARD_SETS, setsOf } from './phantom';
import { drawAnatomy } from './phantomAnatomy';
import { Draws } from './phantomDraws';
import { STANDARD, VARIANTS } from './phantomVariants';

describe('draws', () => {
  it('equal the recipe', () => {
    expect(mix32(1)).toBe(1753845952);
    expect(mix32(0x9e3779b1)).toBe(1834104592);
    const one = new Draws(1);
    [0.14063433, 0.46076068, 0.68721524].forEach((u, i) => {
      expect(one.uniform(0, i)).toBeCloseTo(u, 7);
    });
    [-0.06701554, -0.35538836, 1.28427449].forEach((n, i) => {
      expect(one.normal(1, i)).toBeCloseTo(n, 7);
    });
    expect(new Draws(900_000).uniform(10, 5)).toBeCloseTo(0.17188594, 7);
  });

  it('give the anatomy of seed 1', () => {
    const { a, b, level, ventricleScale } = drawAnatomy(new Draws(1), STANDARD);
    expect(a).toBeCloseTo(0.734304, 6);
    expect(b).toBeCloseTo(0.903867, 6);
    expect(level).toBeCloseTo(0.140634, 6);
    expect(ventricleScale).toBeCloseTo(1.120765, 6);
  });
});

/** seed, kind, size; mean, maximum, pixel [S/2, S/2], pixel row S/2 column S/4; brain pixels, lesion pixels. */
const CHECKS: [number, PhantomKind, number, [number, number, number, number], number, number][] = [
  [1, 'healthy', 64, [0.240722, 0.680855, 0.264126, 0.452548], 2161, 0],
  [1, 'healthy', 128, [0.243148, 0.717187, 0.203846, 0.437345], 8643, 0],
  [900100, 'ms', 64, [0.170749, 0.717069, 0.482193, 0.507416], 1667, 45],
  [900100, 'ms', 128, [0.173562, 0.733736, 0.442321, 0.526569], 6659, 182],
  [900200, 'tumour', 64, [0.236408, 0.800351, 0.622148, 0.464161], 2198, 245],
  [900200, 'tumour', 128, [0.239187, 0.85674, 0.650706, 0.43534], 8805, 973],
  [900260, 'dark', 64, [0.181133, 0.669648, 0.334862, 0.320293], 1979, 35],
  [900260, 'dark', 128, [0.184064, 0.700902, 0.344914, 0.388936], 7929, 140],
];

describe('drawPhantom', () => {
  it.each(CHECKS)('seed %i, %s, %i pixels: the check values', (seed, kind, size, values, brainPixels, lesionPixels) => {
    const { pixels, truth } = drawPhantom(seed, kind, size);
    let sum = 0;
    let max = 0;
    let brain = 0;
    for (const v of pixels) {
      sum += v;
      max = Math.max(max, v);
      if (v > 0) brain++;
    }
    const half = size / 2;
    const seen = [sum / pixels.length, max, pixels[half * size + half], pixels[half * size + size / 4]];
    seen.forEach((v, i) => {
      expect(Math.abs(v - values[i])).toBeLessThan(1e-5);
    });
    expect(brain).toBe(brainPixels);
    expect(truth.reduce((n, t) => n + t, 0)).toBe(lesionPixels);
  });

  it('is the same for the same seed and another for the next', () => {
    const first = drawPhantom(5, 'tumour', 64);
    expect(drawPhantom(5, 'tumour', 64)).toEqual(first);
    expect(drawPhantom(6, 'tumour', 64).pixels).not.toEqual(first.pixels);
  });

  it('refuses a size that is no image', () => {
    expect(() => drawPhantom(1, 'healthy', 0)).toThrow('at least 8 pixels');
  });
});

describe('standard sets', () => {
  it('have the kinds, bases and groups of the recipe', () => {
    const [reference, mixed, test] = STANDARD_SETS;
    expect([reference, mixed, test].map((s) => [s.role, s.base, s.count])).toEqual([
      ['reference', 100000, 2000],
      ['mixed', 200000, 1000],
      ['test', 900000, 320],
    ]);
    expect(Array.from({ length: 10 }, (_, i) => mixed.kind(i)).join(' ')).toBe(
      'healthy healthy healthy healthy healthy ms ms tumour tumour dark',
    );
    expect([99, 100, 199, 200, 259, 260, 319].map((i) => test.kind(i))).toEqual([
      'healthy',
      'ms',
      'ms',
      'tumour',
      'tumour',
      'dark',
      'dark',
    ]);
  });

  it('of the tumours: the same subjects, three mixed ones in four with a tumour; healthy ones where lesions are to be painted', () => {
    const [reference, mixed, test] = setsOf('tumours');
    expect([reference, mixed, test].map((s) => [s.role, s.base, s.count])).toEqual([
      ['reference', 100000, 2000],
      ['mixed', 200000, 1000],
      ['test', 900000, 260],
    ]);
    expect([0, 1, 2, 3, 4].map((i) => mixed.kind(i))).toEqual(['healthy', 'tumour', 'tumour', 'tumour', 'healthy']);
    expect([99, 100, 259].map((i) => test.kind(i))).toEqual(['healthy', 'tumour', 'tumour']);
    expect(setsOf('smooth')).toBe(STANDARD_SETS);
    expect(setsOf('rinds')).toBe(setsOf('tumours'));
    expect(setsOf('tumours', true).map((s) => s.kind(101))).toEqual(['healthy', 'healthy', 'healthy']);
  });

  it('come one slice at a time, each its own patient, shifted by the seed', () => {
    const slices = phantomSlices(STANDARD_SETS[2], 3, 64);
    const first = slices.next().value!;
    const second = slices.next().value!;
    expect(first.group).not.toBe(second.group);
    expect(first.label).toBe(0);
    expect(first.pixels).toEqual(drawPhantom(3_900_000, 'healthy', 64).pixels);
    const above = [...first.pixels].filter((v) => v > 0);
    const mean = above.reduce((a, v) => a + v, 0) / above.length;
    expect(first.brain.mean).toBeCloseTo(mean, 9);
    expect(first.brain.sd).toBeCloseTo(Math.sqrt(above.reduce((a, v) => a + (v - mean) ** 2, 0) / above.length), 9);
  });

  it('of all kinds are what they would be alone', () => {
    const set = { ...STANDARD_SETS[1], count: 12 };
    [...phantomSlices(set, 0, 64)].forEach(({ pixels, truth }, k) => {
      expect({ pixels, truth }).toEqual(drawPhantom(set.base + k, set.kind(k), 64));
    });
  });
});

describe('smooth heads', () => {
  const draw = (seed: number, kind: PhantomKind) => drawPhantom(seed, kind, 64, VARIANTS.smooth);
  const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

  it('are other heads than the standard ones, the same from the same seed', () => {
    expect(draw(7, 'healthy').pixels).toEqual(draw(7, 'healthy').pixels);
    expect(draw(7, 'healthy').pixels).not.toEqual(drawPhantom(7, 'healthy', 64).pixels);
    expect(drawPhantom(7, 'healthy', 64, VARIANTS.standard).pixels).toEqual(drawPhantom(7, 'healthy', 64).pixels);
  });

  it('differ less in shape and more in shading than the standard ones', () => {
    const seeds = Array.from({ length: 40 }, (_, i) => 300_000 + i);
    const spread = (values: number[]) => Math.sqrt(mean(values.map((v) => (v - mean(values)) ** 2)));
    const measured = (of: typeof draw) => {
      const heads = seeds.map((seed) => of(seed, 'healthy').pixels);
      const size = heads.map((pixels) => pixels.filter((v) => v > 0).length);
      const sides = heads.map((pixels) => {
        const half = (left: boolean) => mean(pixels.filter((v, i) => v > 0 && i % 64 < 32 === left));
        return half(true) - half(false);
      });
      return { size: spread(size), sides: spread(sides) };
    };
    const [smooth, standard] = [measured(draw), measured((seed, kind) => drawPhantom(seed, kind, 64))];
    expect(smooth.size).toBeLessThan(0.6 * standard.size);
    expect(smooth.sides).toBeGreaterThan(1.8 * standard.sides);
  });

  it('have lesions of every kind, larger than the standard ones', () => {
    for (const kind of ['ms', 'tumour', 'dark'] as const) {
      const areas = [draw, (seed: number, of: PhantomKind) => drawPhantom(seed, of, 64)].map((of) =>
        mean(Array.from({ length: 20 }, (_, i) => mean(of(310_000 + i, kind).truth))),
      );
      expect(areas[0], kind).toBeGreaterThan(1.5 * areas[1]);
    }
  });
});

it('bright rinds: a tumour is one even blob, brighter than what it lies in and darker than most of the cortex', () => {
  const heads = Array.from({ length: 20 }, (_, i) => drawPhantom(310_000 + i, 'tumour', 32, VARIANTS.rinds));
  const values = (lesion: 0 | 1) => heads.flatMap(({ pixels, truth }) => [...pixels.filter((v, i) => v > 0 && truth[i] === lesion)]);
  const mean = (of: number[]) => of.reduce((a, b) => a + b, 0) / of.length;
  const [healthy, tumour] = [values(0), values(1)];
  const level = mean(tumour);
  expect(level).toBeCloseTo(0.63, 1);
  expect(Math.sqrt(mean(tumour.map((v) => (v - level) ** 2)))).toBeLessThan(0.12);
  expect(mean(healthy.map((v) => (v < 0.5 * level ? 1 : 0)))).toBeGreaterThan(0.25);
  expect(mean(healthy.map((v) => (v > level ? 1 : 0)))).toBeGreaterThan(0.3);
});
