import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { peaksOf } from '../core/peaks';
import type { ModelSpec, ScorerSpec } from '../core/types';
import type { Trainer } from '../models/model';
import { Previewer } from './preview';
import { counting, madeSlices } from './testRun';

const SIZE = 32 * 32;
const spec = (scorer: Partial<ScorerSpec>): ModelSpec =>
  ({
    input: 'unit',
    scorers: [{ id: 'square', about: '', smooth: false, ...scorer }],
    lead: scorer.id ?? 'square',
    views: { reconstruction: 'half of x', sample: 'made up' },
  }) as unknown as ModelSpec;
const slices = [...madeSlices(4, 0, { truth: true, label: 1 }), ...madeSlices(4, 4, { truth: true, label: 0 })];
const preview = async (scorer: Partial<ScorerSpec>, trainer: Trainer = counting()) => {
  const made = await new Previewer('run', spec(scorer), trainer, slices).make(3, () => false);
  if (!made) throw new Error('It was not made.');
  return made;
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('a preview', () => {
  it('labels its rows as the model does', async () => {
    const { rows } = await preview({});
    expect(rows.map(({ id, label, kind }) => [id, label, kind])).toEqual([
      ['input', 'input', 'image'],
      ['reconstruction', 'half of x', 'image'],
      ['map', 'square', 'map'],
    ]);
  });

  it('takes its axis from the scores, or from the highest there is at first', async () => {
    const highest = Math.max(...slices.flatMap(({ pixels }) => [...pixels].map((v) => v * v)));
    const [own, fixed] = [await preview({}), await preview({ range: [0, 4] })];
    expect([own.lo, fixed.lo, fixed.hi]).toEqual([0, 0, 4]);
    expect(own.hi).toBeCloseTo(highest, 5);
    const map = fixed.rows[2].pixels;
    slices[fixed.shown[0]].pixels.forEach((v, i) => {
      expect(Math.abs(map[i] - (255 * v * v) / 4)).toBeLessThanOrEqual(0.51);
    });
  });

  it('counts no peak of scores that lie beyond its axis', async () => {
    // One hump of scores around 0.3, and every twentieth pixel at 3.
    const hump = (i: number) => 0.3 + (((0.618034 * i) % 1) + ((0.414214 * i) % 1) - 1) * 0.2;
    const pixels = Float32Array.from({ length: SIZE }, (_, i) => Math.sqrt(i % 20 === 0 ? 3 : hump(i)));
    const same = slices.map((slice) => ({ ...slice, pixels }));
    const made = (await new Previewer('run', spec({ range: [0, 1] }), counting(), same).make(3, () => false))!;
    const counts = made.healthy.map((n, bin) => n + made.anomalous![bin]);
    expect(counts[255]).toBe(same.length * Math.ceil(SIZE / 20));
    expect(peaksOf(counts)).toHaveLength(2);
    expect(made.peaks).toEqual([peaksOf(counts)[0]]);
    expect(made.peaks[0] / 256).toBeCloseTo(0.3, 1);
  });

  it('of a score without a map has a number for each slice, no map row and no counts', async () => {
    const trainer = counting();
    const bare = trainer.score;
    trainer.score = function* (x, scorer, smooth) {
      const { map, views, ...scored } = yield* bare(x, scorer, smooth);
      tf.dispose([map, ...Object.values(views)]);
      return { ...scored, views: {} };
    };
    const made = await preview({ mapless: true, range: [0, 1] }, trainer);
    expect(made.rows.map((row) => row.id)).toEqual(['input']);
    expect([...made.healthy, ...(made.anomalous ?? [])].every((n) => n === 0)).toBe(true);
    expect(made.labels).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
    slices.forEach(({ pixels }, i) => {
      expect(made.scores[i]).toBeCloseTo(pixels.reduce((sum, v) => sum + v * v, 0) / SIZE, 4);
    });
    expect(made.shown.map((i) => slices[i].name)).toEqual(made.names);
  });

  it('shows healthy reference slices beside anomalous ones, and counts them nowhere', async () => {
    const reference = madeSlices(5, 20, { truth: true, label: 0 });
    const beside = new Previewer('run', spec({}), counting(), slices, reference);
    const made = (await beside.make(3, () => false))!;
    const alone = await preview({});
    expect(made.names).toEqual([0, 1, 2].map((i) => slices[i].name).concat([0, 1, 3].map((i) => reference[i].name)));
    expect([made.references, alone.references, alone.names.length]).toEqual([3, 0, 6]);
    expect(made.rows[0].pixels.subarray(3 * SIZE, 4 * SIZE)).toEqual(Uint8Array.from(reference[0].pixels, (v) => Math.round(255 * v)));
    expect(made.labels).toEqual([1, 1, 1, 1, 0, 0, 0, 0, null, null, null]);
    expect([made.counted, made.healthy, made.anomalous]).toEqual([alone.counted, alone.healthy, alone.anomalous]);
    const few = new Previewer('run', spec({}), counting(), slices.slice(3), reference);
    expect((await few.make(3, () => false))!.names.slice(0, 3)).toEqual([3, 4, 6].map((i) => slices[i].name));
  });

  it('shows what the model makes of fixed codes', async () => {
    const trainer = { ...counting(), sample: (n: number) => tf.fill([n, 32, 32, 1], 0.5) as tf.Tensor4D };
    const before = tf.memory().numTensors;
    const { rows } = await preview({}, trainer);
    expect(tf.memory().numTensors).toBe(before);
    const row = rows.find(({ kind }) => kind === 'sample');
    expect(row?.label).toBe('made up');
    expect(row?.pixels.every((v) => v === 128)).toBe(true);
    expect(row?.pixels).toHaveLength(6 * SIZE);
  });
});
