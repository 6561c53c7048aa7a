/** What an update costs: found by taking one with few images, and again with twice as many. Bytes are a line in the number of images. */
import * as tf from '@tensorflow/tfjs';
import { Random } from '../core/random';
import type { ModelSpec, Params } from '../core/types';
import type { AnomalyModel, Sampler, TrainStep } from '../models/model';
import { hop } from './hop';

/** value(n) = fixed + perImage · n. */
export type Line = { fixed: number; perImage: number };

/** One update of a network that takes as many images as the parameter `batch` says. */
export type UpdateCost = {
  batch: string;
  /** Most bytes of tensors at one moment, the networks and their moments included. */
  bytes: Line;
  /** Bytes of the largest single tensor. */
  largest: Line;
  seconds: Line;
};

export type Cost = {
  /** Of weights, moments and averages: what a copy of the run's state takes. */
  state: number;
  updates: Record<string, UpdateCost>;
  /** False where twice the fewest images were too many: no more than the fewest fit, and the lines say the least that more would take. */
  exact: boolean;
};

export const at = ({ fixed, perImage }: Line, images: number): number => fixed + perImage * images;

/** An update went beyond the bytes that it was allowed. */
export class TooMuch extends Error {
  constructor(readonly bytes: number) {
    super(`An update takes more than ${bytes} bytes.`);
  }
}

/** The parameter that says how many images an update of this network takes. */
export const batchOf = ({ params }: ModelSpec, network: string): string =>
  Object.keys(params).find((key) => params[key].imagesOf === network) ?? 'batch';

/** After so long one round is enough: what is left to compile no longer matters to the time. */
const LONG_SECONDS = 2;

/**
 * Takes updates of every network with the fewest images that `params` allow, and with twice as many.
 * @param most bytes of tensors; an update that needs more is broken off
 * @param wanted asked between updates; false ends it
 * @returns null when it was ended
 * @throws TooMuch
 */
export async function measure(
  model: AnomalyModel,
  params: Params,
  most: number,
  wanted: () => boolean,
  report: (done: number, total: number) => void,
): Promise<Cost | null> {
  const { spec } = model;
  const keys = [...new Set(Object.keys(spec.networks).map((network) => batchOf(spec, network)))];
  const fewest = (key: string) => Math.max(spec.params[key].min, spec.params[key].step);
  const round = (times: number) => {
    const small = Object.fromEntries(keys.map((key) => [key, times * fewest(key)]));
    const brief = model.brief?.({ ...params, ...small }) ?? { ...params, ...small };
    return roundOf(model, brief, most, wanted, (done, total) => report(done + (times - 1) * total, 2 * total));
  };
  const one = await round(1);
  const two = one && (await round(2).catch(brokenOff));
  if (!one || !two) return null;
  const updates = Object.entries(one.updates).map(([network, first]): [string, UpdateCost] => {
    const second = two === 'too much' ? { ...first, bytes: network === heaviest(one) ? most : first.bytes } : two.updates[network];
    const batch = batchOf(spec, network);
    const line = (key: keyof Update): Line => {
      const perImage = Math.max(0, second[key] - first[key]) / fewest(batch);
      return { fixed: first[key] - perImage * fewest(batch), perImage };
    };
    return [network, { batch, bytes: line('bytes'), largest: line('largest'), seconds: line('seconds') }];
  });
  return { state: one.state, updates: Object.fromEntries(updates), exact: two !== 'too much' };
}

function brokenOff(error: unknown): 'too much' {
  if (error instanceof TooMuch) return 'too much';
  throw error;
}

const heaviest = ({ updates }: Round): string => Object.keys(updates).reduce((a, b) => (updates[a].bytes > updates[b].bytes ? a : b));

type Update = { bytes: number; largest: number; seconds: number };
type Round = { state: number; updates: Record<string, Update> };

async function roundOf(
  model: AnomalyModel,
  params: Params,
  most: number,
  wanted: () => boolean,
  report: (done: number, total: number) => void,
): Promise<Round | null> {
  const { size } = params;
  const random = new Random(0);
  const values = (n: number) => Float32Array.from({ length: n * size * size }, () => random.between(-1, 1));
  const sampler: Sampler = { random, count: () => 1000, batch: (_, n) => tf.tensor4d(values(n), [n, size, size, 1]) };
  const built = watched(most, () => model.build(params, size, size, 0));
  const trainer = built.value;
  const steps = trainer.train(sampler);
  const updates: Record<string, Update> = {};
  const networks = Object.keys(model.spec.networks);
  const enough = () => networks.every((network) => updates[network]);
  let taken = 0;
  const state = Object.values(trainer.variables).reduce((sum, { size: n }) => sum + 4 * n, 0);
  const started = performance.now();
  try {
    // What an update compiles it compiles at first; the second round says how long it takes.
    for (let due = Number.POSITIVE_INFINITY; taken < due; ) {
      if (!wanted()) return null;
      const start = performance.now();
      const { value: step, bytes, largest } = watched(most - built.grown, () => next(steps));
      await Promise.all(Object.values(step.losses).map((loss) => loss.data()));
      tf.dispose(step.losses);
      const before = updates[step.network];
      updates[step.network] = {
        bytes: Math.max(built.grown + bytes, before?.bytes ?? 0),
        largest: Math.max(largest, before?.largest ?? 0),
        seconds: (performance.now() - start) / 1000,
      };
      taken++;
      report(Object.keys(updates).length, networks.length);
      if (due === Number.POSITIVE_INFINITY && enough()) due = performance.now() - started < 1000 * LONG_SECONDS ? 2 * taken : taken;
      await hop();
    }
  } finally {
    steps.return();
    trainer.dispose();
  }
  return { state, updates };
}

function next(steps: Generator<TrainStep, void, void>): TrainStep {
  const { done, value } = steps.next();
  if (done) throw new Error('The schedule ended before all networks had learnt.');
  return value;
}

/** What tfjs counts, and tells of every tensor that it takes in. */
type Tracker = { state: { numBytes: number }; trackTensor(tensor: tf.Tensor, backend: unknown): void };

/**
 * Runs `work` and counts the bytes of tensors: how many more there were at most, and at the end, than at the start, and of the largest tensor.
 * @throws TooMuch, out of `work`, at the tensor that goes beyond `most`; what it made is gone then, variables too
 */
function watched<T>(most: number, work: () => T): { value: T; bytes: number; grown: number; largest: number } {
  const engine = tf.engine() as unknown as Tracker;
  const before = engine.state.numBytes;
  let bytes = 0;
  let largest = 0;
  const made: tf.Tensor[] = [];
  const track = engine.trackTensor;
  engine.trackTensor = function (this: Tracker, tensor, backend) {
    track.call(this, tensor, backend);
    made.push(tensor);
    bytes = Math.max(bytes, this.state.numBytes - before);
    largest = Math.max(largest, 4 * tensor.size);
    if (bytes > most) throw new TooMuch(most);
  };
  try {
    return { value: work(), bytes, grown: engine.state.numBytes - before, largest };
  } catch (error) {
    for (const tensor of made) tensor.dispose(); // those that are disposed already take it in silence
    throw error;
  } finally {
    Reflect.deleteProperty(engine, 'trackTensor'); // the class has its own
  }
}
