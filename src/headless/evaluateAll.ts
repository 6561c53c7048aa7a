import type { Assessed } from '../core/answers';
import { codeOf } from '../core/cut';
import { bodyShare, maskProblem } from '../core/maskProblem';
import type { Metrics } from '../core/metrics';
import { NO_CLEAN_UP } from '../core/morphology';
import type { EngineState, Evaluation, RunState } from '../core/protocol';
import type { ModelSpec } from '../core/types';
import { Cleaner } from '../engine/clean';
import type { RawEvaluation } from '../engine/evaluate';
import { mapsOf } from '../engine/volumes';
import type { Client, Selection } from './client';
import { writeJson, writeMaps, writeScores } from './write';

export type Thresholds = Record<string, { threshold: number; rule: string }>;
type Row = Metrics &
  Partial<AtThreshold> & {
    /** What `dice` has to be read with where the masks at the threshold separate nothing. */
    maskProblem: string | null;
    smooth: boolean;
    slices: number;
    seconds: number;
    notes: readonly string[];
  };
/** Of the masks at the threshold, without clean-up; `aupro` of the maps at every threshold. */
type AtThreshold = Pick<
  Assessed,
  'diceCi95' | 'patients' | 'ratesCi95' | 'pixelAurocCi95' | 'pixelAurocInBrainCi95' | 'pixelAveragePrecisionCi95' | 'aupro' | 'auproCi95'
> & { lesions: Assessed['detection'] };

/** Scores the test set with each scorer, writes metrics.json, scores.csv and the lead scorer's maps (the first scorer's that has maps, where the lead has none); what could not be scored says why.
 * Maps come last: where they fail, that is said, the exit status is 1, and the numbers are there. So is it where no scorer gave a result, or the engine failed. */
export async function evaluateAll(
  client: Client,
  run: string,
  spec: ModelSpec,
  scorers: readonly string[],
  out: string,
  recorded: Thresholds,
  selection: Selection | null,
) {
  const metrics: Record<string, Row | { error: string }> = {};
  let baselines: Record<string, Metrics> = {};
  const thresholds: Thresholds = {};
  const scores = new Map<string, { name: string; group: string; label: number | null; score: number }[]>();
  let mapped: RawEvaluation | null = null;
  const [first] = spec.scorers.filter((s) => !s.mapless).sort((a, b) => Number(b.id === spec.lead) - Number(a.id === spec.lead));
  for (const scorer of scorers) {
    const failure = client.failure ?? (await failureOf(client, () => client.session.scoreRecorded(run, scorer, recorded[scorer])));
    if (failure !== null) {
      metrics[scorer] = { error: failure };
      client.progress.line(`${scorer}: ${failure}`);
      continue;
    }
    const result = client.session.lastEvaluation;
    if (!result) continue;
    const { evaluation } = result;
    const { smooth, slices, seconds, notes } = evaluation;
    const row = { ...evaluation.metrics, maskProblem: problemOf(result), ...(await atThreshold(evaluation)) };
    metrics[scorer] = { ...row, smooth, slices: slices.length, seconds, notes };
    // An ensemble leaves its labelled share out: the baselines that stand for all scorers are those of the whole test set.
    if (!spec.scorers.find((s) => s.id === scorer)?.combines || Object.keys(baselines).length === 0) baselines = evaluation.baselines;
    scores.set(
      scorer,
      slices.map(({ name, group, label, score }) => ({ name, group, label, score })),
    );
    const { threshold, thresholdRule } = evaluation.metrics;
    if (threshold !== null) thresholds[scorer] = { threshold, rule: thresholdRule };
    if (scorer === first.id || scorers.length === 1) mapped = result;
  }
  if (scores.size === 0) process.exitCode = 1;
  writeJson(out, 'metrics.json', { metrics, baselines, ...(selection && { selection }) });
  writeScores(out, scores);
  let files: string[] = [];
  try {
    if (mapped) files = writeMaps(out, mapsOf(mapped, client.session.testVolumes));
  } catch (error) {
    client.progress.line(`Not all maps could be written: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
  return { metrics, baselines, thresholds, files };
}

/** Why a scorer gave no result. A plain error is a score that this test set does not allow; anything else went wrong, as did all that was computed
 * while the engine lost a thread or its device. */
export async function failureOf(client: Pick<Client, 'failure'>, score: () => Promise<void>): Promise<string | null> {
  let sentence: string | null = null;
  let wrong = false;
  try {
    await score();
  } catch (error) {
    sentence = error instanceof Error ? error.message : String(error);
    wrong = (error as object)?.constructor !== Error;
  }
  if (wrong || client.failure !== null) process.exitCode = 1;
  return sentence ?? client.failure;
}

/** Of the masks that `dice` is of; null where there is no Dice, or nothing wrong with it. */
export function problemOf({
  evaluation: { metrics, images },
  maps,
}: Pick<RawEvaluation, 'maps'> & { evaluation: Pick<Evaluation, 'metrics' | 'images'> }) {
  const { dice, threshold } = metrics;
  if (dice === null || threshold === null || !maps) return null;
  const flagged = maps.reduce((n, score) => n + Number(score >= threshold), 0);
  return maskProblem(flagged / maps.length, () => bodyShare(images));
}

/** null without maps, masks or a threshold among the scores. */
async function atThreshold(evaluation: Evaluation): Promise<AtThreshold | null> {
  const { run, scorer, smooth, mapless, slices, lo, hi } = evaluation;
  const { threshold } = evaluation.metrics;
  if (mapless || threshold === null || threshold < lo || threshold > hi || !slices.some(({ masked }) => masked)) return null;
  const cleaner = new Cleaner();
  cleaner.keep(evaluation);
  const cut = { side: 'bright', level: codeOf(threshold, lo, hi), cleanUp: NO_CLEAN_UP } as const;
  const assessed = await cleaner.assess({ run, scorer, smooth, ...cut, ask: 0 });
  if (!assessed) return null;
  const { diceCi95, patients, ratesCi95, aupro, auproCi95, detection } = assessed;
  const { pixelAurocCi95, pixelAurocInBrainCi95, pixelAveragePrecisionCi95 } = assessed;
  const pixels = { pixelAurocCi95, pixelAurocInBrainCi95, pixelAveragePrecisionCi95 };
  return { diceCi95, patients, ratesCi95, ...pixels, aupro, auproCi95, lesions: detection };
}

export function headline(engine: EngineState, state: RunState, slices: Record<string, number>) {
  const { model, preset, params, seed, backend, update, seconds } = state;
  return {
    model,
    preset,
    params,
    seed,
    backend,
    adapter: engine.adapter,
    kernels: engine.kernels,
    replay: engine.replay,
    updates: update,
    seconds,
    updatesPerSecond: seconds > 0 ? update / seconds : 0,
    slices,
  };
}
