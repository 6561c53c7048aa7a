/** Files of what Decide shows. */

import type { Assessed, Cleaned } from '../core/answers';
import { countsAt, cutAt, type Cut as Numbers } from '../core/cut';
import { cleanUpWords, type Decision, flagsOf } from '../core/decision';
import { figuresOf } from '../core/figures';
import { bodyShare, maskProblem } from '../core/maskProblem';
import { methodsOf } from '../core/methods';
import type { Metrics } from '../core/metrics';
import { isOff } from '../core/morphology';
import { diceThreeWays, imageConfusion, patientCounts, ratesOf, type SliceCounts } from '../core/overlap';
import type { Evaluation } from '../core/protocol';
import { USUAL_RULES } from '../core/rules';
import type { RunRecord, Scores } from '../core/runs';
import { atCutOf } from './atCut';
import { send } from './client';
import { scoresOn } from './comparing';
import { BY_HAND, type Cut, cleanUpOf } from './cut';
import { answers, countsOf, numbersOf, rulesFor, sided } from './derived';
import { save } from './download';
import { recordOf as recordNow } from './record';
import { type Row, saveCapsule, say, useRuns } from './runs';
import type { Decided } from './shelf';
import { evaluationKey } from './state';
import { useLab } from './store';

/** 'wildcut-vae-lx3-rec-grad-roc.svg' */
export const fileName = ({ run, scorer }: Evaluation, rest: string): string =>
  `wildcut-${run}-${scorer.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${rest}`.replaceAll('--', '-');

/** Masks at the cut as it stands, clean-up included, or raw scores. */
export function saveMaps({ run, update, scorer, smooth }: Evaluation, what: 'masks' | 'scores'): void {
  const { cut } = useLab.getState().cut;
  if (what === 'masks' && !cut) return;
  const asked = what === 'masks' && cut ? { side: cut.side, level: cut.level, cleanUp: cleanUpOf(cut) } : null;
  send({ kind: 'export', run, update, scorer, smooth, cut: asked });
}

export const saveWeights = ({ run }: Evaluation): void => send({ kind: 'exportWeights', run });

/** The score in view as a graph for other programs. */
export function saveOnnx(evaluation: Evaluation): void {
  const { run, scorer, smooth } = evaluation;
  const record = recordOf(evaluation);
  const { preset, params, seed, recipe, phantom, simulation, training } = record ?? {};
  const made = { preset, parameters: params, seed, recipe, phantom, painted: simulation, 'training slices': training };
  const known = Object.entries(made).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const texts = known.map(([key, value]) => [key, typeof value === 'object' ? JSON.stringify(value) : String(value)]);
  send({ kind: 'exportOnnx', run, scorer, smooth, made: Object.fromEntries(texts) });
}

/** The kept record of the run when it was scored, else what is known of it while it is loaded. */
function recordOf({ run, update }: Evaluation): RunRecord | null {
  const kept = useRuns.getState().rows?.find(({ record }) => record.run === run && record.update === update)?.record;
  const { lab } = useLab.getState();
  return kept ?? (lab.run?.run === run ? recordNow(lab.run, '') : null);
}

/** The cut as it stands, in the units of the score; null without one. */
export function decisionOf(evaluation: Evaluation, cut: Cut | null): Decision | null {
  if (!cut || evaluation.mapless) return null;
  const { lo, hi } = evaluation;
  const rule = rulesFor(evaluation, cut.side, cut.settings).find((one) => one.rule === cut.rule);
  return {
    rule: cut.rule,
    ruleTitle: rule?.title ?? 'by hand',
    ruleReason: rule?.reason ?? null,
    usesLabels: rule?.usesLabels ?? false,
    settings: cut.settings,
    side: cut.side,
    flags: flagsOf(cut.side, cut.level, lo, hi),
    cleanUp: cleanUpOf(cut),
  };
}

/** `body`: the share of all pixels that is not background. */
type Counted = { numbers: Numbers; counts: SliceCounts; body: () => number };

/** Everything at the cut: pixels of the slices with an anomaly, and images. */
function numbersText({ slices }: Pick<Scores, 'slices'>, { numbers, counts, body }: Counted) {
  const { tp, fp, fn, tn, dice, meanDice, sdDice, falseAlarmRate, area, emptyArea } = numbers;
  const images = imageConfusion(numbers.sliceFlagged, slices.map(({ label }) => label)); // biome-ignore format: one line
  const patientDice = diceThreeWays(patientCounts(counts, slices.map(({ group }) => group)))?.patient ?? null; // biome-ignore format: one line
  const pixels = { tp, fp, fn, tn };
  return {
    ...{ ...pixels, dice, meanDice, sdDice, patientDice, ...ratesOf(pixels), falseAlarmRate, area, emptyArea },
    maskProblem: dice == null ? null : maskProblem(area ?? 0, body),
    images: { ...images, ...ratesOf(images) },
  };
}

/** Every number of a score and of the cut. Scores are in the unit of the scorer, areas in shares, rates from 0 to 1.
 * @param scores as scored, `metrics` with the side of the decision taken as the high one
 * @param counted null where clean-up is not counted yet
 * @param more what takes longer and is known */
function textOf(scores: Scores | Evaluation, metrics: Metrics, decision: Decision | null, counted: Counted | null, more: object): string {
  const { run, scorer, smooth, update, data, total, slices, lo, hi, baselines, notes } = scores;
  const threshold = decision?.flags?.score ?? null;
  const numbers = counted && numbersText(scores, counted);
  const whole = {
    ...{ run, scorer, smooth, update, data, slices: slices.length, of: total },
    unit: `score of ${scorer}${smooth ? ', smoothed by a 7 × 7 Gaussian' : ''}`,
    range: { lo, hi },
    side: decision?.side ?? 'bright',
    metrics: decision ? { ...metrics, dice: numbers?.dice ?? null, threshold, thresholdRule: decision.ruleTitle } : metrics,
    ...{ baselines, notes },
    decision: decision && {
      ...decision,
      threshold,
      flagged: decision.flags ? `score ${decision.flags.relation === '≥' ? '>=' : '<'} ${decision.flags.score}` : 'every pixel',
      cleanUpWords: cleanUpWords(decision.cleanUp),
      numbers,
      ...more,
    },
  };
  return `${JSON.stringify(whole, null, 1)}\n`;
}

/** The numbers of what Decide shows. */
export function metricsText(evaluation: Evaluation, cut: Cut | null, cleaned: Cleaned | null, assessed: Assessed | null = null): string {
  const decision = decisionOf(evaluation, cut);
  if (!decision || !cut) return textOf(evaluation, evaluation.metrics, null, null, {});
  const numbers = numbersOf(evaluation, cut, cleaned);
  // Of the whole set after clean-up there is no number until the worker has counted it.
  const counted = numbers.approximate
    ? null
    : { numbers, counts: countsOf(evaluation, cut, cleaned), body: () => bodyShare(evaluation.images) };
  const slow = answers(assessed, evaluation, cut) && {
    diceCi95: assessed.diceCi95,
    patients: assessed.patients,
    ratesCi95: assessed.ratesCi95,
    pixelAurocCi95: assessed.pixelAurocCi95,
    pixelAurocInBrainCi95: assessed.pixelAurocInBrainCi95,
    pixelAveragePrecisionCi95: assessed.pixelAveragePrecisionCi95,
    lesions: assessed.detection,
    aupro: assessed.aupro,
    auproCi95: assessed.auproCi95,
  };
  return textOf(evaluation, sided(evaluation, cut.side).metrics, decision, counted, slow || {});
}

/** Plots and numbers of a kept row as it was decided: what a capsule holds besides the run. */
export function besidesOf({ decided }: Pick<Row, 'decided'>, scores: Scores): { path: string; text: string }[] {
  const side = decided?.side ?? 'bright';
  const { tables, metrics } = scoresOn(scores, side);
  const decision = decided && !scores.mapless ? keptDecision(decided, scores) : null;
  // Cleaned masks cannot be counted from the tables.
  const counts = decision && decided && isOff(decision.cleanUp) ? countsAt(tables, decided.level) : null;
  const counted = counts && decided && { numbers: cutAt(tables, decided.level), counts, body: () => scores.body ?? 1 };
  return [...figuresOf(scores, side), { path: 'metrics.json', text: textOf(scores, metrics, decision, counted ?? null, {}) }];
}

const keptDecision = ({ side, level, cleanUp, ...why }: Decided, { lo, hi }: Scores): Decision => ({
  ...{ rule: BY_HAND, ruleTitle: 'as decided', ruleReason: null, usesLabels: false, settings: USUAL_RULES, ...why },
  ...{ side, cleanUp, flags: flagsOf(side, level, lo, hi) },
});

export function saveMetrics(evaluation: Evaluation): void {
  const { cut, lab } = useLab.getState();
  save(
    fileName(evaluation, 'metrics.json'),
    new Blob([metricsText(evaluation, cut.cut, lab.cleaned, lab.assessed)], { type: 'application/json' }),
  );
}

/** How it was done, in words with citations; null before the engine has said what its models are. */
export function methodsText(evaluation: Evaluation, cut: Cut | null): string | null {
  const record = recordOf(evaluation);
  const { lab } = useLab.getState();
  const spec = lab.engine?.models.find(({ id }) => id === record?.model);
  if (!record || !spec) return null;
  const { metrics } = sided(evaluation, cut?.side ?? 'bright');
  const atCut = atCutOf(evaluation, cut, lab.cleaned, lab.assessed);
  return methodsOf({ record, spec, scores: { ...evaluation, metrics }, decision: decisionOf(evaluation, cut), atCut });
}

export function saveMethods(evaluation: Evaluation): void {
  const text = methodsText(evaluation, useLab.getState().cut.cut);
  if (text === null) say('The engine is starting; save the methods once it runs.', true);
  else save(fileName(evaluation, 'methods.txt'), new Blob([text], { type: 'text/plain' }));
}

/** One plot; `names` are those of core/figures: 'roc-pixels'. */
export function savePlot(evaluation: Evaluation, name: string): void {
  const { cut } = useLab.getState().cut;
  const figure = figuresOf(evaluation, cut?.side).find(({ path }) => path === `figures/${name}.svg`);
  if (figure) save(fileName(evaluation, `${name}.svg`), new Blob([figure.text], { type: 'image/svg+xml' }));
}

/** The kept row of this evaluation; none while its run is under way. */
export const keptRow = (evaluation: Evaluation): string | null =>
  useRuns.getState().rows?.find(({ id }) => id === `${evaluation.run} ${evaluationKey(evaluation)}`)?.id ?? null;

export function saveRun(evaluation: Evaluation): void {
  const id = keptRow(evaluation);
  const { cut, lab } = useLab.getState();
  const methods = methodsText(evaluation, cut.cut);
  const beside = [
    { path: 'metrics.json', text: metricsText(evaluation, cut.cut, lab.cleaned, lab.assessed) },
    ...(methods === null ? [] : [{ path: 'methods.txt', text: methods }]),
  ];
  if (id) void saveCapsule(id, (scores) => [...figuresOf(scores, cut.cut?.side), ...beside], false);
}
