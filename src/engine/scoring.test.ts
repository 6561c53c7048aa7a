import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { nodePlatform } from '../headless/platform';
import type { Trainer } from '../models/model';
import { MODELS } from '../models/registry';
import { openBackend } from './backend';
import { SCORE_BATCH, type ScoredSlices, type ScoringHooks, scoreSlices } from './scoring';
import { counting, madeSlices, score } from './testRun';

const ALWAYS: ScoringHooks = { cancelled: () => false, progress: () => {} };
const SIZE = 32 * 32;

beforeAll(async () => {
  await openBackend('wasm', nodePlatform, () => {});
});

/** Scores with a toy, noting the shapes it was given. */
function watched(): { trainer: Trainer; shapes: string[] } {
  const shapes: string[] = [];
  const trainer = counting();
  const toy = trainer.score;
  trainer.score = (x, scorer, smooth) => {
    shapes.push(x.shape.join('×'));
    return toy(x, scorer, smooth);
  };
  return { trainer, shapes };
}

describe('scoreSlices', () => {
  it.each([1, 31, 32, 33, 70])('scores %i slices in batches of one shape, in order', async (n) => {
    const slices = madeSlices(n);
    const { trainer, shapes } = watched();
    const before = tf.memory().numTensors;
    const result = await scoreSlices(trainer, 'unit', slices, 'square', false, ALWAYS);
    expect(tf.memory().numTensors).toBe(before);
    expect([...new Set(shapes)]).toEqual([`${SCORE_BATCH}×32×32×1`]);
    expect([result.count, result.maps?.length, result.scores.length, result.views.reconstruction.length]).toEqual([
      n,
      n * SIZE,
      n,
      n * SIZE,
    ]);
    slices.forEach(({ pixels }, k) => {
      let sum = 0;
      let worst = 0;
      pixels.forEach((v, i) => {
        sum += v * v;
        worst = Math.max(
          worst,
          Math.abs(result.maps![k * SIZE + i] - v * v),
          Math.abs(result.views.reconstruction[k * SIZE + i] / 255 - v / 2) - 0.5 / 255,
        );
      });
      expect(worst).toBeLessThan(1e-6);
      expect(result.scores[k]).toBeCloseTo(sum / SIZE, 5);
    });
  });

  it('keeps the finished batches when it is cancelled between two', async () => {
    const slices = madeSlices(70);
    const whole = await scoreSlices(counting(), 'unit', slices, 'square', false, ALWAYS);
    let done = 0;
    const before = tf.memory().numTensors;
    const part = await scoreSlices(counting(), 'unit', slices, 'square', false, {
      cancelled: () => done >= 32,
      progress: (n) => (done = n),
    });
    expect(part.count).toBe(32);
    expect(part.maps).toEqual(whole.maps!.slice(0, 32 * SIZE));
    expect(part.scores).toEqual(whole.scores.slice(0, 32));
    expect(part.views.reconstruction).toEqual(whole.views.reconstruction.slice(0, 32 * SIZE));
    expect(tf.memory().numTensors).toBe(before + 2); // the toy's own two
  });

  it('stops an iterative scorer inside a batch, which is then not counted, and leaks nothing', async () => {
    const before = tf.memory().numTensors;
    const seen: string[] = [];
    let steps = 0;
    const hooks: ScoringHooks = {
      cancelled: () => steps >= 5,
      progress: (done, step) => {
        if (step) steps++;
        seen.push(step ? `${done.toFixed(1)} ${step.step}/${step.of}` : `${done}`);
      },
      iterate: async (first, { image }) =>
        void expect([first % SCORE_BATCH, image.shape[0], (await image.data()).length]).toEqual([0, 32, 32 * SIZE]),
    };
    const result = await scoreSlices({ ...counting(), score }, 'unit', madeSlices(40), 'slow', false, hooks);
    expect(seen).toEqual(['10.7 1/3', '21.3 2/3', '32.0 3/3', '32', '34.7 1/3', '37.3 2/3', '32']);
    expect([result.count, result.maps?.length]).toEqual([32, 32 * SIZE]);
    expect(tf.memory().numTensors).toBe(before + 2);
  });

  it('leaks nothing when a scorer throws', async () => {
    const before = tf.memory().numTensors;
    const broken: Trainer = {
      ...counting(),
      // biome-ignore lint/correctness/useYield: it throws first
      *score() {
        throw new Error('A made-up fault.');
      },
    };
    await expect(scoreSlices(broken, 'unit', madeSlices(3), 'square', false, ALWAYS)).rejects.toThrow('A made-up fault.');
    expect(tf.memory().numTensors).toBe(before + 2);
  });
});

describe('the VAE’s scores', () => {
  const model = MODELS.vae;
  const params = { ...model.spec.presets.demo.params, size: 32, latent: 2, projectionSteps: 2 };

  it.each(['Rec-grad', 'Combi', 'Proj-Rec-Error'])(
    '%s of a slice is the same alone, in a full batch and in a filled one',
    async (scorer) => {
      const trainer = model.build(params, 32, 32, 1);
      const slices = madeSlices(35);
      const all = await scoreSlices(trainer, 'zscore', slices, scorer, true, ALWAYS);
      const scored = (from: number, to: number) => scoreSlices(trainer, 'zscore', slices.slice(from, to), scorer, true, ALWAYS);
      const near = (part: ScoredSlices, from: number) => {
        const wanted = all.maps!.subarray(from * SIZE, from * SIZE + part.maps!.length);
        const largest = wanted.reduce((a, v) => Math.max(a, v), 0);
        expect(largest).toBeGreaterThan(0);
        expect(part.maps!.reduce((a, v, i) => Math.max(a, Math.abs(v - wanted[i])), 0)).toBeLessThanOrEqual(1e-5 * largest);
        part.scores.forEach((v, i) => {
          expect(Math.abs(v - all.scores[from + i])).toBeLessThanOrEqual(1e-5 * Math.abs(v));
        });
      };
      near(await scored(0, 1), 0);
      near(await scored(33, 35), 33);
      near(await scored(5, 20), 5);
      trainer.dispose();
    },
  );
});
