import { paramProblem } from '../core/params';
import type { Command, KernelChoice, Report, RunState } from '../core/protocol';
import { USUAL_RULES } from '../core/rules';
import type { ModelSpec, Params } from '../core/types';
import { type Address, LAYERS, readAddress, type Theme, type View, writeAddress } from './address';
import { keepAssessed, keepClean } from './cleaning';
import { send, startEngine } from './client';
import { USUAL_CUT } from './comparing';
import { cleanUpOf, isCleaning } from './cut';
import { show, smoothOf, wantedKey } from './decide';
import { keepDecisions } from './decided';
import { levelOf, shownOf } from './derived';
import { follow } from './follow';
import { keepLinked, link } from './linked';
import { reduce } from './reduce';
import { choose, chooseSlice, heard, hushSaved, NO_DECISION, openRuns, recutOnce, useRuns } from './runs';
import { evaluationKey, isActive, NO_RUN } from './state';
import { type State, useLab } from './store';

const { getState: get, setState: set } = useLab;

/** The size every model of the first release works at. */
const PHANTOM_SIZE = 64;

/** Opens the lab as the address says; without one it is a first visit, and the demo starts by itself. */
export function begin(hash: string, theme: Theme, themeChosen: boolean): void {
  const address = readAddress(hash);
  set({ autoStart: address === null, theme, themeChosen });
  if (address) restore(address);
  keepClean();
  keepLinked();
  keepDecisions();
  keepAssessed();
  void openRuns();
  startEngine(receive);
  send({ kind: 'open', backend: 'auto', threads: null });
  send({ kind: 'phantom', variant: 'standard', size: PHANTOM_SIZE, seed: 0 });
}

export function receive(report: Report): void {
  const before = get();
  if (report.kind === 'machine' && outdated(before, report)) return;
  const lab = reduce(before.lab, report);
  heard(report, before.lab.run);
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
  if (address.view === 'compare') {
    set({ view: 'compare', ...(address.theme && { theme: address.theme, themeChosen: true }) });
    if (address.slice !== undefined) chooseSlice(address.slice);
    if (address.runs) void choose(address.runs);
    address.cuts?.forEach(({ by, t, side, cleanUp }, i) => {
      recutOnce(address.runs![i], { by, side, cleanUp, level: t === undefined ? 0 : levelOf(t, side) });
    });
    return;
  }
  const { wanted } = get();
  set({
    view: address.view,
    ...(address.theme && { theme: address.theme, themeChosen: true }),
    ...(address.slice !== undefined && { slice: address.slice, picked: true }),
    ...(address.scorer && { wanted: { scorer: address.scorer, smooth: address.smooth ?? wanted?.smooth ?? null } }),
    ...(address.layers && {
      layers: { mask: false, truth: false, map: false, ...Object.fromEntries(address.layers.map((l) => [l, true])) },
    }),
    ...(address.way && { way: address.way }),
    ...(wishes(address) && { asked: wishes(address) }),
  });
  const s = get();
  if (s.shown && s.wanted && wantedKey(s) !== evaluationKey(s.shown)) chooseScorer(s.wanted.scorer, s.wanted.smooth);
  else if (s.shown && s.asked) show(s.shown);
  if (address.view !== 'decide') return;
  link(address);
  askForScores();
}

/** What the address says about the cut; null where it says nothing. */
function wishes({ t, rule, side, cleanUp, settings }: Address): State['asked'] {
  const nothing = t === undefined && !rule && !side && cleanUp === undefined && !settings;
  return nothing ? null : { t, rule, side, cleanUp, settings: settings ?? USUAL_RULES };
}

/** Runs, their cuts and the slice of Compare. */
function comparedNow(): Pick<Address, 'runs' | 'cuts' | 'slice'> {
  const { chosen, rows, slice } = useRuns.getState();
  const known = chosen.map((id) => rows?.find((row) => row.id === id));
  const cuts = known.map((row) => {
    const { by, side, level, cleanUp } = row?.cut ?? USUAL_CUT;
    return { by, side, cleanUp, ...(by === 'hand' && { t: shownOf(level, side) }) };
  });
  return { runs: chosen, slice: slice ?? undefined, ...(known.every(Boolean) && { cuts }) };
}

export function currentAddress(s: State): string {
  const theme = s.themeChosen ? s.theme : undefined;
  if (s.view === 'compare') return writeAddress({ view: 'compare', ...comparedNow(), theme });
  if (s.view !== 'decide') return writeAddress({ view: s.view, theme });
  const { shown } = s;
  const { cut } = s.cut;
  const asked = shown ? null : s.asked;
  return writeAddress({
    view: 'decide',
    run: shown?.run ?? s.linked?.run ?? useRuns.getState().opening ?? undefined,
    slice: shown || s.picked ? s.slice : undefined,
    t: shown && cut ? shownOf(cut.level, cut.side) : asked?.t,
    scorer: shown?.scorer ?? s.wanted?.scorer,
    smooth: shown?.smooth ?? s.wanted?.smooth ?? undefined,
    rule: cut?.rule ?? asked?.rule,
    side: cut?.side ?? asked?.side,
    cleanUp: cut ? (isCleaning(cut) ? cleanUpOf(cut) : null) : asked?.cleanUp,
    settings: cut?.settings ?? asked?.settings,
    layers: LAYERS.filter((layer) => s.layers[layer]),
    way: s.way === 'slice' ? undefined : s.way,
    theme,
  });
}

export function goTo(view: View): void {
  hushSaved();
  set({ view });
  if (view === 'decide') askForScores();
}

export const setTheme = (theme: Theme): void => set({ theme, themeChosen: true });
/** The system's theme has changed: the page's follows unless the visitor chose one. */
export const followSystem = (theme: Theme): void => set(get().themeChosen ? {} : { theme });
export const openSheet = (sheet: State['sheet']): void => set({ sheet });
export function runOn(backend: State['runOn']): void {
  set({ runOn: backend });
  openBackend(backend);
}
export const openBackend = (
  backend: Extract<Command, { kind: 'open' }>['backend'],
  threads: number | null = null,
  kernels: KernelChoice = 'own',
  replay = false,
): void => send({ kind: 'open', backend, threads, kernels, replay });

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

/** @param until the update to stop at, where that is short of all */
export function start(until?: number): void {
  const s = get();
  const spec = specOf(s);
  if (!spec || isActive(s.lab.run) || startProblem(s) !== undefined) return;
  hushSaved();
  const run = `${spec.id}-${Date.now().toString(36)}`;
  const { train: _, score: __, ...failures } = s.lab.failures;
  set({
    lab: {
      ...s.lab,
      ...NO_RUN,
      expected: run,
      failures,
    },
    shown: null,
    autoStart: false,
    unasked: s.autoStart,
    ...NO_DECISION,
  });
  send({ kind: 'train', run, model: spec.id, preset: s.preset, params: paramsOf(s), seed: s.seed, ...(until !== undefined && { until }) });
}

/** Starts what was refused with the batches that fit. */
export function startFitting(): void {
  const s = get();
  const { fits } = s.lab.preflight ?? {};
  if (!fits) return;
  const changed = Object.entries(fits).filter(([key, value]) => value !== paramsOf(s)[key]);
  set({ edits: { ...s.edits, ...Object.fromEntries(changed) } });
  start();
}

export const limitMemory = (bytes: number | null): void => send({ kind: 'limit', bytes });

export function pauseOrResume(): void {
  const { run } = get().lab;
  if (run?.phase === 'running') send({ kind: 'pause', run: run.run });
  else if (run?.phase === 'paused') send({ kind: 'resume', run: run.run });
}

export function stepOnce(): void {
  const { run } = get().lab;
  if (run?.phase === 'running' || run?.phase === 'paused') send({ kind: 'step', run: run.run });
}

/** Back to a snapshot of the present run. */
export function restoreSnapshot(snapshot: number): void {
  const { run } = get().lab;
  if (run) send({ kind: 'restore', run: run.run, snapshot });
}

export function stop(): void {
  const { expected } = get().lab;
  if (expected) send({ kind: 'stop', run: expected });
}

// ---- scores --------------------------------------------------------------------------------------------------------------------

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
  const { expected } = get().lab;
  if (!expected) return;
  send({ kind: 'cancelScore', run: expected });
  useRuns.setState({ opening: null });
}
