/** Which implementation answers which fixture (its `model` field). */
import type { ParityTree } from './model';
import { parity as vae } from './vae/parity';

export const PARITY: Record<string, (config: never) => ParityTree> = { VAE: vae };
