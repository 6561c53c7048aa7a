import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../core/random';
import type { Slice } from '../core/types';
import type { Augmentation } from '../models/model';
import { augment } from './augment';
import { toBytes, toInput } from './input';
import { SliceSampler } from './sampler';
import { madeSlice, madeSlices, rolesOf } from './testRun';

const OFF: Augmentation = { mirror: false, rotation: 0, zoom: [1, 1], brightness: [1, 1], noiseBefore: 0, noiseAfter: 0 };
const NOISY: Augmentation = { mirror: true, rotation: 0.1, zoom: [0.9, 1.2], brightness: [0.95, 1.1], noiseBefore: 0.05, noiseAfter: 0.2 };

/** Every pixel of slice k is k / 100: a batch tells which slices are in it. */
const numbered = (n: number): Slice[] =>
  Array.from({ length: n }, (_, k) => ({ ...madeSlice(k, { size: 2 }), pixels: new Float32Array(4).fill((k + 1) / 100) }));

function drawn(sampler: SliceSampler, n: number, role: 'reference' | 'mixed' = 'reference'): number[] {
  const batch = sampler.batch(role, n);
  const values = batch.dataSync();
  batch.dispose();
  return Array.from({ length: n }, (_, i) => Math.round(100 * values[4 * i]));
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('SliceSampler', () => {
  const sampler = (seed: number, n = 7) =>
    new SliceSampler(rolesOf({ reference: numbered(n), mixed: numbered(3) }), 'unit', new Random(seed));

  it('draws every slice once before any again, across batches, in a new order each time', () => {
    const source = sampler(1);
    const all = Array.from({ length: 14 }, () => drawn(source, 3)).flat(); // six passes of seven
    const passes = Array.from({ length: 6 }, (_, i) => all.slice(7 * i, 7 * i + 7));
    for (const pass of passes) expect([...pass].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(passes.map((pass) => pass.join(' '))).size).toBeGreaterThan(1);
  });

  it('is decided by its generator', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, () => drawn(sampler(seed), 4));
    expect(draw(2)).toEqual(draw(2));
    expect(drawn(sampler(2, 30), 30)).not.toEqual(drawn(sampler(3, 30), 30));
  });

  it('keeps a deck for each role, and fills a batch larger than the role', () => {
    const source = sampler(4);
    const first = drawn(source, 2, 'mixed');
    drawn(source, 5);
    const third = drawn(source, 1, 'mixed');
    expect([...first, ...third].sort()).toEqual([1, 2, 3]);
    expect(drawn(source, 8, 'mixed').length).toBe(8);
    expect([source.count('reference'), source.count('mixed'), source.count('test')]).toEqual([7, 3, 0]);
  });

  it('goes on from a saved state, augmentation included', () => {
    const source = () => new SliceSampler(rolesOf({ reference: madeSlices(5) }), 'zscore', new Random(8));
    const values = (from: SliceSampler) => from.batch('reference', 3, NOISY).dataSync();
    const whole = source();
    values(whole);
    const saved = JSON.parse(JSON.stringify(whole.state));
    const expected = [values(whole), values(whole)];
    const resumed = source();
    resumed.state = saved;
    expect([values(resumed), values(resumed)]).toEqual(expected);
  });

  it('with patches cuts one from each slice it deals, keeps no others, and goes on from a saved state', () => {
    const reference = madeSlices(3, 0, { size: 16 });
    const nonEmpty = { level: 0.05, share: 0.5 };
    const source = () => new SliceSampler(rolesOf({ reference }), 'unit', new Random(5), { size: 6, nonEmpty });
    const whole = source();
    const drawnBy = (sampler: SliceSampler) => {
      const batch = sampler.batch('reference', 4);
      expect(batch.shape).toEqual([4, 6, 6, 1]);
      const values = batch.dataSync() as Float32Array;
      batch.dispose();
      return [0, 1, 2, 3].map((i) => values.slice(36 * i, 36 * i + 36));
    };
    /** Slice and place of a patch, by looking for it everywhere. */
    const places = (patch: Float32Array) =>
      reference.flatMap(({ pixels }, k) =>
        Array.from({ length: 121 }, (_, at) => [Math.floor(at / 11), at % 11])
          .filter(([r, c]) => patch.every((v, i) => v === pixels[16 * (r + Math.floor(i / 6)) + c + (i % 6)]))
          .map(([r, c]) => `${k} ${r} ${c}`),
      );
    const patches = Array.from({ length: 6 }, () => drawnBy(whole)).flat();
    for (const patch of patches) {
      expect(places(patch).length).toBe(1);
      expect(patch.filter((v) => v > 0.05).length).toBeGreaterThanOrEqual(18);
    }
    expect(new Set(patches.flatMap(places)).size).toBeGreaterThan(12);
    expect(whole.count('reference')).toBe(3);

    const saved = JSON.parse(JSON.stringify(whole.state));
    expect(saved.decks.reference.order.length).toBe(3);
    const expected = [drawnBy(whole), drawnBy(whole)];
    const resumed = source();
    resumed.state = saved;
    expect([drawnBy(resumed), drawnBy(resumed)]).toEqual(expected);
  });

  it('says which role is empty', () => {
    expect(() => sampler(1).batch('validation', 1)).toThrow('no validation slices');
  });

  it('without augmentation gives the model’s input exactly, with it off the same', () => {
    const slice = madeSlice(3);
    for (const range of ['zscore', 'unit', 'signed'] as const) {
      const source = new SliceSampler(rolesOf({ reference: [slice] }), range, new Random(1));
      const plain = source.batch('reference', 1).dataSync();
      expect(plain).toEqual(toInput(slice, range));
      expect(source.batch('reference', 1, OFF).dataSync()).toEqual(plain);
    }
  });
});

describe('input ranges', () => {
  it('z-score: background 0, mean 0 and deviation 1 inside, clipped at 1.5', () => {
    const slice = madeSlice(3);
    const values = toInput(slice, 'zscore');
    slice.pixels.forEach((pixel, i) => {
      const z = (pixel - slice.brain.mean) / slice.brain.sd;
      expect(values[i]).toBeCloseTo(pixel > 0 ? Math.max(-1.5, Math.min(1.5, z)) : 0, 5);
    });
    expect(values.some((v) => v === 1.5) && values.some((v) => v === 0)).toBe(true);
  });

  it.each(['zscore', 'unit', 'signed'] as const)('%s: back to bytes of the slice’s own window', (range) => {
    const slice = madeSlice(3);
    const bytes = new Uint8Array(slice.pixels.length);
    const values = toInput(slice, range);
    toBytes(values, slice, range, bytes);
    bytes.forEach((byte, i) => {
      const clipped = range === 'zscore' && Math.abs(values[i]) === 1.5;
      if (!clipped) expect(byte).toBe(Math.round(255 * slice.pixels[i]));
    });
    toBytes(values.map((v) => v + 100), slice, range, bytes); // biome-ignore format: one line
    expect(bytes[slice.pixels.findIndex((v) => v > 0)]).toBe(255);
    expect(bytes[0]).toBe(range === 'zscore' ? 0 : 255);
  });
});

describe('augment', () => {
  const size = 33;
  const image = Float32Array.from({ length: size * size }, (_, i) => Math.sin(i) * 0.8);
  const radial = (centre = (size - 1) / 2) =>
    Float32Array.from({ length: size * size }, (_, i) =>
      Math.exp(-((Math.floor(i / size) - centre) ** 2 + ((i % size) - centre) ** 2) / 60),
    );
  const made = (values: Float32Array, change: Partial<Augmentation>, seed: number, clip: number | null = null) =>
    augment(values, size, size, { ...OFF, ...change }, clip, new Random(seed));
  const worst = (a: Float32Array, b: Float32Array) => a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);

  it('changes nothing when all is off, and never its argument', () => {
    const before = image.slice();
    const out = made(image, {}, 1);
    expect(out).toEqual(image);
    expect(out).not.toBe(image);
    made(image, NOISY, 1, 1.5);
    expect(image).toEqual(before);
  });

  it('mirrors left and right exactly, about half of the time', () => {
    const flipped = Float32Array.from(image, (_, i) => image[Math.floor(i / size) * size + size - 1 - (i % size)]);
    let times = 0;
    for (let seed = 0; seed < 200; seed++) {
      const out = made(image, { mirror: true }, seed);
      const flip = out[0] === flipped[0];
      expect(out).toEqual(flip ? flipped : image);
      if (flip) times++;
    }
    // Five standard deviations of 200 fair draws.
    expect(Math.abs(times - 100)).toBeLessThan(36);
  });

  it('rotates about the centre: a round image stays, a corner moves', () => {
    for (let seed = 0; seed < 10; seed++) expect(worst(made(radial(), { rotation: 0.5 }, seed), radial())).toBeLessThan(0.02);
    expect(worst(made(radial(8), { rotation: 0.5 }, 1), radial(8))).toBeGreaterThan(0.1);
  });

  it('rotates and mirrors by the transform it says', () => {
    // A blob off the centre, found again by its centre of mass: rotation keeps its distance, zoom scales it.
    const mass = (values: Float32Array) => {
      let [sum, y, x] = [0, 0, 0];
      values.forEach((v, i) => {
        sum += v;
        y += v * (Math.floor(i / size) - 16);
        x += v * ((i % size) - 16);
      });
      return { distance: Math.hypot(y / sum, x / sum), angle: Math.atan2(y, x) };
    };
    const blob = Float32Array.from({ length: size * size }, (_, i) =>
      Math.exp(-((Math.floor(i / size) - 16) ** 2 + ((i % size) - 21) ** 2) / 8),
    );
    const angles = Array.from({ length: 40 }, (_, seed) => {
      const { distance, angle } = mass(made(blob, { rotation: 0.4 }, seed));
      expect(Math.abs(distance - 5)).toBeLessThan(0.1);
      return angle;
    });
    expect(Math.max(...angles.map(Math.abs))).toBeLessThan(0.41);
    expect(Math.min(...angles)).toBeLessThan(-0.2);
    expect(Math.max(...angles)).toBeGreaterThan(0.2);
    expect(mass(made(blob, { zoom: [1.2, 1.2] }, 1)).distance).toBeCloseTo(6, 1);
    expect(mass(made(blob, { zoom: [0.9, 0.9] }, 1)).distance).toBeCloseTo(4.5, 1);
  });

  it('scales by a brightness in its range', () => {
    const factors = Array.from({ length: 50 }, (_, seed) => made(image, { brightness: [0.95, 1.1] }, seed)[1] / image[1]);
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.9499);
    expect(Math.max(...factors)).toBeLessThanOrEqual(1.1001);
    expect(Math.max(...factors) - Math.min(...factors)).toBeGreaterThan(0.1);
  });

  it('adds noise of a variance drawn evenly up to the largest; only noise before the clip is clipped', () => {
    const black = new Float32Array(size * size);
    const variances = Array.from(
      { length: 200 },
      (_, seed) => made(black, { noiseAfter: 0.2 }, seed).reduce((a, v) => a + v * v, 0) / black.length,
    );
    expect(Math.max(...variances)).toBeLessThan(0.2 * 1.2);
    expect(Math.min(...variances)).toBeLessThan(0.02);
    // Mean of a uniform variable on [0, 0.2]: 0.1, standard error 0.2 / √(12 · 200).
    expect(Math.abs(variances.reduce((a, b) => a + b) / 200 - 0.1)).toBeLessThan((5 * 0.2) / Math.sqrt(2400));
    const beyond = (values: Float32Array) => values.some((v) => Math.abs(v) > 0.5);
    expect(beyond(made(image, { noiseBefore: 1 }, 3, 0.5))).toBe(false);
    expect(beyond(made(image, { noiseBefore: 1 }, 3))).toBe(true);
    expect(beyond(made(black, { noiseAfter: 1 }, 3, 0.5))).toBe(true);
  });
});
