import { expect, it, vi } from 'vitest';
import type { DataState, EngineState, RunState } from '../core/protocol';
import { send } from './client';
import { repeatProblem, repeatSeeds, stopRepeats } from './repeat';
import { type Row, useRuns } from './runs';
import { EMPTY_LAB } from './state';
import { useLab } from './store';

vi.mock('./client', () => ({ send: vi.fn(), startEngine: vi.fn() }));

const size = { label: 'Size', default: 64, min: 16, max: 128, step: 16, paper: '' };
const vae = { id: 'vae', title: 'VAE', needs: ['reference'], params: { size }, presets: { demo: { params: {} } }, scorers: [], lead: 's' };
const rowOf = (run: string, seed: number) =>
  ({ id: `${run} s`, record: { run, model: 'vae', preset: 'demo', params: { size: 32 }, seed, set: 'phantom' }, scores: { scorer: 's', smooth: true } }) as unknown as Row; // biome-ignore format: one line
const trained = () => vi.mocked(send).mock.calls.flatMap(([command]) => (command.kind === 'train' ? [command] : []));

it('trains the next seeds one after another, each once the one before is kept, and then no more', () => {
  const [engine, data] = [{ models: [vae] } as unknown as EngineState, { set: 'phantom', problems: [], lacks: {} } as unknown as DataState];
  useLab.setState({ lab: { ...EMPTY_LAB, engine, data } });
  const first = rowOf('a', 5);
  useRuns.setState({ rows: [first] });
  repeatSeeds(first);
  expect(useRuns.getState()).toMatchObject({ repeating: { seed: 6, nth: 2, of: 3 }, chosen: [first.id] });
  for (const expected of [1, 2]) {
    expect(trained().length).toBe(expected);
    const { run, seed } = trained().at(-1)!;
    useLab.setState(({ lab }) => ({ lab: { ...lab, run: { run, model: 'vae', phase: 'running' } as RunState } }));
    expect(repeatProblem(first)).toContain('under way');
    useLab.setState(({ lab }) => ({ lab: { ...lab, run: { run, model: 'vae', phase: 'done' } as RunState } }));
    useRuns.setState(({ rows }) => ({ rows: [...rows!, rowOf(run, seed)] }));
  }
  expect(trained().map(({ seed, params, model }) => [seed, params.size, model])).toEqual([
    [6, 32, 'vae'],
    [7, 32, 'vae'],
  ]);
  expect(trained().every(({ until }) => until === undefined)).toBe(true);
  expect(useRuns.getState().repeating).toBeNull();
  expect(useRuns.getState().chosen, 'what is repeated is compared').toEqual(useRuns.getState().rows!.map(({ id }) => id));
});

it('repeats a stopped run to the update it was stopped at, and ends where a repeat is stopped', () => {
  vi.mocked(send).mockClear();
  const row = rowOf('s', 0);
  const stopped = { ...row, record: { ...row.record, phase: 'stopped', update: 215, updates: 1000 } } as Row;
  useRuns.setState({ rows: [stopped], chosen: [] });
  useLab.setState(({ lab }) => ({ lab: { ...lab, run: null } }));
  repeatSeeds(stopped);
  const [{ run, until }] = trained();
  expect(until).toBe(215);
  const ended = (update: number) => useLab.setState(({ lab }) => ({ lab: { ...lab, run: { run, model: 'vae', phase: 'stopped', update } as RunState } })); // biome-ignore format: one line
  ended(215);
  expect(useRuns.getState().repeating).not.toBeNull();
  ended(9);
  expect(useRuns.getState().repeating).toBeNull();
  useRuns.setState(({ rows }) => ({ rows: [...rows!, rowOf(run, 1)] }));
  expect(trained()).toHaveLength(1);
});

it('is stopped while a repeat is being scored: no further seed, and its scoring ends', () => {
  vi.mocked(send).mockClear();
  const first = rowOf('q', 0);
  useRuns.setState({ rows: [first], chosen: [] });
  useLab.setState(({ lab }) => ({ lab: { ...lab, run: null } }));
  repeatSeeds(first);
  const [{ run }] = trained();
  useLab.setState(({ lab }) => ({ lab: { ...lab, run: { run, model: 'vae', phase: 'done' } as RunState } }));
  stopRepeats();
  expect(useRuns.getState().repeating).toBeNull();
  expect(vi.mocked(send).mock.calls.map(([command]) => command)).toContainEqual({ kind: 'cancelScore', run });
  useRuns.setState(({ rows }) => ({ rows: [...rows!, rowOf(run, 1)] }));
  expect(trained()).toHaveLength(1);
});
