import { beforeAll, describe, expect, it } from 'vitest';
import { nodePlatform } from '../headless/platform';
import { MODELS } from '../models/registry';
import { openBackend } from './backend';
import { type ScoringHooks, scoreSlices } from './scoring';
import { scoreOnce } from './searches';
import { madeSlices } from './testRun';

const model = MODELS.anogan;
const params = { ...model.spec.presets.demo.params, size: 32, width: 4, latent: 6, searchSteps: 4, searchRate: 0.1 };
const build = () => model.build(params, 32, 32, 1);

beforeAll(async () => {
  await openBackend('wasm', nodePlatform, () => {});
});

/** Counts the steps that are taken, and cancels after so many. */
function counting(most = Number.POSITIVE_INFINITY): ScoringHooks & { steps: number } {
  const hooks = {
    steps: 0,
    cancelled: () => hooks.steps >= most,
    progress: (_: number, step: unknown) => {
      if (step) hooks.steps++;
    },
  };
  return hooks;
}

describe('scoreOnce', () => {
  it('searches once for A(x), R(x) and D(x), once more for GAN_R, and gives what a search of their own gives', async () => {
    const [trainer, slices] = [build(), madeSlices(35)];
    const steps: number[] = [];
    for (const scorer of ['A(x)', 'R(x)', 'D(x)', 'Â(x)', 'D̂(x)']) {
      const hooks = counting();
      const { scores, maps, count } = await scoreOnce(trainer, 7, 'signed', slices, scorer, false, hooks);
      const own = await scoreSlices(trainer, 'signed', slices, scorer, false, counting());
      expect(scores).toEqual(own.scores);
      expect([maps, count]).toEqual([own.maps, 35]);
      steps.push(hooks.steps);
    }
    expect(steps).toEqual([8, 0, 0, 8, 0]);
    trainer.dispose();
  });

  it('keeps both searches of the test set, of the reference and of the validation set', async () => {
    const [trainer, sets] = [build(), [0, 100, 200].map((first) => madeSlices(2, first))];
    const steps: number[] = [];
    for (const scorer of ['A(x)', 'Â(x)', 'R(x)', 'D̂(x)']) {
      const hooks = counting();
      for (const slices of sets) await scoreOnce(trainer, 7, 'signed', slices, scorer, false, hooks);
      steps.push(hooks.steps);
    }
    expect(steps).toEqual([12, 12, 0, 0]);
    trainer.dispose();
  });

  it('searches again for other weights, other slices, another smoothing and another trainer', async () => {
    const [trainer, other, slices] = [build(), build(), madeSlices(3)];
    const stepsOf = async (...[who, update, some, smooth]: [typeof trainer, number, typeof slices, boolean]) => {
      const hooks = counting();
      await scoreOnce(who, update, 'signed', some, 'R(x)', smooth, hooks);
      return hooks.steps;
    };
    expect(await stepsOf(trainer, 1, slices, false)).toBe(4);
    expect(await stepsOf(trainer, 1, slices, false)).toBe(0);
    expect(await stepsOf(trainer, 1, slices.slice(0, 2), false)).toBe(4);
    expect(await stepsOf(trainer, 1, slices, true)).toBe(4);
    expect(await stepsOf(other, 1, slices, false)).toBe(4);
    expect(await stepsOf(trainer, 2, slices, false)).toBe(4);
    trainer.dispose();
    other.dispose();
  });

  it('keeps what a stopped search has found, says at which step, and does not use it for another score', async () => {
    const [trainer, slices] = [build(), madeSlices(40)];
    const stopped = await scoreOnce(trainer, 1, 'signed', slices, 'A(x)', false, counting(6));
    expect([stopped.count, stopped.partial]).toEqual([40, { from: 32, step: 2, of: 4 }]);
    const short = model.build({ ...params, searchSteps: 2 }, 32, 32, 1);
    const two = await scoreSlices(short, 'signed', slices.slice(32), 'A(x)', false, counting());
    expect(stopped.scores.slice(32)).toEqual(two.scores);
    const whole = await scoreOnce(trainer, 1, 'signed', slices, 'A(x)', false, counting());
    expect(whole.partial).toBeUndefined();
    expect(stopped.scores.slice(0, 32)).toEqual(whole.scores.slice(0, 32));
    expect(stopped.scores.slice(32)).not.toEqual(whole.scores.slice(32));
    trainer.dispose();
    short.dispose();
  });
});
