/** Whole updates that are timed, and the convolution shapes of the four networks. */
import type { Params } from '../core/types';

export type Case = { name: string; model: string; params: Params; about: string };

/** One update of each network of a model; peer.py has those of the same names. */
export const CASES: readonly Case[] = [
  { name: 'vae', model: 'vae', params: {}, about: 'VAE, 64², latent 32, batch 16' },
  {
    name: 'ascnet/4',
    model: 'ascnet',
    params: { size: 64, width: 8, batch: 4, discriminatorBatch: 4, stage1: 40, stage2: 0, updates: 80, cap: 0, head: 0 },
    about: 'ASC-Net, 64², width 8, batch 4',
  },
  {
    name: 'ascnet',
    model: 'ascnet',
    params: { size: 64, width: 32, batch: 4, discriminatorBatch: 4, stage1: 40, stage2: 0, updates: 80, cap: 0, head: 0 },
    about: 'ASC-Net, 64², width 32 (paper), batch 4',
  },
  { name: 'anogan/4', model: 'anogan', params: { width: 16, batch: 16, generatorUpdates: 1 }, about: 'AnoGAN, 64², width 16, batch 16' },
  {
    name: 'anogan',
    model: 'anogan',
    params: { width: 64, batch: 16, generatorUpdates: 1 },
    about: 'AnoGAN, 64², width 64 (paper), batch 16',
  },
];

/** Those timed on WebGPU, where HealthyGAN's second-order gradients have kernels too. */
export const GPU_CASES: readonly Case[] = [
  ...CASES,
  {
    name: 'healthygan',
    model: 'healthygan',
    params: { width: 16, batch: 2, criticUpdates: 1, warmUp: 0 },
    about: 'HealthyGAN, width 16, batch 2',
  },
];

/** Not timed against others: how much memory it takes. */
export const LARGE: Case = {
  name: 'ascnet160',
  model: 'ascnet',
  params: { ...CASES[2].params, size: 160 },
  about: 'ASC-Net, 160², width 32 (paper), batch 4',
};

export type Shape = {
  net: string;
  x: [number, number, number, number];
  kernel: number;
  out: number;
  stride: number;
  pad: 'same' | 'valid' | number;
};

const shape = (net: string, x: Shape['x'], kernel: number, out: number, stride: number, pad: Shape['pad']): Shape => ({
  net,
  x,
  kernel,
  out,
  stride,
  pad,
});

/** x [n, h, w, ci] by kernel² → out channels, as forward convolution; its gradients are those of the layer, or the layer itself where it is transposed. */
export const SHAPES: readonly Shape[] = [
  shape('VAE', [16, 64, 64, 1], 4, 16, 2, 1),
  shape('VAE', [16, 32, 32, 16], 4, 32, 2, 1),
  shape('VAE', [16, 16, 16, 32], 4, 64, 2, 1),
  shape('VAE', [16, 8, 8, 64], 4, 64, 2, 1),
  shape('VAE', [16, 4, 4, 64], 4, 64, 1, 'valid'),
  shape('ASC-Net', [4, 64, 64, 1], 3, 32, 1, 'same'),
  shape('ASC-Net', [4, 64, 64, 32], 3, 32, 1, 'same'),
  shape('ASC-Net', [4, 64, 64, 64], 3, 32, 1, 'same'),
  shape('ASC-Net', [4, 32, 32, 64], 3, 64, 1, 'same'),
  shape('ASC-Net', [4, 16, 16, 128], 3, 128, 1, 'same'),
  shape('ASC-Net', [4, 8, 8, 256], 3, 256, 1, 'same'),
  shape('ASC-Net', [4, 4, 4, 512], 3, 512, 1, 'same'),
  shape('ASC-Net', [4, 16, 16, 128], 2, 256, 2, 'valid'),
  shape('ASC-Net', [4, 64, 64, 32], 1, 1, 1, 'same'),
  shape('AnoGAN', [16, 64, 64, 1], 5, 64, 2, 'same'),
  shape('AnoGAN', [16, 32, 32, 64], 5, 128, 2, 'same'),
  shape('AnoGAN', [16, 16, 16, 128], 5, 256, 2, 'same'),
  shape('AnoGAN', [16, 8, 8, 256], 5, 512, 2, 'same'),
  shape('HealthyGAN', [2, 64, 64, 1], 7, 64, 1, 'same'),
  shape('HealthyGAN', [2, 64, 64, 64], 4, 128, 2, 'same'),
  shape('HealthyGAN', [2, 16, 16, 256], 3, 256, 1, 'same'),
  shape('HealthyGAN', [2, 64, 64, 64], 7, 2, 1, 'same'),
  shape('HealthyGAN', [2, 8, 8, 256], 4, 512, 2, 1),
  shape('HealthyGAN', [2, 4, 4, 512], 4, 1024, 2, 1),
];
