/** The paper's ensemble: a logistic combination of predictors, fitted on a labelled tenth of the test set and scored on the rest. */

import { meanInBrain } from '../core/baselines';
import { fitLogistic, logOdds } from '../core/logistic';
import { Random } from '../core/random';
import type { Slice } from '../core/types';
import { type EvaluationInput, hasMask } from './evaluate';
import type { ScoredSlices, ScoringHooks } from './scoring';
import { scoreWhole } from './stitch';

const SHARE = 0.1;

type Combined = ScoredSlices & { slices: readonly Slice[]; score(slices: readonly Slice[], hooks: ScoringHooks): Promise<ScoredSlices> };

/**
 * Fits on the slices of a tenth of the patients (more, until both classes are there), so that no patient is on both sides.
 * @throws Error with the sentence to show when there are no masks to fit on, or too few patients to hold any back.
 */
export async function combine(input: EvaluationInput, hooks: ScoringHooks, notes: string[]): Promise<Combined> {
  const { trainer, spec, scorer, test, seed } = input;
  const { fitted, rest, patients } = split(test, seed);
  const parts = (scorer.combines ?? []).map((id) => spec.scorers.find((s) => s.id === id)).filter((s) => s !== undefined);
  const features = async (slices: readonly Slice[], to: ScoringHooks, from: number): Promise<ScoredSlices[]> => {
    const all: ScoredSlices[] = [];
    for (const [k, part] of parts.entries()) {
      const progress = (done: number) => to.progress(from + (k * slices.length + done) / parts.length, null);
      all.push(
        await scoreWhole(trainer, spec.input, slices, part.id, part.smooth, { cancelled: to.cancelled, progress }, input.patching ?? null),
      );
    }
    return all;
  };
  const training = await features(fitted, hooks, 0);
  const size = test[0].height * test[0].width;
  const truths = new Uint8Array(fitted.length * size);
  for (const [i, { truth }] of fitted.entries()) if (truth) truths.set(truth, i * size);
  if (training.some((t) => t.count < fitted.length)) return { ...training[0], count: 0, slices: rest, score: async () => training[0] };
  const model = fitLogistic(training.map(mapsOf), truths);
  if ('reason' in model) throw new Error(`The ensemble cannot be fitted. ${model.reason}`);
  const weights = parts.map((part, k) => `${part.id} ${model.weights[k].toFixed(2)}`).join(', ');
  notes.push(
    `Fitted on ${fitted.length} labelled slices of ${patients} patients, which are left out here. Weights of the standardised maps: ${weights}.`,
  );

  const score = async (slices: readonly Slice[], to: ScoringHooks, from = 0): Promise<ScoredSlices> => {
    const maps = await features(slices, to, from);
    const count = Math.min(...maps.map((m) => m.count));
    const values = maps.map(mapsOf);
    const odds = new Float32Array(count * size);
    const item = new Float64Array(parts.length);
    for (let i = 0; i < odds.length; i++) {
      for (let k = 0; k < item.length; k++) item[k] = values[k][i];
      odds[i] = logOdds(model, item);
    }
    const images = new Float32Array(odds.length);
    for (const [i, { pixels }] of slices.slice(0, count).entries()) images.set(pixels, i * size);
    const views = Object.fromEntries(Object.entries(maps[0].views).map(([name, bytes]) => [name, bytes.slice(0, odds.length)]));
    return { maps: odds, scores: meanInBrain(odds, images, size), views, count, together: {} };
  };
  return { ...(await score(rest, hooks, fitted.length)), slices: rest, score: (slices, to) => score(slices, to) };
}

function mapsOf({ maps }: ScoredSlices): Float32Array {
  if (!maps) throw new Error('An ensemble combines maps, and one of its parts gives none.');
  return maps;
}

function split(test: readonly Slice[], seed: number): { fitted: Slice[]; rest: Slice[]; patients: number } {
  const groups = [...new Set(test.filter(hasMask).map((s) => s.group))];
  if (groups.length === 0) throw new Error('The ensemble is fitted on masks, and this test set has none.');
  if (groups.length === 1)
    throw new Error('The ensemble holds back whole patients to fit on, and this test set has masks for only one. Add a patient.');
  const order = new Random(seed).permutation(groups.length);
  const chosen = new Set<string>();
  const anomalous = new Set(test.filter((s) => s.truth?.includes(1)).map((s) => s.group));
  const wanted = Math.ceil(SHARE * groups.length);
  for (const i of order) {
    const enough = chosen.size >= wanted && [...chosen].some((g) => anomalous.has(g));
    if (enough || chosen.size === groups.length - 1) break;
    chosen.add(groups[i]);
  }
  return {
    fitted: test.filter((s) => chosen.has(s.group) && hasMask(s)),
    rest: test.filter((s) => !chosen.has(s.group)),
    patients: chosen.size,
  };
}
