import * as tf from '@tensorflow/tfjs';
import type { Adam } from '../../nn/adam';
import { differentiate } from '../../nn/differentiate';
import { normal } from '../../nn/initializers';
import type { Augmentation, Sampler, TrainStep } from '../model';
import { betaLoss, HALF_LOG_2PI, klTerms, reconstructionTerms } from './losses';
import type { VaeNetwork } from './network';

export type TrainSettings = { beta: number; batch: number; augmentation: Augmentation };

/** Minimises Eq. 2 on the healthy reference, one batch an update. */
export function* train(network: VaeNetwork, adam: Adam, sampler: Sampler, settings: TrainSettings): Generator<TrainStep, void, void> {
  for (;;) {
    const x = sampler.batch('reference', settings.batch, settings.augmentation);
    const noise = normal([settings.batch, network.config.latent], sampler.random);
    const losses = update(network, adam, x, noise, settings.beta);
    tf.dispose([x, noise]);
    yield { network: 'vae', losses: withoutConstant(losses, network.config.size ** 2) };
  }
}

/** Plots show ½ Σ (x − x̂)²: the Gaussian's constant is several times larger than what training changes. Takes the losses over. */
function withoutConstant({ total, rec, kl }: ReturnType<typeof update>, pixels: number): ReturnType<typeof update> {
  const shown = tf.tidy(() => ({
    total: tf.sub(total, HALF_LOG_2PI * pixels) as tf.Scalar,
    rec: tf.sub(rec, HALF_LOG_2PI * pixels) as tf.Scalar,
  }));
  tf.dispose([total, rec]);
  return { ...shown, kl };
}

/** One Adam update on x [n, s, s, 1] with ε = noise [n, l]; the losses before it. */
export function update(
  network: VaeNetwork,
  adam: Adam,
  x: tf.Tensor4D,
  noise: tf.Tensor2D,
  beta: number,
): Record<'total' | 'rec' | 'kl', tf.Scalar> {
  const { losses, gradients } = elbo(network, x, noise, beta);
  adam.apply(gradients);
  tf.dispose(gradients);
  return losses;
}

/** Loss terms and the gradient by variable name; the caller disposes both. */
export function elbo(network: VaeNetwork, x: tf.Tensor4D, noise: tf.Tensor2D, beta: number) {
  return differentiate(network.variables, () => {
    const code = network.encode(x);
    const z = tf.add(code.mu, tf.mul(tf.exp(code.logSigma), noise)) as tf.Tensor2D;
    const rec = tf.mean(reconstructionTerms(x, network.decode(z))) as tf.Scalar;
    const kl = tf.mean(klTerms(code)) as tf.Scalar;
    return { losses: { total: betaLoss(rec, kl, beta), rec, kl } };
  });
}
