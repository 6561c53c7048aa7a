/** Counts what an update asks of the graphics device, and what it keeps there. */
import * as tf from '@tensorflow/tfjs';
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

/** What is held after so many updates. `allocated` counts free buffers too. Bytes on the device. */
export type Held = { updates: number; tensors: number; used: number; allocated: number };

/** At the first update after `warm` and `updates` ones of each network; between them every kind of update was taken. */
export async function heldBy(one: Case, warm: number, updates: number): Promise<[Held, Held]> {
  const stepper = new Stepper(one);
  let taken = 0;
  const held = async (until: number): Promise<Held> => {
    await stepper.run(until, () => taken++);
    const { numTensors, numBytesInGPU, numBytesAllocatedInGPU } = tf.memory() as tf.MemoryInfo & Record<string, number>;
    return { updates: taken, tensors: numTensors, used: numBytesInGPU, allocated: numBytesAllocatedInGPU };
  };
  try {
    return [await held(warm), await held(updates - warm)];
  } finally {
    stepper.dispose();
  }
}
