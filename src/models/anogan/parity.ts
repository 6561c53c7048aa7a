/** What the golden fixture of AnoGAN asks for, computed by this implementation: the same tree with tensors as leaves. */
import * as tf from '@tensorflow/tfjs';
import { formulaImage, kernelValues } from '../../core/fixture';
import { hashUnit } from '../../core/hashUnit';
import { Adam } from '../../nn/adam';
import type { ParityTree } from '../model';
import { type AnoGanConfig, DiscriminatorNetwork, GeneratorNetwork, type Layout, layout, type Networks } from './network';
import { unreality } from './score';
import { type Discrimination, lossesAt, mapToLatent, type SearchSettings, slope } from './search';
import { discriminatorGradients, generatorGradients } from './train';

type Config = {
  size: number;
  width: number;
  batch: number;
  z: number;
  adam: [number, number, number, number];
  latentAdam: [number, number, number, number];
  lambda: number;
  saltImage: number;
  kLatent: number;
};

const BASE = { generator: 2000, discriminator: 3000 };
const AVERAGES = { generator: 920000, discriminator: 930000 };
const SEARCH_STEPS = 5;

/** Sizes come from the fixture's `config` alone. The caller disposes the leaves. */
export function parity(config: Config): ParityTree {
  const { size, batch } = config;
  const x = tf.tensor4d(formulaImage([batch, size, size, 1], config.saltImage, -1, 1), [batch, size, size, 1]);
  const z = tf.tensor2d(Float32Array.from(hashUnit(config.kLatent, batch * config.z)), [batch, config.z]);
  const networks = build(config);
  const { generator, discriminator } = networks;
  const count = (variables: Record<string, tf.Variable>) => Object.values(variables).reduce((sum, v) => sum + v.size, 0);
  const names = (averages: Record<string, tf.Variable>) => [...new Set(Object.keys(averages).map((name) => name.split('/')[0]))].sort();
  const tree: ParityTree = {
    paramCount: { G: count(generator.variables), D: count(discriminator.variables) },
    paramOrder: { G: Object.keys(generator.variables), D: Object.keys(discriminator.variables) },
    inputs: { x, z },
    forwardTraining: forward(networks, x, z),
    discriminatorStep: twoUpdates(config, 'discriminator', (fresh) => discriminatorGradients(fresh, x, z)),
    generatorStep: twoUpdates(config, 'generator', (fresh) => generatorGradients(fresh, z)),
    movingAverageOrder: {
      G: names(generator.averages),
      D: names(discriminator.averages),
      kBase: { G: AVERAGES.generator, D: AVERAGES.discriminator },
    },
  };
  formulaAverages(networks);
  tree.latentSearch = search(networks, x, config, 'features');
  tree.latentSearchReference = search(networks, x, config, 'logit');
  tree.discriminatorOnly = tf.tidy(() => ({
    pReal: tf.sigmoid(discriminator.judge(x, 'moving').logit),
    score: unreality(networks, x),
  }));
  generator.dispose();
  discriminator.dispose();
  return tree;
}

function build({ size, width, z }: Config): Networks {
  const config: AnoGanConfig = { size, width, latent: z };
  const layouts = layout(config);
  return {
    generator: new GeneratorNetwork(config, formulaValues(layouts.generator, BASE.generator)),
    discriminator: new DiscriminatorNetwork(config, formulaValues(layouts.discriminator, BASE.discriminator)),
  };
}

/** Values by the fixture's hash; a transposed kernel of stride 2 feeds each output pixel from a quarter of its taps. */
function formulaValues(layout: Layout, base: number): (name: string) => Float32Array {
  const names = Object.keys(layout);
  return (name) => {
    const { shape, kind } = layout[name];
    const k = base + names.indexOf(name);
    const size = shape.reduce((a, b) => a * b, 1);
    const hashed = (scale: number, offset: number) => Float32Array.from(hashUnit(k, size), (v) => offset + scale * v);
    if (kind === 'bias') return hashed(0.05, 0);
    if (kind === 'gain') return hashed(0.1, 1);
    if (kind === 'shift') return hashed(0.1, 0);
    return kernelValues(k, size, kind === 'dense' ? shape[0] : kind === 'conv' ? 25 * shape[2] : (25 * shape[3]) / 4);
  };
}

function formulaAverages(networks: Networks): void {
  for (const kind of ['generator', 'discriminator'] as const) {
    const { averages } = networks[kind];
    // Sorted, a norm's mean comes before its variance: the order of the fixture's ordinals.
    for (const [j, name] of Object.keys(averages).sort().entries()) {
      const [scale, offset] = name.endsWith('/mean') ? [0.1, 0] : [0.2, 1];
      const values = Float32Array.from(hashUnit(AVERAGES[kind] + j, averages[name].size), (v) => offset + scale * v);
      tf.tidy(() => averages[name].assign(tf.tensor1d(values)));
    }
  }
}

function forward({ generator, discriminator }: Networks, x: tf.Tensor4D, z: tf.Tensor2D): ParityTree {
  return tf.tidy(() => {
    const generated = generator.generate(z, 'batch').image;
    const real = discriminator.judge(x, 'batch');
    return { generated, logitReal: real.logit, logitFake: discriminator.judge(generated, 'batch').logit, featureReal: real.features };
  });
}

type Gradients = { losses: Record<string, tf.Scalar>; gradients: Record<string, tf.Tensor>; statistics: unknown };

/** Losses before each of two updates and after them, the first gradient, and the weights at each point. */
function twoUpdates(config: Config, trained: keyof Networks, gradientsOf: (networks: Networks) => Gradients): ParityTree {
  const networks = build(config);
  const { variables } = networks[trained];
  const adam = new Adam(variables, config.adam);
  const losses: ParityTree[] = [];
  const params: Record<string, Record<string, tf.Tensor>> = {};
  for (let step = 0; step <= 2; step++) {
    const { losses: terms, gradients, statistics } = gradientsOf(networks);
    losses.push(terms);
    for (const [name, variable] of Object.entries(variables)) {
      if (step === 0) params[name] = { initial: tf.clone(variable), gradient: tf.clone(gradients[name]) };
      else params[name][`after${step}`] = tf.clone(variable);
    }
    if (step < 2) adam.apply(gradients);
    tf.dispose([gradients, statistics] as tf.TensorContainer);
  }
  adam.dispose();
  networks.generator.dispose();
  networks.discriminator.dispose();
  return { losses, params };
}

/** The search from the fixture's starting codes: losses, gradient and first code before each step and after the last. */
function search(networks: Networks, x: tf.Tensor4D, config: Config, discrimination: Discrimination) {
  const { batch, z: latent, latentAdam, lambda } = config;
  const settings: SearchSettings = { steps: SEARCH_STEPS, rate: latentAdam[0], lambda, nesterov: false, discrimination };
  const features = tf.tidy(() => networks.discriminator.judge(x, 'moving').features);
  const start = tf.tensor2d(Float32Array.from(hashUnit(940000, batch * latent)), [batch, latent]);
  const at = (z: tf.Tensor2D): ParityTree =>
    tf.tidy(() => {
      const { residual, discrimination, loss } = lossesAt(networks, { x, features }, z, settings);
      const { gradient, ...rest } = slope(networks, { x, features }, z, settings);
      tf.dispose(rest);
      return { residual, discrimination, score: loss, gradL2: tf.norm(tf.reshape(gradient, [-1])), z0: tf.clone(z) };
    });
  const trace = [at(start)];
  const steps = mapToLatent(networks, x, [start], settings);
  for (;;) {
    const next = steps.next();
    if (!next.done) {
      trace.push(at(next.value.z));
      continue;
    }
    const { image, ...losses } = next.value;
    const residualMap = tf.tidy(() => tf.abs(tf.sub(x, image)));
    tf.dispose([image, losses, start]);
    return { trace, residualMap, features };
  }
}
