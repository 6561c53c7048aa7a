/** Compares this implementation with a golden fixture, section by section (conventions: the fixtures' README). */
import * as tf from '@tensorflow/tfjs';
import type { ParityTree } from '../models/model';
import { PARITY } from '../models/parity';

type Json = number | string | boolean | null | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };
type Values = Float32Array | Int32Array | Uint8Array;

export type SectionResult = { section: string; compared: number; failed: number; worst: number; at: string; tolerance: number };

/** @throws Error when the fixture's model is not implemented. */
export async function compareWithFixture(fixture: JsonObject): Promise<SectionResult[]> {
  const model = String(fixture.model);
  const compute = PARITY[model];
  if (!compute) throw new Error(`No model of the lab answers the fixture "${model}"; it has ${Object.keys(PARITY).join(', ')}.`);
  const tree = compute(fixture.config as never);
  const results = new Map<string, SectionResult>();
  const tolerances = (fixture.tolerance ?? {}) as Record<string, { use: number }>;
  const note = (path: string[], deviation: number) => {
    const section = sectionOf(path);
    const tolerance = tolerances[section]?.use ?? 1e-4;
    const row = results.get(section) ?? { section, compared: 0, failed: 0, worst: 0, at: '', tolerance };
    row.compared++;
    const bad = !(deviation <= tolerance);
    if (bad) row.failed++;
    if (bad ? !(row.worst > deviation) : deviation > row.worst) {
      row.worst = deviation;
      row.at = path.join('/');
    }
    results.set(section, row);
  };
  const skip = new Set(['model', 'config', 'tolerance']);
  for (const [key, expected] of Object.entries(fixture)) {
    if (!skip.has(key)) await compare(expected, (tree as Record<string, unknown>)[key], [key], note);
  }
  disposeTree(tree);
  return [...results.values()];
}

/** 'vaeStep/params.gradient', 'forward/mu': the keys of the fixture's tolerance map. */
function sectionOf(path: string[]): string {
  if (path[1] !== 'params') return path.slice(0, 2).join('/');
  const last = path[path.length - 1];
  return `${path[0]}/params.${['g', 'gradL2', 'gradSum'].includes(last) ? 'gradient' : last === 'p0' ? 'initial' : 'updated'}`;
}

type Note = (path: string[], deviation: number) => void;

async function compare(expected: Json, actual: unknown, path: string[], note: Note): Promise<void> {
  if (actual === undefined) return note(path, Number.POSITIVE_INFINITY);
  if (actual instanceof tf.Tensor) {
    const values = await actual.data();
    if (typeof expected === 'number') return note(path, scalarDeviation(expected, values[0]));
    if (Array.isArray(expected)) {
      for (const [i, value] of expected.entries()) note([...path, String(i)], scalarDeviation(value as number, values[i]));
      return;
    }
    return compareSummary(expected as JsonObject, values, path, note);
  }
  if (Array.isArray(expected)) {
    const list = actual as unknown[];
    if (expected.length !== list.length) note(path, Number.POSITIVE_INFINITY);
    for (let i = 0; i < expected.length; i++) await compare(expected[i], list[i], [...path, String(i)], note);
    return;
  }
  if (expected !== null && typeof expected === 'object') {
    if ('gradL2' in expected && 'shape' in expected) return compareParameter(expected, actual as Record<string, tf.Tensor>, path, note);
    for (const key of Object.keys(expected)) await compare(expected[key], (actual as ParityTree)[key], [...path, key], note);
    return;
  }
  note(path, expected === actual ? 0 : Number.POSITIVE_INFINITY);
}

const scalarDeviation = (expected: number, actual: number) => Math.abs(expected - actual) / Math.max(Math.abs(expected), 0.01);

function compareSummary(expected: JsonObject, values: Values, path: string[], note: Note): void {
  const size = expected.size as number;
  const { l2, sum, min, max } = summary(values);
  const rms = Math.max((expected.l2 as number) / Math.sqrt(size), 1e-6);
  note([...path, 'size'], values.length === size ? 0 : Number.POSITIVE_INFINITY);
  note([...path, 'l2'], Math.abs((expected.l2 as number) - l2) / Math.max(expected.l2 as number, 1e-6));
  for (const [key, value] of Object.entries({ mean: sum / size, min, max })) {
    const wanted = expected[key] as number;
    note([...path, key], Math.abs(wanted - value) / Math.max(Math.abs(wanted), rms));
  }
  for (const [i, wanted] of Object.entries(expected.probe as Record<string, number>)) {
    note([...path, 'probe', i], Math.abs(wanted - values[Number(i)]) / Math.max(Math.abs(wanted), rms));
  }
}

async function compareParameter(expected: JsonObject, actual: Record<string, tf.Tensor>, path: string[], note: Note): Promise<void> {
  if (expected.degenerate) return;
  const shape = actual.gradient.shape;
  note([...path, 'shape'], JSON.stringify(shape) === JSON.stringify(expected.shape) ? 0 : Number.POSITIVE_INFINITY);
  const gradient = await actual.gradient.data();
  const initial = await actual.initial.data();
  const gradL2 = expected.gradL2 as number;
  const rms = gradL2 / Math.sqrt(gradient.length);
  const found = summary(gradient);
  note([...path, 'gradL2'], Math.abs(gradL2 - found.l2) / gradL2);
  note([...path, 'gradSum'], Math.abs((expected.gradSum as number) - found.sum) / (gradL2 * Math.sqrt(gradient.length)));
  const after: Record<string, Values> = {};
  for (const step of ['1', '2']) {
    const values = (await actual[`after${step}`].data()) as Values;
    after[step] = values;
    const wanted = expected[`l2_after${step}`] as number;
    note([...path, `l2_after${step}`], Math.abs(wanted - summary(values).l2) / Math.max(wanted, 0.05));
  }
  for (const [index, probe] of Object.entries(expected.probe as Record<string, Record<string, number>>)) {
    const i = Number(index);
    note([...path, 'probe', index, 'p0'], Math.abs(probe.p0 - initial[i]) / Math.max(Math.abs(probe.p0), 0.05));
    note([...path, 'probe', index, 'g'], Math.abs(probe.g - gradient[i]) / Math.max(Math.abs(probe.g), rms));
    // Adam turns rounding noise on near-zero gradients into full steps: not compared there.
    if (Math.abs(probe.g) > 0.05 * rms)
      note([...path, 'probe', index, 'p2'], Math.abs(probe.p2 - after['2'][i]) / Math.max(Math.abs(probe.p2), 0.05));
  }
}

function summary(values: ArrayLike<number>): { l2: number; sum: number; min: number; max: number } {
  let squares = 0;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    squares += v * v;
    sum += v;
    if (v < min) min = v;
    if (v > max) max = v;
  }
  return { l2: Math.sqrt(squares), sum, min, max };
}

function disposeTree(node: unknown): void {
  if (node instanceof tf.Tensor) node.dispose();
  else if (Array.isArray(node)) node.forEach(disposeTree);
  else if (node !== null && typeof node === 'object') Object.values(node).forEach(disposeTree);
}
