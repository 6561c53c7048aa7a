/** A run's state on the host, taken now and then while its weights live on a graphics device that may stop. */
import type { Command, RunPhase } from '../core/protocol';
import type { Checked } from '../core/selection';
import type { Trainer } from '../models/model';
import { type Checkpoint, checkpointOf } from './checkpoint';
import type { Runner } from './runner';
import type { SliceSampler } from './sampler';

/** Between two copies at least so long, and so long that they take this share of the time. */
const EVERY_MS = 10_000;
const SHARE = 0.05;

export class Backup {
  private copy: Checkpoint | null = null;
  private next = performance.now() + EVERY_MS;

  constructor(private readonly run: { trainer: Trainer; sampler: SliceSampler; runner: Runner }) {}

  /** The last copy whose values are all numbers. */
  get checkpoint(): Checkpoint | null {
    return this.copy;
  }

  /** Forgets the copy, of weights that the run went back from; the next one is due at once. */
  forget(): void {
    this.copy = null;
    this.next = 0;
  }

  /** To be called between two updates, and once the run has ended: takes a copy when one is due. */
  async takeDue(): Promise<void> {
    const { runner } = this.run;
    const start = performance.now();
    const ended = runner.phase === 'done' || runner.phase === 'stopped';
    const due = ended || (start >= this.next && ['running', 'paused'].includes(runner.phase));
    if (!due || this.copy?.update === runner.update) return;
    const taken = await checkpointOf(this.run);
    if (Object.values(taken.tensors).every(({ values }) => values.every(Number.isFinite))) this.copy = taken;
    const end = performance.now();
    this.next = end + Math.max(EVERY_MS, (end - start) / SHARE);
  }
}

/** What a lost device leaves of a run: the last copy, what was found at checkpoints so far, and whether it had ended. */
export type Rescue = {
  command: Extract<Command, { kind: 'train' }>;
  checkpoint: Checkpoint;
  checked: readonly Checked[];
  phase: RunPhase;
};

/** Commands after which a run would go on from other data, or was given up for another. */
const GIVES_UP = new Set<Command['kind']>([
  ...(['phantom', 'load', 'use', 'assign', 'assignPatients', 'prepare', 'simulate', 'chooseArray'] as const),
  ...(['train', 'unpack', 'attach'] as const),
]);

/** Keeps what a lost device left until the engine starts again. */
export class Rescues {
  private kept: Rescue | null = null;

  /** @returns the sentence to show for a run whose device stopped; `sentence` where nothing was copied */
  keep(rescue: Rescue | null, update: number, sentence: string): string {
    this.kept = rescue;
    if (!rescue) return sentence;
    const copied = rescue.checkpoint.update;
    const lost = update - copied;
    const since = lost <= 0 ? 'nothing is lost' : lost === 1 ? 'the update since is lost' : `the ${lost} updates since are lost`;
    return `The graphics device stopped. The weights of update ${copied} had been copied from it: start the engine again, or choose WASM, and the run waits there; ${since}.`;
  }

  /** To be told of every command. */
  see({ kind }: Command): void {
    if (GIVES_UP.has(kind)) this.kept = null;
  }

  take(): Rescue | null {
    const { kept } = this;
    this.kept = null;
    return kept;
  }
}
