import * as tf from '@tensorflow/tfjs';
import { Random } from '../../core/random';
import type { ModelSpec, ParamSpec } from '../../core/types';
import { Adam } from '../../nn/adam';
import { within } from '../../nn/normedNetwork';
import { assertSquare, codesBetween, defaultsOf, lacks, networkParams, spreadLoss } from '../gan';
import type { AnomalyModel } from '../model';
import { DiscriminatorNetwork, GeneratorNetwork } from './network';
import { score, scoresAt } from './score';
import { latentCodes, Turns, train } from './train';

const { batch: BATCH, ...NETWORK } = networkParams(
  'section 3: 64 × 64',
  'section 3: 64, giving 512-256-128-64 channels',
  { default: 100, paper: 'not stated; adapted code: 100' },
  { default: 32, paper: 'not stated; adapted code: 64' },
);

/** Of both models of the paper. */
export const TRAINING: Record<string, ParamSpec> = {
  ...NETWORK,
  rate: { label: 'Adam rate', default: 2e-4, min: 1e-6, max: 1e-2, step: 1e-4, paper: 'not stated; adapted code: 2e-4, β1 0.5' },
  batch: BATCH,
  generatorUpdates: {
    label: 'G updates per D update',
    default: 2,
    min: 1,
    max: 2,
    step: 1,
    speed: true,
    paper: 'one implied; adapted code: 2',
  },
  epochs: { label: 'Epochs (0: count updates)', default: 0, min: 0, max: 2000, step: 1, paper: 'section 3: 20' },
  updates: { label: 'Updates, D and G', default: 3000, min: 1, max: 3_000_000, step: 1, paper: 'ours: counted when Epochs is 0' },
  lambda: { label: 'λ', default: 0.1, min: 0, max: 1, step: 0.05, paper: 'λ, Eqs. 5 and 6: 0.1' },
};

const PARAMS: Record<string, ParamSpec> = {
  ...TRAINING,
  searchSteps: { label: 'Search steps Γ', default: 100, min: 1, max: 2000, step: 1, paper: 'section 3: 500' },
  searchRate: { label: 'Search rate', default: 0.01, min: 1e-4, max: 1, step: 0.01, paper: 'not stated; adapted code: 0.01' },
  nesterov: {
    label: 'Search optimiser',
    default: 0,
    min: 0,
    max: 1,
    step: 1,
    paper: 'not stated; adapted code: momentum in 2017, Adam later',
    options: ['Adam', 'Nesterov momentum 0.9'],
  },
  restarts: { label: 'Searches a query, best kept', default: 1, min: 1, max: 10, step: 1, paper: 'section 2.2: 1' },
};

const defaults = defaultsOf(PARAMS);

/** What D learns from. */
export const ADVERSARIAL: ModelSpec['losses'] = {
  discriminator: { label: 'D: real + fake, nats', network: 'discriminator', axis: 3 },
  real: { label: 'D on real images: −log D(x), nats', network: 'discriminator', axis: 2 },
  fake: { label: 'D on generated images: −log(1 − D(G(z))), nats', network: 'discriminator', axis: 2 },
  spread: spreadLoss('discriminator', 'a lower Adam rate, or one G update per D update'),
};

export const PAPER: ModelSpec['paper'] = {
  title: 'Unsupervised Anomaly Detection with Generative Adversarial Networks to Guide Marker Discovery',
  year: 2017,
};

/** Of so many updates, D's and G's: D begins. */
export const turns: NonNullable<AnomalyModel['turns']> = (updates, { generatorUpdates }) => {
  const discriminator = Math.ceil(updates / (1 + generatorUpdates));
  return { discriminator, generator: updates - discriminator };
};

/** D and G updates of a run: 1 + `generatorUpdates` for every batch. */
export const updates: AnomalyModel['updates'] = ({ epochs, batch, generatorUpdates, updates }, count) =>
  epochs > 0 ? epochs * Math.max(1, Math.floor(count('reference') / batch)) * (1 + generatorUpdates) : updates;

/** Batches of 64 in 20 epochs of a million patches, each an update of D and two of G. */
const PAPER_UPDATES = ((20 * 1e6) / 64) * 3;

const spec: ModelSpec = {
  id: 'anogan',
  title: 'AnoGAN',
  about: 'A generator of normal images, searched for the one nearest to the query.',
  paper: PAPER,
  needs: ['reference'],
  input: 'signed',
  params: PARAMS,
  presets: {
    demo: {
      title: 'Class demo',
      about: 'A few minutes without a GPU: width 16, batch 16, 500 D and 1,000 G updates, 100 search steps.',
      params: { ...defaults, batch: 16, updates: 1500 },
    },
    machine: {
      title: 'This machine',
      about: 'Width 16, batch 32, and as many updates as about four minutes allow here, measured by a probe; 100 search steps.',
      params: defaults,
    },
    smooth: {
      title: 'Smooth heads',
      about:
        'For the built-in smooth heads, which differ in little but shading: width 16, batch 32, 1,000 D and 2,000 G updates, search rate 0.05. There A(x) beats every trivial baseline.',
      params: { ...defaults, searchRate: 0.05 },
      madeFor: { variant: 'smooth', simulation: null },
    },
    'width-32': {
      title: 'Width 32',
      about: 'Twice the channels, 200 search steps, 2,000 D and 4,000 G updates: for a GPU.',
      params: { ...defaults, width: 32, updates: 6000, searchSteps: 200 },
    },
    paper: {
      title: 'Paper',
      about: `Width 64, batch 64, 20 epochs, 500 search steps. An epoch is every slice once, also where networks see patches of it; the paper’s is a million patches: for that many set Epochs to 0 and Updates to ${PAPER_UPDATES.toLocaleString('en')}.`,
      params: { ...defaults, width: 64, batch: 64, epochs: 20, searchSteps: 500 },
    },
  },
  networks: {
    discriminator: { label: 'Discriminator D', about: 'D learns to tell healthy slices from those that G makes of random codes.' },
    generator: { label: 'Generator G', about: 'G learns to make slices of random codes that D takes for healthy ones.' },
  },
  diagram: {
    nodes: {
      z: { at: [0, 1], label: 'z', about: 'at random' },
      generator: { at: [1, 1], label: 'G', about: 'generator', network: 'generator' },
      generated: { at: [2, 1], label: 'G(z)', view: 'sample' },
      healthy: { at: [2, 0.1], label: 'x', about: 'healthy' },
      discriminator: { at: [3, 0.5], label: 'D', about: 'discriminator', network: 'discriminator' },
      verdict: { at: [4, 0.5], label: 'real, or generated?', loss: true },
    },
    arrows: [
      ['z', 'generator'],
      ['generator', 'generated'],
      ['generated', 'discriminator'],
      ['healthy', 'discriminator', 'discriminator'],
      ['discriminator', 'verdict'],
    ],
  },
  losses: { ...ADVERSARIAL, generator: { label: 'G: −log D(G(z)), nats', network: 'generator', axis: 5 } },
  views: { generated: 'G(z), nearest', sample: 'G(z), at random', between: 'G(z), from one z to another' },
  traces: { residual: 'Residual loss: Σ |x − G(z)|', discrimination: 'Discrimination loss' },
  embedding: 'D’s features f(x), as in figure 2(b) of the paper',
  scorers: [
    {
      id: 'P_D',
      about: 'How little the discriminator takes the image for a real normal one: 1 − D(x).',
      smooth: false,
      mapless: true,
      range: [0, 1],
    },
    {
      id: 'A(x)',
      about: 'Anomaly score: what the nearest normal image that was found leaves over, in pixels and in D’s features.',
      smooth: false,
      iterative: true,
    },
    { id: 'R(x)', about: 'Residual score of the same search: Σ |x − G(z)|.', smooth: false, iterative: true },
    {
      id: 'D(x)',
      about: 'Discrimination score of the same search: Σ |f(x) − f(G(z))|, f being D’s features.',
      smooth: false,
      iterative: true,
    },
    {
      id: 'Â(x)',
      about: 'GAN_R: the search asks D’s verdict instead of its features; beside a residual of hundreds that term is nearly invisible.',
      smooth: false,
      iterative: true,
    },
    {
      id: 'D̂(x)',
      about: 'GAN_R’s verdict alone: −log D(G(z)), which sees the query through the search only.',
      smooth: false,
      iterative: true,
    },
  ],
  lead: 'P_D',
  series: 3,
};

export const anogan: AnomalyModel = {
  spec,
  updates,
  turns,
  lacks,
  build(params, height, width, seed) {
    assertSquare('AnoGAN', height, width);
    const { batch, generatorUpdates, latent } = params;
    const random = new Random(seed);
    const config = { size: height, width: params.width, latent };
    const networks = { generator: GeneratorNetwork.fresh(config, random), discriminator: DiscriminatorNetwork.fresh(config, random) };
    const starts = latentCodes(params.restarts, latent, random);
    const z = tf.tidy(() => tf.variable(tf.zeros([batch, latent]), false));
    const { generator: g, discriminator: d } = networks;
    const adam = (variables: typeof g.variables) => new Adam(variables, [params.rate, 0.5, 0.999, 1e-8]);
    const turns = new Turns(adam(d.variables), adam(g.variables), generatorUpdates);
    return {
      variables: {
        ...within('generator', { ...g.variables, ...g.averages, ...turns.generator.moments }),
        ...within('discriminator', { ...d.variables, ...d.averages, ...turns.discriminator.moments }),
        z,
      },
      get updates() {
        return turns.updates;
      },
      set updates(n) {
        turns.updates = n;
      },
      train: (sampler) => train({ networks, turns, z }, sampler, { batch }),
      score: (x, scorer, smooth) =>
        score(networks, x, scorer, smooth, starts, {
          steps: params.searchSteps,
          rate: params.searchRate,
          lambda: params.lambda,
          nesterov: params.nesterov === 1,
        }),
      atCode: { latent, run: (x, z) => scoresAt(networks, x, z, params.lambda) },
      sample: (n) => tf.tidy(() => g.generate(latentCodes(n, latent, new Random(seed + 1)), 'moving').image),
      interpolate: (n) => tf.tidy(() => g.generate(codesBetween(latentCodes(2, latent, new Random(seed + 1)), n), 'moving').image),
      embed: (x) => tf.tidy(() => d.judge(x, 'moving').features),
      dispose() {
        for (const owner of [turns.discriminator, turns.generator, g, d]) owner.dispose();
        tf.dispose([z, starts]);
      },
    };
  },
};
