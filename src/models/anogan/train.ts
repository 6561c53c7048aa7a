import * as tf from '@tensorflow/tfjs';
import type { Random } from '../../core/random';
import type { Adam } from '../../nn/adam';
import { differentiate } from '../../nn/differentiate';
import type { Statistics } from '../../nn/normedNetwork';
import { spreadOf } from '../../nn/spread';
import type { Sampler, TrainStep } from '../model';
import { adversarialLossD, adversarialLossG } from './losses';
import type { DiscriminatorNetwork, Networks } from './network';

export type TrainSettings = { batch: number };
/** What training changes: the networks, and the latent codes [batch, latent] of the present D update, which the G updates after it use again. */
export type Training = { networks: Networks; turns: Turns; z: tf.Variable };

/** n codes uniform in ± 1, row by row. */
export function latentCodes(n: number, length: number, random: Random): tf.Tensor2D {
  return tf.tensor2d(
    Float32Array.from({ length: n * length }, () => random.between(-1, 1)),
    [n, length],
  );
}

/** Who learns: one update of D, then `generatorUpdates` of G, and over again. It follows from the updates so far, so that a run can resume anywhere. */
export class Turns {
  constructor(
    readonly discriminator: Adam,
    readonly generator: Adam,
    private readonly generatorUpdates: number,
  ) {}

  get updates(): number {
    return this.discriminator.updates + this.generator.updates;
  }
  set updates(n: number) {
    this.discriminator.updates = Math.ceil(n / (1 + this.generatorUpdates));
    this.generator.updates = n - this.discriminator.updates;
  }

  get next(): 'discriminator' | 'generator' {
    return this.updates % (1 + this.generatorUpdates) === 0 ? 'discriminator' : 'generator';
  }
}

/** Plays the game of Eq. 1 on the healthy reference, one network's update a yield. */
export function* train({ networks, turns, z }: Training, sampler: Sampler, { batch }: TrainSettings): Generator<TrainStep, void, void> {
  for (;;) {
    const network = turns.next;
    if (network === 'discriminator') {
      const x = sampler.batch('reference', batch);
      tf.tidy(() => z.assign(latentCodes(batch, networks.generator.config.latent, sampler.random)));
      const { discriminator } = networks;
      // D's averages see both of its batches.
      const losses = apply(discriminatorGradients(networks, x, codes(z)), turns.discriminator, [discriminator, discriminator]);
      x.dispose();
      yield { network, losses: { discriminator: losses.total, real: losses.real, fake: losses.fake, spread: losses.spread } };
    } else {
      // D stays as it is, its averages included.
      const { total } = apply(generatorGradients(networks, codes(z)), turns.generator, [networks.generator]);
      yield { network, losses: { generator: total } };
    }
  }
}

const codes = (z: tf.Variable) => z as unknown as tf.Tensor2D;

/** Real and generated images are two batches, each normalised by its own statistics; G is fixed. The caller disposes the result. */
export function discriminatorGradients({ generator, discriminator }: Networks, x: tf.Tensor4D, z: tf.Tensor2D) {
  return tf.tidy(() => realAgainstFake(discriminator, x, generator.generate(z, 'batch').image));
}

/** Images of each batch that the watch for collapse looks at. */
const WATCHED = 8;

/** Gradients of D's loss on a real and a generated batch, and the watch for collapse: on moving averages, since a batch's own statistics would
 * spread images that are nearly alike as far apart as any others. */
export function realAgainstFake(discriminator: DiscriminatorNetwork, x: tf.Tensor4D, generated: tf.Tensor4D) {
  const { losses, ...pass } = differentiate(discriminator.variables, () => {
    const real = discriminator.judge(x, 'batch');
    const fake = discriminator.judge(generated, 'batch');
    return { losses: adversarialLossD(real.logit, fake.logit), statistics: [real.statistics, fake.statistics] };
  });
  const seen = (images: tf.Tensor4D) => discriminator.judge(tf.slice(images, 0, Math.min(WATCHED, images.shape[0])), 'moving').features;
  const spread = tf.tidy(() => spreadOf(seen(generated), seen(x)));
  return { losses: { ...losses, spread }, ...pass };
}

/** The caller disposes the result. */
export function generatorGradients({ generator, discriminator }: Networks, z: tf.Tensor2D) {
  return differentiate(generator.variables, () => {
    const { image, statistics } = generator.generate(z, 'batch');
    return { losses: { total: adversarialLossG(discriminator.judge(image, 'batch').logit) }, statistics: [statistics] };
  });
}

/** What one forward and backward pass gives. */
type Pass<Terms> = { losses: Terms; gradients: Record<string, tf.Tensor>; statistics: Statistics[] };

/** Updates weights, moves the averages of the network that each batch of statistics is from, and returns the losses. Disposes the rest of `pass`. */
export function apply<Terms>({ losses, gradients, statistics }: Pass<Terms>, adam: Adam, seenBy: readonly Averaging[]): Terms {
  adam.apply(gradients);
  for (const [i, seen] of statistics.entries()) seenBy[i].moveAverages(seen);
  tf.dispose([gradients, statistics]);
  return losses;
}

type Averaging = { moveAverages(statistics: Statistics): void };
