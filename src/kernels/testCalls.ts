/** Holds calls on WASM, on one thread and on several, to the CPU backend's results. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from './testBackend';

export type Call = { name: string; run: () => tf.Tensor[] };

/** @param tolerance largest deviation over the largest value of an output, which counts as `floor` at least */
export function holdToCpu(calls: readonly Call[], tolerance: number, floor: number): void {
  const expected = new Map<string, Float32Array[]>();
  const values = (call: Call) => tf.tidy(() => call.run().map((tensor) => tensor.dataSync() as Float32Array));

  beforeAll(async () => {
    await startBackend('cpu');
    for (const call of calls) expected.set(call.name, values(call));
  }, 120_000);

  describe.each([1, 3])('on %d threads', (threads) => {
    beforeAll(() => startBackend('wasm', threads));

    it.each(calls.map((call) => [call.name, call] as const))('%s', (name, call) => {
      const before = tf.memory().numTensors;
      const ours = values(call);
      expect(tf.memory().numTensors).toBe(before);
      const theirs = expected.get(name)!;
      expect(ours.map((v) => v.length)).toEqual(theirs.map((v) => v.length));
      ours.forEach((result, k) => {
        const largest = theirs[k].reduce((a, b) => Math.max(a, Math.abs(b)), floor);
        const worst = result.reduce((a, v, i) => Math.max(a, Math.abs(v - theirs[k][i])), 0);
        expect(worst, `output ${k}`).toBeLessThanOrEqual(tolerance * largest);
      });
    });
  });
}
