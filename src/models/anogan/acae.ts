/** The adversarial convolutional auto-encoder of Table 1: an encoder in place of the search. No code of it exists; what is ours is marked so. */
import * as tf from '@tensorflow/tfjs';
import { Random } from '../../core/random';
import type { ModelSpec, ParamSpec, Params } from '../../core/types';
import { Adam } from '../../nn/adam';
import { differentiate } from '../../nn/differentiate';
import { within } from '../../nn/normedNetwork';
import { assertSquare, defaultsOf, lacks } from '../gan';
import type { AnomalyModel, Sampler, TrainStep } from '../model';
import { ADVERSARIAL, PAPER, TRAINING, turns, updates } from '.';
import { autoencoderLoss } from './losses';
import { DiscriminatorNetwork, EncoderNetwork, GeneratorNetwork, type Networks } from './network';
import { scoreEncoded } from './score';
import { apply, realAgainstFake, Turns } from './train';

const PARAMS: Record<string, ParamSpec> = {
  ...TRAINING,
  weight: {
    label: 'Reconstruction weight',
    default: 0.999,
    min: 0,
    max: 1,
    step: 0.001,
    paper: 'not stated; the cited context encoders: 0.999, the rest to the adversary',
  },
};

const defaults = defaultsOf(PARAMS);

const spec: ModelSpec = {
  id: 'acae',
  title: 'aCAE',
  about: 'AnoGAN’s rival in its paper: an encoder answers in one pass what AnoGAN searches for.',
  paper: PAPER,
  needs: ['reference'],
  input: 'signed',
  params: PARAMS,
  presets: {
    demo: {
      title: 'Class demo',
      about: 'A few minutes without a GPU: width 16, batch 16, 500 D and 1,000 encoder and decoder updates.',
      params: { ...defaults, batch: 16, updates: 1500 },
    },
    machine: {
      title: 'This machine',
      about: 'Width 16, batch 32, and as many updates as about four minutes allow here, measured by a probe.',
      params: defaults,
    },
    paper: {
      title: 'Paper',
      about: 'AnoGAN’s width 64, batch 64 and 20 epochs; none are stated.',
      params: { ...defaults, width: 64, batch: 64, epochs: 20 },
    },
  },
  networks: {
    generator: {
      label: 'Encoder and decoder',
      about: 'Encoder and decoder learn to rebuild healthy slices, so that D takes them for real.',
    },
    discriminator: { label: 'Discriminator D', about: 'D learns to tell healthy slices from rebuilt ones.' },
  },
  diagram: {
    nodes: {
      x: { at: [0, 1], label: 'x', view: 'input' },
      encoder: { at: [1, 1], label: 'Encoder', network: 'generator' },
      z: { at: [2, 1], label: 'z', about: 'code' },
      decoder: { at: [3, 1], label: 'Decoder', network: 'generator' },
      rebuilt: { at: [4, 1], label: 'x̂', view: 'reconstruction' },
      discriminator: { at: [5, 0], label: 'D', about: 'real, or rebuilt?', network: 'discriminator' },
      rec: { at: [2, 1.85], label: 'reconstruction loss: (x − x̂)²', loss: true },
    },
    arrows: [
      ['x', 'encoder'],
      ['encoder', 'z'],
      ['z', 'decoder'],
      ['decoder', 'rebuilt'],
      ['rebuilt', 'discriminator'],
      ['x', 'discriminator', 'discriminator'],
      ['x', 'rec', 'generator'],
      ['rebuilt', 'rec', 'generator'],
    ],
  },
  losses: {
    reconstruction: { label: 'Reconstruction: mean (x − x̂)²', network: 'generator', axis: 0.5 },
    generator: { label: 'Decoder: −log D(x̂), nats', network: 'generator', axis: 5 },
    ...ADVERSARIAL,
    spread: {
      ...ADVERSARIAL.spread,
      label: 'Variety of rebuilt over real images, in D’s features',
      watch: {
        least: 0.25,
        says: 'The decoder’s images are nearly all alike.',
        remedy:
          'In the first few hundred updates that is usual and passes. Later it means that they no longer depend on the code: raise Reconstruction weight, or start again with another seed.',
      },
    },
  },
  views: { reconstruction: 'reconstruction' },
  embedding: 'D’s features f(x)',
  scorers: [
    { id: 'A(x)', about: 'Anomaly score: what the reconstruction leaves over, in pixels and in D’s features.', smooth: false },
    { id: 'R(x)', about: 'Residual score: Σ |x − x̂|.', smooth: false },
    { id: 'D(x)', about: 'Discrimination score: Σ |f(x) − f(x̂)|, f being D’s features.', smooth: false },
  ],
  lead: 'A(x)',
  series: 5,
};

type Autoencoder = Networks & { encoder: EncoderNetwork };

export const acae: AnomalyModel = {
  spec,
  updates,
  turns,
  lacks,
  build(params, height, width, seed) {
    assertSquare('The aCAE', height, width);
    const random = new Random(seed);
    const config = { size: height, width: params.width, latent: params.latent };
    const networks: Autoencoder = {
      encoder: EncoderNetwork.fresh(config, random),
      generator: GeneratorNetwork.fresh(config, random),
      discriminator: DiscriminatorNetwork.fresh(config, random),
    };
    const { encoder, generator, discriminator } = networks;
    const adam = (variables: typeof encoder.variables) => new Adam(variables, [params.rate, 0.5, 0.999, 1e-8]);
    const coder = { ...within('encoder', encoder.variables), ...within('generator', generator.variables) };
    const turns = new Turns(adam(discriminator.variables), adam(coder), params.generatorUpdates);
    return {
      variables: {
        ...coder,
        ...turns.generator.moments,
        ...within('encoder', encoder.averages),
        ...within('generator', generator.averages),
        ...within('discriminator', { ...discriminator.variables, ...discriminator.averages, ...turns.discriminator.moments }),
      },
      get updates() {
        return turns.updates;
      },
      set updates(n) {
        turns.updates = n;
      },
      train: (sampler) => train({ networks, coder, turns }, sampler, params),
      embed: (x) => tf.tidy(() => discriminator.judge(x, 'moving').features),
      // biome-ignore lint/correctness/useYield: one pass, nothing to show on the way
      *score(x, scorer, smooth) {
        return scoreEncoded(networks, x, scorer, smooth, params.lambda);
      },
      dispose() {
        for (const owner of [turns.discriminator, turns.generator, encoder, generator, discriminator]) owner.dispose();
      },
    };
  },
};

/** `coder` are the variables of encoder and decoder. */
type Training = { networks: Autoencoder; coder: Record<string, tf.Variable>; turns: Turns };

/** Every update draws a batch of its own [ours]: to use D's again, a checkpoint would have to hold images. */
function* train({ networks, coder, turns }: Training, sampler: Sampler, { batch, weight }: Params): Generator<TrainStep, void, void> {
  const { encoder, generator, discriminator } = networks;
  for (;;) {
    const network = turns.next;
    const x = sampler.batch('reference', batch);
    if (network === 'discriminator') {
      const pass = tf.tidy(() => realAgainstFake(discriminator, x, generator.generate(encoder.encode(x, 'batch').z, 'batch').image));
      const { total, real, fake, spread } = apply(pass, turns.discriminator, [discriminator, discriminator]);
      x.dispose();
      yield { network, losses: { discriminator: total, real, fake, spread } };
    } else {
      const pass = differentiate(coder, () => {
        const code = encoder.encode(x, 'batch');
        const { image, statistics } = generator.generate(code.z, 'batch');
        const { logit } = discriminator.judge(image, 'batch');
        return { losses: autoencoderLoss(x, image, logit, weight), statistics: [code.statistics, statistics] };
      });
      const { total, reconstruction, adversarial } = apply(pass, turns.generator, [encoder, generator]);
      tf.dispose([total, x]);
      yield { network, losses: { reconstruction, generator: adversarial } };
    }
  }
}
