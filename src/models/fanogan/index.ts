import * as tf from '@tensorflow/tfjs';
import { Random } from '../../core/random';
import type { ModelSpec, ParamSpec, Params } from '../../core/types';
import { Adam } from '../../nn/adam';
import { normal } from '../../nn/initializers';
import { smooth7 } from '../../nn/layers';
import { within } from '../../nn/normedNetwork';
import { assertSquare, codesBetween, defaultsOf, lacks, MOST_PENALTY, networkParams, spreadLoss } from '../gan';
import type { AnomalyModel, Scored } from '../model';
import { anomalyScore, meanSquares } from './losses';
import { CriticNetwork, EncoderNetwork, GeneratorNetwork, type Networks } from './network';
import { RmsProp } from './rmsProp';
import { Turns, train } from './train';

const { batch: BATCH, ...NETWORK } = networkParams(
  'authors’ code: 64 × 64',
  'authors’ code: 64, giving up to 512 channels',
  { default: 128, paper: 'authors’ code: 128' },
  { default: 16, paper: 'authors’ code: 64' },
);

const PARAMS: Record<string, ParamSpec> = {
  ...NETWORK,
  rate: { label: 'Adam rate, D and G', default: 1e-4, min: 1e-6, max: 1e-2, step: 1e-4, paper: 'authors’ code: 1e-4, β 0 and 0.9' },
  encoderRate: { label: 'RMSProp rate, E', default: 5e-5, min: 1e-6, max: 1e-2, step: 1e-5, paper: 'authors’ code: 5e-5' },
  batch: BATCH,
  criticUpdates: { label: 'D updates per G update', default: 5, min: 1, max: 10, step: 1, speed: true, paper: 'authors’ code: 5' },
  penalty: { label: 'Gradient penalty λ', default: 10, min: 0, max: 100, step: 1, paper: 'authors’ code: 10' },
  updates: {
    label: 'Updates, D, G and E',
    default: 3000,
    min: 2,
    max: 3_000_000,
    step: 1,
    paper: 'authors’ code: 7 epochs of D and G, then E',
  },
  encoderShare: { label: 'Of them E’s', default: 0.3, min: 0, max: 1, step: 0.05, paper: 'authors’ code: 50,000 updates' },
  kappa: { label: 'κ', default: 1, min: 0, max: 10, step: 0.1, paper: 'authors’ code: 1' },
};

const defaults = defaultsOf(PARAMS);

const spec: ModelSpec = {
  id: 'fanogan',
  title: 'f-AnoGAN',
  about: 'AnoGAN without the search: an encoder, trained after the generator, answers in one pass.',
  paper: { title: 'f-AnoGAN: Fast unsupervised anomaly detection with generative adversarial networks', year: 2019 },
  needs: ['reference'],
  input: 'signed',
  params: PARAMS,
  presets: {
    demo: {
      title: 'Class demo',
      about: 'Width 8, batch 8: 840 D and G updates, then 360 of the encoder.',
      params: { ...defaults, width: 8, batch: 8, updates: 1200 },
    },
    machine: {
      title: 'This machine',
      about: 'Width 16, batch 16, and as many updates as about four minutes allow here, measured by a probe.',
      params: defaults,
    },
    paper: {
      title: 'Paper',
      about: 'Width 64, batch 64; 131,000 D and G updates stand for 7 epochs of a million patches, then 50,000 of the encoder.',
      params: { ...defaults, width: 64, batch: 64, updates: 181_000, encoderShare: 0.275 },
    },
  },
  networks: {
    critic: { label: 'Critic D', about: 'D learns to value healthy slices above those that G makes of random codes.' },
    generator: { label: 'Generator G', about: 'G learns to make slices of random codes that D values.' },
    encoder: { label: 'Encoder E', about: 'E learns the code from which the fixed G rebuilds a healthy slice.' },
  },
  diagram: {
    nodes: {
      x: { at: [0, 0.2], label: 'x', view: 'input' },
      encoder: { at: [1, 0.2], label: 'E', about: 'encoder', network: 'encoder' },
      z: { at: [1, 1.2], label: 'z', about: 'at random' },
      generator: { at: [2, 0.7], label: 'G', about: 'generator', network: 'generator' },
      rebuilt: { at: [3, 0.2], label: 'G(E(x))', view: 'reconstruction' },
      generated: { at: [3, 1.2], label: 'G(z)', view: 'sample' },
      critic: { at: [4, 0.7], label: 'D', about: 'critic', network: 'critic' },
      value: { at: [5, 0.7], label: 'healthy, or generated?', loss: true },
    },
    arrows: [
      ['z', 'generator'],
      ['generator', 'generated'],
      ['generated', 'critic'],
      ['critic', 'value'],
      ['x', 'critic', 'critic'],
      ['x', 'encoder', 'encoder'],
      ['encoder', 'generator', 'encoder'],
      ['generator', 'rebuilt', 'encoder'],
      ['rebuilt', 'critic', 'encoder'],
    ],
  },
  losses: {
    critic: { label: 'D: −gap + λ · penalty', network: 'critic', axis: 5 },
    gap: { label: 'D on real less generated images', network: 'critic', axis: 5 },
    penalty: {
      label: 'Gradient penalty, unweighted',
      network: 'critic',
      axis: 1,
      limit: { most: MOST_PENALTY, advice: 'Try a tenth of the Adam rate, or a larger gradient penalty λ.' },
    },
    spread: spreadLoss('critic', 'a lower Adam rate, or more D updates per G update'),
    generator: { label: 'G: −D(G(z))', network: 'generator', axis: 5 },
    encoder: { label: 'E: image + κ · features', network: 'encoder', axis: 1 },
    image: { label: 'E: mean (x − G(E(x)))²', network: 'encoder', axis: 0.5 },
    features: { label: 'E: the same of D’s features', network: 'encoder', axis: 1 },
  },
  views: { reconstruction: 'G(E(x))', sample: 'G(z), at random', between: 'G(z), from one z to another' },
  embedding: 'D’s features f(x)',
  scorers: [
    { id: 'A(x)', about: 'Anomaly score: mean squared difference of x and G(E(x)), and κ times that of D’s features.', smooth: false },
    { id: 'MSE', about: 'The part of the images alone: mean (x − G(E(x)))².', smooth: false },
    { id: 'MSE of f', about: 'The part of D’s features alone.', smooth: false },
  ],
  lead: 'A(x)',
  series: 6,
};

const READS: Record<string, 'score' | 'image' | 'features'> = { 'A(x)': 'score', MSE: 'image', 'MSE of f': 'features' };

/** Of x [n, s, s, 1], all in one pass; the map is |x − G(E(x))|. */
function score({ encoder, generator, critic }: Networks, x: tf.Tensor4D, scorer: string, smooth: boolean, kappa: number): Scored {
  const reads = READS[scorer];
  if (!reads) throw new RangeError(`f-AnoGAN has no predictor "${scorer}".`);
  const { map, rebuilt, scores } = tf.tidy(() => {
    const rebuilt = generator.generate(encoder.encode(x, 'moving').z, 'moving').image;
    const image = meanSquares(x, rebuilt);
    const features = meanSquares(critic.judge(x).features, critic.judge(rebuilt).features);
    const residual = tf.abs(tf.sub(x, rebuilt)) as tf.Tensor4D;
    const all = { image, features, score: anomalyScore(image, features, kappa) };
    return { map: smooth ? smooth7(residual) : residual, rebuilt, scores: all[reads] };
  });
  return { map, scores, views: { reconstruction: rebuilt } };
}

/** Updates of D and G, the first of a run. */
const ganUpdates = ({ updates, encoderShare }: Params) => Math.round(updates * (1 - encoderShare));

export const fanogan: AnomalyModel = {
  spec,
  updates: ({ updates }) => updates,
  lacks,
  turns(updates, params) {
    const played = Math.min(updates, ganUpdates(params));
    const generator = Math.floor(played / (1 + params.criticUpdates));
    return { generator, critic: played - generator, encoder: updates - played };
  },
  brief: (params) => ({ ...params, criticUpdates: 1, updates: 3, encoderShare: 1 / 3 }),
  build(params, height, width, seed) {
    assertSquare('f-AnoGAN', height, width);
    const random = new Random(seed);
    const config = { size: height, width: params.width, latent: params.latent };
    const generator = new GeneratorNetwork(config, random);
    const critic = new CriticNetwork(config, random);
    const encoder = new EncoderNetwork(config, random);
    const networks = { generator, critic, encoder };
    const adam = (variables: typeof critic.variables) => new Adam(variables, [params.rate, 0, 0.9, 1e-8]);
    const learners = [adam(critic.variables), adam(generator.variables), new RmsProp(encoder.variables, params.encoderRate)] as const;
    const turns = new Turns(...learners, params.criticUpdates, ganUpdates(params));
    return {
      variables: {
        ...within('generator', { ...generator.variables, ...generator.averages, ...turns.generator.moments }),
        ...within('critic', { ...critic.variables, ...turns.critic.moments }),
        ...within('encoder', { ...encoder.variables, ...encoder.averages, ...turns.encoder.moments }),
      },
      get updates() {
        return turns.updates;
      },
      set updates(n) {
        turns.updates = n;
      },
      train: (sampler) => train({ networks, turns }, sampler, { batch: params.batch, lambda: params.penalty, kappa: params.kappa }),
      // biome-ignore lint/correctness/useYield: one pass, nothing to show on the way
      *score(x, scorer, smooth) {
        return score(networks, x, scorer, smooth, params.kappa);
      },
      sample: (n) => tf.tidy(() => generator.generate(normal([n, params.latent], new Random(seed + 1)), 'moving').image),
      interpolate: (n) =>
        tf.tidy(() => generator.generate(codesBetween(normal([2, params.latent], new Random(seed + 1)), n), 'moving').image),
      embed: (x) => tf.tidy(() => critic.judge(x).features),
      dispose() {
        for (const owner of [...learners, generator, critic, encoder]) owner.dispose();
      },
    };
  },
};
