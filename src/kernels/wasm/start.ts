/** Starts the WASM backend with our kernels and threads beside it. */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { startStock, withMemory } from './memory';
import { Native, native, useNative } from './native';
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

/** How many threads can be asked for: one a core, at most 8; 1 where memory cannot be shared. */
export function mostThreads(platform: WasmPlatform): number {
  return platform.thread ? Math.min(platform.cores, MOST_THREADS) : 1;
}

/**
 * Makes `wasm` the backend of tfjs. The memory is shared from its first start where the platform has threads.
 * @param threads in all; null for as many as there can be
 * @param onLost told when a thread died; the lab then goes on with one
 * @returns the threads that run
 * @throws Error with the sentence to show
 */
export async function startWasm(platform: WasmPlatform, threads: number | null, onLost: (sentence: string) => void): Promise<number> {
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')))
    throw new Error('The WebAssembly of this browser has no SIMD (128-bit arithmetic), which training needs. Update the browser.');
  if (tf.engine().registry.wasm) await tf.setBackend('wasm');
  else {
    isShared = platform.thread !== null;
    setWasmPaths('', true);
    await startStock(platform.stock, isShared, async () => void (await tf.setBackend('wasm')));
  }
  if (tf.getBackend() !== 'wasm') return 0;
  const count = isShared ? (threads ?? mostThreads(platform)) : 1;
  const binary = withMemory(await platform.kernels(), isShared);
  const spawn = () => {
    if (!platform.thread) throw new Error('Threads need shared memory.');
    return platform.thread();
  };
  useNative(null);
  useNative(await Native.start(binary, count, spawn, onLost));
  return count;
}

/** The threads that run now. */
export const runningThreads = () => native().count;
