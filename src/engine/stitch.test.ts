import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../core/random';
import type { Slice } from '../core/types';
import { coveringPatches } from '../data/patches';
import { nodePlatform } from '../headless/platform';
import type { Trainer } from '../models/model';
import { openBackend } from './backend';
import type { ScoringHooks } from './scoring';
import { scoreWhole } from './stitch';

const [FIELD, SIZE] = [20, 8];
const random = new Random(5);
const slices: Slice[] = Array.from({ length: 40 }, (_, n) => ({
  name: `s${n}`,
  group: 'g',
  volume: 'v',
  index: n,
  height: FIELD,
  width: FIELD,
  // The last columns are background.
  pixels: Float32Array.from({ length: FIELD * FIELD }, (_, i) => (i % FIELD < 12 ? 0.1 + 0.9 * random.uniform() : 0)),
  brain: { mean: 0, sd: 1 },
  edges: null,
}));
const patching = { size: SIZE, nonEmpty: { level: 0.05, share: 0.01 } };
const hooks = (most = Number.POSITIVE_INFINITY): ScoringHooks & { done: number[] } => {
  const done: number[] = [];
  return { done, cancelled: () => done.length >= most, progress: (n) => done.push(n) };
};

/** A model whose map is made of the patch alone, and whose score is the brightest pixel. */
const model = (map: (x: tf.Tensor4D) => tf.Tensor4D | null): Trainer =>
  ({
    // biome-ignore lint/correctness/useYield: one pass, nothing to show on the way
    *score(x: tf.Tensor4D) {
      return { map: map(x), scores: tf.max(x, [1, 2, 3]), views: { copy: x.clone() }, together: { other: tf.min(x, [1, 2, 3]) } };
    },
  }) as unknown as Trainer;

const score = (trainer: Trainer, to: ScoringHooks, some = slices) => scoreWhole(trainer, 'unit', some, 'x', false, to, patching);

beforeAll(async () => {
  await openBackend('wasm', nodePlatform, () => {});
});

describe('slices scored in patches', () => {
  it('have a constant map where the score is constant, also where no patch is scored', async () => {
    const { maps, count } = await score(
      model((x) => tf.fill(x.shape, 0.3) as tf.Tensor4D),
      hooks(),
    );
    expect(count).toBe(40);
    expect(new Set(maps)).toEqual(new Set([Math.fround(0.3)]));
  });

  it('have the map of the whole slice where the score of a pixel depends on nothing else', async () => {
    const { maps, views } = await score(
      model((x) => tf.mul(x, 2) as tf.Tensor4D),
      hooks(),
    );
    slices.forEach(({ pixels }, n) => {
      const own = maps!.subarray(n * FIELD * FIELD, (n + 1) * FIELD * FIELD);
      for (let i = 0; i < own.length; i++) expect(own[i]).toBe(i % FIELD < 12 ? Math.fround(2 * pixels[i]) : 0);
      const copy = views.copy.subarray(n * FIELD * FIELD, (n + 1) * FIELD * FIELD);
      expect([...copy]).toEqual([...pixels].map((v) => Math.round(255 * v)));
    });
  });

  it('have the mean of overlapping patches where those differ, the lowest where none lies, and the highest score of any', async () => {
    const { maps, scores, together } = await score(
      model((x) => tf.tidy(() => tf.add(tf.zerosLike(x), tf.max(x, [1, 2, 3], true)) as tf.Tensor4D)),
      hooks(),
    );
    for (const n of [0, 17, 39]) {
      const patches = coveringPatches(slices[n], patching);
      expect(patches.some(({ column }) => column === 12)).toBe(false);
      const highest = patches.map(({ pixels }) => Math.max(...pixels));
      expect(scores[n]).toBe(Math.max(...highest));
      expect(together.other[n]).toBe(Math.max(...patches.map(({ pixels }) => Math.min(...pixels))));
      const own = maps!.subarray(n * FIELD * FIELD, (n + 1) * FIELD * FIELD);
      for (let r = 0; r < FIELD; r++)
        for (let c = 0; c < FIELD; c++) {
          const on = highest.filter(
            (_, p) => r >= patches[p].row && r < patches[p].row + SIZE && c >= patches[p].column && c < patches[p].column + SIZE,
          );
          const mean = on.length > 0 ? on.reduce((a, b) => a + b) / on.length : Math.min(...own);
          expect(own[r * FIELD + c]).toBeCloseTo(mean, 6);
        }
    }
  });

  it('count only whole slices after a cancel, and those are what they are without one', async () => {
    const trainer = model((x) => x.clone());
    const all = await score(trainer, hooks());
    const to = hooks(3);
    const some = await score(trainer, to);
    expect(some.count).toBeGreaterThan(0);
    expect(some.count).toBeLessThan(40);
    expect(to.done.at(-1)).toBeGreaterThanOrEqual(some.count);
    expect(some.maps).toEqual(all.maps!.slice(0, some.count * FIELD * FIELD));
    expect(some.scores).toEqual(all.scores.slice(0, some.count));
    expect(some.together.other.length).toBe(some.count);
  });

  it('have no map where the scorer has none', async () => {
    const { maps, scores } = await score(model(() => null), hooks(), slices.slice(0, 3)); // biome-ignore format: one line
    expect([maps, scores.length]).toEqual([null, 3]);
  });
});
