/** What was done, as the paragraph of a paper, with its references. It says what the record says and nothing else. */
import { type Interval, RESAMPLES } from './bootstrap';
import { PAPERS, RULE_SOURCES, SOURCES } from './citations';
import { cleanUpWords, type Decision } from './decision';
import type { Detection } from './lesions';
import type { DiceWays } from './overlap';
import { changedFrom } from './params';
import type { Intensity, Preparation } from './recipe';
import type { RunRecord, Scores } from './runs';
import type { ModelSpec, Role } from './types';

/** Numbers at a cut, clean-up included; null for what is not known, or cannot be. */
export type AtCut = {
  /** Share of all pixels that is flagged. */
  area: number;
  dice: (DiceWays & { sd: number | null; slices: number }) | null;
  ci95: Record<keyof DiceWays, Interval> | null;
  /** With an anomaly, on which the intervals stand. */
  patients: number;
  precision: number | null;
  recall: number | null;
  lesions: Detection | null;
};

export type MethodsInput = {
  record: RunRecord;
  spec: ModelSpec;
  /** Null where the run was never scored. */
  scores: Pick<Scores, 'scorer' | 'smooth' | 'mapless' | 'total' | 'data' | 'metrics' | 'update' | 'notes'> | null;
  /** Null where no cut was made. */
  decision: Decision | null;
  /** Null while they are being worked out. */
  atCut: AtCut | null;
};

/** Plain text: paragraphs, then a numbered list of references in the order of their mention. */
export function methodsOf({ record, spec, scores, decision, atCut }: MethodsInput): string {
  const references: string[] = [];
  const cite = (reference: string) => {
    if (!references.includes(reference)) references.push(reference);
    return `[${references.indexOf(reference) + 1}]`;
  };
  const paragraphs = [
    imagesOf(record),
    trainingOf(record, spec, cite),
    ...(scores
      ? [scoresWords(spec, scores), ...(decision && !scores.mapless ? [cutWords(decision, atCut, cite)] : []), numbersOf(scores, cite)]
      : []),
    fingerprintsOf(record, scores?.data ?? ''),
  ];
  const list = references.map((reference, i) => `[${i + 1}] ${reference}`);
  return `${[...paragraphs, `References\n${list.join('\n')}`, 'Written by Wildcut, a lab in a web page. Not a medical device.'].join('\n\n')}\n`;
}

const count = (n: number): string => n.toLocaleString('en-GB');
const number = (n: number): string => String(Number(n.toPrecision(4))).replace('-', '−');

const ROLE_WORDS: Record<Role, string> = {
  reference: 'healthy reference',
  mixed: 'unannotated mixed',
  validation: 'validation',
  test: 'test',
};

function imagesOf({ set, phantom, recipe, simulation, params, slices }: RunRecord): string {
  const sets = (Object.keys(ROLE_WORDS) as Role[]).flatMap((role) =>
    slices[role] > 0 ? [`${count(slices[role])} ${ROLE_WORDS[role]}`] : [],
  );
  const size = `${params.size} × ${params.size} pixels`;
  const source =
    set === 'phantom'
      ? `Images were drawn by a program (the lab’s phantom heads${phantom ? `, variant “${phantom.variant}”, seed ${phantom.seed}` : ''}; no scans of people), at ${size}`
      : `Scans were prepared as follows: ${recipe ? `${recipeWords(recipe)}; ` : ''}resized to ${size}`;
  const painted = simulation
    ? ` Anomalies were simulated: in ${number(100 * simulation.share)} % of the mixed slices and half of the validation and test slices one square was replaced by its mean (seed ${simulation.seed}).`
    : '';
  return `Images. ${source}. The sets held ${sets.join(', ')} slices, and no patient was in more than one of them.${painted}`;
}

const INTENSITY_WORDS: { [kind in Intensity['kind']]: (intensity: Extract<Intensity, { kind: kind }>) => string } = {
  unit: () => 'intensities scaled from the minimum and maximum of each volume to [0, 1]',
  zscore: ({ clip }) => `z-scores over the brain from −${clip} to ${clip} scaled to [0, 1]`,
  percentile: ({ low, high }) => `percentiles ${low} and ${high} of the brain scaled to [0, 1], what lies beyond clipped`,
  window: ({ low, high }) => `values from ${number(low)} to ${number(high)} scaled to [0, 1], what lies beyond clipped`,
};

/** A recipe in words. */
export function recipeWords({ plane, intensity, range, nonEmpty, resampling, organ, topCrop, square, patches }: Preparation): string {
  const all = range.from === 0 && range.to === 100;
  const wanted = INTENSITY_WORDS[intensity.kind] as (intensity: Intensity) => string;
  return [
    `${plane} slices${all ? '' : ` from ${range.from} to ${range.to} % of the axis`}`,
    wanted(intensity),
    ...(organ ? ['what lies outside the organ mask set to background, where there was one'] : []),
    ...(topCrop > 0 ? [`${number(100 * topCrop)} % of the rows cut off at the top`] : []),
    square === 'pad' ? 'padded to squares' : 'cropped to squares',
    ...(nonEmpty ? [`slices left out where fewer than ${number(100 * nonEmpty.share)} % of the pixels exceeded ${nonEmpty.level}`] : []),
    ...(patches ? [`random patches cut from slices of ${patches.field} × ${patches.field} pixels`] : []),
    `${resampling} resampling`,
  ].join('; ');
}

type Cite = (reference: string) => string;

function trainingOf(record: RunRecord, spec: ModelSpec, cite: Cite): string {
  const { preset, params, seed, update, updates, seconds, backend, adapter, threads, kernels, replay } = record;
  const chosen = Object.entries(spec.params).flatMap(([key, { label, options }]) => {
    const value = params[key];
    return value === undefined ? [] : [`${label}: ${options?.[value] ?? number(value)}`];
  });
  const changed = changedFrom(spec, record) ?? [];
  const edited = changed.length > 0 ? `, changed in ${changed.map((key) => spec.params[key].label).join(', ')}` : '';
  const named = spec.presets[preset]?.title ?? preset;
  const length = update < updates ? `${count(update)} of ${count(updates)} updates` : `${count(update)} updates`;
  const device = adapter || `${threads} processor ${threads === 1 ? 'thread' : 'threads'}`;
  return [
    `Model. ${spec.title} ${cite(PAPERS[spec.id] ?? `${spec.paper.title}, ${spec.paper.year}.`)} was trained for ${length} (${count(Math.round(seconds))} s)`,
    `from seed ${seed} with the preset “${named}”${edited} (${chosen.join('; ')}).`,
    `It ran in float32 on ${device} through ${backend === 'webgpu' ? 'WebGPU' : backend === 'wasm' ? 'WebAssembly' : 'JavaScript'} with TensorFlow.js`,
    `${kernels.length > 0 ? 'and kernels of the lab’s own' : 'and its own kernels'}${replay ? ', with updates recorded once and replayed' : ''}. No mask or label entered training, except that slices known to be anomalous were left out of the healthy reference.`,
  ].join(' ');
}

function scoresWords(spec: ModelSpec, { scorer, smooth, mapless, total, update, notes }: NonNullable<MethodsInput['scores']>): string {
  const about = spec.scorers.find(({ id }) => id === scorer)?.about ?? '';
  return [
    `Scores. The ${count(total)} test slices were scored after update ${count(update)} by ${scorer}: ${about}`,
    ...(smooth ? ['Maps were smoothed by a 7 × 7 Gaussian (σ = 3 pixels).'] : []),
    ...(mapless ? ['It gives one number a slice and no map.'] : []),
    ...notes,
  ].join(' ');
}

function cutWords({ rule, ruleTitle, ruleReason, usesLabels, flags, side, cleanUp }: Decision, atCut: AtCut | null, cite: Cite): string {
  const source = RULE_SOURCES[rule];
  const flagged = flags ? `A pixel was flagged where its score was ${flags.relation} ${number(flags.score)}` : 'Every pixel was flagged';
  return [
    `Threshold. ${flagged} (${side === 'bright' ? 'high' : 'low'} scores taken as anomalous). It was set by: ${ruleTitle}${source ? ` ${cite(source)}` : ''}.`,
    ...(ruleReason ? [ruleReason] : []),
    ...(usesLabels ? ['This rule looks at masks.'] : []),
    `Clean-up of the masks: ${cleanUpWords(cleanUp)}.`,
    ...(atCut ? atCutWords(atCut, cite) : []),
  ].join(' ');
}

/** What came of the cut. */
function atCutWords({ area, dice, ci95, patients, precision, recall, lesions }: AtCut, cite: Cite): string[] {
  const said = [`So ${number(100 * area)} % of all pixels were flagged.`];
  if (dice) {
    const named = cite(SOURCES.dice);
    const ways = [
      ['slice', `${dice.sd === null ? '' : ` ± ${dice.sd.toFixed(2)}`} (mean${dice.sd === null ? '' : ' ± sd'} over slices)`],
      ['patient', ' (mean over patients)'],
      ['pooled', ' (all pixels as one)'],
    ] as const;
    const numbers = ways.map(([way, rest]) => `${dice[way].toFixed(2)}${rest}${ci95 ? `, 95 % interval ${ci95[way].map((v) => v.toFixed(2)).join(' to ')}` : ''}`); // biome-ignore format: one line
    const drawn = ci95 ? `; the intervals are from ${count(RESAMPLES)} draws of the ${count(patients)} patients with an anomaly ${cite(SOURCES.bootstrap)}` : ''; // biome-ignore format: one line
    said.push(`On the ${count(dice.slices)} slices with an anomaly Dice ${named} was ${numbers.join('; ')}${drawn}.`);
  }
  const rates = [precision === null ? [] : [`precision ${precision.toFixed(2)}`], recall === null ? [] : [`recall ${recall.toFixed(2)}`]];
  if (rates.flat().length > 0) said.push(`Of their pixels as one, ${rates.flat().join(' and ')}.`);
  if (lesions && lesions.images > 0)
    said.push(
      `Of ${count(lesions.found + lesions.missed)} lesions (connected regions of a slice) ${count(lesions.found)} were touched by the mask, with ${(lesions.falseRegions / lesions.images).toFixed(2)} false regions a slice ${cite(SOURCES.lesions)}.`,
    );
  return said;
}

function numbersOf({ metrics }: NonNullable<MethodsInput['scores']>, cite: Cite): string {
  const { imageAuc, imageAucCi95, imageSlices, pixelAuroc, pixelAveragePrecision, bestDice, pixelSlices } = metrics;
  const said: string[] = [];
  if (imageAuc !== null) {
    const area = `The area under the ROC of ${count(imageSlices)} labelled slices ${cite(SOURCES.auc)} was ${imageAuc.toFixed(3)}`;
    said.push(`${area}${imageAucCi95 ? ` (95 % interval ${imageAucCi95.map((v) => v.toFixed(3)).join(' to ')} ${cite(SOURCES.delong)}, slices taken as independent)` : ''}.`); // biome-ignore format: one line
  }
  if (pixelAuroc !== null)
    said.push(
      `Over the pixels of the ${count(pixelSlices)} slices with an anomaly, background included, the area under the ROC ${cite(SOURCES.auc)} was ${pixelAuroc.toFixed(3)}${pixelAveragePrecision === null ? '' : ` and the average precision ${cite(SOURCES.averagePrecision)} ${pixelAveragePrecision.toFixed(3)}`}.`,
    );
  if (bestDice !== null)
    said.push(`The largest pooled Dice ${cite(SOURCES.dice)} over all thresholds, an upper bound fitted on the test masks, was ${bestDice.toFixed(3)}.`); // biome-ignore format: one line
  return `Numbers. ${said.length > 0 ? said.join(' ') : 'Without labels none could be computed.'}`;
}

function fingerprintsOf({ training }: RunRecord, data: string): string {
  const said = [training && `training slices ${training}`, data && `test slices ${data}`].filter(Boolean);
  return said.length > 0 ? `Data. SHA-256 of the ${said.join('; of the ')}.` : 'Data. No fingerprints could be taken.';
}
