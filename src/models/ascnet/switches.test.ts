/** What an option of the table does to a run, through the model as the lab builds and trains it. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { hashUnit } from '../../core/hashUnit';
import { Random } from '../../core/random';
import type { Params } from '../../core/types';
import { startBackend } from '../../kernels/testBackend';
import type { Sampler } from '../model';
import { ascnet } from '.';

beforeAll(() => startBackend('wasm'));

const SIZE = 16;
/** Stage 1: D 2, M 2; stage 2: D 4, M 2. */
const [D1, M1, D2, M2] = [0, 2, 4, 8];
const UPDATES = 10;
const TINY: Params = {
  ...ascnet.spec.presets.demo.params, size: SIZE, width: 1, batch: 2, discriminatorBatch: 4, stage1: 1, stage2: 1, updates: 0, warmup: 0, cap: 0,
  rate: 1e-2, discriminatorRate: 1e-2, dropout: 0,
}; // biome-ignore format: a table

/** Losses of every update, and how often each drew a dropout mask. */
function run(more: Params): { losses: Record<string, number>; drops: number }[] {
  const random = new Random(7);
  let [drops, drawn] = [0, 0];
  const uint32 = random.uint32.bind(random);
  random.uint32 = () => {
    drops++;
    return uint32();
  };
  const images = (n: number) =>
    tf.tensor4d(
      Float32Array.from(hashUnit(drawn++, n * SIZE * SIZE), (v) => 0.5 + 0.4 * v),
      [n, SIZE, SIZE, 1],
    );
  const sampler: Sampler = { random, count: () => 4, batch: (_, n) => images(n) };
  const trainer = ascnet.build({ ...TINY, ...more }, SIZE, SIZE, 1);
  const steps = trainer.train(sampler);
  const seen = Array.from({ length: UPDATES }, () => {
    drops = 0;
    const { losses } = steps.next().value!;
    const values = Object.fromEntries(Object.entries(losses).map(([name, loss]) => [name, loss.dataSync()[0]]));
    tf.dispose(losses);
    return { losses: values, drops };
  });
  trainer.dispose();
  return seen;
}

it('labels: D and M learn towards opposite targets', () => {
  // D rests, so that both runs ask the same D: |s − 1| + |s + 1| = 2 for any s in ± 1.
  const [paper, code] = [0, 1].map((labels) => run({ labels, discriminatorRate: 0 }));
  expect(paper[D1].losses.discriminator + code[D1].losses.discriminator).toBeCloseTo(2, 5);
  expect(paper[M1].losses.fenceCut + code[M1].losses.fenceCut).toBeCloseTo(2, 5);
  expect(Math.abs(paper[M1].losses.fenceCut - code[M1].losses.fenceCut)).toBeGreaterThan(1e-3);
});

it('reconstructionOver: a sum over pixels is so many times their mean, and all that M minimises grows by it', () => {
  const [mean, sum] = [0, 1].map((reconstructionOver) => run({ reconstructionOver })[M1].losses);
  expect(sum.reconstruction / mean.reconstruction).toBeCloseTo(SIZE * SIZE, 2);
  const grown = TINY.reconstructionWeight * (sum.reconstruction - mean.reconstruction);
  expect((sum.total - mean.total) / grown).toBeCloseTo(1, 4);
});

it('top: the last block of D is 16 times the width, or 8', () => {
  const last = (top: number) => {
    const trainer = ascnet.build({ ...TINY, width: 2, top }, SIZE, SIZE, 1);
    const { shape } = trainer.variables['D.score.w'];
    trainer.dispose();
    return shape;
  };
  expect([last(0), last(1)]).toEqual([
    [32, 1],
    [16, 1],
  ]);
});

it('dropoutAt: M drops after its four poolings, and in the code after seven skips too; D has no skips', () => {
  const drops = (dropoutAt: number) => {
    const seen = run({ dropout: 0.3, dropoutAt });
    return [D1, M1, D2, M2].map((at) => seen[at].drops);
  };
  expect([drops(0), drops(1)]).toEqual([
    [4, 11, 4, 11],
    [4, 4, 4, 4],
  ]);
});

it('stage2Disjuncy: binarised cuts make Loss_Cw a constant in stage 2, and leave all of stage 1 as it was', () => {
  const [paper, code] = [0, 1].map((stage2Disjuncy) => run({ stage2Disjuncy }));
  for (let at = D1; at < M2; at++) expect(code[at], `update ${at + 1}`).toEqual(paper[at]);
  // Every pixel of both cuts is above 0.
  expect([code[M2].losses.disjuncy, code[M2 + 1].losses.disjuncy]).toEqual([1, 1]);
  for (const at of [M1, M2]) expect(paper[at].losses.disjuncy).toBeLessThan(0.95);
  const { fenceCut, reconstruction } = paper[M2].losses;
  expect(code[M2].losses).toMatchObject({ fenceCut, reconstruction });
});
