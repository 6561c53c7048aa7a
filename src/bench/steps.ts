/** Times whole updates in the process or worker it runs in. */
import * as tf from '@tensorflow/tfjs';
import { Random } from '../core/random';
import { Steps } from '../engine/steps';
import type { Sampler, Trainer, TrainStep } from '../models/model';
import { MODELS } from '../models/registry';
import type { Case } from './cases';

/** Milliseconds of every update, by network. */
export type Times = Record<string, number[]>;

export class Stepper {
  private readonly trainer: Trainer;
  private readonly steps: Generator<TrainStep, void, void>;
  /** Of the updates of the last run, the milliseconds until JavaScript was done with each, less what it took to copy its batches together: a GPU
   * runs behind. */
  script: Times = {};
  /** Milliseconds spent on batches so far. */
  private batching = 0;

  /** @param replay whether updates are recorded and replayed */
  constructor({ model, params }: Case, replay = false) {
    const { spec, build } = MODELS[model];
    const all = { ...spec.presets.demo.params, ...params };
    this.trainer = build(all, all.size, all.size, 1);
    const random = new Random(1);
    const draw = imagesOf(all.size, random);
    const batch: Sampler['batch'] = (...of) => {
      const start = performance.now();
      const images = draw(...of);
      this.batching += performance.now() - start;
      return images;
    };
    const sampler: Sampler = { random, count: () => POOL, batch };
    this.steps = new Steps(this.trainer, sampler, replay).begin();
  }

  /** At least `count` updates of every network. The losses are read, as a run does now and then: on a GPU the update has then been done.
   * @param after told the network of every update */
  async run(count: number, after?: (network: string) => void): Promise<Times> {
    const times: Times = {};
    this.script = {};
    while (Object.keys(times).length === 0 || Object.values(times).some((list) => list.length < count)) {
      const start = performance.now();
      const before = this.batching;
      const { value } = this.steps.next();
      const step = value as TrainStep;
      this.script[step.network] ??= [];
      this.script[step.network].push(performance.now() - start - (this.batching - before));
      await Promise.all(Object.values(step.losses).map((loss) => loss.data()));
      const spent = performance.now() - start;
      tf.dispose(step.losses);
      times[step.network] ??= [];
      times[step.network].push(spent);
      after?.(step.network);
    }
    return times;
  }

  dispose(): void {
    this.steps.return();
    this.trainer.dispose();
  }
}

/** Images that batches are drawn from: drawing noise for each would cost more JavaScript than an update. */
const POOL = 64;

/** Noise: what is learned does not matter here. */
function imagesOf(size: number, random: Random): Sampler['batch'] {
  const pixels = size * size;
  const pool = Float32Array.from({ length: POOL * pixels }, () => random.uniform());
  return (_, n) => {
    const values = new Float32Array(n * pixels);
    for (let i = 0; i < n; i++) {
      const from = Math.floor(random.uniform() * POOL) * pixels;
      values.set(pool.subarray(from, from + pixels), i * pixels);
    }
    return tf.tensor4d(values, [n, size, size, 1]);
  };
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/** One update of each network: the sum of the medians, milliseconds. */
export const whole = (times: Times): number => Object.values(times).reduce((sum, list) => sum + median(list), 0);
