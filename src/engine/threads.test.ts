/** Threads of WASM in the engine: they change the time and nothing else, and a dead one ends the run, not the lab. */
import { Worker } from 'node:worker_threads';
import { afterAll, expect, it } from 'vitest';
import { Random } from '../core/random';
import type { Params } from '../core/types';
import { nodePlatform } from '../headless/platform';
import { MODELS } from '../models/registry';
import { openBackend, type Platform, runningThreads, type Thread } from './backend';
import { checkpointOf } from './checkpoint';
import { Runner } from './runner';
import { writeSafetensors } from './safetensors';
import { SliceSampler } from './sampler';
import { madeSlices, rolesOf } from './testRun';

const MODEL = MODELS.vae;
const PARAMS: Params = { ...MODEL.spec.presets.demo.params, size: 32, latent: 8, batch: 16 };
const SLICES = madeSlices(20);

/** This machine as if it had four cores. */
const platform: Platform = { ...nodePlatform, cores: 4 };
const open = (count: number | null, onLost: (sentence: string) => void = () => {}, on = platform) => openBackend('wasm', on, onLost, count);

function begin(updates: number, between: () => Promise<void> = async () => {}) {
  const sampler = new SliceSampler(rolesOf({ reference: SLICES }), MODEL.spec.input, new Random(1));
  const trainer = MODEL.build(PARAMS, 32, 32, 1);
  const runner = new Runner(trainer, trainer.train(sampler), updates, { points: () => {}, state: () => {}, between });
  return { runner, weights: async () => writeSafetensors((await checkpointOf({ trainer, sampler, runner })).tensors, {}), trainer };
}

async function weightsAfter(count: number, updates: number): Promise<Uint8Array> {
  expect((await open(count)).threads).toBe(count);
  const { runner, weights, trainer } = begin(updates);
  await runner.run();
  expect(runner.phase).toBe('done');
  const bytes = await weights();
  trainer.dispose();
  return bytes;
}

afterAll(() => open(1)); // ends the threads

it('trains the very same weights on one, two and four threads', async () => {
  const one = await weightsAfter(1, 12);
  for (const count of [2, 4]) expect(Buffer.compare(await weightsAfter(count, 12), one)).toBe(0);
});

it('refuses a count that cannot be', async () => {
  await expect(open(5)).rejects.toThrow('Threads are a whole number from 1 to 4.');
  await expect(openBackend('wasm', { ...platform, thread: null }, () => {}, 2)).rejects.toThrow('Only one thread can run here.');
});

/** A thread that ends by itself: on its first chunk, which nobody else will do, or without one. The offsets are those of assembly/jobs.ts. */
const doomed = (withChunk: boolean) => (): Thread => {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     parentPort.once('message', ({ memory, control }) => {
       parentPort.postMessage('ready');
       const words = new Int32Array(memory.buffer, control);
       const ticket = new BigInt64Array(memory.buffer, control, 1);
       for (;;) {
         const seen = Atomics.load(ticket, 0);
         const [job, chunk] = [Number(seen >> 32n), Number(seen & 0xffffffffn)];
         if (job < 5 || chunk >= Atomics.load(words, 196 / 4)) continue;
         if (!${withChunk} || Atomics.compareExchange(ticket, 0, seen, seen + 1n) === seen) process.exit();
       }
     });`,
    { eval: true },
  );
  return {
    start: (task, died) =>
      new Promise((resolve) => {
        worker.once('exit', died);
        worker.once('message', () => resolve());
        worker.postMessage(task);
      }),
    end: () => void worker.terminate(),
  };
};

it.each([
  ['over its chunk', true],
  ['without one', false],
])('ends the run with a sentence when a thread dies %s, keeps the weights, and goes on with one thread', async (_, withChunk) => {
  const sentences: string[] = [];
  let running: Runner | null = null;
  const onLost = (sentence: string) => {
    sentences.push(sentence);
    running?.fail(sentence);
  };
  await open(2, onLost, { ...platform, thread: doomed(withChunk) });
  const { runner, weights, trainer } = begin(100_000);
  running = runner;
  await runner.run();
  expect(runner.phase).toBe('failed');
  expect(runner.message).toMatch(
    /^A thread of the processor stopped answering, .* The lab goes on with one thread\. The weights of update \d+ are kept\./,
  );
  expect(sentences.length).toBe(1);
  expect((await weights()).length).toBeGreaterThan(1000);
  trainer.dispose();
  expect(runningThreads()).toBe(1);
  const again = begin(5);
  await again.runner.run();
  expect(again.runner.phase).toBe('done');
  again.trainer.dispose();
  expect((await open(2)).threads).toBe(2);
});
