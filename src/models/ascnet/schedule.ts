/** Who learns when: cycles of a discriminator phase and a main phase, in two stages (section 3, "Training"). */

export type Learner = 'discriminator' | 'mainModule';
export type Stage = 1 | 2;

export type Schedule = {
  /** Cycles of stage 1 and of stage 2. */
  cycles: Record<Stage, number>;
  /** Updates of one phase. */
  steps: Record<Stage, Record<Learner, number>>;
};

export type Phase = {
  learner: Learner;
  stage: Stage;
  /** Counted from 1 through both stages. */
  cycle: number;
  steps: number;
  /** Steps of this phase that are already taken. */
  from: number;
};

export type ScheduleSettings = {
  cycles: Record<Stage, number>;
  epochs: Record<Learner, number>;
  batch: Record<Learner, number>;
  /** The authors' code feeds I_in twice to M in stage 2. */
  doubleMain: boolean;
  /** Scales all phases so that the run has about this many updates; 0 leaves them at their epochs. */
  updates: number;
};

/**
 * @param reference, mixed slices in each set: the smaller one counts as large as the other, since random duplicates fill it up [P]
 */
export function scheduleOf({ cycles, epochs, batch, doubleMain, updates }: ScheduleSettings, reference: number, mixed: number): Schedule {
  const n = Math.max(reference, mixed);
  // D's epoch is R_d and the fakes; in stage 2 R_d ∪ I_fc(R_d) and as many fakes.
  const images = (stage: Stage): Record<Learner, number> => ({
    discriminator: stage === 1 ? 2 * n : 4 * n,
    mainModule: stage === 2 && doubleMain ? 2 * n : n,
  });
  const exact = (stage: Stage, learner: Learner) => (epochs[learner] * images(stage)[learner]) / batch[learner];
  const cycle = (stage: Stage) => exact(stage, 'discriminator') + exact(stage, 'mainModule');
  const scale = updates > 0 ? updates / (cycles[1] * cycle(1) + cycles[2] * cycle(2)) : 1;
  const steps = (stage: Stage, learner: Learner) => Math.max(1, Math.round(scale * exact(stage, learner)));
  const both = (stage: Stage) => ({ discriminator: steps(stage, 'discriminator'), mainModule: steps(stage, 'mainModule') });
  return { cycles, steps: { 1: both(1), 2: both(2) } };
}

/** Updates of the whole schedule. */
export function totalUpdates({ cycles, steps }: Schedule): number {
  const cycle = (stage: Stage) => steps[stage].discriminator + steps[stage].mainModule;
  return cycles[1] * cycle(1) + cycles[2] * cycle(2);
}

/** Every phase from the first; a run that goes past its last cycle repeats it. */
function* phases({ cycles, steps }: Schedule): Generator<Phase, void, void> {
  for (let cycle = 1; ; cycle++) {
    const stage = cycle <= cycles[1] || cycles[2] === 0 ? 1 : 2;
    for (const learner of ['discriminator', 'mainModule'] as const) yield { learner, stage, cycle, steps: steps[stage][learner], from: 0 };
  }
}

/** The phases that remain after `updates` updates: the first may be under way. */
export function* phasesAfter(schedule: Schedule, updates: number): Generator<Phase, void, void> {
  let before = updates;
  for (const phase of phases(schedule)) {
    if (before < phase.steps) yield { ...phase, from: before };
    before = Math.max(0, before - phase.steps);
  }
}

/** How many of the first `updates` updates each network had. */
export function learned(schedule: Schedule, updates: number): Record<Learner, number> {
  const taken = { discriminator: 0, mainModule: 0 };
  let left = updates;
  for (const { learner, steps } of phases(schedule)) {
    taken[learner] += Math.min(left, steps);
    left -= Math.min(left, steps);
    if (left === 0) break;
  }
  return taken;
}
