import { beforeEach, expect, it, vi } from 'vitest';
import type { PatientInfo } from '../core/patients';
import type { DataState } from '../core/protocol';
import type { Role } from '../core/types';
import { send } from './client';
import { assign, assignPatients, canHoldOut, holdOut, undoMove } from './data';
import { EMPTY_LAB } from './state';
import { useLab } from './store';

vi.mock('./client', () => ({ send: vi.fn() }));
const sent = () => vi.mocked(send).mock.calls.map(([command]) => command);
const patient = (name: string, roles: Role[], chosen = false) => ({ name, from: 'file name', slices: 1, roles, chosen }) as PatientInfo;
const named = (n: number) => Array.from({ length: n }, (_, i) => patient(`r${i}`, ['reference'], i === 3));
const place = (patients: PatientInfo[]) =>
  useLab.setState({
    lab: { ...EMPTY_LAB, data: { patients, sources: [{ id: 's', name: 'scans', role: 'test' }] } as unknown as DataState },
    lastMove: null,
  });

beforeEach(() => vi.mocked(send).mockClear());

it('a fifth of the reference is held out, the same at every try, and comes back whole', () => {
  const others = [patient('t', ['test']), patient('both', ['reference', 'test']), patient('out', [])];
  place([...named(23), ...others]);
  holdOut();
  const [first] = sent();
  if (first.kind !== 'assignPatients') throw new Error('Nobody was moved.');
  expect(first.role).toBe('test');
  expect(new Set(first.patients).size).toBe(4);
  expect(first.patients.every((name) => /^r\d+$/.test(name))).toBe(true);
  expect(useLab.getState().lastMove?.said).toBe(
    '4 of 23 patients of the healthy reference, drawn at random (seed 0): moved to Test + masks.',
  );
  holdOut();
  expect(sent()[1]).toEqual(first);
  vi.mocked(send).mockClear();
  undoMove();
  const back = sent().flatMap((command) => (command.kind === 'assignPatients' ? command.patients : []));
  expect(back.sort()).toEqual([...first.patients].sort());
});

it('needs five patients', () => {
  expect([canHoldOut(named(5)), canHoldOut(named(4)), canHoldOut([])]).toEqual([true, false, false]);
  place(named(4));
  holdOut();
  expect(sent()).toEqual([]);
});

it('moves say where to', () => {
  place(named(3));
  const said = () => useLab.getState().lastMove?.said;
  assign('s', 'mixed');
  expect(said()).toBe('scans: moved to Mixed, unlabelled.');
  assignPatients(['r0'], null);
  expect(said()).toBe('r0: left out.');
  assignPatients(['r0', 'r1'], 'source');
  expect(said()).toBe('2 patients: moved back to their source.');
});
