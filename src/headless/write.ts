/** Files of a run: the record, weights, scores, metrics, and maps on their source grid. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { RunState } from '../core/protocol';
import type { Recipe } from '../core/recipe';
import type { Simulation } from '../core/simulation';
import type { Checkpoint } from '../engine/checkpoint';
import { readSafetensors, writeSafetensors } from '../engine/safetensors';
import type { WrittenMap } from '../engine/volumes';

export type RunRecord = {
  model: string;
  preset: string;
  params: Record<string, number>;
  seed: number;
  backend: string;
  adapter: string;
  /** Kernels of ours that ran in place of the backend's own; empty: stock kernels ran. */
  kernels: readonly string[];
  /** Whether updates were recorded and replayed; absent in records of before they could be. */
  replay?: boolean;
  update: number;
  updates: number;
  seconds: number;
  /** Command-line arguments of the data, so that a resumed run finds them again. */
  data: { reference: string[]; mixed: string[]; test: string[]; phantomSeed: number | null };
  /** What the files went through; null for the phantom. */
  recipe: Recipe | null;
  /** Squares painted into the mixed and the test set; absent in records of before there were any. */
  simulation?: Simulation | null;
  slices: Record<string, number>;
  /** Fingerprint (SHA-256) of the slices that it could learn from; absent in records of before it was taken. */
  training?: string;
  /** Why the run failed; its weights are then of before its draws and can be scored, not trained on. */
  failure?: string;
  /** Threshold by scorer, to cut later test sets with. */
  thresholds: Record<string, { threshold: number; rule: string }>;
  scorers: string[] | null;
  checkpoint: Pick<Checkpoint, 'optimiserSteps' | 'seconds' | 'sampler'>;
  weights: { file: string; sha256: string };
};

const WEIGHTS = 'weights.safetensors';

export function writeRun(out: string, record: Omit<RunRecord, 'checkpoint' | 'weights'>, checkpoint: Checkpoint): void {
  mkdirSync(out, { recursive: true });
  const bytes = writeSafetensors(checkpoint.tensors, { format: 'wildcut', model: record.model, update: String(checkpoint.update) });
  writeFileSync(join(out, WEIGHTS), bytes);
  const { optimiserSteps, seconds, sampler } = checkpoint;
  const whole: RunRecord = {
    ...record,
    checkpoint: { optimiserSteps, seconds, sampler },
    weights: { file: WEIGHTS, sha256: createHash('sha256').update(bytes).digest('hex') },
  };
  writeFileSync(join(out, 'run.json'), `${JSON.stringify(whole, null, 1)}\n`);
}

/** @throws Error naming the file that is missing or damaged */
export function readRun(folder: string): { record: RunRecord; checkpoint: Checkpoint } {
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name));
    } catch {
      throw new Error(`${join(folder, name)} cannot be read: is ${folder} the --out folder of a training run?`);
    }
  };
  const record = recordOf(read('run.json').toString('utf8'));
  if (!record) throw new Error(`${join(folder, 'run.json')} is damaged: it is not the record of a run. Copy the run again, or train anew.`);
  const bytes = read(record.weights.file);
  if (createHash('sha256').update(bytes).digest('hex') !== record.weights.sha256)
    throw new Error(`${record.weights.file} is not the file that run.json describes: copy the run again.`);
  const { tensors } = readSafetensors(bytes);
  // Earlier records hold the seconds beside the checkpoint only.
  return {
    record,
    checkpoint: { update: record.update, ...record.checkpoint, seconds: record.checkpoint.seconds ?? record.seconds, tensors },
  };
}

/** Null where the text is no record of a run. */
function recordOf(text: string): RunRecord | null {
  try {
    const record = JSON.parse(text) as Partial<RunRecord> | null;
    return record?.model && record.params && record.data && record.checkpoint && record.weights?.file ? (record as RunRecord) : null;
  } catch {
    return null;
  }
}

export function writeJson(out: string, name: string, value: unknown): void {
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, name), `${JSON.stringify(value, null, 1)}\n`);
}

/** One row a slice: name, patient, label (empty where unknown) and each scorer's number. */
export function writeScores(
  out: string,
  scores: Map<string, { name: string; group: string; label: number | null; score: number }[]>,
): void {
  const scorers = [...scores.keys()];
  const rows = new Map<string, (string | number)[]>();
  for (const [column, scorer] of scorers.entries()) {
    for (const { name, group, label, score } of scores.get(scorer) ?? []) {
      const row = rows.get(name) ?? [name, group, label ?? '', ...scorers.map(() => '')];
      row[3 + column] = score;
      rows.set(name, row);
    }
  }
  const cell = (value: string | number) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  const lines = [['slice', 'patient', 'label', ...scorers], ...rows.values()].map((row) => row.map(cell).join(','));
  writeFileSync(join(out, 'scores.csv'), `${lines.join('\n')}\n`);
}

export function writeMaps(out: string, maps: Iterable<WrittenMap>): string[] {
  const written: string[] = [];
  for (const { name, bytes, gzip } of maps) {
    mkdirSync(out, { recursive: true });
    const file = join(out, name);
    writeFileSync(file, gzip ? gzipSync(bytes) : bytes);
    written.push(file);
  }
  return written;
}

export const progressOf = (state: RunState) => ({
  updates: state.update,
  seconds: state.seconds,
  updatesPerSecond: state.seconds > 0 ? state.update / state.seconds : 0,
});
