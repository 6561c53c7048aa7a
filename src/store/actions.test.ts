import { beforeEach, describe, expect, it, vi } from 'vitest';
import { buildTables, LEVELS } from '../core/cut';
import { NO_CLEAN_UP } from '../core/morphology';
import type { DataState, EngineState, Evaluation, RunState } from '../core/protocol';
import { USUAL_RULES } from '../core/rules';
import {
  chooseModel,
  choosePreset,
  chooseScorer,
  currentAddress,
  editParam,
  followSystem,
  receive,
  restore,
  runOf,
  setTheme,
  startProblem,
} from './actions';
import { send } from './client';
import { BY_HAND } from './cut';
import {
  chooseRule,
  chooseSide,
  moveCut,
  nudgeCut,
  redoCut,
  releaseCut,
  resetToRule,
  selectSlice,
  switchCleanUp,
  tryRule,
  undoCut,
} from './decide';
import { levelOf, shownOf } from './derived';
import { follow } from './follow';
import { type Row, useRuns } from './runs';
import { EMPTY_LAB } from './state';
import { useLab } from './store';

vi.mock('./client', () => ({ send: vi.fn(), startEngine: vi.fn() }));

const first = useLab.getInitialState();
const healthyAt = (level: number): Uint32Array => {
  const bins = new Uint32Array(LEVELS);
  bins[level] = 1000;
  return bins;
};

/** Two slices of 2 × 2: the second holds an anomaly at its last pixel. */
const evaluation = (healthy: Uint32Array, slices = 2, scorer = 'Rec-grad'): Evaluation => {
  const maps = Uint16Array.of(0, 500, 600, 700, 0, 500, 600, 4000).slice(0, 4 * slices);
  const truths = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1).slice(0, 4 * slices);
  return {
    run: 'a',
    scorer,
    smooth: true,
    update: 5,
    total: 2,
    height: 2,
    width: 2,
    lo: 0,
    hi: 1,
    slices: ['p1', 'p2'].slice(0, slices).map((group) => ({ group, masked: true, score: 0 })),
    maps,
    // One code in the histogram, so one peak and no valley.
    images: Uint8Array.from(maps, (code) => (code === 500 ? 9 : 0)),
    truths,
    tables: buildTables(maps, truths, Array(slices).fill(true), 4),
    views: {},
    healthy,
    healthyRanges: new Uint16Array(0),
    validation: null,
  } as unknown as Evaluation;
};

const arrive = (e: Evaluation) => receive({ kind: 'evaluation', evaluation: e });
const cut = () => useLab.getState().cut.cut!;

beforeEach(() => useLab.setState({ ...first, lab: { ...EMPTY_LAB, expected: 'a' } }, true));

describe('the cut when an evaluation arrives', () => {
  it('stands where at most 1 % of healthy pixels pass', () => {
    arrive(evaluation(healthyAt(1000)));
    expect(cut()).toMatchObject({ level: 1001, rule: 'healthyQuantile' });
  });

  it('stands in the valley where there is one', () => {
    arrive({ ...evaluation(healthyAt(1000)), images: new Uint8Array(8).fill(9) });
    expect(cut().rule).toBe('valley');
  });

  it('is not bound by what the first slices said before the rest came', () => {
    arrive(evaluation(new Uint32Array(LEVELS), 1));
    expect(cut().rule).toBe('peak');
    expect(useLab.getState().slice).toBe(0);
    arrive(evaluation(healthyAt(1000)));
    expect(cut().rule).toBe('healthyQuantile');
    expect(useLab.getState().slice).toBe(1);
  });

  it('stays where a hand put it, and keeps a chosen rule for the next predictor', () => {
    arrive(evaluation(healthyAt(1000)));
    moveCut(2000);
    releaseCut();
    arrive(evaluation(healthyAt(1500)));
    expect(cut()).toMatchObject({ level: 2000, rule: BY_HAND });
    chooseRule('healthyQuantile');
    expect(cut().level).toBe(1501);
    undoCut();
    expect(cut()).toMatchObject({ level: 2000, rule: BY_HAND });
    resetToRule();
    expect(cut().rule).toBe('healthyQuantile');
  });

  it('is restored from the address, with its slice', () => {
    restore({ view: 'decide', slice: 0, t: 100, rule: BY_HAND, scorer: 'Rec-grad' });
    arrive(evaluation(healthyAt(1000)));
    expect(cut()).toMatchObject({ level: levelOf(100, 'bright'), rule: BY_HAND });
    expect(useLab.getState().slice).toBe(0);
    expect(currentAddress(useLab.getState())).toBe(
      `#/decide/a?slice=0&t=${Number(shownOf(levelOf(100, 'bright'), 'bright').toFixed(2))}&scorer=Rec-grad&smooth=1&rule=hand&side=bright&clean=none&layers=mask+truth`,
    );
  });
});

describe('a cut and its run', () => {
  const ofRun = (run: string, scorer = 'Rec-grad') => ({
    ...evaluation(healthyAt(1000), 2, scorer),
    run,
    metrics: {} as Evaluation['metrics'],
  });
  const keptAs = (id: string, scorer: string, decided: Row['decided']) =>
    ({ id: `${id} ${scorer} smoothed`, record: { run: id }, scores: { scorer, smooth: true }, decided }) as unknown as Row;
  const arriveOf = (run: string, scorer?: string) => {
    useLab.setState(({ lab }) => ({ lab: { ...lab, expected: run } }));
    arrive(ofRun(run, scorer));
  };
  beforeEach(() => useRuns.setState({ rows: [] }));

  it('does not carry to another run: level by hand, rule, side and clean-up are its own', () => {
    arriveOf('a');
    chooseRule('peak');
    moveCut(2000);
    releaseCut();
    switchCleanUp(true);
    chooseSide('dark');
    arriveOf('b');
    expect(cut()).toMatchObject({ level: 1001, rule: 'healthyQuantile', side: 'bright', clean: false });
    expect(useLab.getState().cut.past).toEqual([]);
  });

  it('starts from what is kept of the run, and the address has the last word', () => {
    const cleanUp = { ...NO_CLEAN_UP, minimum: 9 };
    const rows = [
      keptAs('a', 'Rec-grad', { side: 'dark', level: 300, cleanUp, rule: BY_HAND, settings: USUAL_RULES }),
      keptAs('b', 'Rec-grad', { side: 'bright', level: 600, cleanUp, rule: 'peak', settings: USUAL_RULES }),
    ];
    useRuns.setState({ rows });
    arriveOf('a');
    expect(cut()).toMatchObject({ level: 300, rule: BY_HAND, side: 'dark', clean: true, cleanUp });
    arriveOf('b');
    expect(cut()).toMatchObject({ rule: 'peak', side: 'bright', clean: true, cleanUp });
    useLab.setState({ view: 'decide' });
    expect(currentAddress(useLab.getState())).toContain('clean=min9');
    useLab.setState({ asked: { t: 100, cleanUp: null, settings: USUAL_RULES } });
    arriveOf('a');
    expect(cut()).toMatchObject({ level: levelOf(100, 'dark'), rule: BY_HAND, side: 'dark', clean: false });
  });

  it('stays with its scorer where it was set by hand, until a rule is chosen', () => {
    arriveOf('a');
    moveCut(2000);
    releaseCut();
    arriveOf('a', 'other');
    expect(cut()).toMatchObject({ level: 1001, rule: 'healthyQuantile' });
    arriveOf('a');
    expect(cut()).toMatchObject({ level: 2000, rule: BY_HAND });
    arriveOf('a', 'other');
    undoCut();
    expect(cut().rule).not.toBe(BY_HAND);
    chooseRule('peak');
    arriveOf('a');
    expect(cut().rule).toBe('peak');
  });
});

describe('with an engine', () => {
  const size = { label: 'Size', default: 64, min: 16, max: 128, step: 16, speed: true, paper: '' } as const;
  const scorers = [
    { id: 'Rec-grad', about: '', smooth: true },
    { id: 'Ensemble', about: '', smooth: false, combines: ['Rec-grad'] },
  ];
  const vae = {
    id: 'vae',
    title: 'VAE',
    needs: ['reference'],
    params: { size },
    presets: { demo: { params: {} }, machine: { params: {} } },
    scorers,
    lead: 'Rec-grad',
  };
  const run = (phase: RunState['phase'], update: number) => ({ run: 'a', model: 'vae', phase, update }) as RunState;
  /** What was sent, without the quiet request to keep a run that has ended. */
  const sent = () =>
    vi
      .mocked(send)
      .mock.calls.map(([command]) => command)
      .filter(({ kind }) => kind !== 'keep');
  beforeEach(() => {
    vi.mocked(send).mockClear();
    const engine = { models: [vae] } as unknown as EngineState;
    const data = { problems: [], lacks: {} } as unknown as DataState;
    useLab.setState({ lab: { ...EMPTY_LAB, expected: 'a', engine, data, run: run('paused', 5) } });
  });

  it('shows the map that was wanted last, and gives up the job for the other one', () => {
    arrive(evaluation(healthyAt(1000)));
    chooseScorer('Rec-grad', false);
    chooseScorer('Rec-grad', true);
    expect(sent().map((command) => command.kind)).toEqual(['score', 'cancelScore']);
    arrive({ ...evaluation(healthyAt(1000)), smooth: false });
    expect(useLab.getState().shown?.smooth).toBe(true);
  });

  it('leaves smoothing to the parts of a combination', () => {
    chooseScorer('Ensemble', true);
    expect(sent()).toEqual([{ kind: 'score', run: 'a', scorer: 'Ensemble', smooth: null }]);
    arrive({ ...evaluation(healthyAt(1000), 2, 'Ensemble'), smooth: false });
    expect(useLab.getState().shown?.scorer).toBe('Ensemble');
  });

  it('scores again what the run has moved past, and nothing while it runs', () => {
    arrive(evaluation(healthyAt(1000)));
    receive({ kind: 'run', state: run('running', 6) });
    chooseScorer('Rec-grad', true);
    expect(sent()).toEqual([]);
    expect(useLab.getState().shown?.update).toBe(5);
    receive({ kind: 'run', state: run('done', 9) });
    expect(sent()).toEqual([{ kind: 'score', run: 'a', scorer: 'Rec-grad', smooth: true }]);
  });

  it('does not start with a number that is none, nor while the machine is measured', () => {
    useLab.setState({ lab: { ...useLab.getState().lab, run: null } });
    editParam('size', 3000);
    expect(startProblem(useLab.getState())).toContain('Size');
    choosePreset('machine');
    expect(startProblem(useLab.getState())).toContain('measured');
    expect(sent()).toEqual([{ kind: 'probe', model: 'vae', params: { size: 64 } }]);
    receive({ kind: 'machine', model: 'vae', params: { size: 64 }, about: 'fast' });
    receive({ kind: 'finished', task: 'probe' });
    expect(startProblem(useLab.getState())).toBeUndefined();
    editParam('size', 32);
    expect(useLab.getState().lab.machine).toEqual({});
    choosePreset('machine');
    expect(sent().at(-1)).toEqual({ kind: 'probe', model: 'vae', params: { size: 32 } });
  });
});

describe('another model', () => {
  const preset = { params: {} };
  const one = { id: 'one', needs: ['reference'], params: {}, presets: { demo: preset, wide: preset }, scorers: [], lead: '' };
  const two = { ...one, id: 'two', needs: ['reference', 'mixed'], presets: { demo: preset } };
  const lacks = { mixed: 'This method needs mixed slices.' };
  beforeEach(() => {
    const engine = { models: [one, two] } as unknown as EngineState;
    const data = { problems: [], lacks } as unknown as DataState;
    useLab.setState({ lab: { ...EMPTY_LAB, engine, data, run: { run: 'a', model: 'one', phase: 'done' } as RunState } });
  });

  it('cannot start without the sets it needs, and says which', () => {
    expect(startProblem(useLab.getState())).toBeUndefined();
    chooseModel('two');
    expect(startProblem(useLab.getState())).toBe(lacks.mixed);
  });

  it('takes over no preset that it does not have, nor the run of the other', () => {
    choosePreset('wide');
    expect(runOf(useLab.getState())?.run).toBe('a');
    chooseModel('two');
    expect(useLab.getState().preset).toBe('demo');
    expect(runOf(useLab.getState())).toBeNull();
    chooseModel('one');
    expect(runOf(useLab.getState())?.run).toBe('a');
  });
});

describe('what a rule is asked with', () => {
  beforeEach(() => useLab.setState({ view: 'decide' }));

  it('chooses the rule and moves the cut as it is typed, in one step of undo', () => {
    arrive(evaluation(Uint32Array.from({ length: LEVELS }, (_, code) => (code < 1000 ? 1 : 0))));
    expect(cut()).toMatchObject({ level: 990, rule: 'healthyQuantile', settings: USUAL_RULES });
    tryRule('healthySigma', { sigmas: 1 });
    expect(cut()).toMatchObject({ level: 789, rule: 'healthySigma' }); // 499.5 + 288.7
    tryRule('healthySigma', { sigmas: 1.5 });
    expect(cut()).toMatchObject({ level: 933, rule: 'healthySigma' });
    releaseCut();
    expect(currentAddress(useLab.getState())).toContain('rule=healthySigma&side=bright&clean=none&rules=sigmas1.5');
    undoCut();
    expect(cut()).toMatchObject({ level: 990, rule: 'healthyQuantile', settings: USUAL_RULES });
    expect(currentAddress(useLab.getState())).not.toContain('rules=');
  });
  it('leaves the cut where it is, as one by hand, when the rule has no answer', () => {
    arrive(evaluation(healthyAt(1000)));
    tryRule('healthySigma', { sigmas: 2 });
    expect(cut()).toMatchObject({ level: 1000, rule: 'healthySigma' });
    const wide = Uint32Array.from({ length: LEVELS }, (_, code) => (code === 0 || code === LEVELS - 1 ? 1 : 0));
    arrive(evaluation(wide));
    const { level } = cut();
    tryRule('healthySigma', { sigmas: 9 });
    expect(cut()).toMatchObject({ level, rule: BY_HAND, settings: { ...USUAL_RULES, sigmas: 9 } });
  });
  it('comes back from the address, and is the usual where that says nothing', () => {
    restore({ view: 'decide', rule: 'healthySigma', settings: { ...USUAL_RULES, sigmas: 1 } });
    arrive(evaluation(Uint32Array.from({ length: LEVELS }, (_, code) => (code < 1000 ? 1 : 0))));
    expect(cut()).toMatchObject({ level: 789, rule: 'healthySigma' });
    restore({ view: 'decide', rule: 'healthySigma' });
    expect(cut()).toMatchObject({ level: 1366, settings: USUAL_RULES });
  });
});

describe('a score without a map', () => {
  it('has no rules and no cut; that of the maps comes back with them, and can be undone', () => {
    arrive(evaluation(healthyAt(1000)));
    moveCut(2000);
    releaseCut();
    arrive({ ...evaluation(new Uint32Array(LEVELS), 2, 'P_D'), mapless: true });
    expect(useLab.getState().cut.cut).toBeNull();
    resetToRule();
    nudgeCut(1);
    undoCut();
    expect(useLab.getState().cut.cut).toBeNull();
    expect(currentAddress(useLab.getState())).not.toContain('t=');
    arrive(evaluation(healthyAt(1500)));
    expect(cut()).toMatchObject({ level: 2000, rule: 'hand' });
    undoCut();
    expect(cut()).toMatchObject({ level: 1501, rule: 'healthyQuantile' });
  });
});

it('follows, for the next predictor too, the rule that undo brought back', () => {
  arrive(evaluation(healthyAt(1000)));
  const before = cut().rule;
  chooseRule('peak');
  expect(cut().rule).toBe('peak');
  undoCut();
  arrive(evaluation(healthyAt(1500), 2, 'other'));
  expect(cut().rule).toBe(before);
  redoCut();
  expect(useLab.getState().rule).toBe('peak');
});

describe('a slice', () => {
  it('cannot be chosen outside the set', () => {
    arrive(evaluation(healthyAt(1000)));
    selectSlice(99);
    expect(useLab.getState().slice).toBe(1);
    selectSlice(-5);
    expect(useLab.getState().slice).toBe(0);
  });
});

describe('follow', () => {
  const data = { problems: [], roles: { reference: { slices: 10 } } } as unknown as DataState;
  const engine = { models: [] } as unknown as EngineState;
  const at = (phase: RunState['phase']) => ({ phase }) as RunState;

  it('starts the demo on a first visit once engine and images are there, and never otherwise', () => {
    const ready = { ...first, lab: { ...EMPTY_LAB, data, engine } };
    expect(follow(first, { ...ready, autoStart: true })).toBe('start');
    expect(follow(first, ready)).toBeNull();
    expect(follow(first, { ...ready, autoStart: true, lab: { ...EMPTY_LAB, data } })).toBeNull();
  });

  it('scores a run when it ends, not while it is paused and not when it fails', () => {
    const running = { ...first, lab: { ...EMPTY_LAB, run: at('running') } };
    for (const phase of ['done', 'stopped'] as const)
      expect(follow(running, { ...first, lab: { ...EMPTY_LAB, run: at(phase) } })).toBe('score');
    for (const phase of ['paused', 'failed'] as const)
      expect(follow(running, { ...first, lab: { ...EMPTY_LAB, run: at(phase) } })).toBeNull();
  });
});

describe('theme', () => {
  it('follows the system until one is chosen', () => {
    useLab.setState({ theme: 'light', themeChosen: false });
    followSystem('dark');
    expect(useLab.getState()).toMatchObject({ theme: 'dark', themeChosen: false });
    setTheme('light');
    followSystem('dark');
    expect(useLab.getState()).toMatchObject({ theme: 'light', themeChosen: true });
  });
});
