/** Our WebAssembly kernels in a worker of Chromium, on memory of its own, on shared memory and on several threads, against the CPU backend. */
import { beforeAll, expect, it } from 'vitest';
import type { Job, Outcome } from './testThreads.worker';

type Result = Exclude<Outcome, { failed: string }>;

async function resultOf(job: Job): Promise<Result> {
  const worker = new Worker(new URL('./testThreads.worker.ts', import.meta.url), { type: 'module' });
  try {
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message || 'The worker did not start.'));
      worker.postMessage(job);
    });
    if ('failed' in outcome) throw new Error(outcome.failed);
    return outcome;
  } finally {
    worker.terminate();
  }
}

/** The largest difference, as a fraction of the largest value. */
function deviation(ours: Float32Array, theirs: Float32Array): number {
  if (ours.length !== theirs.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  let largest = 0;
  theirs.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(ours[i] - value)); // NaN stays
    largest = Math.max(largest, Math.abs(value));
  });
  return worst / largest;
}

const isSame = (a: Float32Array, b: Float32Array) => a.length === b.length && a.every((value, i) => Object.is(value, b[i]));

let expected: Result;
let alone: Result;

beforeAll(async () => {
  expected = await resultOf({ backend: 'cpu' });
  alone = await resultOf({ backend: 'wasm', threads: null });
}, 180_000);

it.each([
  ['one thread, its memory not shared', null],
  ['one thread in shared memory', 1],
  ['three threads', 3],
])('%s: the values of the CPU backend, and the same bits as the others', async (_, threads) => {
  const { threads: running, rows } = threads === null ? alone : await resultOf({ backend: 'wasm', threads });
  expect(running).toBe(threads ?? 1);
  expect(rows.length).toBe(expected.rows.length);
  rows.forEach(({ name, values }, row) => {
    expect.soft(values.length, name).toBe(expected.rows[row].values.length);
    values.forEach((ours, k) => {
      expect.soft(deviation(ours, expected.rows[row].values[k]), name).toBeLessThanOrEqual(1e-5);
      expect.soft(isSame(ours, alone.rows[row].values[k]), `${name}: the same bits`).toBe(true);
    });
  });
});
