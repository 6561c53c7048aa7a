import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Preview, Report, RunState } from '../core/protocol';
import { Random } from '../core/random';
import { nodePlatform } from '../headless/platform';
import type { Trainer } from '../models/model';
import { MODELS } from '../models/registry';
import { openBackend } from './backend';
import { Run } from './run';
import { SliceSampler } from './sampler';
import { bytesHeld, Snapshots } from './snapshots';
import { counting, madeSlices, rolesOf } from './testRun';

beforeAll(async () => {
  await openBackend('wasm', nodePlatform, () => {}, 1);
});

const preview = (update: number) => ({ update }) as Preview;
const values = (tensors: Readonly<Record<string, tf.Tensor>>) => Object.values(tensors).map((t) => [...t.dataSync()]);

describe('snapshots', () => {
  const roles = rolesOf({ reference: madeSlices(4) });

  it('bring back weights, optimiser steps and draws, and free what they held', () => {
    const before = tf.memory().numTensors;
    const trainer = counting();
    const sampler = new SliceSampler(roles, 'unit', new Random(1));
    const snapshots = new Snapshots(trainer, sampler);
    const advance = (n: number) => {
      for (let i = 0; i < n; i++) tf.dispose(trainer.steps.next().value?.losses ?? []);
    };
    const drawn = () => {
      const x = sampler.batch('reference', 3);
      const sums = [...tf.sum(x, [1, 2, 3]).dataSync()];
      x.dispose();
      return sums;
    };
    advance(3);
    snapshots.take('early', { update: 3, seconds: 1 }, preview(3));
    const [weights, draws] = [values(trainer.variables), drawn()];
    advance(4);
    snapshots.take('late', { update: 7, seconds: 2 }, preview(7));
    expect(values(trainer.variables)).not.toEqual(weights);
    expect(snapshots.restore(1)).toMatchObject({ update: 3, seconds: 1, reason: 'early' });
    expect([values(trainer.variables), trainer.updates, drawn()]).toEqual([weights, 6, draws]);
    snapshots.restore(2);
    expect([values(trainer.variables), trainer.updates]).toEqual([[[7, 7], [14]], 14]);
    expect(() => snapshots.restore(9)).toThrow('Snapshot 9 is no longer held');
    snapshots.dispose();
    trainer.dispose();
    // The sums above are the test's own.
    expect(tf.memory().numTensors).toBe(before + 2);
  });

  it('are at most twelve: the oldest gives way', () => {
    const trainer = counting();
    const snapshots = new Snapshots(trainer, new SliceSampler(roles, 'unit', new Random(1)));
    for (let update = 1; update <= 14; update++) snapshots.take('end', { update, seconds: 0 }, preview(update));
    const { snapshots: list, dropped } = snapshots.list;
    expect([list.length, list[0].update, list.at(-1)?.update, dropped]).toEqual([12, 3, 14, 2]);
    expect(() => snapshots.restore(2)).toThrow('no longer held');
    snapshots.dispose();
    trainer.dispose();
  });

  it('of the weights that are chosen gives way to none, until others are', () => {
    const trainer = counting();
    const snapshots = new Snapshots(trainer, new SliceSampler(roles, 'unit', new Random(1)));
    const updates = () => snapshots.list.snapshots.map(({ update }) => update);
    const take = (from: number, to: number) => {
      for (let update = from; update <= to; update++) snapshots.take('end', { update, seconds: 0 }, preview(update));
    };
    take(1, 1);
    snapshots.chosen = 2;
    take(2, 20);
    expect(updates()).toEqual([2, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(snapshots.restore(2)).toMatchObject({ update: 2 });
    snapshots.chosen = 21;
    take(21, 40);
    expect(updates()).toEqual([21, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40]);
    snapshots.dispose();
    trainer.dispose();
  });

  it('too large for more than one: the newest stays, and the chosen one beside it', () => {
    const before = tf.memory().numTensors;
    // One number that says it is 240 MiB.
    const large = Object.defineProperty(
      tf.tidy(() => tf.variable(tf.scalar(0))),
      'size',
      { value: 60 * 2 ** 20 },
    );
    const trainer = { variables: { large }, updates: 0 } as unknown as Trainer;
    const snapshots = new Snapshots(trainer, new SliceSampler(roles, 'unit', new Random(1)));
    const held: number[][] = [];
    for (let update = 1; update <= 5; update++) {
      if (update === 2 || update === 5) snapshots.chosen = update;
      snapshots.take('end', { update, seconds: 0 }, preview(update));
      held.push(snapshots.list.snapshots.map((one) => one.update));
    }
    expect(held).toEqual([[1], [2], [2, 3], [2, 4], [5]]);
    expect([bytesHeld(240 * 2 ** 20, false), bytesHeld(240 * 2 ** 20, true)]).toEqual([240 * 2 ** 20, 480 * 2 ** 20]);
    expect(bytesHeld(2 ** 20, true)).toBe(12 * 2 ** 20);
    snapshots.dispose();
    large.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a run of ASC-Net', () => {
  const params = {
    ...MODELS.ascnet.spec.presets.demo.params, size: 16, width: 8, batch: 2, discriminatorBatch: 4, stage1: 2, stage2: 1, updates: 6, warmup: 0,
  }; // biome-ignore format: a table
  const slices = (first: number) => madeSlices(6, first, { size: 16, truth: true, label: first > 10 ? 1 : 0 });

  it('has a snapshot at the end of every cycle, goes back in the middle of a phase, and the same updates follow again', async () => {
    const reports: Report[] = [];
    const roles = rolesOf({ reference: slices(0), mixed: slices(20), test: slices(40) });
    const command = { kind: 'train', run: 'a', model: 'ascnet', preset: 'demo', params, seed: 2 } as const;
    let gone = false;
    const of = <K extends Report['kind']>(kind: K) => reports.filter((r): r is Extract<Report, { kind: K }> => r.kind === kind);
    const run: Run = new Run(command, MODELS.ascnet, roles, 'phantom', { backend: 'wasm', replay: false }, (report) => {
      reports.push(report);
      // One update more, and it rests in the middle of the D phase of cycle 3, updates 5 and 6.
      if (report.kind === 'snapshots' && report.snapshots.at(-1)?.update === 4 && !gone) run.runner.step();
    }, true); // biome-ignore format: one argument is long
    const ended = run.start();
    while (run.runner.update < 5) await new Promise((resolve) => setTimeout(resolve, 20));
    const first = of('snapshots')[0].snapshots.find(({ reason }) => reason === 'end of cycle 1 of 3');
    expect(first?.update).toBe(2);
    gone = true;
    await run.goBack(first!.id);
    expect([run.runner.phase, run.runner.update, run.trainer.updates]).toEqual(['paused', 2, 2]);
    expect(of('restored').map(({ snapshot, preview: shown }) => [snapshot, shown.update])).toEqual([[first!.id, 2]]);
    const losses = () => of('points').flatMap(({ points }) => points);
    const had = losses().find(({ update }) => update === 3);
    run.runner.resume();
    await ended;
    const again = losses()
      .filter(({ update }) => update === 3)
      .at(-1);
    expect(again).toEqual(had);
    expect(had?.network).toBe('discriminator');
    expect((of('run').at(-1) as { state: RunState }).state).toMatchObject({ phase: 'done', update: 7 });
    expect(
      of('snapshots')
        .at(-1)
        ?.snapshots.some(({ reason }) => reason === 'end of cycle 3 of 3'),
    ).toBe(true);
    // A run that is over can be looked back on too.
    await run.goBack(first!.id);
    expect([run.runner.phase, run.runner.update]).toEqual(['stopped', 2]);
    run.dispose();
  });
});
