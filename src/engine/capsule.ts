/** A capsule: one run in one .zip, which opens again in the lab and says the same numbers. Pixels go in only where they are asked for: the
 * tables of counts answer for every number at any threshold without them. */
import { LEVELS } from '../core/cut';
import type { KeptRun, RunRecord, Scores } from '../core/runs';
import { DataError } from '../data/errors';
import { unzip, zipEntries } from '../data/zip';
import { type NamedFile, zipOf } from '../data/zipWrite';
import { sha256 } from './fingerprint';
import { hop } from './hop';
import { PYTHON_LOADER } from './loader';
import { readNpy, type TypedArray, writeNpy } from './npyArrays';
import { readSafetensors } from './safetensors';

const FORMAT = 1;
const MAIN = 'capsule.json';
const WEIGHTS = 'weights.safetensors';

/** @param figures go in as they are
 * @param withPixels whether score maps and masks go in too, which show anatomy */
export async function writeCapsule(
  { record, scores, position, weights }: KeptRun,
  figures: readonly { path: string; text: string }[],
  withPixels: boolean,
): Promise<Blob> {
  const files: NamedFile[] = [];
  const text = (path: string, content: string) => files.push({ path, bytes: new TextEncoder().encode(content) });
  const kept = scores && (withPixels ? scores : { ...scores, maps: null, truths: null });
  const main = {
    wildcut: FORMAT,
    record,
    position,
    scores: laidOut(kept, 'scores', files),
    weights: weights && { file: WEIGHTS, sha256: crypto.subtle ? await sha256(weights) : null },
  };
  text(MAIN, json(main));
  if (scores) {
    // The page says the numbers of its decision; without it, those the scores came with.
    if (!figures.some(({ path }) => path === 'metrics.json'))
      text('metrics.json', json({ metrics: scores.metrics, baselines: scores.baselines }));
    text('scores.csv', csvOf(scores));
  }
  if (weights) {
    files.push({ path: WEIGHTS, bytes: weights });
    text('load_weights.py', PYTHON_LOADER);
  }
  for (const { path, text: content } of figures) text(path, content);
  text('README.txt', aboutOf(record, withPixels));
  return zipOf(files, hop);
}

const json = (value: unknown) => `${JSON.stringify(value, null, 1)}\n`;

const aboutOf = ({ name }: RunRecord, withPixels: boolean) =>
  [
    `A run of Wildcut: ${name}. Open this file in the lab with "Open a run", on Data.`,
    `${MAIN} says how it was made and what came out; arrays/ holds the counts behind every number; ${WEIGHTS} the networks (load_weights.py reads it in Python).`,
    withPixels ? 'It holds score maps and masks of the test slices, which show anatomy.' : 'It holds no pixels: no images, maps or masks.',
    'Not a medical device.\n',
  ].join('\n');

const cell = (value: string | number) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));

function csvOf({ slices }: Scores): string {
  const rows = slices.map((s) => [s.group, s.volume, s.index, s.label ?? '', s.score, s.hash].map(cell).join(','));
  return `${['patient,volume,slice,label,score,sha256', ...rows].join('\n')}\n`;
}

/** Plain data with typed arrays named by their file and numbers that JSON lacks spelled out. */
function laidOut(value: unknown, path: string, files: NamedFile[]): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return { number: String(value) };
  if (ArrayBuffer.isView(value)) {
    const name = `arrays/${path}.npy`;
    files.push({ path: name, bytes: writeNpy(value as TypedArray) });
    return { array: name };
  }
  if (Array.isArray(value)) return value.map((one, i) => laidOut(one, `${path}.${i}`, files));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, laidOut(one, `${path}.${key}`, files)]));
}

/** @throws DataError with the sentence to show, for anything but a whole capsule */
export async function readCapsule(file: Blob): Promise<KeptRun> {
  const entries = new Map((await zipEntries(file)).map((entry) => [entry.path, entry]));
  const bytesOf = async (path: string): Promise<Uint8Array> => {
    const entry = entries.get(path);
    if (!entry) throw new DataError(`It has no ${path}: it is not a capsule of this lab, or an incomplete one.`);
    return new Uint8Array(await (await unzip(file, entry)).arrayBuffer());
  };
  const main = parsed(await bytesOf(MAIN));
  try {
    return await keptOf(main, bytesOf);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`Its ${MAIN} does not say what a run's record says: the capsule is damaged. Copy it again.`);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what a file holds is looked at in `check`
async function keptOf(main: any, bytesOf: (path: string) => Promise<Uint8Array>): Promise<KeptRun> {
  if (main.wildcut !== FORMAT)
    throw new DataError(`Its format is ${main.wildcut}; this lab opens format ${FORMAT}. Open it in a newer lab.`);
  const scores = (await restored(main.scores ?? null, bytesOf)) as Scores | null;
  const weights = main.weights ? await bytesOf(WEIGHTS) : null;
  if (weights && crypto.subtle && main.weights.sha256 !== null && (await sha256(weights)) !== main.weights.sha256)
    throw new DataError(`Its ${WEIGHTS} is not the file that it was written with. Copy the capsule again.`);
  if (weights) assertReadable(weights);
  const kept = { record: main.record, position: main.position ?? null, scores, weights };
  check(kept);
  return kept;
}

// biome-ignore lint/suspicious/noExplicitAny: what a file holds is looked at in `check`
function parsed(bytes: Uint8Array): any {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    throw new DataError(`Its ${MAIN} cannot be read: the capsule is damaged. Copy it again.`);
  }
}

function assertReadable(weights: Uint8Array): void {
  try {
    readSafetensors(weights);
  } catch {
    throw new DataError(`Its ${WEIGHTS} is not a whole safetensors file. Copy the capsule again.`);
  }
}

async function restored(value: unknown, bytesOf: (path: string) => Promise<Uint8Array>): Promise<unknown> {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return Promise.all(value.map((one) => restored(one, bytesOf)));
  const { array, number } = value as { array?: unknown; number?: unknown };
  if (typeof array === 'string') return readNpy(await bytesOf(array), array);
  if (typeof number === 'string') return Number(number);
  return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([key, one]) => [key, await restored(one, bytesOf)])));
}

/** What the page relies on. @throws DataError naming what is not so */
function check({ record, scores }: KeptRun): void {
  const demand = (holds: boolean, what: string) => {
    if (!holds) throw new DataError(`Its ${what}: the capsule is damaged, or was not written by this lab.`);
  };
  const texts = [record?.run, record?.name, record?.model, record?.preset, record?.training, record?.ended, record?.adapter];
  demand(
    texts.every((text) => typeof text === 'string'),
    'record lacks the names of the run',
  );
  demand([record.seed, record.update, record.updates, record.seconds, record.params?.size].every(Number.isFinite), 'record lacks numbers');
  if (!scores) return;
  const { slices, tables, height, width, healthy, healthyRanges, validation, maps, truths } = scores;
  demand(Array.isArray(slices) && slices.length > 0 && slices.every((s) => typeof s?.score === 'number'), 'list of slices cannot be read');
  const n = slices.length;
  const lengths: [{ length: number } | undefined, number][] = [
    [tables?.flagged, n * LEVELS],
    [tables?.hits, (tables?.anomalous?.length ?? 0) * LEVELS],
    [tables?.all, LEVELS],
    [tables?.overAnomalous, LEVELS],
    [tables?.overTruth, LEVELS],
    [tables?.overEmpty, LEVELS],
    [healthy, LEVELS],
    ...(validation ? [validation.overTruth, validation.overAnomalous, validation.overEmpty] : []).map((one): [typeof one, number] => [
      one,
      LEVELS,
    ]),
  ];
  demand(healthyRanges?.length % 2 === 0, 'healthy ranges are not pairs');
  demand(tables?.slices === n && lengths.every(([array, length]) => array?.length === length), 'tables do not fit its slices');
  demand(
    [maps, truths].every((one) => one === null || one.length === n * height * width),
    'maps do not fit its slices',
  );
  demand(typeof scores.scorer === 'string' && typeof scores.metrics === 'object' && scores.metrics !== null, 'scores lack their numbers');
}
