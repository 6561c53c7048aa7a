/** Starts a backend for the tests of this island, in Node, with our kernels and gradients. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { installKernels } from './install';

const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json'));
let told = false;

export async function startBackend(name: 'cpu' | 'wasm'): Promise<void> {
  if (name === 'wasm' && !told) setWasmPaths(`${folder}/dist/`);
  told ||= name === 'wasm';
  if (!(await tf.setBackend(name)) || tf.getBackend() !== name) throw new Error(`The ${name} backend did not start.`);
  await tf.ready();
  installKernels(name);
}
