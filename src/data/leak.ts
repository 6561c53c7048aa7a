/** The leak guard: a patient has one role. A model that has seen a patient scores their other slices too well. */
import { Random } from '../core/random';
import { ROLES, type Role } from '../core/types';
import { counted } from './errors';

/** A patient's share of one source. */
export type Placement = { group: string; role: Role | null };

export type Leak = { group: string; roles: Role[] };

/** Patients in more than one role, by name. Images without a role are in no set and leak nowhere. */
export function findLeaks(placements: Iterable<Placement>): Leak[] {
  const roles = new Map<string, Set<Role>>();
  for (const { group, role } of placements) {
    if (role === null) continue;
    const own = roles.get(group) ?? new Set();
    roles.set(group, own.add(role));
  }
  return [...roles]
    .filter(([, own]) => own.size > 1)
    .map(([group, own]) => ({ group, roles: ROLES.filter((role) => own.has(role)) }))
    .sort((a, b) => (a.group < b.group ? -1 : 1));
}

export const TITLES: Record<Role, string> = { reference: 'Healthy reference', mixed: 'Mixed', validation: 'Validation', test: 'Test' };

/** What keeps a leaky split from starting a run, as one sentence; null where there is no leak. */
export function leakSentence(leaks: readonly Leak[]): string | null {
  if (leaks.length === 0) return null;
  const [{ group, roles }] = leaks;
  const where = roles.map((role) => TITLES[role]).join(' and ');
  const others = leaks.length > 1 ? ` and ${counted(leaks.length - 1, 'other patient')}` : '';
  const who = group.startsWith('DICOM patient ') ? group : `Patient ${group}`;
  return `${who}${others} ${leaks.length > 1 ? 'are' : 'is'} in ${leaks.length > 1 ? 'more than one set, first ' : 'both '}${where}: scores on them would flatter the model. Move each patient to one set.`;
}

/** Where each leaking patient goes: to Test, which costs training data and never honesty. The line to show with it. */
export function settleLeaks(leaks: readonly Leak[]): { moves: { group: string; from: Role[]; to: 'test' }[]; sentence: string | null } {
  const moves = leaks.map(({ group, roles }) => ({ group, from: roles.filter((role) => role !== 'test'), to: 'test' as const }));
  if (moves.length === 0) return { moves, sentence: null };
  const names = moves
    .slice(0, 3)
    .map(({ group }) => group)
    .join(', ');
  const more = moves.length > 3 ? ` and ${moves.length - 3} more` : '';
  return { moves, sentence: `${counted(moves.length, 'patient')} in more than one set went to Test with all slices: ${names}${more}.` };
}

/** Splits patients, never their slices. Each set gets its share of the patients as exactly as whole patients allow.
 * @param shares by role; they must add up to 1
 * @throws RangeError when the shares do not add up */
export function splitByPatient(groups: Iterable<string>, shares: Partial<Record<Role, number>>, seed: number): Map<string, Role> {
  const wanted = ROLES.filter((role) => (shares[role] ?? 0) > 0);
  const total = wanted.reduce((sum, role) => sum + (shares[role] as number), 0);
  if (Math.abs(total - 1) > 1e-9) throw new RangeError(`The shares of a split add up to ${total}, not 1.`);
  const patients = [...new Set(groups)].sort();
  const order = new Random(seed).permutation(patients.length);
  const split = new Map<string, Role>();
  let from = 0;
  let share = 0;
  for (const role of wanted) {
    share += shares[role] as number;
    const to = Math.round(share * patients.length);
    for (; from < to; from++) split.set(patients[order[from]], role);
  }
  return split;
}
