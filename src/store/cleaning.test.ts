import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Cleaned, Command, Evaluation } from '../core/protocol';
import { keepClean } from './cleaning';
import { send } from './client';
import { type Cut, NO_CUT, USUAL_CLEAN_UP } from './cut';
import { EMPTY_LAB } from './state';
import { useLab } from './store';

vi.mock('./client', () => ({ send: vi.fn(), startEngine: vi.fn() }));

const shown = { run: 'a', scorer: 's', smooth: false, update: 3, slices: [{}, {}] } as unknown as Evaluation;
const cut: Cut = { level: 10, rule: 'hand', side: 'bright', clean: true, cleanUp: USUAL_CLEAN_UP };
const to = (level: number) => useLab.setState({ cut: { ...NO_CUT, cut: { ...cut, level } } });
const asked = () => vi.mocked(send).mock.calls.map(([command]) => command as Extract<Command, { kind: 'clean' }>);
const answer = () => {
  const last = asked().at(-1)!;
  useLab.setState({ lab: { ...EMPTY_LAB, cleaned: { ...last, area: new Uint32Array(2) } as unknown as Cleaned } });
};

let stop: () => void;
beforeEach(() => {
  vi.mocked(send).mockClear();
  useLab.setState({ ...useLab.getInitialState(), lab: EMPTY_LAB, shown }, true);
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

it('asks nothing while clean-up is off, and not again what failed', () => {
  useLab.setState({ cut: { ...NO_CUT, cut: { ...cut, level: 40, clean: false } } });
  expect(asked()).toEqual([]);
  to(50);
  useLab.setState({ lab: { ...EMPTY_LAB, failures: { score: 'The scores are gone.' } } });
  to(50);
  expect(asked().map(({ level }) => level)).toEqual([50]);
  to(60);
  expect(asked().map(({ level }) => level)).toEqual([50, 60]);
  answer();
});
