/** A thread of the browser. */
import type { Thread } from './threads';

export function spawnThread(): Thread {
  const worker = new Worker(new URL('./thread.worker.ts', import.meta.url), { type: 'module' });
  return {
    start: (task, died) =>
      new Promise((resolve, reject) => {
        worker.onmessage = () => {
          worker.onerror = died;
          resolve();
        };
        worker.onerror = (event) => reject(new Error(`A thread did not start: ${event.message ?? 'its file could not be loaded'}.`));
        worker.postMessage(task);
      }),
    end: () => worker.terminate(),
  };
}
