/** All of a run's state as plain data, so that it goes on bit for bit where it stopped. */
import * as tf from '@tensorflow/tfjs';
import type { Trainer } from '../models/model';
import type { SamplerState, SliceSampler } from './sampler';

export type NamedTensor = { shape: number[]; values: Float32Array };
export type Checkpoint = {
  update: number;
  optimiserSteps: number;
  /** Seconds spent in updates until here. */
  seconds: number;
  sampler: SamplerState;
  tensors: Record<string, NamedTensor>;
};

export async function checkpointOf(run: {
  trainer: Trainer;
  sampler: SliceSampler;
  runner: { update: number; seconds: number };
}): Promise<Checkpoint> {
  const entries = Object.entries(run.trainer.variables);
  // Held against later updates while the reads are under way.
  const held = tf.tidy(() => entries.map(([, variable]) => tf.clone(variable)));
  const { update, seconds } = run.runner;
  const state = { update, optimiserSteps: run.trainer.updates, seconds, sampler: run.sampler.state };
  const values = await Promise.all(held.map((tensor) => tensor.data()));
  tf.dispose(held);
  const tensors = Object.fromEntries(
    entries.map(([name, variable], i) => [name, { shape: variable.shape, values: new Float32Array(values[i]) }]),
  );
  return { ...state, tensors };
}

/** What an optimiser remembers of its steps: by name `m` and `v` of a weight. */
const isMoment = (name: string): boolean => /\/[mv]$/.test(name);

/** Whether the optimisers' moments were left out, as in checkpoints that come with the lab: such a run can be scored, but not go on. */
export const withoutMoments = ({ tensors }: Pick<Checkpoint, 'tensors'>): boolean => !Object.keys(tensors).some(isMoment);

/** @throws Error naming the first tensor that does not fit. */
export function restore(checkpoint: Checkpoint, trainer: Trainer, sampler: SliceSampler): void {
  const bare = withoutMoments(checkpoint);
  for (const [name, variable] of Object.entries(trainer.variables)) {
    if (bare && isMoment(name)) continue;
    const saved = checkpoint.tensors[name];
    if (!saved) throw new Error(`The checkpoint lacks "${name}": it was made by another model.`);
    if (saved.shape.join('×') !== variable.shape.join('×')) {
      throw new Error(
        `The checkpoint's "${name}" is ${saved.shape.join('×')}, this model's is ${variable.shape.join('×')}: the parameters differ.`,
      );
    }
    tf.tidy(() => variable.assign(tf.tensor(saved.values, saved.shape)));
  }
  trainer.updates = checkpoint.optimiserSteps;
  sampler.state = checkpoint.sampler;
}
