/** Places of a run that can be gone back to, held in memory: weights, draws, and how the fixed slices looked. */
import * as tf from '@tensorflow/tfjs';
import type { Preview, SnapshotInfo } from '../core/protocol';
import type { Trainer } from '../models/model';
import type { SamplerState, SliceSampler } from './sampler';

/** Beyond either bound the oldest goes; the newest always stays, and so does the chosen one. */
const MOST = 12;
const MOST_BYTES = 400 * 2 ** 20;

type Held = SnapshotInfo & { tensors: tf.Tensor[]; sampler: SamplerState; optimiserSteps: number; seconds: number };
export type Place = { update: number; seconds: number };

/** Most bytes of snapshots when each takes so many. @param chosen whether one of them is chosen, and stays beside the newest */
export const bytesHeld = (bytes: number, chosen: boolean): number =>
  bytes * Math.min(MOST, Math.max(chosen ? 2 : 1, Math.floor(MOST_BYTES / bytes)));

export class Snapshots {
  /** The update whose snapshot gives way to none: that of the weights that are chosen so far. */
  chosen: number | null = null;
  private readonly held: Held[] = [];
  private next = 1;
  /** How many gave way to newer ones. */
  private dropped = 0;

  constructor(
    private readonly trainer: Trainer,
    private readonly sampler: SliceSampler,
  ) {}

  /** Costs no copy at once: assigning a variable leaves its old tensor to whoever holds it. */
  take(reason: string, { update, seconds }: Place, preview: Preview): void {
    const variables = Object.values(this.trainer.variables);
    const tensors = tf.tidy(() => variables.map((variable) => tf.clone(variable)));
    const bytes = variables.reduce((sum, { size }) => sum + 4 * size, 0);
    const { state: sampler } = this.sampler;
    this.held.push({ id: this.next++, update, reason, preview, bytes, tensors, sampler, optimiserSteps: this.trainer.updates, seconds });
    while (this.held.length > MOST || this.held.length * bytes > MOST_BYTES) {
      const oldest = this.oldest();
      if (oldest < 0) break;
      tf.dispose(this.held.splice(oldest, 1)[0].tensors);
      this.dropped++;
    }
  }

  /** The place of the oldest that may go; -1 where none may. */
  private oldest(): number {
    const chosen = this.held.findLastIndex(({ update }) => update === this.chosen);
    return this.held.findIndex((_, i) => i !== chosen && i !== this.held.length - 1);
  }

  /** Weights, moments, averages and draws as they were then. @throws Error with the sentence to show when it is no longer held */
  restore(id: number): Place & { preview: Preview } {
    const found = this.held.find((one) => one.id === id);
    if (!found) throw new Error(`Snapshot ${id} is no longer held: newer ones took its place.`);
    Object.values(this.trainer.variables).forEach((variable, i) => {
      variable.assign(found.tensors[i]);
    });
    this.trainer.updates = found.optimiserSteps;
    this.sampler.state = found.sampler;
    return found;
  }

  get list(): { snapshots: readonly SnapshotInfo[]; dropped: number } {
    const snapshots = this.held.map(({ id, update, reason, preview, bytes }) => ({ id, update, reason, preview, bytes }));
    return { snapshots, dropped: this.dropped };
  }

  dispose(): void {
    for (const { tensors } of this.held.splice(0)) tf.dispose(tensors);
  }
}
