import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Assessed, Cleaned } from '../core/answers';
import type { Command, Evaluation } from '../core/protocol';
import { USUAL_RULES } from '../core/rules';
import { keepAssessed, keepClean } from './cleaning';
import { send } from './client';
import { type Cut, NO_CUT, USUAL_CLEAN_UP } from './cut';
import { EMPTY_LAB } from './state';
import { useLab } from './store';

vi.mock('./client', () => ({ send: vi.fn(), startEngine: vi.fn() }));

const shown = { run: 'a', scorer: 's', smooth: false, update: 3, slices: [{}, {}] } as unknown as Evaluation;
const cut: Cut = { level: 10, rule: 'hand', side: 'bright', clean: true, cleanUp: USUAL_CLEAN_UP, settings: USUAL_RULES };
const to = (level: number) => useLab.setState({ cut: { ...NO_CUT, cut: { ...cut, level } } });
const LAB = { ...EMPTY_LAB, expected: 'a' };
const commands = () => vi.mocked(send).mock.calls.map(([command]) => command as Extract<Command, { kind: 'clean' | 'assess' }>);
const asked = () => commands().filter(({ kind }) => kind === 'clean');
const answer = () => {
  const last = asked().at(-1)!;
  useLab.setState({ lab: { ...LAB, cleaned: { ...last, slices: 2 } as unknown as Cleaned } });
};

let stop: () => void;
beforeEach(() => {
  vi.mocked(send).mockClear();
  useLab.setState({ ...useLab.getInitialState(), lab: LAB, shown }, true);
  stop = keepClean();
});
afterEach(() => stop());

it('asks one thing at a time, and at the end about the newest cut', () => {
  for (const level of [10, 20, 30]) to(level);
  expect(asked().map(({ level }) => level)).toEqual([10]);
  answer();
  expect(asked().map(({ level }) => level)).toEqual([10, 30]);
  answer();
  expect(asked()).toHaveLength(2);
  const [first, second] = asked();
  expect(second.ask).toBeGreaterThan(first.ask);
});

it('asks nothing while clean-up is off, and not again what failed until it is scored again', () => {
  useLab.setState({ cut: { ...NO_CUT, cut: { ...cut, level: 40, clean: false } } });
  expect(asked()).toEqual([]);
  to(50);
  useLab.setState({ lab: { ...LAB, failures: { clean: 'The scores are gone.' } } });
  to(50);
  expect(asked().map(({ level }) => level)).toEqual([50]);
  to(60);
  expect(asked().map(({ level }) => level)).toEqual([50, 60]);
  expect(useLab.getState().lab.failures).toEqual({});
  useLab.setState({ lab: { ...LAB, failures: { clean: 'The scores are gone.' } } });
  useLab.setState({ shown: { ...shown } });
  expect(asked().map(({ level }) => level)).toEqual([50, 60, 60]);
  answer();
});

it('asks about the next run though the last answer never came', () => {
  to(70);
  useLab.setState({ lab: { ...LAB, expected: 'b' }, shown: { ...shown, run: 'b' } });
  expect(asked().map(({ run }) => run)).toEqual(['a', 'b']);
});

describe('what takes longer', () => {
  const assessed = () => commands().filter(({ kind }) => kind === 'assess');
  let end: () => void;
  beforeEach(() => {
    vi.useFakeTimers();
    useLab.setState({ view: 'decide' });
    end = keepAssessed();
  });
  afterEach(() => {
    end();
    vi.useRealTimers();
  });
  const plainCut = (level: number, before: Cut | null = null) =>
    useLab.setState({ cut: { ...NO_CUT, before, cut: { ...cut, level, clean: false } } });

  it('is asked once the cut rests, never during a drag, and once', () => {
    plainCut(1, cut);
    vi.advanceTimersByTime(5000);
    expect(assessed()).toEqual([]);
    plainCut(1);
    vi.advanceTimersByTime(100);
    plainCut(2);
    vi.advanceTimersByTime(100);
    expect(assessed()).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(assessed().map(({ level }) => level)).toEqual([2]);
    useLab.setState({ lab: { ...LAB, assessed: { ...assessed()[0], slices: 2 } as unknown as Assessed } });
    vi.advanceTimersByTime(5000);
    expect(assessed()).toHaveLength(1);
  });
  it('waits for clean-up, and for Decide to be in view', () => {
    to(3);
    vi.advanceTimersByTime(5000);
    expect(assessed()).toEqual([]);
    answer();
    vi.advanceTimersByTime(200);
    expect(assessed().map(({ level, cleanUp }) => [level, cleanUp])).toEqual([[3, USUAL_CLEAN_UP]]);
    useLab.setState({ view: 'train', lab: { ...LAB, failures: { assess: 'The scores are gone.' } } });
    plainCut(4);
    vi.advanceTimersByTime(200);
    expect(assessed()).toHaveLength(1);
    useLab.setState({ view: 'decide' });
    vi.advanceTimersByTime(200);
    expect(assessed().map(({ level }) => level)).toEqual([3, 4]);
  });
});
