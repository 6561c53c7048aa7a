/** What the visitor does with scores: the cut, its rule and side, clean-up, the slice and the layers. */
import type { CleanUp } from '../core/morphology';
import type { Evaluation } from '../core/protocol';
import { type RuleSettings, USUAL_RULES } from '../core/rules';
import type { Side } from '../core/side';
import type { Threshold } from '../core/threshold';
import type { ScorerSpec } from '../core/types';
import type { Layer, Way } from './address';
import { altered, BY_HAND, type Cut, type CutState, chosen, moved, NO_CUT, redone, released, USUAL_CLEAN_UP, undone } from './cut';
import { clampLevel, derive, levelOf, rulesFor, shownOf, TOP } from './derived';
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
  if (evaluation.mapless) {
    set({ shown: evaluation, slice: sliceIn(s, evaluation), cut: NO_CUT, parked: s.cut.cut ? s.cut : s.parked });
    return;
  }
  const { asked } = s;
  const history = s.shown?.run === evaluation.run ? (s.parked ?? s.cut) : NO_CUT;
  const { cut } = s.parked ?? s.cut;
  const side = asked?.side ?? cut?.side ?? 'bright';
  const settings = asked?.settings ?? cut?.settings ?? USUAL_RULES;
  const rules = rulesOn(evaluation, side, settings);
  const byHand = asked ? asked.rule === BY_HAND || (!asked.rule && asked.t !== undefined) : cut?.rule === BY_HAND;
  const rule = rules.find((r) => r.rule === (asked?.rule ?? s.rule)) ?? rules[0];
  const ruled = rule?.level ?? levelOf(TOP / 2, side);
  const level = !byHand ? ruled : asked?.t !== undefined ? levelOf(asked.t, side) : (cut?.level ?? ruled);
  const complete = evaluation.slices.length === evaluation.total;
  const next: Cut = {
    level,
    rule: byHand ? BY_HAND : (rule?.rule ?? BY_HAND),
    side,
    clean: asked?.cleanUp === undefined ? (cut?.clean ?? false) : asked.cleanUp !== null,
    cleanUp: asked?.cleanUp ?? cut?.cleanUp ?? USUAL_CLEAN_UP,
    settings,
  };
  set({
    shown: evaluation,
    slice: sliceIn(s, evaluation),
    // While slices still arrive the rule keeps following them; only then is the address's wish used up.
    asked: complete ? null : asked,
    rule: complete ? (asked?.rule ?? s.rule) : s.rule,
    cut: { ...history, cut: next },
    parked: null,
  });
}

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
  if (rule) set({ cut: chosen(cut, { level: rule.level, rule: id }), rule: id });
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
  if (rule) set({ cut: altered(cut, { settings, rule: id, level: rule.level }), rule: id });
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
