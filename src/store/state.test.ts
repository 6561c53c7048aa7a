import { expect, it } from 'vitest';
import type { DataState, Point, RunState } from '../core/protocol';
import { foreignSet, isReopened } from './state';

const run = (more: Partial<RunState>) => ({ set: 'phantom', phase: 'done', update: 40, ...more }) as RunState;
const data = (set: DataState['set']) => ({ set }) as DataState;

it('a run that has ended is foreign to another set than its own, one under way is not', () => {
  expect(foreignSet({ run: run({}), data: data('mine') })).toBe('phantom');
  expect(foreignSet({ run: run({ set: 'mine', phase: 'stopped' }), data: data('phantom') })).toBe('mine');
  expect(foreignSet({ run: run({}), data: data('phantom') })).toBeNull();
  expect(foreignSet({ run: run({ phase: 'paused' }), data: data('mine') })).toBeNull();
  expect([foreignSet({ run: null, data: data('mine') }), foreignSet({ run: run({}), data: null })]).toEqual([null, null]);
});

it('a run without points was opened again, unless it has yet to begin', () => {
  const points = [{ update: 40, network: 'a', losses: {} }] as Point[];
  expect(isReopened({ run: run({}), points: [] })).toBe(true);
  expect(isReopened({ run: run({}), points })).toBe(false);
  expect(isReopened({ run: run({ phase: 'preparing', update: 0 }), points: [] })).toBe(false);
  expect(isReopened({ run: run({ phase: 'stopped', update: 0 }), points: [] })).toBe(false);
  expect(isReopened({ run: null, points: [] })).toBe(false);
});
