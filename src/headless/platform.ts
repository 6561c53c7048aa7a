/** What the WASM backend needs of Node: files from disk, threads. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Platform, Thread } from '../engine/backend';

const require = createRequire(import.meta.url);
const read = async (path: string) => new Uint8Array(await readFile(path)).buffer;

export const nodePlatform: Platform = {
  stock: () => read(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm')),
  kernels: () => read(fileURLToPath(new URL('../kernels/wasm/kernels.wasm', import.meta.url))),
  cores: availableParallelism(),
  thread: startThread,
  memory: totalmem(),
  notes: null,
};

/** As kernels/wasm/thread.worker.ts, in plain JavaScript: a worker of Node does not compile TypeScript. */
const THREAD = `
  const { parentPort } = require('node:worker_threads');
  parentPort.once('message', async ({ module, memory, control, scratch }) => {
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    parentPort.postMessage('ready');
    exports.work(control, scratch);
  });`;

function startThread(): Thread {
  const worker = new Worker(THREAD, { eval: true });
  worker.unref(); // an idle thread does not keep the process alive
  return {
    start: (task, died) =>
      new Promise((resolve, reject) => {
        worker.once('error', reject);
        worker.once('message', () => {
          worker.once('exit', died);
          resolve();
        });
        worker.postMessage(task);
      }),
    end() {
      worker.removeAllListeners('exit');
      void worker.terminate();
    },
  };
}
