/** Starts the WASM backend with our kernels and threads beside it. */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { startStock, withMemory } from './memory';
import { Native, useNative } from './native';
import type { Thread } from './threads';

/** What differs between a browser's worker and Node. */
export type WasmPlatform = {
  /** The stock backend's single-threaded SIMD binary. */
  stock(): Promise<ArrayBuffer>;
  /** Our compiled kernels. */
  kernels(): Promise<ArrayBuffer>;
  cores: number;
  /** Makes a thread; null where memory cannot be shared (a page that is not cross-origin isolated). */
  thread: (() => Thread) | null;
};

const MOST_THREADS = 8;
let isShared = false;

/**
 * Makes `wasm` the backend of tfjs. The memory is shared from its first start where the platform has threads.
 * @param threads in all; null for one a core, at most 8
 * @returns the threads that run
 * @throws Error with the sentence to show
 */
export async function startWasm(platform: WasmPlatform, threads: number | null = null): Promise<number> {
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')))
    throw new Error('The WebAssembly of this browser has no SIMD (128-bit arithmetic), which training needs. Update the browser.');
  const first = !tf.engine().registry.wasm;
  if (first) {
    setWasmPaths('', true);
    isShared = platform.thread !== null;
    await startStock(platform.stock, isShared, async () => void (await tf.setBackend('wasm')));
  } else await tf.setBackend('wasm');
  if (tf.getBackend() !== 'wasm') return 0;
  const count = isShared ? (threads ?? Math.min(platform.cores, MOST_THREADS)) : 1;
  useNative(null);
  const { thread } = platform;
  useNative(
    await Native.start(withMemory(await platform.kernels(), isShared), count, () => {
      if (!thread) throw new Error('Threads need shared memory.');
      return thread();
    }),
  );
  return count;
}
