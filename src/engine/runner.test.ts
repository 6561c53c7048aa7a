import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Point } from '../core/protocol';
import { Runner } from './runner';
import { type AtUpdate, counting } from './testRun';

const rest = (ms = 40) => new Promise((resolve) => setTimeout(resolve, ms));

type Setup = { at?: AtUpdate; updates?: number; startAt?: number };

function setUp({ at, updates = 1_000_000, startAt }: Setup = {}) {
  const points: Point[] = [];
  const phases: string[] = [];
  const trainer = counting(at);
  const runner: Runner = new Runner(
    trainer,
    trainer.steps,
    updates,
    {
      points: (more) => points.push(...more),
      state: () => phases.at(-1) !== runner.phase && phases.push(runner.phase),
      between: async () => {},
    },
    { update: startAt ?? 0, seconds: 0 },
  );
  return { runner, trainer, points, phases, weight: () => trainer.variables.a.dataSync()[0] };
}

/** What a message from the page does: it arrives when the queue has its turn, while the loop runs. */
function sendAt(update: number, send: () => void): AtUpdate {
  return (now) => {
    if (now === update) setTimeout(send, 0);
    // An update that takes longer than a timer does.
    const until = performance.now() + 2;
    while (now >= update && performance.now() < until);
    return undefined;
  };
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});
afterEach(() => void vi.restoreAllMocks());

describe('a run', () => {
  it('does its updates, reports every loss once and in order, and is done', async () => {
    const { runner, points, phases, weight } = setUp({ updates: 37 });
    await runner.run();
    expect(phases).toEqual(['running', 'done']);
    expect(weight()).toBe(37);
    expect(points.map((p) => p.update)).toEqual(Array.from({ length: 37 }, (_, i) => i + 1));
    for (const { update, ...point } of points)
      expect(point).toEqual({ network: 'toy', losses: { falling: Math.fround(1 / update), count: update } });
    expect(runner.message).toBeNull();
  });

  it('stops short of all its updates where it was told to', async () => {
    const { runner, points, phases, weight } = setUp({ updates: 37 });
    runner.until = 20;
    await runner.run();
    expect([runner.update, weight(), points.length]).toEqual([20, 20, 20]);
    expect(phases).toEqual(['running', 'stopped']);
  });

  it('goes on counting where a resumed run stood', async () => {
    const { runner, points, weight } = setUp({ updates: 10, startAt: 7 });
    await runner.run();
    expect([runner.update, weight()]).toEqual([10, 3]);
    expect(points.map((p) => p.update)).toEqual([8, 9, 10]);
  });

  it('leaves no tensor behind, however it ends', async () => {
    const start = tf.memory().numTensors;
    for (const end of ['done', 'stopped', 'failed', 'thrown']) {
      const { runner, trainer } = setUp({
        updates: 25,
        at: (update) => {
          if (update === 13 && end === 'stopped') runner.stop();
          if (update === 13 && end === 'thrown') throw new Error('A made-up fault.');
          return update === 13 && end === 'failed' ? { loss: Number.NaN } : undefined;
        },
      });
      await runner.run();
      expect(runner.phase).toBe(end === 'thrown' ? 'failed' : end);
      expect(tf.memory().numTensors).toBe(start + 2);
      trainer.dispose();
      expect(tf.memory().numTensors).toBe(start);
    }
  });
});

describe('controls take effect within one update', () => {
  it('stop', async () => {
    const { runner, weight } = setUp({ at: sendAt(5, () => runner.stop()) });
    await runner.run();
    expect(runner.phase).toBe('stopped');
    expect(weight()).toBeLessThanOrEqual(6);
    expect(weight()).toBe(runner.update);
  });

  it('stop, before the first update', async () => {
    const { runner, weight } = setUp();
    const ended = runner.run();
    runner.stop();
    await ended;
    expect([runner.phase, weight()]).toEqual(['stopped', 0]);
  });

  it('pause, resume', async () => {
    const { runner, points, weight } = setUp({ at: sendAt(5, () => runner.pause()) });
    const ended = runner.run();
    await vi.waitUntil(() => runner.phase === 'paused');
    await rest();
    const held = weight();
    expect(
      points.map((p) => p.update),
      'whoever pauses sees all losses so far',
    ).toEqual(Array.from({ length: held }, (_, i) => i + 1));
    expect(held).toBeLessThanOrEqual(6);
    await rest();
    expect(weight()).toBe(held);
    runner.resume();
    await vi.waitUntil(() => weight() > held + 2);
    expect(runner.phase).toBe('running');
    runner.stop();
    await ended;
  });

  it('single steps: each one update, its losses at once, then paused again', async () => {
    const { runner, points, weight } = setUp({ at: (update) => (update === 3 ? void runner.pause() : undefined) });
    const ended = runner.run();
    await vi.waitUntil(() => runner.phase === 'paused');
    await rest();
    expect(weight()).toBe(3);
    for (const wanted of [4, 5]) {
      runner.step();
      await vi.waitUntil(() => points.at(-1)?.update === wanted);
      await rest();
      expect([weight(), runner.phase, points.at(-1)?.update]).toEqual([wanted, 'paused', wanted]);
    }
    runner.step();
    runner.step();
    await vi.waitUntil(() => weight() === 7);
    await rest();
    expect(weight()).toBe(7);
    runner.stop(); // while it waits
    await ended;
    expect([runner.phase, weight()]).toEqual(['stopped', 7]);
  });

  it('a single step of a running run is its last', async () => {
    const { runner, weight } = setUp({ at: (update) => (update === 4 ? void runner.step() : undefined) });
    const ended = runner.run();
    await vi.waitUntil(() => runner.phase === 'paused' && weight() === 5);
    await rest();
    expect([weight(), runner.phase]).toEqual([5, 'paused']);
    runner.stop();
    await ended;
  });
});

describe('numbers that stop being numbers', () => {
  it('in a loss: the run stops, the good weights come back, and the sentence says what to try', async () => {
    const at: AtUpdate = (update) => (update >= 9 ? { loss: Number.NaN, weight: Number.NaN } : undefined);
    const { runner, trainer, points, phases, weight } = setUp({ at, updates: 1000 });
    await runner.run();
    expect(phases).toEqual(['running', 'failed']);
    expect(runner.message).toMatch(
      /^The loss “falling” stopped being a number at update 9\. The weights of update \d+ are kept\. Try a tenth of the rate/,
    );
    expect(runner.update).toBeLessThan(9);
    expect(weight()).toBe(runner.update);
    expect(trainer.updates).toBe(2 * runner.update);
    expect(points.every((p) => Number.isFinite(p.losses.falling))).toBe(true);
  });

  it('an infinite loss counts too', async () => {
    const { runner } = setUp({ at: (update) => (update === 2 ? { loss: Number.POSITIVE_INFINITY } : undefined) });
    await runner.run();
    expect(runner.phase).toBe('failed');
  });

  it('in the weights alone: found at the end of a short run', async () => {
    const { runner, weight } = setUp({ at: (update) => (update === 5 ? { weight: Number.NaN } : undefined), updates: 20 });
    await runner.run();
    expect(runner.phase).toBe('failed');
    expect(runner.message).toMatch(/^The weights stopped being numbers near update 20\. The weights of update \d+ are kept\. Try/);
    expect(runner.update).toBeLessThan(5);
    expect(weight()).toBe(runner.update);
  });

  it('keeps good weights every two seconds, although losses are read only now and then', async () => {
    // A clock of 13 ms an update: losses are read at least every 8 updates, and two seconds after the first are over at 155.
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const at: AtUpdate = (update) => {
      now += 13;
      return update >= 200 ? { loss: Number.NaN, weight: Number.NaN } : undefined;
    };
    const { runner, weight } = setUp({ at });
    await runner.run();
    expect(runner.phase).toBe('failed');
    expect(runner.update).toBeGreaterThanOrEqual(155);
    expect(runner.update).toBeLessThan(155 + 8);
    expect(weight()).toBe(runner.update);
  });

  it('finds weights gone bad while it runs', async () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const at: AtUpdate = (update) => {
      now += 500;
      return update >= 50 ? { weight: Number.NaN } : undefined;
    };
    const { runner, weight } = setUp({ at });
    await runner.run();
    expect(runner.message).toMatch(/^The weights stopped being numbers near update 5\d\./);
    expect(runner.update).toBeGreaterThanOrEqual(45);
    expect(weight()).toBe(runner.update);
  });
});

describe('a loss beyond the limit that is watched from outside', () => {
  /** A run on a made-up clock that fails when the losses of an update arrive. @param took milliseconds of an update */
  async function failing(at: number, took: (update: number) => number) {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const trainer = counting((update) => {
      now += took(update);
      return undefined;
    });
    const ended: string[] = [];
    const steps = (function* () {
      for (const step of trainer.steps) yield { ...step, ends: 'a part' };
    })();
    const runner: Runner = new Runner(trainer, steps, 100, {
      points: (points) => points.some(({ update }) => update === at) && runner.fail('Too high.'),
      state: () => {},
      between: async () => {},
      ended: async () => void ended.push(`part at ${runner.update}`),
    });
    await runner.run();
    return { message: runner.message, weight: trainer.variables.a.dataSync()[0], parts: ended.length };
  }

  it('with slow updates: the weights that are kept are those of the update before, and no part ends with it', async () => {
    expect(await failing(3, () => 2500)).toEqual({ message: 'Too high. The weights of update 2 are kept.', weight: 2, parts: 2 });
  });

  it('keeps no weights whose losses were read and have not been seen yet', async () => {
    // Update 1 is plotted and kept. Updates 3 to 10 are read 2010 ms later, since eight wait: weights are due then, and no plot is.
    const took = (update: number) => [0, 1, 1930][update] ?? 10;
    expect(await failing(10, took)).toMatchObject({ message: 'Too high. The weights of update 1 are kept.', weight: 1 });
  });
});

describe('faults from elsewhere', () => {
  it('an exception becomes the sentence', async () => {
    const { runner } = setUp({
      at: (update) => {
        if (update === 4) throw new Error('There is not enough memory.');
        return undefined;
      },
    });
    await runner.run();
    expect(runner.message).toMatch(/^The run stopped: There is not enough memory\. The weights of update \d+ are kept\.$/);
  });

  it('a fault that a single step shows ends the run at once, not when it goes on', async () => {
    const trainer = counting();
    const runner: Runner = new Runner(trainer, trainer.steps, 100, {
      points: (points) => points.some(({ update }) => update === 1) && runner.fail('Too high.'),
      state: () => {},
      between: async () => {},
    });
    runner.step();
    const ended = runner.run();
    runner.pause();
    runner.step();
    await Promise.race([ended, rest(2000)]);
    expect([runner.phase, runner.message]).toEqual(['failed', expect.stringContaining('Too high.')]);
    await ended;
  });

  it('a lost device ends a paused run too, with the first sentence', async () => {
    const { runner } = setUp({ at: (update) => (update === 3 ? void runner.pause() : undefined) });
    const ended = runner.run();
    await vi.waitUntil(() => runner.phase === 'paused');
    await rest();
    runner.fail('The graphics device stopped.');
    runner.fail('Something after it.');
    await ended;
    expect([runner.phase, runner.message]).toEqual([
      'failed',
      expect.stringMatching(/^The graphics device stopped\. The weights of update \d+ are kept\.$/),
    ]);
  });
});
