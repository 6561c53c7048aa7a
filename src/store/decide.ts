/** What the visitor does with scores: the cut, its rule and side, clean-up, the slice and the layers. */
import { type CleanUp, isOff } from '../core/morphology';
import type { Evaluation } from '../core/protocol';
import { type RuleSettings, USUAL_RULES } from '../core/rules';
import type { Side } from '../core/side';
import type { Threshold } from '../core/threshold';
import type { ScorerSpec } from '../core/types';
import type { Layer, Way } from './address';
import { altered, BY_HAND, type Cut, type CutState, chosen, moved, NO_CUT, redone, released, USUAL_CLEAN_UP, undone } from './cut';
import { clampLevel, derive, levelOf, rulesFor, shownOf, TOP } from './derived';
import { useRuns } from './runs';
import { evaluationKey } from './state';
import { type State, useLab } from './store';

const { getState: get, setState: set } = useLab;

/** The smoothing a scorer works with: a combination has none of its own. */
export const smoothOf = (scorer: ScorerSpec, smooth: boolean | null): boolean => (scorer.combines ? null : smooth) ?? scorer.smooth;

/** The key of the map that is wanted; null where nothing in particular is. */
export function wantedKey({ lab, wanted }: State): string | null {
  const scorer = lab.engine?.models.find((m) => m.id === lab.run?.model)?.scorers.find((one) => one.id === wanted?.scorer);
  return scorer && wanted ? evaluationKey({ scorer: scorer.id, smooth: smoothOf(scorer, wanted.smooth) }) : null;
}

/** The rules that have an answer on this side. */
const rulesOn = (evaluation: Evaluation, side: Side, settings: RuleSettings): (Threshold & { level: number })[] =>
  rulesFor(evaluation, side, settings).filter((rule): rule is Threshold & { level: number } => rule.level !== null);

/** Puts an evaluation on the table and the cut where the address, the rule or the hand wants it. */
export function show(evaluation: Evaluation): void {
  const s = get();
  if ((wantedKey(s) ?? evaluationKey(evaluation)) !== evaluationKey(evaluation)) return;
  const key = evaluationKey(evaluation);
  if (evaluation.mapless) {
    const parked = s.cut.cut ? s.cut : s.parked;
    set({ shown: evaluation, slice: sliceIn(s, evaluation), cut: NO_CUT, parked, hands: handsOf(s) });
    return;
  }
  const present = s.parked ?? s.cut;
  // The first cut of a run; the decision that is kept of it says whatever the address leaves open.
  const fresh = present.cut === null || (s.shown !== null && s.shown.run !== evaluation.run);
  const kept = fresh ? keptWishes(evaluation) : null;
  const asked = wishes(s.asked, kept);
  const hands = fresh ? keptHands(evaluation) : handsOf(s);
  const here = !fresh && s.shown !== null && !s.shown.mapless && evaluationKey(s.shown) === key;
  const history = fresh ? NO_CUT : here ? present : byRules(present);
  const cut = fresh ? null : present.cut;
  const side = asked?.side ?? cut?.side ?? 'bright';
  const settings = asked?.settings ?? cut?.settings ?? USUAL_RULES;
  const rules = rulesOn(evaluation, side, settings);
  const byHand = asked ? saysHand(asked) : here ? cut?.rule === BY_HAND : hands[key] !== undefined;
  const last = fresh ? null : s.rule;
  const rule = rules.find((r) => r.rule === (asked?.rule ?? last)) ?? rules[0];
  const ruled = rule?.level ?? levelOf(TOP / 2, side);
  const placed = asked ? asked.t : here ? undefined : hands[key];
  const level = !byHand ? ruled : placed !== undefined ? levelOf(placed, side) : (cut?.level ?? ruled);
  const complete = evaluation.slices.length === evaluation.total;
  const next: Cut = {
    level,
    rule: byHand ? BY_HAND : (rule?.rule ?? BY_HAND),
    side,
    clean: asked?.cleanUp === undefined ? (cut?.clean ?? false) : asked.cleanUp !== null,
    cleanUp: asked?.cleanUp ?? cut?.cleanUp ?? USUAL_CLEAN_UP,
    settings,
  };
  const named = byHand ? undefined : asked?.rule;
  set({
    shown: evaluation,
    slice: sliceIn(s, evaluation),
    // While slices still arrive the rule keeps following them; only then are the wishes used up.
    asked: complete ? null : asked,
    rule: complete ? (named ?? last) : last,
    hands,
    cut: { ...history, cut: next },
    parked: null,
  });
}

type Wishes = NonNullable<State['asked']>;

/** What the address asks for; where it says nothing of the threshold, the kept decision does. */
function wishes(asked: State['asked'], kept: Wishes | null): State['asked'] {
  if (!asked || !kept) return asked ?? kept;
  const said = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  return asked.t !== undefined || asked.rule
    ? { side: kept.side, cleanUp: kept.cleanUp, settings: kept.settings, ...said }
    : { ...kept, ...said };
}

const saysHand = ({ rule, t }: Wishes): boolean => rule === BY_HAND || (!rule && t !== undefined);

const keptDecision = ({ run }: Evaluation, key: string) =>
  useRuns.getState().rows?.find((row) => row.record.run === run && row.scores && evaluationKey(row.scores) === key)?.decided;

function keptWishes(evaluation: Evaluation): Wishes | null {
  const decided = keptDecision(evaluation, evaluationKey(evaluation));
  if (!decided) return null;
  const { side, level, cleanUp, rule = BY_HAND, settings } = decided;
  return { t: shownOf(level, side), rule, side, cleanUp: isOff(cleanUp) ? null : cleanUp, settings };
}

/** Where a hand once cut the kept maps of this run. */
function keptHands({ run }: Evaluation): State['hands'] {
  const rows = (useRuns.getState().rows ?? []).filter((row) => row.record.run === run);
  return Object.fromEntries(
    rows.flatMap(({ scores, decided }) =>
      scores && decided?.rule === BY_HAND ? [[evaluationKey(scores), shownOf(decided.level, decided.side)]] : [],
    ),
  );
}

/** Takes note of a cut by hand before another map comes. */
function handsOf({ shown, cut: { cut }, hands }: State): State['hands'] {
  return shown && cut?.rule === BY_HAND ? { ...hands, [evaluationKey(shown)]: shownOf(cut.level, cut.side) } : hands;
}

/** A place by hand means nothing on another map: it cannot be gone back to there. */
const byRules = (state: CutState): CutState => ({
  ...state,
  past: state.past.filter(({ rule }) => rule !== BY_HAND),
  future: state.future.filter(({ rule }) => rule !== BY_HAND),
});

/** The slice in view stays; until one is picked, it is the one with most to see. */
function sliceIn({ picked, slice }: State, evaluation: Evaluation): number {
  if (!picked) return derive(evaluation).first;
  return evaluation.slices.length === evaluation.total ? Math.min(slice, evaluation.slices.length - 1) : slice;
}

// ---- the cut -------------------------------------------------------------------------------------------------------------------

export const moveCut = (level: number): void => set({ cut: moved(get().cut, clampLevel(level)) });
/** Moves the cut by so many of the 255 units of its axis, to the right. */
export const nudgeCut = (units: number): void => {
  const { cut } = get().cut;
  if (cut) moveCut(levelOf(shownOf(cut.level, cut.side) + units, cut.side));
};
export const releaseCut = (): void => set({ cut: released(get().cut) });
export const undoCut = (): void => set(restored(undone(get().cut)));
export const redoCut = (): void => set(restored(redone(get().cut)));

/** The rule that comes back is the one that later scores follow. */
function restored(state: CutState): Pick<State, 'cut'> & Partial<Pick<State, 'rule'>> {
  const cut = followed(state);
  return cut.cut && cut.cut.rule !== BY_HAND ? { cut, rule: cut.cut.rule } : { cut };
}

/** A rule that comes back may meet another map than the one it was chosen on: its level is that of the map in view. */
function followed(state: CutState): CutState {
  const { shown } = get();
  const { cut } = state;
  if (!shown || !cut || cut.rule === BY_HAND) return state;
  const rule = rulesOn(shown, cut.side, cut.settings).find((one) => one.rule === cut.rule);
  return rule ? { ...state, cut: { ...cut, level: rule.level } } : state;
}

export function chooseRule(id: string): void {
  const { shown, cut } = get();
  if (!shown || !cut.cut) return;
  const rule = rulesOn(shown, cut.cut.side, cut.cut.settings).find((r) => r.rule === id);
  if (rule) set({ cut: chosen(cut, { level: rule.level, rule: id }), rule: id, hands: {} });
  else if (id === BY_HAND) set({ cut: chosen(cut, { rule: BY_HAND }) });
}

/** Back to the rule that was in force last, else the first one. */
export function resetToRule(): void {
  const { shown, cut } = get();
  if (!shown || shown.mapless || !cut.cut) return;
  const last = [...cut.past].reverse().find((c) => c.rule !== BY_HAND);
  const rule = last?.rule ?? rulesOn(shown, cut.cut.side, cut.cut.settings)[0]?.rule;
  if (rule) chooseRule(rule);
}

/** The rule in force answers for the other side; a cut by hand keeps its place on the axis. */
export function chooseSide(side: Side): void {
  const { shown, cut } = get();
  if (!shown || !cut.cut || cut.cut.side === side) return;
  const rule = rulesOn(shown, side, cut.cut.settings).find((r) => r.rule === cut.cut!.rule);
  const level = rule?.level ?? levelOf(shownOf(cut.cut.level, cut.cut.side), side);
  set({ cut: chosen(cut, { side, level, rule: rule?.rule ?? BY_HAND }) });
}

/** Chooses the rule and asks it with other numbers, within a gesture: `releaseCut` ends it. Where it then has no answer, the cut stays. */
export function tryRule(id: string, part: Partial<RuleSettings>): void {
  const { shown, cut } = get();
  if (!shown || !cut.cut) return;
  const settings = { ...cut.cut.settings, ...part };
  const rule = rulesOn(shown, cut.cut.side, settings).find((one) => one.rule === id);
  if (rule) set({ cut: altered(cut, { settings, rule: id, level: rule.level }), rule: id, hands: {} });
  else set({ cut: altered(cut, { settings, rule: BY_HAND }) });
}

// ---- clean-up ------------------------------------------------------------------------------------------------------------------

export function switchCleanUp(clean: boolean): void {
  set({ cut: chosen(get().cut, { clean }) });
}

/** One step of undo. */
export function setCleanUp(part: Partial<CleanUp>): void {
  const { cut } = get();
  if (cut.cut) set({ cut: chosen(cut, { clean: true, cleanUp: { ...cut.cut.cleanUp, ...part } }) });
}

/** Within a gesture: `releaseCut` ends it. */
export function tryCleanUp(part: Partial<CleanUp>): void {
  const { cut } = get();
  if (cut.cut) set({ cut: altered(cut, { clean: true, cleanUp: { ...cut.cut.cleanUp, ...part } }) });
}

// ---- what is in view -----------------------------------------------------------------------------------------------------------

export function selectSlice(slice: number): void {
  const { shown } = get();
  if (shown) set({ slice: Math.min(Math.max(0, slice), shown.slices.length - 1), picked: true });
}

export const chooseWay = (way: Way): void => set({ way });

export function toggleLayer(layer: Layer): void {
  const { layers } = get();
  set({ layers: { ...layers, [layer]: !layers[layer] } });
}
