import { beforeEach, expect, it, vi } from 'vitest';
import type { DataState, EngineState, RunState } from '../core/protocol';
import { cancelScore, currentAddress } from './actions';
import { keepLinked, link } from './linked';
import { load, type Row, useRuns } from './runs';
import { EMPTY_LAB } from './state';
import { useLab } from './store';

vi.mock('./client', () => ({ send: vi.fn() }));
vi.mock('./runs', async (original) => ({ ...(await original<typeof import('./runs')>()), load: vi.fn() }));

const rowOf = (run: string, scorer: string, smooth = false) =>
  ({ id: `${run} ${scorer}`, record: { run }, scores: { scorer, smooth } }) as unknown as Row;
const rows = [rowOf('a', 'x'), rowOf('b', 'x'), rowOf('b', 'y', true), rowOf('b', 'z')];
const engine = { models: [] } as unknown as EngineState;
const data = { set: 'phantom' } as unknown as DataState;
const asked = () => vi.mocked(load).mock.calls.map(([id]) => id);

beforeEach(() => {
  vi.mocked(load).mockClear();
  useLab.setState({ lab: EMPTY_LAB, view: 'decide', linked: null });
  useRuns.setState({ rows: null, said: null });
});

it('waits for what is kept, the engine and the images, and then opens it once, with its scorer', () => {
  const stop = keepLinked();
  link({ view: 'decide', run: 'b', scorer: 'y', smooth: true });
  useRuns.setState({ rows });
  const progress = { phantom: { task: 'phantom' } } as unknown as (typeof EMPTY_LAB)['progress'];
  useLab.setState({ lab: { ...EMPTY_LAB, engine, data, progress } });
  expect(asked()).toEqual([]);
  useLab.setState({ lab: { ...EMPTY_LAB, engine, data } });
  useLab.setState({ slice: 3 });
  stop();
  expect(asked()).toEqual(['b y']);
});

it('opens the last scores where the address names none, and nothing that is loaded already', () => {
  useRuns.setState({ rows });
  useLab.setState({ lab: { ...EMPTY_LAB, engine, data, expected: 'a' } });
  link({ view: 'decide', run: 'a' });
  link({ view: 'decide' });
  expect(asked()).toEqual([]);
  link({ view: 'decide', run: 'b' });
  expect(asked()).toEqual(['b z']);
});

it('says what is not kept here, and ends no run that is under way', () => {
  useRuns.setState({ rows });
  useLab.setState({ lab: { ...EMPTY_LAB, engine, data } });
  link({ view: 'decide', run: 'c' });
  expect(useRuns.getState().said?.text).toBe('The run c is not kept in this browser. Open its capsule, or train it again.');
  useLab.setState({ lab: { ...EMPTY_LAB, engine, data, expected: 'n', run: { run: 'n', phase: 'running' } as RunState } });
  link({ view: 'decide', run: 'b' });
  expect(useRuns.getState().said?.text).toContain('A run is under way, so b was not opened.');
  expect(asked()).toEqual([]);
  expect(useLab.getState().linked).toBeNull();
});

it('stays in the address until its scores are there, or are given up', () => {
  const { shown } = useLab.getState();
  useLab.setState({ lab: { ...EMPTY_LAB, expected: 'b' }, shown: null });
  useRuns.setState({ rows, opening: 'b' });
  expect(currentAddress(useLab.getState())).toContain('#/decide/b');
  cancelScore();
  expect(currentAddress(useLab.getState())).not.toContain('/b');
  useLab.setState({ shown });
});
