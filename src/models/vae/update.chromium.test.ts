/** One whole update on WebGPU against the CPU backend: forward, backward and Adam. */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { expect, it } from 'vitest';
import { Random } from '../../core/random';
import { installKernels } from '../../kernels/install';
import { Adam } from '../../nn/adam';
import { normal } from '../../nn/initializers';
import { VaeNetwork } from './network';
import { predictorMap } from './score';
import { update } from './train';

type Outcome = Record<string, Float32Array>;
const CONFIG = { size: 16, channels: [4, 8], latent: 3 };

async function oneUpdate(backend: string): Promise<Outcome> {
  await tf.setBackend(backend);
  await tf.ready();
  expect(tf.getBackend()).toBe(backend);
  installKernels(backend);
  const random = new Random(7);
  const network = VaeNetwork.fresh(CONFIG, random);
  const adam = new Adam(network.variables, [1e-2, 0.9, 0.999, 1e-8]);
  const x = tf.tensor4d(Float32Array.from({ length: 2 * 256 }, () => random.between(-1, 1)), [2, 16, 16, 1]); // biome-ignore format: one line
  const noise = normal([2, 3], random);
  const losses = update(network, adam, x, noise, 2);
  const { map, reconstruction } = predictorMap(network, x, 'ELBO-grad', false, 2);
  const kept: Record<string, tf.Tensor> = { ...losses, ...network.variables, ...adam.moments, map, reconstruction };
  const outcome: Outcome = {};
  for (const [name, tensor] of Object.entries(kept)) outcome[name] = (await tensor.data()) as Float32Array;
  tf.dispose([x, noise, map, reconstruction, ...Object.values(losses)]);
  adam.dispose();
  network.dispose();
  return outcome;
}

it('updates the VAE on webgpu as on cpu', async () => {
  const expected = await oneUpdate('cpu');
  const actual = await oneUpdate('webgpu');
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, wanted] of Object.entries(expected)) {
    const largest = wanted.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
    expect(largest, name).toBeGreaterThan(0);
    // Adam's first step divides a gradient by its own size, so rounding of the smallest gradients shows in full: looser for the weights.
    const tolerance = name.endsWith('.w') ? 5e-3 : 1e-3;
    const worst = actual[name].reduce((a, v, i) => Math.max(a, Math.abs(v - wanted[i])), 0);
    expect(worst, name).toBeLessThanOrEqual(tolerance * largest);
  }
});
