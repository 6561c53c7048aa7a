/** Counts what an update asks of the graphics device. */
import type { Case } from './cases';
import { Stepper } from './steps';

/** Dispatches of one update, by network. */
export type Dispatches = Record<string, number>;

/** Small networks of every model: the number of dispatches hardly depends on the width. */
export const COUNTED: readonly Case[] = [
  { name: 'vae', model: 'vae', params: { batch: 2 }, about: 'VAE' },
  {
    name: 'ascnet',
    model: 'ascnet',
    params: { size: 32, width: 4, batch: 4, discriminatorBatch: 4, stage1: 40, stage2: 0, updates: 80, cap: 0, head: 0 },
    about: 'ASC-Net',
  },
  { name: 'anogan', model: 'anogan', params: { width: 4, batch: 4, generatorUpdates: 1 }, about: 'AnoGAN' },
  { name: 'healthygan', model: 'healthygan', params: { width: 4, batch: 2 }, about: 'HealthyGAN' },
];

/** The last of a few updates of each network: the first ones make what later ones find. */
export async function dispatchesOf(one: Case): Promise<Dispatches> {
  const stepper = new Stepper(one);
  await stepper.run(1);
  const pass = GPUComputePassEncoder.prototype;
  const { dispatchWorkgroups } = pass;
  const counts: Dispatches = {};
  let seen = 0;
  pass.dispatchWorkgroups = function (...sizes) {
    seen++;
    return dispatchWorkgroups.apply(this, sizes);
  };
  try {
    await stepper.run(6, (network) => {
      counts[network] = seen;
      seen = 0;
    });
  } finally {
    pass.dispatchWorkgroups = dispatchWorkgroups;
    stepper.dispose();
  }
  return counts;
}
