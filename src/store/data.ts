/** What the visitor does with files, roles and the recipe. */

import type { PatientInfo } from '../core/patients';
import type { Command, DataSet, PatientRole } from '../core/protocol';
import { Random } from '../core/random';
import type { Preparation } from '../core/recipe';
import type { Simulation } from '../core/simulation';
import { type MadeFor, ROLE_TITLES, type Role } from '../core/types';
import { send } from './client';
import { useLab } from './store';

const { getState: get, setState: set } = useLab;

export function load(role: Role | null, files: readonly { path: string; file: Blob }[]): void {
  if (files.length > 0) send({ kind: 'load', role, files });
}
export const cancelLoad = (): void => send({ kind: 'cancelLoad' });
export const useSet = (dataSet: DataSet): void => send({ kind: 'use', set: dataSet });

/** What a move did, as the end of a sentence. */
const whither = (role: PatientRole): string =>
  role === null ? 'left out' : role === 'source' ? 'moved back to their source' : `moved to ${ROLE_TITLES[role]}`;

export function assign(source: string, role: Role | null): void {
  const info = get().lab.data?.sources.find((s) => s.id === source);
  if (!info || info.role === role) return;
  set({ lastMove: { said: `${info.name}: ${whither(role)}.`, undo: [{ kind: 'assign', source, role: info.role }] } });
  send({ kind: 'assign', source, role });
}

/** Gives patients a role of their own; `said` tells what happened beside the way back. */
export function assignPatients(names: readonly string[], role: PatientRole, said?: string): void {
  const wanted = new Set(names);
  const patients = get().lab.data?.patients.filter(({ name }) => wanted.has(name)) ?? [];
  if (patients.length === 0) return;
  const before = new Map<PatientRole, string[]>();
  for (const { name, roles, chosen } of patients) {
    const old = chosen ? (roles[0] ?? null) : 'source';
    before.set(old, [...(before.get(old) ?? []), name]);
  }
  const undo = [...before].map(([old, own]): Command => ({ kind: 'assignPatients', patients: own, role: old }));
  const who = patients.length === 1 ? patients[0].name : `${patients.length} patients`;
  set({ lastMove: { said: said ?? `${who}: ${whither(role)}.`, undo } });
  send({ kind: 'assignPatients', patients: patients.map(({ name }) => name), role });
}

/** One in so many patients of the healthy reference is held out. */
const HELD_OUT = 5;
const inReference = ({ roles }: PatientInfo): boolean => roles.length === 1 && roles[0] === 'reference';

export const canHoldOut = (patients: readonly PatientInfo[]): boolean => patients.filter(inReference).length >= HELD_OUT;

/** Moves a fifth of the reference's patients, drawn at random, to Test: without normal images there nothing can be told apart. */
export function holdOut(): void {
  const own = get().lab.data?.patients.filter(inReference) ?? [];
  const drawn = [...new Random(0).permutation(own.length)].slice(0, Math.floor(own.length / HELD_OUT));
  assignPatients(
    drawn.map((i) => own[i].name),
    'test',
    `${drawn.length} of ${own.length} patients of the healthy reference, drawn at random (seed 0): moved to ${ROLE_TITLES.test}.`,
  );
}

/** Moves every patient that is in more than one role to Test. */
export function settleLeak(): void {
  const leak = get().lab.data?.leak;
  if (leak) assignPatients(leak.patients, 'test', leak.settled);
}

export function undoMove(): void {
  const { lastMove } = get();
  set({ lastMove: null });
  for (const command of lastMove?.undo ?? []) send(command);
}

export const prepare = (recipe: Preparation): void => send({ kind: 'prepare', recipe });
export const previewRecipe = (recipe: Preparation, at: number): void => send({ kind: 'previewRecipe', recipe, at });
export const chooseArray = (path: string, array: string | null): void => send({ kind: 'chooseArray', path, array });

export const draftSimulation = (simulationDraft: Simulation | null): void => set({ simulationDraft });

/** Draws the phantom as another variant, with squares or without. */
export function drawPhantom({ variant, simulation }: MadeFor, size: number): void {
  const { data } = get().lab;
  if (!data) return;
  const { seed } = data;
  const back: readonly Command[] = [
    { kind: 'simulate', simulation: data.simulation },
    { kind: 'phantom', variant: data.variant, size: data.size, seed },
  ];
  set({ lastMove: { said: 'The phantom was drawn anew.', undo: back }, simulationDraft: null });
  send({ kind: 'simulate', simulation });
  send({ kind: 'phantom', variant, size, seed });
}

export function simulate(simulation: Simulation | null): void {
  const before = get().lab.data?.simulation ?? null;
  const said = simulation ? 'Squares were painted into Mixed and Test.' : 'The painted squares were taken out.';
  set({ lastMove: { said, undo: [{ kind: 'simulate', simulation: before }] } });
  send({ kind: 'simulate', simulation });
}
