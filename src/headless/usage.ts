import { MODEL_IDS } from '../engine/session';

/** Wrong arguments: which, and what is allowed. The command ends with status 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export const USAGE = `npm run lab -- inspect FILE|DIR…
npm run lab -- train --model MODEL --preset NAME [--param key=value]… [--size N] [--updates N] [--seed S] [--scorers A,B]
                     --reference PATH… [--mixed PATH…] [--test PATH…] [--backend auto|webgpu|wasm] [--threads N] --out DIR
npm run lab -- train --resume DIR
npm run lab -- score --run DIR --test PATH… --out DIR [--backend auto|webgpu|wasm] [--threads N]
MODEL is one of ${MODEL_IDS.join(', ')}; a wrong NAME is answered with the presets there are.
PATH is a file or a folder; "phantom" or "phantom:seed=3" is the built-in data set and takes the place of all roles.`;
