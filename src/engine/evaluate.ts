/** From a trained model and a test set to everything that Decide and the command line show about one scorer. */
import { meanReference, measureBaselines } from '../core/baselines';
import { buildTables, quantise, scoreOf } from '../core/cut';
import { codeHistogram, codeRanges } from '../core/histogram';
import { type Metrics, measure, NO_MAP } from '../core/metrics';
import type { EvaluatedSlice, Evaluation } from '../core/protocol';
import { healthyQuantile } from '../core/threshold';
import type { ModelSpec, ScorerSpec, Slice } from '../core/types';
import type { Patching } from '../data/patches';
import type { Trainer } from '../models/model';
import { embeddingOf } from './embedding';
import { combine } from './ensemble';
import { fingerprint, hashesOf } from './fingerprint';
import { cutToCount, type ScoredSlices, type ScoringHooks } from './scoring';
import { scoreOnce } from './searches';

/** Reference slices whose scores say what is usual; fewer for scorers that optimise. */
const HEALTHY_SAMPLE = 128;
const HEALTHY_SAMPLE_ITERATIVE = 32;
/** As many of the validation slices with a mask say where rules that use labels cut. */
const VALIDATION_SAMPLE = 512;
const VALIDATION_SAMPLE_ITERATIVE = 32;
/** The rule behind `dice` where nobody has chosen: labels are not used. */
const FALSE_ALARM_RATE = 0.01;

const IN_PATCHES =
  'The networks see these slices in patches, so D has features of a patch and none of a whole slice. Slices of the networks’ own size have a place here.';

export type EvaluationInput = {
  run: string;
  trainer: Trainer;
  spec: ModelSpec;
  scorer: ScorerSpec;
  smooth: boolean;
  test: readonly Slice[];
  reference: readonly Slice[];
  validation: readonly Slice[];
  seed: number;
  update: number;
  /** How networks see the slices in patches; absent where they see them whole. */
  patching?: Patching | null;
  /** Said before anything else. */
  notes?: readonly string[];
  /** A threshold recorded earlier, for a test set that comes without its reference. */
  recorded?: { threshold: number; rule: string };
};

/** As of `ScoringHooks`; progress counts every slice that will be scored: of the test set, of the healthy reference and of the validation set. */
export type EvaluationHooks = Omit<ScoringHooks, 'progress'> & { progress(done: number, total: number, detail: string): void };

export type RawEvaluation = { evaluation: Evaluation; maps: Float32Array | null; slices: readonly Slice[] };

/** @returns null when it was cancelled before a single slice was scored. `maps` are the raw scores behind the evaluation's codes; null for a scorer without a map. */
export async function evaluate(input: EvaluationInput, hooks: EvaluationHooks): Promise<RawEvaluation | null> {
  const { run, scorer, smooth, test, reference } = input;
  const start = performance.now();
  const notes: string[] = [...(input.notes ?? [])];
  const sample = spread(reference, scorer.iterative ? HEALTHY_SAMPLE_ITERATIVE : HEALTHY_SAMPLE);
  const validation = validationSample(input);
  const total = test.length + sample.length + validation.length;
  const after = (before: number, what: string): Pick<ScoringHooks, 'cancelled' | 'progress'> => ({
    cancelled: hooks.cancelled,
    progress: (done, step) => {
      const at = step ? `step ${step.step} of ${step.of}` : '';
      hooks.progress(before + done, total, [what, at].filter(Boolean).join(', '));
    },
  });
  const onTest = { ...after(0, ''), iterate: hooks.iterate };
  const scored = scorer.combines ? await combine(input, onTest, notes) : { slices: test, ...(await scoreTest(input, onTest)) };
  if (scored.count === 0) return null;
  const slices = scored.slices.slice(0, scored.count);
  if (scored.count < scored.slices.length)
    notes.push(
      `Stopped early: ${scored.count} of ${scored.slices.length} test slices are scored. They are the first in their order, so numbers may stand on few patients or one class; the healthy reference is not scored.`,
    );
  if (scored.partial) {
    const { from, step, of } = scored.partial;
    notes.push(`The search was stopped: the last ${slices.length - from} slices have the score of its step ${step} of ${of}.`);
  }
  const { height, width } = slices[0];
  const { images, truths, masked, labels } = gather(slices);

  // Without a map every code is 0, and nothing is cut.
  const [lo, hi] = scored.maps ? range(scored.maps) : [0, 0];
  const codes = scored.maps ? quantise(scored.maps, lo, hi) : new Uint16Array(images.length);
  const reached = sample.length > 0 ? await scored.score(sample, after(test.length, 'healthy reference')) : null;
  // A search that was stopped has not found what is healthy.
  const sampled = reached?.partial ? cutToCount({ ...reached, count: reached.partial.from }, reached.count, height * width) : reached;
  const healthy = sampled?.maps ? sampled : null;
  const healthyImages = gather(sample.slice(0, healthy?.count ?? 0)).images;
  const histogram = codeHistogram(quantise(healthy?.maps ?? new Float32Array(0), lo, hi), healthyImages);
  if (healthy && healthy.count > 0)
    notes.push(`Healthy pixels are those of ${healthy.count} reference slices, which the model was trained on.`);
  const rule = healthyQuantile(histogram, FALSE_ALARM_RATE);
  const fitted = rule.level === null ? null : scoreOf(rule.level, lo, hi);
  const threshold = healthy?.count ? fitted : (input.recorded?.threshold ?? null);
  const validated = await fitOn(validation, scored, [lo, hi], after(test.length + sample.length, 'validation'), notes);
  const unscored = !scored.maps ? NO_MAP : sample.length > 0 ? 'Stopped before the healthy reference was scored.' : rule.reason;
  const thresholdRule = healthy?.count ? rule.reason : (input.recorded?.rule ?? unscored);

  const set = { truths, images, masked, labels, height, width };
  const lost = scored.scores.filter(Number.isNaN).length;
  if (lost > 0)
    notes.push(`${lost} of ${slices.length} slices have no score, since theirs stopped being a number: image numbers stand on the others.`);
  const known = labels.map((label, i) => (Number.isNaN(scored.scores[i]) ? null : label));
  const metrics = measure({ ...set, labels: known, maps: scored.maps, scores: scored.scores, threshold, thresholdRule });
  const baselines = baselinesOf(slices, reference, set);
  const hashes = await hashesOf(slices);
  const evaluation: Evaluation = {
    run,
    scorer: scorer.id,
    smooth,
    mapless: scored.maps === null,
    update: input.update,
    data: await fingerprint(hashes),
    total: scored.slices.length,
    height,
    width,
    lo,
    hi,
    slices: slices.map((slice, i) => describe(slice, scored.scores[i], hashes[i])),
    maps: codes,
    // What is above 0 stays so: "in brain" is told by it.
    images: Uint8Array.from(images, (v) => (v > 0 ? Math.max(1, Math.round(255 * v)) : 0)),
    truths,
    tables: buildTables(codes, truths, masked, height * width),
    // Copies: the originals may serve another scorer's evaluation, and these are transferred.
    views: Object.fromEntries(Object.entries(scored.views).map(([name, bytes]) => [name, bytes.slice()])),
    healthy: histogram,
    healthyRanges: codeRanges(quantise(healthy?.maps ?? new Float32Array(0), lo, hi), healthyImages, height * width),
    together: scored.together,
    partial: scored.partial ?? null,
    healthyScores: sampled?.scores ?? new Float64Array(0),
    embedding:
      input.patching && input.trainer.embed ? IN_PATCHES : await embeddingOf(input.trainer, input.update, input.spec.input, slices),
    ...validated,
    metrics,
    baselines,
    notes,
    seconds: (performance.now() - start) / 1000,
  };
  return { evaluation, maps: scored.maps, slices };
}

type ScoredTest = ScoredSlices & { score(slices: readonly Slice[], hooks: ScoringHooks): Promise<ScoredSlices> };

async function scoreTest(
  { trainer, update, spec, scorer, smooth, test, patching }: EvaluationInput,
  hooks: ScoringHooks,
): Promise<ScoredTest> {
  const score = (slices: readonly Slice[], to: ScoringHooks) =>
    scoreOnce(trainer, update, spec.input, slices, scorer.id, smooth, to, patching);
  return { ...(await score(test, hooks)), score };
}

type Validated = Pick<Evaluation, 'validation' | 'validationImages'>;

/** Validation slices that rules which use labels are fitted on: those with a mask or a label. None without a lesion to cut, or else both classes. */
function validationSample({ scorer, validation }: EvaluationInput): Slice[] {
  const known = validation.filter((slice) => hasMask(slice) || slice.label !== undefined);
  if (!bothClasses(known) && (scorer.mapless || !hasLesion(known))) return [];
  return spread(known, scorer.iterative ? VALIDATION_SAMPLE_ITERATIVE : VALIDATION_SAMPLE);
}

const bothClasses = (slices: readonly Slice[]) => [0, 1].every((label) => slices.some((slice) => slice.label === label));
const hasLesion = (slices: readonly Slice[]) => slices.some(({ truth }) => truth?.includes(1));

/** What rules that use labels are fitted on: counts over validation slices with a mask, null without an anomaly among them and without a map;
 * scores of those with a label, null unless both classes are there. Both null after a cancel. */
async function fitOn(
  sample: readonly Slice[],
  scored: ScoredTest,
  [lo, hi]: [number, number],
  hooks: ScoringHooks,
  notes: string[],
): Promise<Validated> {
  const nothing: Validated = { validation: null, validationImages: null };
  if (sample.length === 0) return nothing;
  const { maps, scores, count, partial } = await scored.score(sample, hooks);
  if (count < sample.length || partial) return nothing;
  const { truths, masked, labels } = gather(sample);
  const images = labels.flatMap((label, i) => (label === null || Number.isNaN(scores[i]) ? [] : [{ score: scores[i], label }]));
  const validationImages = [0, 1].every((label) => images.some((one) => one.label === label)) ? images : null;
  if (validationImages)
    notes.push(`Operating points of slice scores are fitted on ${validationImages.length} validation slices, not on the test set.`);
  if (!maps) return { validation: null, validationImages };
  const tables = buildTables(quantise(maps, lo, hi), truths, masked, sample[0].height * sample[0].width);
  if (tables.anomalous.length === 0) return { validation: null, validationImages };
  notes.push(`Rules that use labels are fitted on ${masked.filter(Boolean).length} validation slices, not on the test set.`);
  const { overTruth, overAnomalous, overEmpty } = tables;
  return { validation: { overTruth, overAnomalous, overEmpty }, validationImages };
}

/** n slices evenly spaced, all of them when there are fewer. */
export function spread<T>(items: readonly T[], n: number): T[] {
  if (items.length <= n) return [...items];
  return Array.from({ length: n }, (_, i) => items[Math.floor((i * items.length) / n)]);
}

export function gather(slices: readonly Slice[]) {
  const size = slices.length > 0 ? slices[0].height * slices[0].width : 0;
  const images = new Float32Array(slices.length * size);
  const truths = new Uint8Array(slices.length * size);
  slices.forEach((slice, i) => {
    images.set(slice.pixels, i * size);
    if (slice.truth) truths.set(slice.truth, i * size);
  });
  return { images, truths, masked: slices.map(hasMask), labels: slices.map((s) => s.label ?? null) };
}

/** An anomaly too small for this size leaves an empty mask: that says nothing about pixels. */
export const hasMask = ({ truth, label }: Slice) => truth !== undefined && (label !== 1 || truth.includes(1));

function range(values: Float32Array): [number, number] {
  let lo = Number.POSITIVE_INFINITY;
  let hi = Number.NEGATIVE_INFINITY;
  for (const v of values) {
    if (v < lo) lo = v;
    if (v > hi) hi = v;
  }
  return [lo, hi];
}

/** The same test set gives the same baselines: computed once for each pair of sets. */
let cached: { key: readonly Slice[]; reference: readonly Slice[]; value: Record<string, Metrics> } | null = null;

function baselinesOf(
  slices: readonly Slice[],
  reference: readonly Slice[],
  set: ReturnType<typeof gather> & { height: number; width: number },
): Record<string, Metrics> {
  const same =
    cached && cached.reference === reference && cached.key.length === slices.length && cached.key.every((s, i) => s === slices[i]);
  if (cached && same) return cached.value;
  const value = measureBaselines({ ...set, brains: slices.map((s) => s.brain) }, meanReference(reference));
  cached = { key: slices, reference, value };
  return value;
}

function describe(slice: Slice, score: number, hash: string): EvaluatedSlice {
  return {
    name: slice.name,
    group: slice.group,
    volume: slice.volume,
    index: slice.index,
    masked: hasMask(slice),
    label: slice.label ?? null,
    score,
    edges: slice.edges,
    pixelArea: slice.pixelArea ?? null,
    stack: slice.stack ?? null,
    hash,
  };
}
