import { beforeEach, expect, it } from 'vitest';
import { buildTables, LEVELS } from '../core/cut';
import type { DataState, EngineState, Evaluation, RunState } from '../core/protocol';
import { USUAL_RULES } from '../core/rules';
import { type Cut, NO_CUT, USUAL_CLEAN_UP } from './cut';
import { keepDecisions } from './decided';
import { recordOf } from './record';
import { repeatProblem } from './repeat';
import { type Row, useRuns } from './runs';
import { EMPTY_LAB } from './state';
import { useLab } from './store';

const maps = Uint16Array.of(0, 1, 2, 4000);
const tables = buildTables(maps, new Uint8Array(4), [false], 4);
const shown = { run: 'a', scorer: 's', smooth: false, mapless: false, lo: 0, hi: 1, slices: [{}], maps, images: new Uint8Array(4).fill(1), tables, healthy: new Uint32Array(LEVELS), healthyRanges: new Uint16Array(0), validation: null, metrics: {} } as unknown as Evaluation; // biome-ignore format: one line
const cut: Cut = { level: 7, rule: 'otsu', side: 'dark', clean: true, cleanUp: USUAL_CLEAN_UP, settings: USUAL_RULES };
const rowOf = (id: string) => ({ id, record: { run: id.split(' ')[0] } }) as Row;

beforeEach(() => {
  useRuns.setState({ rows: [rowOf('a s'), rowOf('b s')] });
  useLab.setState({ lab: EMPTY_LAB, view: 'decide', shown, cut: { ...NO_CUT, cut } });
});

it('keeps the cut of Decide with its row when the visitor leaves, or looks at other scores', () => {
  const stop = keepDecisions();
  useLab.setState({ slice: 3 });
  expect(useRuns.getState().rows?.map((row) => row.decided)).toEqual([undefined, undefined]);
  useLab.setState({ view: 'compare' });
  const decided = { side: 'dark', level: 7, cleanUp: USUAL_CLEAN_UP, rule: 'otsu', ruleTitle: 'Otsu', ruleReason: expect.any(String), usesLabels: false, settings: USUAL_RULES }; // biome-ignore format: one line
  expect(useRuns.getState().rows?.map((row) => row.decided)).toEqual([decided, undefined]);
  useLab.setState({ view: 'decide', cut: { ...NO_CUT, cut: { ...cut, level: 9, clean: false } } });
  useLab.setState({ shown: { ...shown, run: 'b' } });
  expect(useRuns.getState().rows?.[0].decided).toMatchObject({ level: 9, cleanUp: { opening: 0, minimum: 0 } });
  stop();
});

it('records which phantom was drawn and what was painted in, and repeats a run on the same alone', () => {
  const simulation = { share: 0.3, seed: 1 };
  const data = { set: 'phantom', variant: 'smooth', seed: 4, simulation } as unknown as DataState;
  const engine = { models: [], kernels: [] } as unknown as EngineState;
  useLab.setState({ lab: { ...EMPTY_LAB, engine, data } });
  const record = recordOf({ run: 'a', model: 'vae', set: 'phantom', phase: 'done' } as RunState, 't');
  expect(record).toMatchObject({ phantom: { variant: 'smooth', seed: 4 }, simulation, recipe: null });
  const row = { record, scores: null } as Row;
  expect(repeatProblem(row)).toBeUndefined();
  useLab.setState({ lab: { ...EMPTY_LAB, engine, data: { ...data, simulation: null } } });
  expect(repeatProblem(row)).toContain('painted squares are not the ones in use');
  useLab.setState({ lab: { ...EMPTY_LAB, engine, data: { ...data, variant: 'standard' } } });
  expect(repeatProblem(row)).toContain('Its phantom');
  const mine = { ...data, set: 'mine', recipe: { plane: 'axial' } } as unknown as DataState;
  useLab.setState({ lab: { ...EMPTY_LAB, engine, data: mine } });
  expect(recordOf({ set: 'mine' } as RunState, '')).toMatchObject({ phantom: null, recipe: { plane: 'axial' } });
});
