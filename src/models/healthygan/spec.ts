/** What the page knows of HealthyGAN and A2B-GAN: one model with one set of parameters, and the presets of each paper. */
import type { MadeFor, ModelSpec, ParamSpec, Params } from '../../core/types';
import { MOST_PENALTY } from '../gan';

const PARAMS: Record<string, ParamSpec> = {
  size: {
    label: 'Size, pixels',
    default: 64,
    min: 32,
    max: 256,
    step: 16,
    speed: true,
    paper: 'Appendix A: 256; X-ray 14 and simulated 128',
  },
  channels: {
    label: 'Channels',
    default: 0,
    min: 0,
    max: 1,
    step: 1,
    speed: true,
    paper: 'authors’ code: 3, colour images; here colour is read as luminance, and 3 are the same gray three times',
    options: ['1', '3, luminance repeated'],
  },
  width: { label: 'Width', default: 16, min: 4, max: 64, step: 4, speed: true, paper: 'Tables 2 and 3: 64' },
  blocks: { label: 'Residual blocks', default: 6, min: 1, max: 9, step: 1, speed: true, paper: 'Table 3: 6' },
  criticLayers: { label: 'Critic layers (0: by size)', default: 0, min: 0, max: 6, step: 1, speed: true, paper: 'Table 2: 6' },
  criticStart: {
    label: 'Critic starts',
    default: 0,
    min: 0,
    max: 1,
    step: 1,
    paper: 'authors’ code: PyTorch’s default; He’s is ours',
    options: ['± 1/√fan-in (code)', '± √(6/fan-in), He'],
  },
  batch: { label: 'Batch', default: 8, min: 1, max: 64, step: 1, speed: true, paper: 'Appendix A: 16; X-ray 14 32' },
  rate: { label: 'Adam rate of G', default: 2e-4, min: 1e-6, max: 1e-2, step: 1e-4, paper: 'Appendix A: 1e-4, β1 0.5 (code)' },
  criticRate: { label: 'Adam rate of D', default: 2e-4, min: 1e-6, max: 1e-2, step: 1e-4, paper: 'Appendix A: 1e-4, β1 0.5 (code)' },
  criticUpdates: { label: 'D updates per G update', default: 2, min: 1, max: 10, step: 1, speed: true, paper: 'section 2.2: 2' },
  warmUp: {
    label: 'Warm-up updates of G',
    default: 0,
    min: 0,
    max: 100_000,
    step: 100,
    paper: 'none; ours: first G learns to copy, without D',
  },
  warmUpRate: { label: 'Adam rate of the warm-up', default: 3e-3, min: 1e-6, max: 1e-2, step: 1e-4, paper: 'none; ours' },
  updates: {
    label: 'Updates, D and G',
    default: 3000,
    min: 1,
    max: 3_000_000,
    step: 1,
    paper: 'Appendix A: 400,000 iterations, 600,000 updates',
  },
  decay: { label: 'Decay over the last share', default: 0.25, min: 0, max: 1, step: 0.05, paper: 'Appendix A: last 100,000 of 400,000' },
  checkpointEvery: {
    label: 'Checkpoint every, updates',
    default: 500,
    min: 10,
    max: 1_000_000,
    step: 10,
    paper: 'authors’ code: 10,000 iterations, 15,000 updates',
  },
  mirror: { label: 'Mirror', default: 1, min: 0, max: 1, step: 1, paper: 'authors’ code: p 0.5', options: ['off', 'left–right'] },
  lambdaGp: { label: 'λ_gp', default: 10, min: 0, max: 100, step: 1, paper: 'λ_gp, Eq. 3 (A2B-GAN 4): 10' },
  lambdaRec: { label: 'λ_rec', default: 1, min: 0, max: 100, step: 0.1, paper: 'λ_rec, Eq. 9 (A2B-GAN 10): 1' },
  lambdaId: { label: 'λ_id', default: 1, min: 0, max: 100, step: 0.1, paper: 'λ_id, Eq. 9 (A2B-GAN 10): 1' },
  lambdaF: { label: 'λ_f', default: 0.1, min: 0, max: 100, step: 0.01, paper: 'λ_f, Eq. 9 (A2B-GAN 10): 0.1' },
  lambdaFs: { label: 'λ_fs', default: 1, min: 0, max: 100, step: 0.001, paper: 'λ_fs, Eq. 7 (A2B-GAN 8): 1; simulated 0.001' },
  lambdaFz: { label: 'λ_fz', default: 1, min: 0, max: 100, step: 0.001, paper: 'λ_fz, Eq. 7 (A2B-GAN 8): 1' },
};

const defaults: Params = Object.fromEntries(Object.entries(PARAMS).map(([key, { default: value }]) => [key, value]));
/** COVID-19 of both papers; 400,000 iterations with a generator update in every second. */
const paper: Params = {
  ...defaults,
  size: 256,
  channels: 1,
  width: 64,
  batch: 16,
  rate: 1e-4,
  criticRate: 1e-4,
  updates: 600_000,
  checkpointEvery: 15_000,
};
/** λ_fs of the simulated anomalies: the mask may be large. */
const simulated: Params = { lambdaFs: 0.001 };

/** What showed squares in minutes on a processor (RESULTS.md): small images, a critic that sees patches, and a warm-up. */
const squares: Params = {
  ...defaults,
  ...simulated,
  size: 32,
  width: 8,
  blocks: 2,
  criticLayers: 3,
  criticStart: 1,
  batch: 16,
  rate: 7e-4,
  criticRate: 1e-3,
  criticUpdates: 4,
  warmUp: 1200,
  warmUpRate: 3e-3,
  updates: 4200,
  mirror: 0,
  lambdaId: 5,
  lambdaFz: 0.003,
};

type Presets = ModelSpec['presets'];

const demo = (about: string, params: Params, madeFor?: MadeFor): Presets[string] => ({ title: 'Class demo', about, params, madeFor });
const machine = (params: Params): Presets[string] => ({
  title: 'This machine',
  about: 'Width 16, batch 8, as many updates as about four minutes allow here, measured by a probe.',
  params,
});
const covid: Presets[string] = {
  title: 'Paper, COVID-19',
  about: '256², batch 16, 400,000 iterations; 10,031 healthy, 5,233 mixed.',
  params: paper,
};

const HEALTHYGAN: Presets = {
  demo: demo('Width 16, batch 8, 2,000 iterations: shows the scheme, not the paper’s result.', defaults),
  machine: machine(defaults),
  paper: covid,
  xray14: {
    title: 'Paper, X-ray 14',
    about: '128², batch 32; 10,000 healthy, 8,195 mixed.',
    params: { ...paper, size: 128, batch: 32 },
  },
  migraine: { title: 'Paper, Migraine', about: '256², batch 16; 424 healthy (IXI), 160 mixed.', params: paper },
};

const A2BGAN: Presets = {
  demo: demo(
    'For painted squares (Data, Simulated anomalies, share 100 %): G first learns to copy. The map lights squares; images are told apart little better than by |x − mean|, and worse than by local variance.',
    squares,
    { variant: 'standard', simulation: { share: 1, seed: 1 } },
  ),
  machine: machine({ ...defaults, ...simulated }),
  paper: covid,
  cardiomegaly: { title: 'Paper, Cardiomegaly', about: '256², batch 16; 20,657 healthy, 3,016 mixed.', params: paper },
  simulated: {
    title: 'Paper, simulated',
    about: '128², batch 16, λ_fs 0.001: squares replaced by their mean; 5,000 healthy, 5,000 mixed.',
    params: { ...paper, ...simulated, size: 128 },
  },
};

const shared: Omit<ModelSpec, 'id' | 'title' | 'about' | 'paper' | 'presets' | 'series'> = {
  needs: ['reference', 'mixed'],
  input: 'signed',
  params: PARAMS,
  networks: {
    critic: {
      label: 'Critic D',
      about: 'D learns to score healthy slices high and translated ones low, with a gradient of length 1 between them.',
    },
    generator: {
      label: 'Generator G',
      about: 'G learns to change, inside a small mask, what D scores low, and to leave healthy slices as they are.',
    },
  },
  diagram: {
    nodes: {
      input: { at: [0, 1], label: 'A', about: 'mixed', view: 'input' },
      generator: { at: [1, 1], label: 'G', about: 'generator', network: 'generator' },
      intermediate: { at: [2, 0], label: 'B_int', about: 'healthy', view: 'intermediate' },
      mask: { at: [2, 2], label: 'M', about: 'mask', view: 'mask' },
      translated: { at: [3.2, 0.5], label: 'B′', about: 'B_int in M, else A', view: 'translated' },
      reconstructed: { at: [3.2, 2], label: 'A′', about: 'A in M, else B_int', view: 'reconstructed' },
      critic: { at: [4.4, 0.5], label: 'D', about: 'critic', network: 'critic' },
      healthy: { at: [4.4, 1.75], label: 'B', about: 'healthy' },
      rebuild: { at: [1, 2.85], label: 'L_rec: |A − A′|', loss: true },
    },
    arrows: [
      ['input', 'generator'],
      ['generator', 'intermediate'],
      ['generator', 'mask'],
      ['intermediate', 'translated'],
      ['mask', 'translated'],
      ['translated', 'critic'],
      ['healthy', 'critic', 'critic'],
      ['mask', 'reconstructed', 'generator'],
      ['input', 'rebuild', 'generator'],
      ['reconstructed', 'rebuild', 'generator'],
    ],
  },
  losses: {
    critic: { label: 'D: total', network: 'critic', axis: 10, signed: true },
    real: { label: 'D on healthy images: −mean D(B)', network: 'critic', axis: 5, signed: true },
    fake: { label: 'D on translated images: mean D(B′)', network: 'critic', axis: 5, signed: true },
    penalty: {
      label: 'D: gradient penalty, mean (‖∇‖ − 1)²',
      network: 'critic',
      axis: 1,
      limit: { most: MOST_PENALTY, advice: 'Try a tenth of D’s rate, or a larger λ_gp.' },
    },
    gap: { label: 'D’s gap: mean D(B) − mean D(B′)', network: 'critic', axis: 0.5, signed: true },
    gradientNorm: { label: 'D: gradient norm ‖∇‖, 1 is the aim', network: 'critic', axis: 2 },
    generator: { label: 'G: total', network: 'generator', axis: 5, signed: true },
    adversarialA: { label: 'G: −mean D(B′), mixed set', network: 'generator', axis: 5, signed: true },
    adversarialB: { label: 'G: −mean D(B′), healthy set', network: 'generator', axis: 5, signed: true },
    reconstruction: { label: 'G: L_rec, mean |A − A′|', network: 'generator', axis: 0.5 },
    identity: { label: 'G: L_id, mean |B − B_int|', network: 'generator', axis: 1 },
    focus: { label: 'G: L_f, both sets', network: 'generator', axis: 15 },
    smallA: { label: 'G: (mean M)², mixed set', network: 'generator', axis: 1 },
    smallB: { label: 'G: (mean M)², healthy set', network: 'generator', axis: 1 },
    zeroOneA: { label: 'G: 0/1 term of M, mixed set: 100 at ½, 2 at 0 and 1', network: 'generator', axis: 15 },
    zeroOneB: { label: 'G: 0/1 term of M, healthy set', network: 'generator', axis: 15 },
    maskA: {
      label: 'Mask, mean M, mixed set',
      network: 'generator',
      axis: 1,
      watch: {
        least: 0.01,
        says: 'The mask is empty: B′ is the input, and the difference map shows nothing.',
        remedy: 'Lower λ_fs, or λ_f as a whole, so that the mask may open.',
      },
    },
    maskB: {
      label: 'Mask, mean M, healthy set',
      network: 'generator',
      axis: 1,
      watch: {
        least: 0,
        most: 0.98,
        says: 'The mask is open everywhere, on healthy images too: B′ is B_int, and the map that of a translator without a mask.',
        remedy: 'Raise λ_fs, which keeps it small, or λ_rec, which is 0 where it is open.',
      },
    },
    distance: { label: 'Fréchet distance (lab features), B′ to healthy images', network: 'generator', axis: 0.5 },
    auc: { label: 'Image AUC of the fixed slices (uses labels; never learnt from)', network: 'generator', axis: 1 },
  },
  views: { intermediate: 'B_int', mask: 'M, mask', translated: 'B′, translated', reconstructed: 'A′, rebuilt' },
  scorers: [
    { id: 'Diff-mean', about: 'How much the translation to healthy changes: |x − B′|/2; its mean is the image’s score.', smooth: false },
    { id: 'Diff-max', about: 'The same map; the image’s score is its largest value.', smooth: false },
  ],
  lead: 'Diff-mean',
};

export const HEALTHYGAN_SPEC: ModelSpec = {
  ...shared,
  id: 'healthygan',
  title: 'HealthyGAN',
  about: 'Translates any image to a healthy one inside a mask, and looks at the difference.',
  paper: {
    title: 'HealthyGAN: Learning from Unannotated Medical Images to Detect Anomalies Associated with Human Disease',
    year: 2022,
  },
  presets: HEALTHYGAN,
  series: 2,
};

export const A2BGAN_SPEC: ModelSpec = {
  ...shared,
  id: 'a2bgan',
  title: 'A2B-GAN',
  about: 'HealthyGAN’s networks and losses with the presets of this paper, simulated squares among them.',
  paper: {
    title: 'A2B-GAN: Utilizing Unannotated Anomalous Images for Anomaly Detection in Medical Image Analysis',
    year: 2021,
  },
  presets: A2BGAN,
  series: 6,
};
