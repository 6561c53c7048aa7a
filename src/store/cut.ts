/** The visitor's decision: a level with the rule that gave it, the side of the scores, clean-up; and what can be undone. One step per release. */
import { type CleanUp, isOff, NO_CLEAN_UP } from '../core/morphology';
import type { RuleSettings } from '../core/rules';
import type { Side } from '../core/side';

export type Cut = {
  /** Code from which a pixel is flagged; for the dark side, of the negated scores. */
  level: number;
  rule: string;
  side: Side;
  /** Whether `cleanUp` is in force; its settings outlive a switch off. */
  clean: boolean;
  cleanUp: CleanUp;
  /** What the rules are asked with. */
  settings: RuleSettings;
};

export type CutState = {
  cut: Cut | null;
  /** The cut before the gesture under way; null between gestures. */
  before: Cut | null;
  past: readonly Cut[];
  future: readonly Cut[];
};

export const NO_CUT: CutState = { cut: null, before: null, past: [], future: [] };
export const BY_HAND = 'hand';
/** What the switch turns on at first. */
export const USUAL_CLEAN_UP: CleanUp = { opening: 3, closing: 3, order: 'open-close', minimum: 12, fillHoles: true, space: 'slice' };
const MOST_STEPS = 200;

/** What is done to the masks. */
export const cleanUpOf = (cut: Cut | null): CleanUp => (cut?.clean ? cut.cleanUp : NO_CLEAN_UP);
export const isCleaning = (cut: Cut | null): boolean => !isOff(cleanUpOf(cut));

const same = (a: Cut | null, b: Cut | null): boolean =>
  a === b ||
  (a !== null &&
    b !== null &&
    a.level === b.level &&
    a.rule === b.rule &&
    a.side === b.side &&
    a.clean === b.clean &&
    (Object.keys(a.settings) as (keyof RuleSettings)[]).every((key) => a.settings[key] === b.settings[key]) &&
    (Object.keys(a.cleanUp) as (keyof CleanUp)[]).every((key) => a.cleanUp[key] === b.cleanUp[key]));

/** Changes something within a gesture; nothing can be undone until it is released. */
export const altered = (s: CutState, part: Partial<Cut>): CutState =>
  s.cut ? { ...s, before: s.before ?? s.cut, cut: { ...s.cut, ...part } } : s;

export const moved = (s: CutState, level: number): CutState => (s.cut?.level === level ? s : altered(s, { level, rule: BY_HAND }));

export function released(s: CutState): CutState {
  if (!s.before || same(s.before, s.cut)) return s.before ? { ...s, before: null } : s;
  return { cut: s.cut, before: null, past: [...s.past, s.before].slice(-MOST_STEPS), future: [] };
}

/** A gesture of its own. */
export const chosen = (s: CutState, part: Partial<Cut>): CutState => released(altered(released(s), part));

export function undone(s: CutState): CutState {
  const held = released(s);
  const last = held.past.at(-1);
  if (!last || !held.cut) return held;
  return { cut: last, before: null, past: held.past.slice(0, -1), future: [...held.future, held.cut] };
}

export function redone(s: CutState): CutState {
  const next = s.future.at(-1);
  if (!next || !s.cut) return s;
  return { cut: next, before: null, past: [...s.past, s.cut], future: s.future.slice(0, -1) };
}
