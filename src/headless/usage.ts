import { RESAMPLINGS } from '../core/recipe';
import { MODEL_IDS } from '../engine/session';

/** Wrong arguments: which, and what is allowed. The command ends with status 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** What `--recipe` takes; the papers' is axial, unit, 0:100, 0.05:0.01, area, off, 0, pad, off. */
export const RECIPE_HELP = `plane=axial|coronal|sagittal  intensity=unit|zscore:CLIP|percentile:LOW:HIGH|window:LOW:HIGH  range=FROM:TO (% of the slices)
nonEmpty=LEVEL:SHARE|off  resampling=${RESAMPLINGS.join('|')}  organ=on|off  topCrop=SHARE  square=pad|crop
patches=PIXELS|off (random patches of --size, cut from slices of so many pixels)`;

export const USAGE = `npm run lab -- inspect FILE|DIR…
npm run lab -- train --model MODEL --preset NAME [--param key=value]… [--recipe key=value]… [--size N] [--updates N] [--seed S] [--scorers A,B]
                     --reference PATH… [--mixed PATH…] [--test PATH…] [--simulate share=S,seed=N]
                     [--backend auto|webgpu|wasm] [--threads N] [--kernels own|stock] [--replay] [--memory GB] --out DIR
npm run lab -- train --resume DIR [--out DIR] [--backend auto|webgpu|wasm] [--threads N] [--kernels own|stock] [--replay] [--memory GB]
npm run lab -- score --run DIR [--test PATH…] [--scorers A,B] --out DIR [--simulate seed=N] [--backend auto|webgpu|wasm] [--threads N]
                     [--kernels own|stock]
MODEL is one of ${MODEL_IDS.join(', ')}; a wrong NAME is answered with the presets there are.
A run on the phantom is scored on what it was tested on where --test is left out: npm run lab -- score --run public/checkpoints/healthygan-squares --out scored
PATH is a file or a folder; "phantom", "phantom:seed=3" or "phantom:variant=smooth" is the built-in data set and takes the place of all roles.
--replay records the GPU work of an update once and submits it as one from then on, on WebGPU with our own kernels: less JavaScript, the same weights.
--simulate paints a square, replaced by its mean, into a share of the mixed slices (0.3 in the paper) and half of the test slices; with it the
phantom is drawn without lesions.
--recipe takes ${RECIPE_HELP}`;
