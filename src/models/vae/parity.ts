/** What the golden fixture of the VAE asks for, computed by this implementation: the same tree with tensors as leaves. */
import * as tf from '@tensorflow/tfjs';
import { formulaImage, kernelValues } from '../../core/fixture';
import { hashUnit } from '../../core/hashUnit';
import { Adam } from '../../nn/adam';
import { smooth7 } from '../../nn/layers';
import type { ParityTree } from '../model';
import { HALF_LOG_2PI, projectionEnergy, reconstructionTerms } from './losses';
import { layout, VaeNetwork } from './network';
import { predictorMap, project } from './score';
import { elbo } from './train';

const BASE = 6000;

type Config = {
  size: number;
  channels: number[];
  z: number;
  batch: number;
  slope: number;
  adam: [number, number, number, number];
  projection: { lr: number; lambda: number; steps: number };
  saltImage: number;
  kNoise: number;
};

/** Sizes come from the fixture's `config` alone. The caller disposes the leaves. */
export function parity(config: Config): ParityTree {
  const { size, batch, z } = config;
  const x = tf.tensor4d(formulaImage([batch, size, size, 1], config.saltImage, -1.5, 1.5), [batch, size, size, 1]);
  const noise = tf.tensor2d(Float32Array.from(hashUnit(config.kNoise, batch * z), (v) => Math.sqrt(3) * v), [batch, z]); // biome-ignore format: one line
  const network = build(config);
  const tree: ParityTree = {
    paramCount: { VAE: Object.values(network.variables).reduce((sum, v) => sum + v.size, 0) },
    paramOrder: { VAE: Object.keys(network.variables) },
    inputs: { x, eps: noise },
    forward: forward(network, x, noise),
    vaeStep: twoUpdates(config, x, noise, 1),
    betaVaeStep: twoUpdates(config, x, noise, 10),
    predictors: predictors(network, x),
    projection: projection(network, x, config),
  };
  network.dispose();
  return tree;
}

function build({ size, channels, z }: Config): VaeNetwork {
  const kernels = Object.entries(layout({ size, channels, latent: z }));
  const variables = Object.fromEntries(
    kernels.map(([name, { shape, fanIn }], i) => {
      const count = shape.reduce((a, b) => a * b, 1);
      return [name, tf.tidy(() => tf.variable(tf.tensor(kernelValues(BASE + i, count, fanIn), shape)))];
    }),
  );
  return new VaeNetwork({ size, channels, latent: z }, variables);
}

function forward(network: VaeNetwork, x: tf.Tensor4D, noise: tf.Tensor2D): ParityTree {
  return tf.tidy(() => {
    const { mu, logSigma } = network.encode(x);
    const sampled = network.decode(tf.add(mu, tf.mul(tf.exp(logSigma), noise)));
    return { mu, logSigma, sampled, mean: network.decode(mu) };
  });
}

function twoUpdates(config: Config, x: tf.Tensor4D, noise: tf.Tensor2D, beta: number): ParityTree {
  const network = build(config);
  const adam = new Adam(network.variables, config.adam);
  const losses: ParityTree[] = [];
  const params: Record<string, Record<string, tf.Tensor>> = {};
  for (let step = 0; step <= 2; step++) {
    const sse = tf.tidy(() => {
      const { mu, logSigma } = network.encode(x);
      const reconstruction = network.decode(tf.add(mu, tf.mul(tf.exp(logSigma), noise)));
      return tf.mean(tf.sum(tf.square(tf.sub(x, reconstruction)), [1, 2, 3]));
    });
    const { losses: terms, gradients } = elbo(network, x, noise, beta);
    const whole = (term: tf.Scalar) => tf.tidy(() => tf.add(term, HALF_LOG_2PI * config.size ** 2));
    losses.push({ total: whole(terms.total), rec: whole(terms.rec), kl: terms.kl, sse });
    tf.dispose([terms.total, terms.rec]);
    for (const [name, variable] of Object.entries(network.variables)) {
      if (step === 0) params[name] = { initial: tf.clone(variable), gradient: tf.clone(gradients[name]) };
      else params[name][`after${step}`] = tf.clone(variable);
    }
    if (step < 2) adam.apply(gradients);
    tf.dispose(gradients);
  }
  adam.dispose();
  network.dispose();
  return { losses, params };
}

function predictors(network: VaeNetwork, x: tf.Tensor4D): ParityTree {
  const map = (scorer: string, beta = 1) => {
    const { map, reconstruction } = predictorMap(network, x, scorer, false, beta);
    reconstruction.dispose();
    return map;
  };
  return tf.tidy(() => {
    const klGrad = map('KL-grad');
    const recError = map('Rec-Error');
    const span = tf.sub(klGrad, tf.min(klGrad));
    const halfLog2Pi = 0.5 * Math.log(2 * Math.PI);
    return {
      recError,
      elboGrad: map('ELBO-grad'),
      klGrad,
      recGrad: map('Rec-grad'),
      combi: map('Combi'),
      elboGradSmooth: smooth7(map('ELBO-grad')),
      klGradSmooth: smooth7(klGrad),
      recGradSmooth: smooth7(map('Rec-grad')),
      // The reference code's form, which normalises over the batch; the lab does not offer it (a map must not depend on other images).
      combiReferenceForm: tf.mul(smooth7(tf.div(span, tf.max(span)) as tf.Tensor4D), tf.add(tf.mul(0.5, recError), halfLog2Pi)),
      elboGradBeta10: map('ELBO-grad', 10),
    };
  });
}

function projection(network: VaeNetwork, x: tf.Tensor4D, { projection: p }: Config): ParityTree {
  const energies = (xt: tf.Tensor4D): ParityTree =>
    tf.tidy(() => {
      const reconstruction = network.reconstruct(xt);
      const gradient = tf.grad((input) => projectionEnergy(input as tf.Tensor4D, x, network.reconstruct(input as tf.Tensor4D), p.lambda))(
        xt,
      );
      return {
        energy: projectionEnergy(xt, x, reconstruction, p.lambda),
        rec: tf.sum(reconstructionTerms(xt, reconstruction)),
        l1: tf.sum(tf.abs(tf.sub(xt, x))),
        gradL2: tf.norm(tf.reshape(gradient, [-1])),
      };
    });
  const trace = [energies(x)];
  const steps = project(network, x, { beta: 1, projectionSteps: p.steps, projectionRate: p.lr, lambda: p.lambda });
  for (;;) {
    const next = steps.next();
    if (!next.done) {
      trace.push(energies(next.value.image));
      continue;
    }
    const projected = next.value;
    const error = tf.tidy(() => tf.square(tf.sub(x, network.reconstruct(projected))));
    const errorToIterate = tf.tidy(() => tf.square(tf.sub(x, projected)));
    projected.dispose();
    return { trace, error, errorToIterate };
  }
}
