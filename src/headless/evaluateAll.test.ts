import { expect, it } from 'vitest';
import type { Evaluation } from '../core/protocol';
import { failureOf, problemOf } from './evaluateAll';

it('a Dice of a mask of nothing or of everything has the sentence beside it, and no Dice has none', () => {
  const maps = Float32Array.of(0, 0.1, 0.2, 0.3);
  const images = Uint8Array.of(0, 50, 60, 70);
  const of = (threshold: number | null, dice: number | null = 0.5) =>
    problemOf({ maps, evaluation: { images, metrics: { dice, threshold } as Evaluation['metrics'] } });
  expect(of(0.15)).toBeNull();
  expect(of(0.05)).toMatch(/^The mask holds 75\u00a0% of all pixels, as good as the whole body/);
  expect(of(-1)).toMatch(/^The mask holds 100\u00a0%/);
  expect(of(0.4)).toMatch(/^The mask is empty on every slice/);
  expect([of(0.4, null), of(null, null)]).toEqual([null, null]);
  expect(problemOf({ maps: null, evaluation: { images, metrics: { dice: 0.5, threshold: 0 } as Evaluation['metrics'] } })).toBeNull();
});

it('a score that a test set does not allow does not fail the command; a lost thread or lost memory does', async () => {
  const before = process.exitCode;
  const of = async (failure: string | null, error?: Error) => {
    process.exitCode = undefined;
    const sentence = await failureOf({ failure }, error ? () => Promise.reject(error) : async () => {});
    return [sentence, process.exitCode];
  };
  class ThreadLost extends Error {}
  try {
    expect(await of(null)).toEqual([null, undefined]);
    expect(await of(null, new Error('No masks.'))).toEqual(['No masks.', undefined]);
    expect(await of(null, new RangeError('Array buffer allocation failed'))).toEqual(['Array buffer allocation failed', 1]);
    expect(await of('A thread died.', new ThreadLost('A thread died.'))).toEqual(['A thread died.', 1]);
    expect(await of('The device reported an error.')).toEqual(['The device reported an error.', 1]);
  } finally {
    process.exitCode = before;
  }
});
