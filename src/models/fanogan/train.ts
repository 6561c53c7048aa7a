import * as tf from '@tensorflow/tfjs';
import type { Random } from '../../core/random';
import type { Adam } from '../../nn/adam';
import { differentiate } from '../../nn/differentiate';
import { normal } from '../../nn/initializers';
import { spreadOf } from '../../nn/spread';
import type { Sampler, TrainStep } from '../model';
import { anomalyScore, criticLoss, generatorLoss, gradientNorms, meanSquares } from './losses';
import type { Networks } from './network';
import type { RmsProp } from './rmsProp';

export type TrainSettings = { batch: number; lambda: number; kappa: number };
export type Training = { networks: Networks; turns: Turns };
export type Learner = 'critic' | 'generator' | 'encoder';

/** Who learns: `criticUpdates` of D and one of G, over and over; after `gan` updates of both, the encoder alone. It follows from the updates so far. */
export class Turns {
  constructor(
    readonly critic: Adam,
    readonly generator: Adam,
    readonly encoder: RmsProp,
    private readonly criticUpdates: number,
    private readonly gan: number,
  ) {}

  get updates(): number {
    return this.critic.updates + this.generator.updates + this.encoder.updates;
  }
  set updates(n: number) {
    const played = Math.min(n, this.gan);
    this.generator.updates = Math.floor(played / (1 + this.criticUpdates));
    this.critic.updates = played - this.generator.updates;
    this.encoder.updates = n - played;
  }

  get next(): Learner {
    const { updates } = this;
    if (updates >= this.gan) return 'encoder';
    return updates % (1 + this.criticUpdates) === this.criticUpdates ? 'generator' : 'critic';
  }
}

/** Trains D and G on the healthy reference, then E with both fixed; one network's update a yield. */
export function* train({ networks, turns }: Training, sampler: Sampler, settings: TrainSettings): Generator<TrainStep, void, void> {
  const { batch } = settings;
  const { latent } = networks.generator.config;
  for (;;) {
    const network = turns.next;
    if (network === 'generator') {
      const { losses, gradients, statistics } = tf.tidy(() => generatorGradients(networks, normal([batch, latent], sampler.random)));
      turns.generator.apply(gradients);
      networks.generator.moveAverages(statistics);
      tf.dispose([gradients, statistics]);
      yield { network, losses: { generator: losses.total } };
      continue;
    }
    const x = sampler.batch('reference', batch);
    if (network === 'critic') {
      const { losses, gradients } = tf.tidy(() =>
        criticGradients(networks, x, normal([batch, latent], sampler.random), shares(batch, sampler.random), settings.lambda),
      );
      turns.critic.apply(gradients);
      tf.dispose([gradients, x]);
      yield { network, losses: { critic: losses.total, gap: losses.gap, penalty: losses.penalty, spread: losses.spread } };
    } else {
      const { losses, gradients, statistics } = encoderGradients(networks, x, settings.kappa);
      turns.encoder.apply(gradients);
      networks.encoder.moveAverages(statistics);
      tf.dispose([gradients, statistics, x]);
      yield { network, losses: { encoder: losses.total, image: losses.image, features: losses.features } };
    }
  }
}

/** α of the penalty: one draw from [0, 1) an image, [n, 1, 1, 1]. */
function shares(n: number, random: Random): tf.Tensor4D {
  return tf.tensor4d(
    Float32Array.from({ length: n }, () => random.uniform()),
    [n, 1, 1, 1],
  );
}

/** Loss of D on a real batch x and G(z), with G fixed, and the watch for collapse; α weighs x in the images that the penalty is taken at. */
export function criticGradients({ generator, critic }: Networks, x: tf.Tensor4D, z: tf.Tensor2D, alpha: tf.Tensor4D, lambda: number) {
  const fake = generator.generate(z, 'batch').image;
  const between = tf.add(tf.mul(alpha, x), tf.mul(tf.sub(1, alpha), fake)) as tf.Tensor4D;
  return differentiate(critic.variables, () => {
    const norms = gradientNorms((image) => critic.judge(image).value, between);
    const [onReal, onFake] = [critic.judge(x), critic.judge(fake)];
    return { losses: { ...criticLoss(onReal.value, onFake.value, norms, lambda), spread: spreadOf(onFake.features, onReal.features) } };
  });
}

export function generatorGradients({ generator, critic }: Networks, z: tf.Tensor2D) {
  return differentiate(generator.variables, () => {
    const { image, statistics } = generator.generate(z, 'batch');
    return { losses: { total: generatorLoss(critic.judge(image).value) }, statistics };
  });
}

/** Loss of E on x with G and D fixed, G's norms on their moving averages, as when it scores [ours; the authors' code does not say]. */
export function encoderGradients({ generator, critic, encoder }: Networks, x: tf.Tensor4D, kappa: number) {
  return differentiate(encoder.variables, () => {
    const { z, statistics } = encoder.encode(x, 'batch');
    const rebuilt = generator.generate(z, 'moving').image;
    const image = meanSquares(x, rebuilt);
    const features = meanSquares(critic.judge(x).features, critic.judge(rebuilt).features);
    const total = tf.mean(anomalyScore(image, features, kappa)) as tf.Scalar;
    return { losses: { total, image: tf.mean(image) as tf.Scalar, features: tf.mean(features) as tf.Scalar }, statistics };
  });
}
