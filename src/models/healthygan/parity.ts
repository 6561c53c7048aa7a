/** What the golden fixture of HealthyGAN asks for, computed by this implementation: the same tree with tensors as leaves. */
import * as tf from '@tensorflow/tfjs';
import { formulaImage, kernelValues } from '../../core/fixture';
import { hashUnit } from '../../core/hashUnit';
import { Adam, type AdamSettings } from '../../nn/adam';
import type { ParityTree } from '../model';
import { blend, CriticNetwork, GeneratorNetwork, type HealthyGanConfig, type Layout, layout, type Networks } from './network';
import { project } from './score';
import { criticGradients, generatorGradients, type Weights } from './train';

type Config = HealthyGanConfig & {
  batch: number;
  adam: AdamSettings;
  weights: Record<'gp' | 'rec' | 'id' | 'focus' | 'small' | 'zeroOne', number>;
  alpha: number[];
  saltA: number;
  saltB: number;
};

const BASE = { generator: 4000, critic: 5000 };

/** Sizes come from the fixture's `config` alone. The caller disposes the leaves. */
export function parity(config: Config): ParityTree {
  const [a, b] = [image(config, config.saltA), image(config, config.saltB)];
  const networks = build(config);
  const { generator, critic } = networks;
  const count = (variables: Record<string, tf.Variable>) => Object.values(variables).reduce((sum, v) => sum + v.size, 0);
  const tree: ParityTree = {
    paramCount: { G: count(generator.variables), D: count(critic.variables) },
    paramOrder: { G: Object.keys(generator.variables), D: Object.keys(critic.variables) },
    inputs: { A: a, B: b },
    forward: tf.tidy(() => {
      const { intermediate, mask } = generator.translate(a);
      const translated = blend(intermediate, a, mask);
      return { intermediate, mask, translated, criticFake: critic.judge(translated), criticReal: critic.judge(b) };
    }),
    criticStep: criticStep(config, networks, a, b),
  };
  dispose(networks);
  const second = build(config);
  tree.generatorStep = generatorStep(config, second, a, b);
  tree.scoreAfterTwoGeneratorSteps = tf.tidy(() => {
    const { difference } = project(second.generator, a);
    return { map: difference, score: tf.mean(difference, [1, 2, 3]) };
  });
  dispose(second);
  return tree;
}

const image = ({ batch, size, channels }: Config, salt: number) =>
  tf.tensor4d(formulaImage([batch, size, size, channels], salt, -1, 1), [batch, size, size, channels]);

const weightsOf = ({ weights: w }: Config): Weights => ({
  lambdaGp: w.gp,
  lambdaRec: w.rec,
  lambdaId: w.id,
  lambdaF: w.focus,
  lambdaFs: w.small,
  lambdaFz: w.zeroOne,
});

function build(config: Config): Networks {
  const layouts = layout(config);
  return {
    generator: new GeneratorNetwork(config, formulaValues(layouts.generator, BASE.generator)),
    critic: new CriticNetwork(config, formulaValues(layouts.critic, BASE.critic)),
  };
}

function dispose({ generator, critic }: Networks): void {
  generator.dispose();
  critic.dispose();
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
    const taps = shape[0] * shape[1];
    return kernelValues(k, size, kind === 'conv' ? taps * shape[2] : (taps * shape[3]) / 4);
  };
}

function criticStep(config: Config, networks: Networks, a: tf.Tensor4D, b: tf.Tensor4D): ParityTree {
  return twoUpdates(networks.critic, config.adam, () =>
    tf.tidy(() => {
      const alpha = tf.tensor4d(config.alpha, [config.batch, 1, 1, 1]);
      const { losses, norms, gradients } = criticGradients(networks, a, b, alpha, weightsOf(config));
      const { real: minusReal, ...same } = losses;
      const [norm0, norm1] = [0, config.batch - 1].map((i) => tf.slice(norms, i, 1));
      norms.dispose();
      return { losses: { minusReal, ...same, norm0, norm1 }, gradients };
    }),
  );
}

function generatorStep(config: Config, networks: Networks, a: tf.Tensor4D, b: tf.Tensor4D): ParityTree {
  return twoUpdates(networks.generator, config.adam, () => {
    const { losses, gradients } = tf.tidy(() => generatorGradients(networks, a, b, weightsOf(config)));
    const { adversarialA: advA, adversarialB: advB, reconstruction: rec, identity: id, ...same } = losses;
    return { losses: { advA, advB, rec, id, ...same }, gradients };
  });
}

type Gradients = { losses: Record<string, tf.Tensor>; gradients: Record<string, tf.Tensor> };

/** Losses before each of two updates of a network and after them, the first gradient, and the weights at each point. */
function twoUpdates({ variables }: GeneratorNetwork | CriticNetwork, settings: AdamSettings, gradientsOf: () => Gradients): ParityTree {
  const adam = new Adam(variables, settings);
  const losses: ParityTree[] = [];
  const params: Record<string, Record<string, tf.Tensor>> = {};
  for (let step = 0; step <= 2; step++) {
    const { losses: terms, gradients } = gradientsOf();
    losses.push(terms);
    for (const [name, variable] of Object.entries(variables)) {
      if (step === 0) params[name] = { initial: tf.clone(variable), gradient: tf.clone(gradients[name]) };
      else params[name][`after${step}`] = tf.clone(variable);
    }
    if (step < 2) adam.apply(gradients);
    tf.dispose(gradients);
  }
  adam.dispose();
  return { losses, params };
}
