/** Trained networks that come with the lab, and what their run.json says. */
import { PHANTOMS, type PhantomName } from './protocol';
import type { KeptRun } from './runs';
import type { Simulation } from './simulation';
import type { Params } from './types';

export type Shipped = {
  /** Under public/checkpoints. */
  folder: string;
  model: string;
  title: string;
  /** What can be seen with it, and what not: one or two sentences. */
  about: string;
  /** What made it; the seed and the number of updates stand in run.json. */
  command: string;
  /** When, ISO 8601. */
  trained: string;
};

export const SHIPPED: readonly Shipped[] = [
  {
    folder: 'healthygan-squares',
    model: 'a2bgan',
    title: 'A2B-GAN on painted squares',
    about:
      'The map lights painted squares more than three times as much as the rest of the brain. Image AUC is .76 with the mean and .78 with the maximum against .70 for |x − mean|; local variance reaches 1.00 without training.',
    command:
      'npm run lab -- train --model a2bgan --preset demo --seed 0 --reference phantom --simulate share=1,seed=1 --updates 12000 --backend wasm --threads 1 --out runs/squares-0',
    trained: '2026-11-24T01:26:14Z',
  },
  {
    folder: 'anogan-smooth',
    model: 'anogan',
    title: 'AnoGAN on smooth heads',
    about:
      'The search finds a head much like each query without its lesion, and A(x) tells slices apart better than every trivial baseline: image AUC .88 against .76. On the standard heads it would not. It opens on P_D, which needs no search; for A(x) choose it under Predictor and press Start: about a minute on two cores.',
    command:
      'npm run lab -- train --model anogan --preset smooth --seed 0 --reference phantom:variant=smooth --backend wasm --threads 1 --scorers "A(x),R(x),D(x)" --out runs/smooth-0',
    trained: '2026-11-24T00:08:15Z',
  },
  {
    folder: 'ascnet-rinds',
    model: 'ascnet',
    title: 'ASC-Net on bright rinds',
    about:
      'The fence cut heals tumours to the dark around them, the wild cut holds them, and I_ro splits: best Dice .82, .58 at its rightmost peak, .33 for the best trivial baseline. The heads were made for it, and mixer and weights are not the published ones.',
    command:
      'npm run lab -- train --model ascnet --preset rinds --seed 0 --reference phantom:variant=rinds --backend wasm --threads 1 --out runs/rinds-0',
    trained: '2026-12-01T00:08:35Z',
  },
];

/** What of a run.json, written by the command line, a run is opened from. */
export type ShippedRecord = {
  model: string;
  preset: string;
  params: Params;
  seed: number;
  backend: 'webgpu' | 'wasm' | 'cpu';
  adapter: string;
  kernels: readonly string[];
  replay?: boolean;
  update: number;
  updates: number;
  seconds: number;
  data: { reference: readonly string[]; phantomSeed: number | null };
  simulation?: Simulation | null;
  slices: Record<'reference' | 'mixed' | 'validation' | 'test', number>;
  checkpoint: { optimiserSteps: number; sampler: unknown };
  weights: { file: string };
};

/** The phantom of a run.json: 'phantom:variant=smooth' is written there as it was typed. */
function phantomOfRecord({ data }: Pick<ShippedRecord, 'data'>): { variant: PhantomName; seed: number } {
  const variant = PHANTOMS.find((name) => data.reference.some((path) => path.split(/[:,]/).includes(`variant=${name}`)));
  return { variant: variant ?? 'standard', seed: data.phantomSeed ?? 0 };
}

/** A run as the lab keeps its own, from the two files of a folder. */
export function keptOf({ folder, title, trained }: Shipped, written: ShippedRecord, weights: Uint8Array): KeptRun {
  const { model, preset, params, seed, backend, adapter, kernels, replay, update, updates, seconds, slices, simulation, checkpoint } =
    written;
  return {
    record: {
      ...{ model, preset, params, seed, backend, adapter, kernels, update, updates, seconds, slices, ...(replay && { replay }) },
      run: folder,
      name: title,
      set: 'phantom',
      phase: 'done',
      ended: trained,
      threads: 1,
      training: '',
      recipe: null,
      phantom: phantomOfRecord(written),
      simulation: simulation ?? null,
    },
    scores: null,
    position: { update, optimiserSteps: checkpoint.optimiserSteps, seconds, sampler: checkpoint.sampler },
    weights,
  };
}
