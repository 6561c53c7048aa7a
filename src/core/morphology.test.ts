import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { areaOf, packed, unpacked } from './bitMask';
import { hashUnit } from './hashUnit';
import { type CleanUp, cleanSlice, cleanVolume, isOff, NO_CLEAN_UP, regionsLost } from './morphology';
import { Random } from './random';
import { regionsOf } from './regions';
import { draws } from './testDraws';

type At = (y: number, x: number) => number;
const grid = (height: number, width: number, at: At) =>
  Uint8Array.from({ length: height * width }, (_, i) => at(Math.floor(i / width), i % width));

/** By the definition: the extreme over a k × k square, `outside` beyond the border. */
function square(mask: Uint8Array, height: number, width: number, k: number, outside: 0 | 1): Uint8Array {
  const r = (k - 1) / 2;
  return grid(height, width, (y, x) => {
    for (let dy = -r; dy <= r; dy++)
      for (let dx = -r; dx <= r; dx++) {
        const inside = y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width;
        if (inside && mask[(y + dy) * width + x + dx] !== outside) return 1 - outside;
      }
    return outside;
  });
}
const dilated = (m: Uint8Array, h: number, w: number, k: number) => square(m, h, w, k, 0);
const eroded = (m: Uint8Array, h: number, w: number, k: number) => square(m, h, w, k, 1);

/** Flood fill over a stack of voxels. @returns the voxels of each region of `value` */
function floods(masks: readonly Uint8Array[], height: number, width: number, value: number, near: (d: number[]) => boolean): number[][] {
  const size = height * width;
  const all = Uint8Array.from(masks.flatMap((mask) => [...mask]));
  const seen = new Uint8Array(all.length);
  const found: number[][] = [];
  for (let start = 0; start < all.length; start++) {
    if (all[start] !== value || seen[start]) continue;
    const region = [start];
    seen[start] = 1;
    for (let next = 0; next < region.length; next++) {
      const [z, y, x] = [Math.floor(region[next] / size), Math.floor((region[next] % size) / width), region[next] % width];
      for (const dz of [-1, 0, 1])
        for (const dy of [-1, 0, 1])
          for (const dx of [-1, 0, 1]) {
            const [c, b, a] = [z + dz, y + dy, x + dx];
            const i = c * size + b * width + a;
            if (!near([dz, dy, dx]) || c < 0 || c >= masks.length || b < 0 || b >= height || a < 0 || a >= width) continue;
            if (all[i] !== value || seen[i]) continue;
            seen[i] = 1;
            region.push(i);
          }
    }
    found.push(region);
  }
  return found;
}
const anyCorner = () => true;
const inPlaneEdge = ([dz, dy, dx]: number[]) => dz === 0 && Math.abs(dy) + Math.abs(dx) === 1;

function bruteForce(masks: readonly Uint8Array[], height: number, width: number, c: CleanUp): Uint8Array[] {
  const opened = (m: Uint8Array) => (c.opening ? dilated(eroded(m, height, width, c.opening), height, width, c.opening) : m);
  const closed = (m: Uint8Array) => (c.closing ? eroded(dilated(m, height, width, c.closing), height, width, c.closing) : m);
  const out = masks.map((mask) => (c.order === 'open-close' ? closed(opened(mask)) : opened(closed(mask))).slice());
  if (c.fillHoles)
    for (const mask of out)
      for (const hole of floods([mask], height, width, 0, inPlaneEdge)) {
        const border = (i: number) => i < width || i >= (height - 1) * width || i % width === 0 || i % width === width - 1;
        if (!hole.some(border)) for (const i of hole) mask[i] = 1;
      }
  const size = height * width;
  for (const region of floods(out, height, width, 1, anyCorner))
    if (region.length < c.minimum) for (const i of region) out[Math.floor(i / size)][i % size] = 0;
  return out;
}

/** Blobs of several sizes with noise, so that every step has something to do. */
function randomMask(random: Random, height: number, width: number): Uint8Array {
  const noise = random.between(0, 0.3);
  const blobs = Array.from({ length: 4 }, () => [random.below(height), random.below(width), random.between(1, 9)]);
  return grid(height, width, (y, x) => {
    const on = blobs.some(([b, a, r]) => Math.abs(Math.hypot(y - b, x - a) - r) < 2);
    return on !== random.uniform() < noise ? 1 : 0;
  });
}

function randomCleanUp(random: Random): CleanUp {
  const side = () => ([0, 3, 5, 7] as const)[random.below(4)];
  return {
    opening: random.uniform() < 0.5 ? 0 : side(),
    closing: side(),
    order: random.uniform() < 0.5 ? 'open-close' : 'close-open',
    minimum: random.uniform() < 0.5 ? 0 : random.below(40),
    fillHoles: random.uniform() < 0.5,
    space: 'slice',
  };
}

const SHAPES = [[1, 1], [1, 40], [33, 1], [5, 7], [20, 31], [20, 32], [20, 33], [17, 64], [24, 100]] as const; // biome-ignore format: one line

describe('against brute force', () => {
  it('cleans a slice alike', () => {
    const random = new Random(5);
    for (let round = 0; round < 25; round++)
      for (const [height, width] of SHAPES) {
        const [mask, c] = [randomMask(random, height, width), randomCleanUp(random)];
        expect(cleanSlice(mask, height, width, c), JSON.stringify({ height, width, ...c })).toEqual(
          bruteForce([mask], height, width, c)[0],
        );
      }
  });

  it('cleans a volume alike, regions going through slices', () => {
    const random = new Random(6);
    for (let round = 0; round < 12; round++)
      for (const [height, width] of [
        [5, 7],
        [20, 33],
      ] as const) {
        const masks = Array.from({ length: 4 }, () => randomMask(random, height, width));
        const c: CleanUp = { ...randomCleanUp(random), minimum: 12, space: 'volume' };
        expect(cleanVolume(masks, height, width, c)).toEqual(bruteForce(masks, height, width, c));
      }
  });

  it('counts the regions of which nothing is left', () => {
    const random = new Random(8);
    for (let round = 0; round < 20; round++) {
      const masks = Array.from({ length: 3 }, () => randomMask(random, 20, 33));
      const c: CleanUp = { ...NO_CLEAN_UP, opening: 3, minimum: 9 };
      const cleaned = cleanVolume(masks, 20, 33, c);
      const left = Uint8Array.from(cleaned.flatMap((mask) => [...mask]));
      const pack = (all: readonly Uint8Array[]) => all.map((mask) => packed(mask, 0, 20, 33));
      const gone = (regions: number[][]) => regions.filter((region) => region.every((i) => left[i] === 0)).length;
      const inPlane = ([dz]: number[]) => dz === 0;
      expect(regionsLost(pack(masks), pack(cleaned), 'volume')).toBe(gone(floods(masks, 20, 33, 1, anyCorner)));
      expect(regionsLost(pack(masks), pack(cleaned), 'slice')).toBe(gone(floods(masks, 20, 33, 1, inPlane)));
    }
  });
});

describe('golden values of the reference (metrics.json, morphology)', () => {
  const size = 48;
  const noise = hashUnit(3, size * size);
  const disc = grid(size, size, (y, x) => ((y - 20) ** 2 + (x - 26) ** 2 < 81 ? 1 : 0));
  const mask = disc.map((v, i) => v ^ (noise[i] > 0.93 ? 1 : 0));
  const area = (c: Partial<CleanUp>) => cleanSlice(mask, size, size, { ...NO_CLEAN_UP, ...c }).reduce((a, b) => a + b, 0);
  it('agrees on opening and closing by 5 × 5, in both orders', () => {
    expect(area({})).toBe(318);
    expect(area({ opening: 5 })).toBe(198);
    expect(area({ closing: 5 })).toBe(534);
    expect(area({ opening: 5, closing: 5 })).toBe(202);
    expect(area({ opening: 5, closing: 5, order: 'close-open' })).toBe(311);
  });
});

type SciPyCase = { seed: number; shape: [number, number, number]; share: number; area: number; count: number; sizes: number[]; keptAtLeast6: number; keptPlaces: number; filledAreas: number[]; edgeConnected: number[] }; // biome-ignore format: one line
const CASES: SciPyCase[] = JSON.parse(readFileSync(new URL('./fixtures/regions.json', import.meta.url), 'utf8'));

describe.each(CASES)('against SciPy (fixtures/make.py), volume $shape', ({ seed, shape: [depth, height, width], share, ...scipy }) => {
  const size = height * width;
  const values = draws(seed, depth * size);
  const masks = Array.from({ length: depth }, (_, z) => values.slice(z * size, (z + 1) * size).map((v) => (v < share * 65536 ? 1 : 0)));
  const bytes = masks.map((mask) => Uint8Array.from(mask));
  const stack = bytes.map((mask) => packed(mask, 0, height, width));

  it('finds the same 26-connected regions', () => {
    expect(stack.map(areaOf).reduce((a, b) => a + b, 0)).toBe(scipy.area);
    const { count, sizes } = regionsOf(stack, true);
    expect(count).toBe(scipy.count);
    expect([...sizes].sort((a, b) => a - b)).toEqual(scipy.sizes);
  });
  it('keeps the same voxels at a minimum size of 6', () => {
    const kept = cleanVolume(bytes, height, width, { ...NO_CLEAN_UP, minimum: 6, space: 'volume' });
    const places = kept.flatMap((mask, z) => [...mask].flatMap((v, i) => (v ? [z * size + i] : [])));
    expect(places).toHaveLength(scipy.keptAtLeast6);
    expect(places.reduce((sum, i) => sum + (i % 65521), 0)).toBe(scipy.keptPlaces);
  });
  it('fills the same holes, and connects across edges alike', () => {
    const filled = bytes.map((mask) => cleanSlice(mask, height, width, { ...NO_CLEAN_UP, fillHoles: true }));
    expect(filled.map((mask) => mask.reduce((a, b) => a + b, 0))).toEqual(scipy.filledAreas);
    expect(stack.map((mask) => regionsOf([mask], false).count)).toEqual(scipy.edgeConnected);
  });
});

describe('clean-up', () => {
  const random = new Random(9);
  const mask = randomMask(random, 20, 33);

  it('off changes nothing', () => {
    expect(isOff(NO_CLEAN_UP)).toBe(true);
    expect(isOff({ ...NO_CLEAN_UP, minimum: 1 })).toBe(true);
    for (const change of [{ opening: 3 }, { closing: 3 }, { minimum: 2 }, { fillHoles: true }] as const)
      expect(isOff({ ...NO_CLEAN_UP, ...change })).toBe(false);
    expect(cleanSlice(mask, 20, 33, NO_CLEAN_UP)).toEqual(mask);
  });
  it('done twice does what done once does', () => {
    for (let round = 0; round < 50; round++) {
      const { opening, ...c } = { ...randomCleanUp(random), closing: 0 } as const;
      const once = cleanSlice(mask, 20, 33, { ...c, opening, fillHoles: false });
      expect(cleanSlice(once, 20, 33, { ...c, opening, fillHoles: false })).toEqual(once);
    }
  });
  it('takes any value above 0 as flagged, and leaves its input as it is', () => {
    const input = mask.map((v) => 200 * v);
    expect(cleanSlice(input, 20, 33, NO_CLEAN_UP)).toEqual(mask);
    expect(input).toEqual(mask.map((v) => 200 * v));
    expect(unpacked(packed(input, 0, 20, 33))).toEqual(mask);
  });
  it('works on nothing, and refuses a mask of another size', () => {
    expect(cleanVolume([], 4, 4, { ...NO_CLEAN_UP, minimum: 3, space: 'volume' })).toEqual([]);
    expect(() => cleanSlice(mask, 20, 32, NO_CLEAN_UP)).toThrow('a mask of 660 pixels is not 20 × 32');
  });
});
