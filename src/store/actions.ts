import { paramProblem } from '../core/params';
import type { Command, Evaluation, Report, RunState } from '../core/protocol';
import type { ModelSpec, Params, ScorerSpec } from '../core/types';
import { type Address, readAddress, type Theme, type View, writeAddress } from './address';
import { send, startEngine } from './client';
import { BY_HAND, chosen, moved, NO_CUT, redone, released, undone } from './cut';
import { clampLevel, derive, levelOf, shownOf, TOP } from './derived';
import { follow } from './follow';
import { reduce } from './reduce';
import { evaluationKey, isActive } from './state';
import { type Layer, type State, useLab } from './store';

const { getState: get, setState: set } = useLab;

/** The size every model of the first release works at. */
const PHANTOM_SIZE = 64;

/** Opens the lab as the address says; without one it is a first visit, and the demo starts by itself. */
export function begin(hash: string, theme: Theme, themeChosen: boolean): void {
  const address = readAddress(hash);
  set({ autoStart: address === null, theme, themeChosen });
  if (address) restore(address);
  startEngine(receive);
  send({ kind: 'open', backend: 'auto', threads: null });
  send({ kind: 'phantom', size: PHANTOM_SIZE, seed: 0 });
}

export function receive(report: Report): void {
  const before = get();
  if (report.kind === 'machine' && outdated(before, report)) return;
  const lab = reduce(before.lab, report);
  if (lab === before.lab) return;
  set({ lab });
  if (report.kind === 'evaluation' && lab.evaluations !== before.lab.evaluations) show(report.evaluation);
  if (report.kind === 'engine' && before.preset === 'machine' && !isActive(lab.run)) measure();
  const next = follow(before, get());
  if (next === 'start') start();
  if (next === 'score') askForScores();
}

// ---- address -------------------------------------------------------------------------------------------------------------------

export function restore(address: Address): void {
  const { wanted } = get();
  set({
    view: address.view,
    ...(address.theme && { theme: address.theme, themeChosen: true }),
    ...(address.slice !== undefined && { slice: address.slice, picked: true }),
    ...(address.scorer && { wanted: { scorer: address.scorer, smooth: address.smooth ?? wanted?.smooth ?? null } }),
    ...((address.t !== undefined || address.rule) && { asked: { t: address.t, rule: address.rule } }),
  });
  const s = get();
  if (s.shown && s.wanted && wantedKey(s) !== evaluationKey(s.shown)) chooseScorer(s.wanted.scorer, s.wanted.smooth);
  else if (s.shown && s.asked) show(s.shown);
  if (address.view === 'decide') askForScores();
}

export function currentAddress(s: State): string {
  const theme = s.themeChosen ? s.theme : undefined;
  if (s.view !== 'decide') return writeAddress({ view: s.view, theme });
  const { shown, cut } = s;
  const asked = shown ? null : s.asked;
  return writeAddress({
    view: 'decide',
    slice: shown || s.picked ? s.slice : undefined,
    t: shown && cut.cut ? shownOf(cut.cut.level) : asked?.t,
    scorer: shown?.scorer ?? s.wanted?.scorer,
    smooth: shown?.smooth ?? s.wanted?.smooth ?? undefined,
    rule: cut.cut?.rule ?? asked?.rule,
    theme,
  });
}

export function goTo(view: View): void {
  set({ view });
  if (view === 'decide') askForScores();
}

export const setTheme = (theme: Theme): void => set({ theme, themeChosen: true });
export const openSheet = (sheet: State['sheet']): void => set({ sheet });
export const openBackend = (backend: Extract<Command, { kind: 'open' }>['backend'], threads: number | null = null): void =>
  send({ kind: 'open', backend, threads });

// ---- training ------------------------------------------------------------------------------------------------------------------

export const specOf = (s: State): ModelSpec | null => {
  const models = s.lab.engine?.models ?? [];
  return models.find((m) => m.id === s.model) ?? models[0] ?? null;
};

/** The run of the chosen model: one of another model is none of its business. */
export function runOf(s: State): RunState | null {
  const { run } = s.lab;
  return run?.model === specOf(s)?.id ? run : null;
}

/** The parameters of the run that is under way, else those that Start would use. */
export function paramsOf(s: State): Params {
  const spec = specOf(s);
  if (!spec) return {};
  const { run } = s.lab;
  if (run && isActive(run)) return run.params;
  const defaults = Object.fromEntries(Object.entries(spec.params).map(([key, p]) => [key, p.default]));
  const measured = s.preset === 'machine' ? s.lab.machine[spec.id]?.params : undefined;
  return { ...defaults, ...spec.presets[s.preset]?.params, ...measured, ...s.edits };
}

/** A preset of the same name is kept. */
export function chooseModel(model: string): void {
  const s = get();
  const presets = s.lab.engine?.models.find((m) => m.id === model)?.presets ?? {};
  set({ model, edits: {}, preset: s.preset in presets ? s.preset : 'demo' });
  if (get().preset === 'machine') measure();
}

export function choosePreset(preset: string): void {
  const { preset: old, edits } = get();
  // Chosen once more, it measures the machine with the numbers that were changed since.
  const params = specOf(get())?.params ?? {};
  const kept = preset === 'machine' && old === preset ? Object.entries(edits).filter(([key]) => params[key]?.speed) : [];
  set({ preset, edits: Object.fromEntries(kept) });
  if (preset === 'machine') measure();
}

/** Asks how fast this machine is, unless that is known or being measured. */
function measure(): void {
  const s = get();
  const spec = specOf(s);
  if (!spec || s.lab.machine[spec.id] || s.lab.progress.probe || paramProblem(spec, paramsOf(s))) return;
  // Until the worker says more: Start must not slip in between.
  const probe = { task: 'probe', done: 0, total: 0, unit: 'updates', perSecond: 0, etaSeconds: null, detail: '' } as const;
  const { probe: _, ...failures } = s.lab.failures;
  set({ lab: { ...s.lab, progress: { ...s.lab.progress, probe }, failures } });
  send({ kind: 'probe', model: spec.id, params: paramsOf(s) });
}

/** A measurement of numbers that have been edited since it began. */
const outdated = (s: State, { model, params }: Extract<Report, { kind: 'machine' }>): boolean => {
  const spec = specOf(s);
  return spec?.id === model && Object.entries(s.edits).some(([key, value]) => spec.params[key]?.speed && value !== params[key]);
};

export function editParam(key: string, value: number): void {
  const s = get();
  set({ edits: { ...s.edits, [key]: value } });
  const spec = specOf(s);
  if (!spec?.params[key]?.speed || s.preset !== 'machine') return;
  const { [spec.id]: _, ...machine } = s.lab.machine;
  set({ lab: { ...s.lab, machine } });
}

/** Why Start cannot start, as a sentence. */
export function startProblem(s: State): string | undefined {
  const spec = specOf(s);
  const { engine, data, progress } = s.lab;
  if (!engine || !spec) return 'The engine is starting.';
  if (!data) return 'The images are still loading.';
  if (progress.probe) return 'This machine is being measured; Start comes after that.';
  return dataProblem(s) ?? paramProblem(spec, paramsOf(s)) ?? undefined;
}

/** What the images lack for the chosen model, as a sentence. */
export function dataProblem(s: State): string | undefined {
  const { data } = s.lab;
  return (
    data?.problems[0] ??
    specOf(s)
      ?.needs.map((role) => data?.lacks[role])
      ?.find(Boolean)
  );
}
export const setSeed = (seed: number): void => set({ seed });

export function start(): void {
  const s = get();
  const spec = specOf(s);
  if (!spec || isActive(s.lab.run) || startProblem(s) !== undefined) return;
  const run = `${spec.id}-${Date.now().toString(36)}`;
  const { train: _, score: __, ...failures } = s.lab.failures;
  set({
    lab: { ...s.lab, expected: run, run: null, points: [], preview: null, evaluations: {}, iterate: null, failures },
    shown: null,
    autoStart: false,
    cut: NO_CUT,
  });
  send({ kind: 'train', run, model: spec.id, preset: s.preset, params: paramsOf(s), seed: s.seed });
}

export function pauseOrResume(): void {
  const { run } = get().lab;
  if (run?.phase === 'running') send({ kind: 'pause', run: run.run });
  else if (run?.phase === 'paused') send({ kind: 'resume', run: run.run });
}

export function stepOnce(): void {
  const { run } = get().lab;
  if (run?.phase === 'running' || run?.phase === 'paused') send({ kind: 'step', run: run.run });
}

export function stop(): void {
  const { expected } = get().lab;
  if (expected) send({ kind: 'stop', run: expected });
}

// ---- scores --------------------------------------------------------------------------------------------------------------------

/** The smoothing a scorer works with: a combination has none of its own. */
const smoothOf = (scorer: ScorerSpec, smooth: boolean | null): boolean => (scorer.combines ? null : smooth) ?? scorer.smooth;

/** The key of the map that is wanted; null where nothing in particular is. */
function wantedKey({ lab, wanted }: State): string | null {
  const scorer = lab.engine?.models.find((m) => m.id === lab.run?.model)?.scorers.find((one) => one.id === wanted?.scorer);
  return scorer && wanted ? evaluationKey({ scorer: scorer.id, smooth: smoothOf(scorer, wanted.smooth) }) : null;
}

/** Scores the test set with the wanted scorer, unless that is there, under way, slow, or too early. */
export function askForScores(): void {
  const s = get();
  const { run, engine, progress, evaluations } = s.lab;
  if (
    !run ||
    run.update === 0 ||
    run.phase === 'running' ||
    run.phase === 'preparing' ||
    progress.score ||
    Object.keys(evaluations).length > 0
  )
    return;
  const spec = engine?.models.find((m) => m.id === run.model);
  if (!spec) return;
  const named = spec.scorers.find((scorer) => scorer.id === s.wanted?.scorer && !scorer.iterative);
  set({ wanted: { scorer: named?.id ?? spec.lead, smooth: named && !named.combines ? (s.wanted?.smooth ?? null) : null } });
  score();
}

/** Sends the wanted scorer to work, unless the weights are changing. */
export function score(): void {
  const { lab, wanted } = get();
  if (!lab.run || !wanted || lab.run.phase === 'running' || lab.run.phase === 'preparing') return;
  send({ kind: 'score', run: lab.run.run, scorer: wanted.scorer, smooth: wanted.smooth });
}

export function chooseScorer(scorer: string, smooth: boolean | null): void {
  const { lab } = get();
  const spec = lab.engine?.models.find((m) => m.id === lab.run?.model)?.scorers.find((one) => one.id === scorer);
  if (!lab.run || !spec) return;
  set({ wanted: { scorer, smooth: spec.combines ? null : smooth } });
  const known = lab.evaluations[evaluationKey({ scorer, smooth: smoothOf(spec, smooth) })];
  if (known && known.slices.length === known.total) {
    // Whatever is being scored is no longer wanted.
    cancelScore();
    show(known);
  } else if (!spec.iterative) score();
}

export function cancelScore(): void {
  const { run } = get().lab;
  if (run) send({ kind: 'cancelScore', run: run.run });
}

/** Puts an evaluation on the table and the cut where the address, the rule or the hand wants it. */
function show(evaluation: Evaluation): void {
  const s = get();
  if ((wantedKey(s) ?? evaluationKey(evaluation)) !== evaluationKey(evaluation)) return;
  if (evaluation.mapless) {
    set({ shown: evaluation, slice: sliceIn(s, evaluation), cut: NO_CUT });
    return;
  }
  const rules = derive(evaluation).rules.filter((r) => r.level !== null);
  const { cut } = s.cut;
  const byHand = s.asked ? s.asked.rule === BY_HAND || (!s.asked.rule && s.asked.t !== undefined) : cut?.rule === BY_HAND;
  const rule = rules.find((r) => r.rule === (s.asked?.rule ?? s.rule)) ?? rules[0];
  const ruled = rule?.level ?? levelOf(TOP / 2);
  const level = !byHand ? ruled : s.asked?.t !== undefined ? levelOf(s.asked.t) : (cut?.level ?? ruled);
  const complete = evaluation.slices.length === evaluation.total;
  set({
    shown: evaluation,
    slice: sliceIn(s, evaluation),
    // While slices still arrive the rule keeps following them; only then is the address's wish used up.
    asked: complete ? null : s.asked,
    rule: complete ? (s.asked?.rule ?? s.rule) : s.rule,
    cut: { ...(s.shown?.run === evaluation.run ? s.cut : NO_CUT), cut: { level, rule: byHand ? BY_HAND : (rule?.rule ?? BY_HAND) } },
  });
}

/** The slice in view stays; until one is picked, it is the one with most to see. */
function sliceIn({ picked, slice }: State, evaluation: Evaluation): number {
  if (!picked) return derive(evaluation).first;
  return evaluation.slices.length === evaluation.total ? Math.min(slice, evaluation.slices.length - 1) : slice;
}

// ---- the cut -------------------------------------------------------------------------------------------------------------------

export const moveCut = (level: number): void => set({ cut: moved(get().cut, clampLevel(level)) });
/** Moves the cut by so many of its 255 units. */
export const nudgeCut = (units: number): void => {
  const { cut } = get().cut;
  if (cut) moveCut(levelOf(shownOf(cut.level) + units));
};
export const releaseCut = (): void => set({ cut: released(get().cut) });
export const undoCut = (): void => set({ cut: undone(get().cut) });
export const redoCut = (): void => set({ cut: redone(get().cut) });

export function chooseRule(id: string): void {
  const { shown, cut } = get();
  if (!shown || !cut.cut) return;
  const rule = derive(shown).rules.find((r) => r.rule === id);
  if (rule && rule.level !== null) set({ cut: chosen(cut, { level: rule.level, rule: id }), rule: id });
  else if (id === BY_HAND) set({ cut: chosen(cut, { level: cut.cut.level, rule: BY_HAND }) });
}

/** Back to the rule that was in force last, else the first one. */
export function resetToRule(): void {
  const { shown, cut } = get();
  if (!shown || shown.mapless) return;
  const last = [...cut.past].reverse().find((c) => c.rule !== BY_HAND);
  chooseRule(last?.rule ?? derive(shown).rules[0].rule);
}

export function selectSlice(slice: number): void {
  const { shown } = get();
  if (shown) set({ slice: Math.min(Math.max(0, slice), shown.slices.length - 1), picked: true });
}

export function toggleLayer(layer: Layer): void {
  const { layers } = get();
  set({ layers: { ...layers, [layer]: !layers[layer] } });
}
