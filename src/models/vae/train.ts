import * as tf from '@tensorflow/tfjs';
import type { Adam } from '../../nn/adam';
import { differentiate } from '../../nn/differentiate';
import { normal } from '../../nn/initializers';
import type { Augmentation, Sampler, TrainStep } from '../model';
import { type Elbo, negativeElbo, sample } from './losses';
import type { VaeNetwork } from './network';

export type TrainSettings = { beta: number; batch: number; augmentation: Augmentation };

/** Minimises Eq. 2 on the healthy reference, one batch an update. */
export function* train(network: VaeNetwork, adam: Adam, sampler: Sampler, settings: TrainSettings): Generator<TrainStep, void, void> {
  for (;;) {
    const x = sampler.batch('reference', settings.batch, settings.augmentation);
    const noise = normal([settings.batch, network.config.latent], sampler.random);
    const losses = update(network, adam, x, noise, settings.beta);
    tf.dispose([x, noise]);
    yield { network: 'vae', losses };
  }
}

/** One Adam update on x [n, s, s, 1] with ε = noise [n, l]; the losses before it. */
export function update(network: VaeNetwork, adam: Adam, x: tf.Tensor4D, noise: tf.Tensor2D, beta: number): Elbo {
  const { losses, gradients } = elbo(network, x, noise, beta);
  adam.apply(gradients);
  tf.dispose(gradients);
  return losses;
}

/** Loss terms and the gradient by variable name; the caller disposes both. */
export function elbo(network: VaeNetwork, x: tf.Tensor4D, noise: tf.Tensor2D, beta: number) {
  return differentiate(network.variables, () => {
    const code = network.code(x);
    return { losses: negativeElbo(x, network.decode(sample(code, noise)), code, beta) };
  });
}
