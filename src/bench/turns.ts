/** Updates of a case on WebGPU, taken in one of the ways that are compared. */
import type { KernelChoice } from '../core/protocol';
import { openBackend, type Platform } from '../engine/backend';
import { GPU_CASES } from './cases';
import { Stepper, type Times } from './steps';

/** `warm` updates of each network come before the `count` that are timed. */
export type Way = { kernels: KernelChoice; replay: boolean; warm: number; count: number };

/** Milliseconds of every update, and of the script's share in it, by network. */
export type Turn = (name: string, way: Way) => Promise<{ times: Times; script: Times }>;

/** Ends the bench: what runs on after the device's trouble is not worth timing. */
export const stop = (sentence: string): never => {
  throw new Error(sentence);
};

export const turnsOn =
  (platform: Platform): Turn =>
  async (name, { kernels, replay, warm, count }) => {
    const one = GPU_CASES.find((known) => known.name === name);
    if (!one) throw new Error(`There is no case "${name}".`);
    await openBackend('webgpu', platform, stop, null, kernels, replay);
    const stepper = new Stepper(one, replay);
    await stepper.run(warm);
    const times = await stepper.run(count);
    stepper.dispose();
    return { times, script: stepper.script };
  };
