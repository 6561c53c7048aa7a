/** Starts a backend for the tests of this island, in Node, with our kernels and gradients. */
import * as tf from '@tensorflow/tfjs';
import { nodePlatform } from '../headless/platform';
import { installKernels } from './install';
import { startWasm } from './wasm/start';

/** @param threads of the WASM backend; null for one a core */
export async function startBackend(name: 'cpu' | 'wasm', threads: number | null = null): Promise<void> {
  const fail = (sentence: string) => {
    throw new Error(sentence);
  };
  if (name === 'wasm') await startWasm(nodePlatform, threads, fail);
  else await tf.setBackend(name);
  if (tf.getBackend() !== name) throw new Error(`The ${name} backend did not start.`);
  await tf.ready();
  installKernels(name);
}
