/** Starts a backend in the browser, with our kernels, for the tests of this folder. */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { installKernels } from '../install';

/** What the device complained about: without it, an invalid dispatch would only show as zeros. */
export const complaints: string[] = [];

export async function startBackend(name: 'cpu' | 'webgpu'): Promise<void> {
  await tf.setBackend(name);
  await tf.ready();
  if (tf.getBackend() !== name) throw new Error(`The ${name} backend did not start.`);
  installKernels(name);
  if (name === 'webgpu') device().onuncapturederror = ({ error }) => complaints.push(error.message);
}

export const device = () => (tf.backend() as unknown as { device: GPUDevice }).device;

/** Values of a fixed pattern without symmetry, in ± 1. */
export const wave = (length: number, salt: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * i + 78.233 * salt + 0.37 * i * i));

/** The largest difference, in units of the largest value (or of `least`, where all are smaller). */
export function deviation(ours: Float32Array, theirs: Float32Array, least: number): number {
  if (ours.length !== theirs.length) return Number.POSITIVE_INFINITY;
  const largest = theirs.reduce((a, b) => Math.max(a, Math.abs(b)), least);
  return ours.reduce((worst, v, i) => Math.max(worst, Number.isNaN(v) ? Number.POSITIVE_INFINITY : Math.abs(v - theirs[i])), 0) / largest;
}

/** Reads tensors made by `make` and disposes them; nothing may be left behind. */
export async function read(make: () => tf.Tensor[]): Promise<Float32Array[]> {
  const before = tf.memory().numTensors;
  const tensors = tf.tidy(make);
  const values = await Promise.all(tensors.map((tensor) => tensor.data() as Promise<Float32Array>));
  tf.dispose(tensors);
  if (tf.memory().numTensors !== before) throw new Error(`${tf.memory().numTensors - before} tensors were left behind.`);
  return values;
}
