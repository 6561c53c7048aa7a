import { Random } from '../../core/random';
import type { ModelSpec, ParamSpec, Params } from '../../core/types';
import { Adam } from '../../nn/adam';
import type { AnomalyModel, Augmentation } from '../model';
import { PAPER_CHANNELS, VaeNetwork } from './network';
import { score } from './score';
import { train } from './train';

const PARAMS: Record<string, ParamSpec> = {
  size: { label: 'Size, pixels', default: 64, min: 32, max: 128, step: 16, speed: true, paper: 'section 3.1: 64 × 64' },
  latent: { label: 'Latent l', default: 32, min: 2, max: 512, step: 1, speed: true, paper: 'Table 1: 32, 64, 256' },
  beta: { label: 'β', default: 1, min: 0, max: 100, step: 0.1, paper: 'β, Eq. 2; Table 2: 0.1, 0.5, 1, 2, 10' },
  rate: { label: 'Adam rate', default: 1e-3, min: 1e-6, max: 1e-1, step: 1e-4, paper: 'section 3.1: 1e-4' },
  batch: { label: 'Batch', default: 16, min: 1, max: 256, step: 1, speed: true, paper: 'not stated; authors’ reference code: 64' },
  epochs: { label: 'Epochs (0: count updates)', default: 0, min: 0, max: 2000, step: 1, paper: 'section 3.1: 500' },
  updates: { label: 'Updates', default: 1000, min: 1, max: 1_000_000, step: 1, paper: 'ours: counted when Epochs is 0' },
  mirror: { label: 'Mirror', default: 1, min: 0, max: 1, step: 1, paper: 'reference code: one axis', options: ['off', 'left–right'] },
  rotation: { label: 'Rotation ±, rad', default: 0, min: 0, max: 0.5, step: 0.05, paper: 'section 3.1; reference code: 0.1' },
  zoom: { label: 'Zoom', default: 0, min: 0, max: 1, step: 1, paper: 'reference code: 0.9 to 1.2', options: ['off', '0.9–1.2'] },
  brightness: {
    label: 'Brightness',
    default: 0,
    min: 0,
    max: 1,
    step: 1,
    paper: 'section 3.1; reference code: 0.95 to 1.1',
    options: ['off', '0.95–1.1'],
  },
  noiseBefore: {
    label: 'Noise before clip, variance',
    default: 0,
    min: 0,
    max: 1,
    step: 0.01,
    paper: 'section 3.1; reference code: up to 0.05',
  },
  noiseAfter: {
    label: 'Noise after clip, variance',
    default: 0,
    min: 0,
    max: 1,
    step: 0.01,
    paper: 'section 3.1; reference code: up to 0.2',
  },
  projectionSteps: { label: 'Projection steps', default: 30, min: 1, max: 1000, step: 1, paper: 'Eq. 5; number not stated' },
  projectionRate: { label: 'Projection rate', default: 0.03, min: 1e-4, max: 1, step: 0.01, paper: 'α, Eq. 5: 0.03' },
  lambda: { label: 'Projection λ', default: 0.05, min: 0, max: 10, step: 0.01, paper: 'λ, Eq. 4; value not stated' },
};

const defaults: Params = Object.fromEntries(Object.entries(PARAMS).map(([key, spec]) => [key, spec.default]));
/** Section 3.1 with the reference code's batch and augmentation; 100 projection steps are ours. */
const paper: Params = {
  ...defaults, rate: 1e-4, batch: 64, epochs: 500, rotation: 0.1, zoom: 1, brightness: 1, noiseBefore: 0.05, noiseAfter: 0.2, projectionSteps: 100,
}; // biome-ignore format: a table

const spec: ModelSpec = {
  id: 'vae',
  title: 'VAE / β-VAE',
  about: 'Reconstruction and gradient maps from a small autoencoder of the normal.',
  paper: { title: 'Unsupervised anomaly localization using VAE and beta-VAE', year: 2020 },
  needs: ['reference'],
  input: 'zscore',
  params: PARAMS,
  presets: {
    demo: { title: 'Class demo', about: 'One to three minutes without a GPU: l 32, rate 1e-3, batch 16, 1,000 updates.', params: defaults },
    machine: {
      title: 'This machine',
      about: 'As many updates as about four minutes allow here, measured by a probe.',
      params: { ...defaults, latent: 64, batch: 32 },
    },
    paper: { title: 'Paper, l 32', about: 'Rate 1e-4, 500 epochs, noise, rotation and brightness.', params: paper },
    'paper-64': { title: 'Paper, l 64', about: 'Table 2’s network; set β there.', params: { ...paper, latent: 64 } },
    'paper-256': { title: 'Paper, l 256', about: 'Table 1’s widest code.', params: { ...paper, latent: 256 } },
  },
  networks: {
    vae: {
      label: 'Encoder and decoder',
      about:
        'The encoder gives each healthy slice a mean and a spread, a code is drawn from them, and the decoder rebuilds the slice from it.',
    },
  },
  diagram: {
    nodes: {
      x: { at: [0, 0.5], label: 'x', view: 'input' },
      encoder: { at: [1, 0.5], label: 'Encoder', about: '4 × ½ size', network: 'vae' },
      mean: { at: [2, 0], label: 'μ' },
      spread: { at: [2, 1], label: 'σ' },
      z: { at: [3, 0.5], label: 'z', about: 'μ + σ·ε' },
      decoder: { at: [4, 0.5], label: 'Decoder', about: '4 × double size', network: 'vae' },
      rebuilt: { at: [5, 0.5], label: 'x̂', view: 'reconstruction' },
      kl: { at: [2, 1.55], label: 'KL loss: to a standard normal', loss: true },
      rec: { at: [3, 2], label: 'reconstruction loss: ½ Σ (x − x̂)²', loss: true },
    },
    arrows: [
      ['x', 'encoder'],
      ['encoder', 'mean'],
      ['encoder', 'spread'],
      ['mean', 'z'],
      ['spread', 'z'],
      ['z', 'decoder'],
      ['decoder', 'rebuilt'],
      ['spread', 'kl'],
      ['x', 'rec'],
      ['rebuilt', 'rec'],
    ],
  },
  losses: {
    total: { label: 'Total: rec + β·KL, nats per image', network: 'vae', axis: 800, perPixel: true },
    rec: { label: 'Reconstruction ½ Σ (x − x̂)², nats per image', network: 'vae', axis: 800, perPixel: true },
    kl: { label: 'KL, nats per image', network: 'vae', axis: 100 },
  },
  views: { reconstruction: 'reconstruction' },
  scorers: [
    { id: 'Rec-grad', about: 'How strongly a pixel pulls at the reconstruction loss: |∂rec/∂x|.', smooth: true },
    { id: 'ELBO-grad', about: 'How strongly a pixel pulls at the whole loss: |∂(rec + β·KL)/∂x|.', smooth: true },
    { id: 'KL-grad', about: 'How strongly a pixel pulls at the code’s distance from the prior: |∂KL/∂x|.', smooth: true },
    { id: 'Rec-Error', about: 'Squared difference from the reconstruction: (x − x̂)².', smooth: false },
    { id: 'Combi', about: 'KL-gradient times squared error: |∂KL/∂x| ⊙ (x − x̂)². Smoothing is of the gradient alone.', smooth: true },
    {
      id: 'Proj-Rec-Error',
      about: 'Squared difference after the image was moved step by step towards the normal.',
      smooth: false,
      iterative: true,
      movesImage: true,
    },
    {
      id: 'Ensemble',
      about: 'Logistic combination, fitted on a labelled tenth.',
      smooth: false,
      combines: ['Rec-Error', 'KL-grad', 'Rec-grad'],
    },
  ],
  lead: 'Rec-grad',
  series: 4,
};

const augmentation = (p: Params): Augmentation => ({
  mirror: p.mirror === 1,
  rotation: p.rotation,
  zoom: p.zoom === 1 ? [0.9, 1.2] : [1, 1],
  brightness: p.brightness === 1 ? [0.95, 1.1] : [1, 1],
  noiseBefore: p.noiseBefore,
  noiseAfter: p.noiseAfter,
});

export const vae: AnomalyModel = {
  spec,
  updates: (params, count) =>
    params.epochs > 0 ? params.epochs * Math.max(1, Math.floor(count('reference') / params.batch)) : params.updates,
  build(params, height, width, seed) {
    if (height !== width) throw new RangeError(`The VAE takes square slices, not ${height} × ${width}.`);
    const network = VaeNetwork.fresh({ size: height, channels: PAPER_CHANNELS, latent: params.latent }, new Random(seed));
    const adam = new Adam(network.variables, [params.rate, 0.9, 0.999, 1e-8]);
    return {
      variables: { ...network.variables, ...adam.moments },
      get updates() {
        return adam.updates;
      },
      set updates(n) {
        adam.updates = n;
      },
      train: (sampler) => train(network, adam, sampler, { beta: params.beta, batch: params.batch, augmentation: augmentation(params) }),
      score: (x, scorer, smooth) => score(network, x, scorer, smooth, params as Params & Parameters<typeof score>[4]),
      dispose() {
        adam.dispose();
        network.dispose();
      },
    };
  },
};
