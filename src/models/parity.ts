/** Which implementation answers which fixture (its `model` field). */
import { parity as anogan } from './anogan/parity';
import { parity as ascnet } from './ascnet/parity';
import { parity as healthygan } from './healthygan/parity';
import type { ParityTree } from './model';
import { parity as vae } from './vae/parity';

export const PARITY: Record<string, (config: never) => ParityTree> = {
  VAE: vae,
  'ASC-Net': ascnet,
  AnoGAN: anogan,
  HealthyGAN: healthygan,
};
