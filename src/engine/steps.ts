/** How a run's updates are taken: as its model takes them, or recorded and replayed. */
import type { ReplayState } from '../core/protocol';
import { fresh, type Report, replaying } from '../kernels/webgpu/replay/replay';
import type { Sampler, Trainer, TrainStep } from '../models/model';

export class Steps {
  private readonly report: Report | null;

  /** @param replay whether updates are recorded and replayed, which WebGPU alone can do */
  constructor(
    private readonly trainer: Pick<Trainer, 'train'>,
    private readonly sampler: Sampler,
    replay: boolean,
  ) {
    this.report = replay ? fresh() : null;
  }

  /** A training that goes on from where the trainer and the draws stand; one at a time. */
  begin(): Generator<TrainStep, void, void> {
    const steps = this.trainer.train(this.sampler);
    return this.report ? replaying(steps, this.sampler.random, this.report) : steps;
  }

  /** What became of the recordings so far; null where nothing is recorded. */
  get state(): ReplayState | null {
    if (!this.report) return null;
    const { replayed, bytes, why } = this.report;
    return { replayed, bytes, why };
  }
}
