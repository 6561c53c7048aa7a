/** Runs are kept from what the worker reports, in whatever order, without a database as in a private window. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { buildTables } from '../core/cut';
import { NO_CLEAN_UP } from '../core/morphology';
import type { Evaluation, RunState } from '../core/protocol';
import { type KeptRun, type RunRecord, scoresOf } from '../core/runs';
import { goTo } from './actions';
import { send } from './client';
import { attach, heard, MOST_MAP_BYTES, openRuns, recutOnce, remove, rename, say, useRuns } from './runs';
import { useLab } from './store';

vi.mock('./client', () => ({ send: vi.fn(), startEngine: vi.fn() }));

const first = useRuns.getInitialState();
const state = (phase: RunState['phase'], update = 9): RunState =>
  ({ run: 'a', model: 'vae', preset: 'demo', params: { size: 2 }, seed: 0, set: 'phantom', backend: 'wasm', phase, update, updates: 9, seconds: 1 }) as unknown as RunState; // biome-ignore format: one line
const evaluation = (more: Partial<Evaluation> = {}): Evaluation => {
  const [maps, truths] = [Uint16Array.of(0, 1, 2, 4000), Uint8Array.of(0, 0, 0, 1)];
  return { run: 'a', scorer: 's', smooth: false, mapless: false, update: 9, data: 'd', total: 1, height: 2, width: 2, slices: [{}], maps, truths, images: new Uint8Array(4), views: {}, tables: buildTables(maps, truths, [true], 4), healthy: new Uint32Array(4096), metrics: {}, ...more } as unknown as Evaluation; // biome-ignore format: one line
};
const kept = { kind: 'keep', run: 'a', training: 't', position: { update: 9, optimiserSteps: 9, seconds: 1, sampler: {} }, weights: new Uint8Array(8) } as const; // biome-ignore format: one line
const ids = () => useRuns.getState().rows?.map(({ id }) => id);
const settled = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(async () => {
  vi.mocked(send).mockClear();
  useRuns.setState(first, true);
  await openRuns(); // Node has no database
});

it('a cut of an address waits for the rows', async () => {
  const record = { run: 'a' } as RunRecord;
  const row = { id: 'a s', record, bytes: 0, networkBytes: 0, scores: null };
  const cut = { by: 'hand', side: 'dark', level: 7, cleanUp: NO_CLEAN_UP } as const;
  useRuns.setState({ rows: null });
  recutOnce('a s', cut);
  useRuns.setState({ rows: [row, { ...row, id: 'b s' }] });
  expect(useRuns.getState().rows?.map((one) => one.cut)).toEqual([cut, undefined]);
  useRuns.setState({ rows: [row] });
  expect(useRuns.getState().rows?.[0].cut, 'once').toBeUndefined();
});

describe('a run that ends', () => {
  it('is asked for once, and not while it goes on or when it fails', () => {
    for (const phase of ['running', 'paused', 'failed'] as const) heard({ kind: 'run', state: state(phase) }, state('running'));
    heard({ kind: 'run', state: state('stopped', 0) }, state('running', 0));
    expect(send).not.toHaveBeenCalled();
    heard({ kind: 'run', state: state('done') }, state('running'));
    heard({ kind: 'run', state: state('done') }, state('done'));
    expect(vi.mocked(send).mock.calls).toEqual([[{ kind: 'keep', run: 'a' }]]);
  });

  it.each([['before'], ['after']])('is kept with scores that come %s its record', async (order) => {
    heard({ kind: 'run', state: state('done') }, state('running'));
    const scored = { kind: 'evaluation', evaluation: evaluation() } as const;
    for (const report of order === 'before' ? [scored, kept] : [kept, scored]) {
      heard(report, null);
      await settled();
    }
    expect(ids()).toEqual(['a s']);
    const [row] = useRuns.getState().rows!;
    expect(row.record).toMatchObject({ training: 't', seed: 0, phase: 'done' });
    expect(row.scores).toMatchObject({ data: 'd', hasMaps: true, dice: { mean: 1 } });
  });

  it('has a Dice that says where its masks are of everything', async () => {
    heard({ kind: 'run', state: state('done') }, state('running'));
    const [truths, images] = [Uint8Array.of(1, 1, 1, 0), Uint8Array.of(9, 9, 9, 0)];
    const tables = buildTables(Uint16Array.of(7, 7, 7, 0), truths, [true], 4);
    heard({ kind: 'evaluation', evaluation: evaluation({ truths, images, tables }) }, null);
    heard(kept, null);
    await settled();
    const { scores, rows } = useRuns.getState();
    expect([rows![0].scores?.dice?.mean, scores[rows![0].id].body]).toEqual([1, 0.75]);
    expect(rows![0].scores?.dice?.problem).toMatch(/^The mask holds 75\u00a0% of all pixels, as good as the whole body/);
  });

  it('is compared where there is room, and selected for when Compare is opened', async () => {
    const end = async (run: string, data = 'd') => {
      heard({ kind: 'run', state: { ...state('done'), run } }, { ...state('running'), run });
      heard({ kind: 'evaluation', evaluation: evaluation({ run, data }) }, null);
      heard({ ...kept, run }, null);
      await settled();
      const { chosen, selected } = useRuns.getState();
      return [chosen.join(), selected];
    };
    useLab.setState({ view: 'train' });
    expect(await end('a'), 'Compare itself chooses the first').toEqual(['', 'a s']);
    useRuns.setState({ chosen: ['a s'] });
    expect(await end('b')).toEqual(['a s,b s', 'b s']);
    expect(await end('other', 'e'), 'not beside other data').toEqual(['a s,b s', 'other s']);
    heard({ kind: 'evaluation', evaluation: evaluation({ run: 'b', scorer: 'r' }) }, null);
    await settled();
    expect(useRuns.getState().chosen, 'a second score of it waits to be chosen').toEqual(['a s', 'b s']);
    useLab.setState({ view: 'compare' });
    expect(await end('c'), 'who looks at a row goes on').toEqual(['a s,b s,c s', 'other s']);
    await end('d');
    expect(await end('e'), 'no room').toEqual(['a s,b s,c s,d s', 'other s']);
  });

  it('is kept without scores where there are none, and takes none of other weights or of half a set', async () => {
    heard({ kind: 'run', state: state('stopped') }, state('running'));
    heard(kept, null);
    await settled();
    heard({ kind: 'evaluation', evaluation: evaluation({ update: 5 }) }, null);
    heard({ kind: 'evaluation', evaluation: evaluation({ total: 2 }) }, null);
    await settled();
    expect(ids()).toEqual(['a']);
    expect(useRuns.getState().rows![0].scores).toBeNull();
  });

  it('keeps its numbers and not its maps where those are large', async () => {
    heard({ kind: 'run', state: state('done') }, state('running'));
    heard({ kind: 'evaluation', evaluation: evaluation({ maps: new Uint16Array(MOST_MAP_BYTES / 2) }) }, null);
    heard(kept, null);
    await settled();
    expect(useRuns.getState().rows![0].scores?.hasMaps).toBe(false);
    expect(useRuns.getState().scores['a s'].maps).toBeNull();
    expect(useRuns.getState().said?.text).toContain('are not kept; its numbers are');
  });
});

it('is renamed in all its rows, and deleted one by one', async () => {
  heard({ kind: 'run', state: state('done') }, state('running'));
  for (const scorer of ['s', 'r']) heard({ kind: 'evaluation', evaluation: evaluation({ scorer }) }, null);
  heard(kept, null);
  await settled();
  rename('a', 'Mine');
  expect(useRuns.getState().rows!.map(({ record }) => record.name)).toEqual(['Mine', 'Mine']);
  await remove('a s');
  expect(ids()).toEqual(['a r']);
});

it('keeps its place in the table when it is scored again', async () => {
  for (const run of ['a', 'b']) {
    heard({ kind: 'run', state: { ...state('done'), run } }, { ...state('running'), run });
    heard({ ...kept, run }, null);
    await settled();
  }
  expect(ids()).toEqual(['a', 'b']);
  heard({ kind: 'evaluation', evaluation: evaluation() }, null);
  await settled();
  expect(ids(), 'a run that had no scores').toEqual(['a s', 'b']);
  heard({ kind: 'evaluation', evaluation: evaluation({ scorer: 'r' }) }, null);
  heard({ kind: 'evaluation', evaluation: evaluation() }, null);
  await settled();
  expect(ids()).toEqual(['a s', 'b', 'a r']);
});

describe('a capsule that is opened', () => {
  const record = () => useRuns.getState().rows![0].record;
  const open = async (kept: Partial<KeptRun>) => {
    heard({ kind: 'unpacked', kept: { record: record(), scores: null, position: null, weights: null, ...kept } }, null);
    await settled();
  };
  beforeEach(async () => {
    heard({ kind: 'run', state: state('done') }, state('running'));
    heard({ kind: 'evaluation', evaluation: evaluation() }, null);
    heard(kept, null);
    await settled();
    rename('a', 'Mine');
  });

  it('changes nothing that is kept already: maps and the name stay', async () => {
    await open({ record: { ...record(), name: 'Theirs' }, scores: { ...scoresOf(evaluation()), maps: null, truths: null } });
    expect(ids()).toEqual(['a s']);
    expect(record().name).toBe('Mine');
    expect(useRuns.getState().scores['a s'].maps).not.toBeNull();
    expect(useRuns.getState().said?.text).toContain('among your runs already');
  });

  it('adds what is not here yet to its run', async () => {
    await open({ record: { ...record(), name: 'Theirs' }, scores: scoresOf(evaluation({ scorer: 'r' })) });
    expect(ids()).toEqual(['a s', 'a r']);
    expect(useRuns.getState().rows![1].record.name).toBe('Mine');
    expect(useRuns.getState()).toMatchObject({ selected: 'a r', chosen: ['a s', 'a r'] });
    expect(useRuns.getState().said?.text).toMatch(/^Opened "Theirs", .*: run B on Compare\.$/);
  });

  it.each<[string, Partial<RunRecord>, Partial<Evaluation>]>([
    ['ended at another time', { ended: '2026-01-01T00:00:00Z', update: 5 }, { update: 5 }],
    ['was scored on other images', {}, { data: 'other' }],
  ])('goes under another name where it %s', async (_, ofRecord, ofScores) => {
    await open({ record: { ...record(), ...ofRecord }, scores: scoresOf(evaluation(ofScores)) });
    expect(ids()).toEqual(['a s', 'a-2 s']);
    expect(useRuns.getState().scores['a-2 s'].run).toBe('a-2');
    expect(useRuns.getState().scores['a s'].data).toBe('d');
  });
});

it('says what could not be kept, and waits for it no longer', async () => {
  heard({ kind: 'run', state: state('done') }, state('running'));
  heard({ kind: 'failure', where: 'keep', sentence: 'No room.' }, null);
  heard(kept, null);
  await settled();
  expect(ids()).toEqual([]);
  expect(useRuns.getState().said).toEqual({ text: 'The run could not be kept: No room.', wrong: true });
});

it('says what was saved where it was saved, and no longer beside another run or in another view', () => {
  const exported = { kind: 'exported', name: 'a.zip', file: new Blob(), note: 'masks' } as const;
  vi.stubGlobal('document', { createElement: () => ({ click: () => {} }) });
  heard(exported, null);
  expect(useRuns.getState().said).toMatchObject({ text: 'a.zip: masks', wrong: false });
  goTo('compare');
  expect(useRuns.getState().said).toBeNull();
  say('The browser gave no room.', true);
  goTo('decide');
  expect(useRuns.getState().said?.wrong).toBe(true);
  vi.unstubAllGlobals();
});

it('is being opened until its scores are there, or cannot be', async () => {
  const opened = (): KeptRun => ({ record: { run: 'k', model: 'vae' } as RunRecord, scores: null, position: null, weights: null });
  attach(opened());
  expect(useRuns.getState().opening).toBe('k');
  heard({ kind: 'attached', run: 'k' }, null);
  expect(useRuns.getState().opening, 'its scores are still to come').toBe('k');
  heard({ kind: 'evaluation', evaluation: evaluation({ run: 'k' }) }, null);
  expect(useRuns.getState().opening).toBeNull();
  attach(opened());
  heard({ kind: 'failure', where: 'attach', sentence: 'Its images are not here.' }, null);
  expect(useRuns.getState().opening).toBeNull();
});

it('becomes the loaded run only when it was asked for', () => {
  const before = useLab.getState().lab.expected;
  heard({ kind: 'attached', run: 'a' }, null);
  expect(useLab.getState().lab.expected).toBe(before);
});
