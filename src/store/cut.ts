/** The threshold as the visitor moves it: a level, the rule that gave it, and what can be undone. One step per release. */
export type Cut = { level: number; rule: string };

export type CutState = {
  cut: Cut | null;
  /** The cut before the gesture under way; null between gestures. */
  before: Cut | null;
  past: readonly Cut[];
  future: readonly Cut[];
};

export const NO_CUT: CutState = { cut: null, before: null, past: [], future: [] };
export const BY_HAND = 'hand';
const MOST_STEPS = 200;

const same = (a: Cut | null, b: Cut | null): boolean => a?.level === b?.level && a?.rule === b?.rule;

/** Moves the cut within a gesture; nothing can be undone until it is released. */
export const moved = (s: CutState, level: number): CutState =>
  s.cut?.level === level ? s : { ...s, before: s.before ?? s.cut, cut: { level, rule: BY_HAND } };

export function released(s: CutState): CutState {
  if (!s.before || same(s.before, s.cut)) return s.before ? { ...s, before: null } : s;
  return { cut: s.cut, before: null, past: [...s.past, s.before].slice(-MOST_STEPS), future: [] };
}

export const chosen = (s: CutState, cut: Cut): CutState => released({ ...released(s), before: s.cut, cut });

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
