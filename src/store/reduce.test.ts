import { describe, expect, it } from 'vitest';
import type { Cleaned } from '../core/answers';
import type { Evaluation, Preview, Report, RunState } from '../core/protocol';
import { reduce } from './reduce';
import { EMPTY_LAB, evaluationKey, isActive, type LabState } from './state';

const run = (name: string, update = 0): RunState => ({
  run: name,
  model: 'vae',
  preset: 'demo',
  params: {},
  seed: 0,
  set: 'phantom',
  backend: 'wasm',
  phase: 'running',
  update,
  updates: 100,
  rate: 0,
  etaSeconds: null,
  seconds: 0,
  tensors: 0,
  bytes: 0,
  message: null,
});

const evaluation = (scorer: string, codes = 4, of = 'a'): Evaluation =>
  ({
    run: of,
    scorer,
    smooth: true,
    maps: new Uint16Array(codes),
    images: new Uint8Array(0),
    truths: new Uint8Array(0),
    healthy: new Uint32Array(0),
    tables: { flagged: new Uint16Array(0) },
    views: {},
    update: 5,
  }) as unknown as Evaluation;

const all = (state: LabState, ...reports: Report[]): LabState => reports.reduce(reduce, state);
const expecting: LabState = { ...EMPTY_LAB, expected: 'a' };

describe('reduce', () => {
  it('holds the snapshots of the expected run, and goes back with it', () => {
    const shown = { run: 'a', update: 4 } as Preview;
    const snapshots = [{ id: 1, update: 4, reason: 'end of cycle 1 of 2', preview: shown, bytes: 8 }];
    const points = [3, 4, 5].map((update) => ({ update, network: 'vae', losses: {} }));
    const there = all(expecting, { kind: 'points', run: 'a', points }, { kind: 'snapshots', run: 'a', snapshots, dropped: 2 });
    expect([there.snapshots, there.droppedSnapshots]).toEqual([snapshots, 2]);
    const back = reduce(there, { kind: 'restored', run: 'a', snapshot: 1, preview: shown });
    expect([back.points.map(({ update }) => update), back.preview]).toEqual([[3, 4], shown]);
    expect(reduce(there, { kind: 'restored', run: 'old', snapshot: 1, preview: shown })).toBe(there);
    expect(reduce(there, { kind: 'snapshots', run: 'old', snapshots: [], dropped: 0 })).toBe(there);
  });

  it('holds what was found at the checkpoints of the expected run', () => {
    const checked = [{ update: 10, distance: 0.5, auc: null }];
    expect(reduce(expecting, { kind: 'selection', run: 'a', checked }).checked).toBe(checked);
    expect(reduce(expecting, { kind: 'selection', run: 'old', checked })).toBe(expecting);
  });

  it('ignores every report of a run that is not the expected one', () => {
    const late: Report[] = [
      { kind: 'run', state: run('old') },
      { kind: 'points', run: 'old', points: [{ update: 1, network: 'vae', losses: {} }] },
      { kind: 'evaluation', evaluation: evaluation('Rec-grad', 4, 'old') },
    ];
    for (const report of late) expect(reduce(expecting, report)).toBe(expecting);
  });

  it('appends points and thins them, first and last kept, once there are too many', () => {
    const points = (from: number, n: number) =>
      Array.from({ length: n }, (_, i) => ({ update: from + i, network: 'vae', losses: { total: i } }));
    const state = all(
      expecting,
      { kind: 'points', run: 'a', points: points(1, 3900) },
      { kind: 'points', run: 'a', points: points(3901, 300) },
    );
    expect(state.points.length).toBeLessThanOrEqual(4000);
    expect(state.points[0].update).toBe(1);
    expect(state.points.at(-1)!.update).toBe(4200);
  });

  it('thins the points of each network by itself, so that none of two that take turns is lost', () => {
    const points = Array.from({ length: 4200 }, (_, i) => ({ update: i + 1, network: i % 2 ? 'G' : 'D', losses: {} }));
    const { points: left } = all(expecting, { kind: 'points', run: 'a', points });
    expect(left.length).toBeLessThanOrEqual(4000);
    const of = (network: string) => left.filter((p) => p.network === network).length;
    expect(Math.abs(of('G') - of('D'))).toBeLessThanOrEqual(1);
  });

  it('forgets a failure once its task is tried again, and progress once it fails or ends', () => {
    const progress: Report = {
      kind: 'progress',
      task: 'load',
      done: 1,
      total: 2,
      unit: 'files',
      perSecond: 1,
      etaSeconds: null,
      detail: '',
    };
    const failed = all(EMPTY_LAB, progress, { kind: 'failure', where: 'load', sentence: 'The disk went away.' });
    expect(failed.failures.load).toBe('The disk went away.');
    expect(failed.progress.load).toBeUndefined();
    const again = reduce(failed, progress);
    expect(again.failures.load).toBeUndefined();
    expect(reduce(again, { kind: 'finished', task: 'load' }).progress.load).toBeUndefined();
  });

  it('keeps maps of several scorers, the newest last, and lets the oldest go when they grow too large', () => {
    const half = 80 * 2 ** 20;
    const state = all(
      expecting,
      { kind: 'evaluation', evaluation: evaluation('Rec-Error') },
      { kind: 'evaluation', evaluation: evaluation('Rec-grad', half) },
      { kind: 'evaluation', evaluation: evaluation('Combi', half) },
    );
    expect(Object.keys(state.evaluations)).toEqual([evaluationKey({ scorer: 'Combi', smooth: true })]);
  });

  it('counts tables and views as well', () => {
    const heavy = (scorer: string) => ({
      ...evaluation(scorer),
      tables: { flagged: new Uint16Array(40 * 2 ** 20) } as unknown as Evaluation['tables'],
      views: { reconstruction: new Uint8Array(80 * 2 ** 20) },
    });
    const state = all(
      expecting,
      { kind: 'evaluation', evaluation: heavy('Rec-Error') },
      { kind: 'evaluation', evaluation: heavy('Rec-grad') },
    );
    expect(Object.keys(state.evaluations)).toEqual([evaluationKey({ scorer: 'Rec-grad', smooth: true })]);
  });

  it('drops what the run has moved past, and takes none that arrives too late', () => {
    const scored = all(expecting, { kind: 'run', state: run('a', 5) }, { kind: 'evaluation', evaluation: evaluation('Rec-grad') });
    expect(Object.keys(scored.evaluations)).toHaveLength(1);
    const moved = reduce(scored, { kind: 'run', state: run('a', 6) });
    expect(moved.evaluations).toEqual({});
    expect(reduce(moved, { kind: 'evaluation', evaluation: evaluation('Rec-grad') })).toBe(moved);
  });

  it('keeps what was there on a failed engine', () => {
    const state = all(
      expecting,
      { kind: 'run', state: run('a', 5) },
      { kind: 'failure', where: 'engine', sentence: 'The graphics device stopped.' },
    );
    expect(state.run?.update).toBe(5);
    expect(isActive(state.run)).toBe(true);
  });

  it('keeps the newest answer about clean-up, until the map is scored anew', () => {
    const cleaned = (ask: number, of = 'a'): Report => ({ kind: 'cleaned', cleaned: { run: of, ask } as unknown as Cleaned });
    const state = all(expecting, cleaned(2), cleaned(1), cleaned(3, 'old'));
    expect(state.cleaned?.ask).toBe(2);
    expect(reduce(state, cleaned(3)).cleaned?.ask).toBe(3);
    expect(reduce(state, { kind: 'evaluation', evaluation: evaluation('Rec-grad') }).cleaned).toBeNull();
  });
});
