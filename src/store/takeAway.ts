/** Files of what Decide shows. */
import { figuresOf } from '../core/figures';
import type { Evaluation } from '../core/protocol';
import { send } from './client';
import { cleanUpOf } from './cut';
import { save, saveCapsule, useRuns } from './runs';
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

export function saveMetrics(evaluation: Evaluation): void {
  const { run, scorer, smooth, update, data, total, metrics, baselines, notes } = evaluation;
  const { cut } = useLab.getState().cut;
  const decision = cut && { ...cut, cleanUp: cleanUpOf(cut) };
  const text = JSON.stringify({ run, scorer, smooth, update, data, slices: total, metrics, baselines, notes, decision }, null, 1);
  save(fileName(evaluation, 'metrics.json'), new Blob([text], { type: 'application/json' }));
}

export function savePlots(evaluation: Evaluation): void {
  for (const { path, text } of figuresOf(evaluation))
    save(fileName(evaluation, path.replace('figures/', '')), new Blob([text], { type: 'image/svg+xml' }));
}

/** The kept row of this evaluation; none while its run is under way. */
export const keptRow = (evaluation: Evaluation): string | null =>
  useRuns.getState().rows?.find(({ id }) => id === `${evaluation.run} ${evaluationKey(evaluation)}`)?.id ?? null;

export function saveRun(evaluation: Evaluation): void {
  const id = keptRow(evaluation);
  if (id) void saveCapsule(id, figuresOf, false);
}
