/** Files of what Decide shows. */

import type { Assessed, Cleaned } from '../core/answers';
import { cleanUpWords, type Decision, flagsOf } from '../core/decision';
import { figuresOf } from '../core/figures';
import { bodyShare, maskProblem } from '../core/maskProblem';
import { methodsOf } from '../core/methods';
import type { Evaluation } from '../core/protocol';
import type { RunRecord } from '../core/runs';
import { atCutOf } from './atCut';
import { send } from './client';
import { type Cut, cleanUpOf } from './cut';
import { answers, numbersOf, rulesFor, sided } from './derived';
import { recordOf as recordNow, save, saveCapsule, say, useRuns } from './runs';
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

/** Every number of a score and of the cut. Scores are in the unit of the scorer, areas in pixels, rates from 0 to 1. */
export function metricsText(evaluation: Evaluation, cut: Cut | null, cleaned: Cleaned | null, assessed: Assessed | null = null): string {
  const { run, scorer, smooth, update, data, total, slices, lo, hi, metrics, baselines, notes } = evaluation;
  const decision = decisionOf(evaluation, cut);
  const numbers = decision && cut && numbersOf(evaluation, cut, cleaned);
  const { tp, fp, fn, tn, dice, meanDice, sdDice, precision, sensitivity, falseAlarmRate } = numbers ?? {};
  const problem = dice == null ? null : maskProblem(numbers?.area ?? 0, () => bodyShare(evaluation.images));
  const whole = {
    ...{ run, scorer, smooth, update, data, slices: slices.length, of: total },
    unit: `score of ${scorer}${smooth ? ', smoothed by a 7 × 7 Gaussian' : ''}`,
    range: { lo, hi },
    ...{ metrics, baselines, notes },
    decision: decision && {
      ...decision,
      threshold: decision.flags?.score ?? null,
      flagged: decision.flags ? `score ${decision.flags.relation === '≥' ? '>=' : '<'} ${decision.flags.score}` : 'every pixel',
      cleanUpWords: cleanUpWords(decision.cleanUp),
      // Of the whole set after clean-up there is no number until the worker has counted it.
      numbers: numbers?.approximate
        ? null
        : { tp, fp, fn, tn, dice, maskProblem: problem, meanDice, sdDice, precision, sensitivity, falseAlarmRate },
      ...(cut &&
        answers(assessed, evaluation, cut) && {
          diceCi95: assessed.diceCi95,
          patients: assessed.patients,
          lesions: assessed.detection,
          aupro: assessed.aupro,
        }),
    },
  };
  return `${JSON.stringify(whole, null, 1)}\n`;
}

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
  const figure = figuresOf(evaluation).find(({ path }) => path === `figures/${name}.svg`);
  if (figure) save(fileName(evaluation, `${name}.svg`), new Blob([figure.text], { type: 'image/svg+xml' }));
}

/** The kept row of this evaluation; none while its run is under way. */
export const keptRow = (evaluation: Evaluation): string | null =>
  useRuns.getState().rows?.find(({ id }) => id === `${evaluation.run} ${evaluationKey(evaluation)}`)?.id ?? null;

export function saveRun(evaluation: Evaluation): void {
  const id = keptRow(evaluation);
  const methods = methodsText(evaluation, useLab.getState().cut.cut);
  const beside = methods === null ? [] : [{ path: 'methods.txt', text: methods }];
  if (id) void saveCapsule(id, (scores) => [...figuresOf(scores), ...beside], false);
}
