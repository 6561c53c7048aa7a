/** Who learns when, and at which rate. Both follow from the updates so far, so that a run can resume anywhere. */
import type { Adam } from '../../nn/adam';

export type ScheduleSettings = {
  /** Updates of the generator alone, before the game; the paper has none. Its Adam goes on from there, moments and count: it is one optimiser. */
  warmUp: number;
  /** Updates of the critic for each of the generator; the paper has 2. */
  criticUpdates: number;
  /** Updates of a run, critic and generator together. */
  updates: number;
  /** Share of the run, at its end, in which the rate falls to 0. */
  decay: number;
};

/** How many of `updates` updates each network has: `warmUp` of the generator; then `criticUpdates` of the critic, one of the generator, and over
 * again. */
export function taken(updates: number, criticUpdates: number, warmUp = 0): Record<'critic' | 'generator', number> {
  const played = Math.max(0, updates - warmUp);
  const generator = Math.floor(played / (criticUpdates + 1));
  return { critic: played - generator, generator: updates - played + generator };
}

/**
 * Factor on the rate in iteration 1 … `iterations`: constant, then linear to 0 over the last share `decay` (table 1.2, C1 of the design; the
 * published code's own decay leaves 99.9 % of the rate at the end).
 */
export function rateFactor(iteration: number, iterations: number, decay: number): number {
  const left = iterations - iteration + 1;
  return left >= decay * iterations ? 1 : Math.max(0, left / (decay * iterations));
}

export class Turns {
  private readonly iterations: number;

  constructor(
    readonly critic: Adam,
    readonly generator: Adam,
    private readonly settings: ScheduleSettings,
  ) {
    // An iteration is an update of the critic, with one of the generator in every `criticUpdates`-th.
    this.iterations = taken(settings.updates, settings.criticUpdates, settings.warmUp).critic;
  }

  get updates(): number {
    return this.critic.updates + this.generator.updates;
  }
  set updates(n: number) {
    const { critic, generator } = taken(n, this.settings.criticUpdates, this.settings.warmUp);
    this.critic.updates = critic;
    this.generator.updates = generator;
  }

  /** The network whose turn it is, the factor on its rate, and whether the critic has still to come in; the generator's turn belongs to the
   * iteration of the critic's last. */
  get next(): { network: 'critic' | 'generator'; factor: number; alone: boolean } {
    const { criticUpdates, decay, warmUp } = this.settings;
    if (this.updates < warmUp) return { network: 'generator', factor: 1, alone: true };
    const network = (this.updates - warmUp) % (criticUpdates + 1) === criticUpdates ? 'generator' : 'critic';
    const iteration = this.critic.updates + (network === 'critic' ? 1 : 0);
    return { network, factor: rateFactor(iteration, this.iterations, decay), alone: false };
  }
}
