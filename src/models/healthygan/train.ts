import * as tf from '@tensorflow/tfjs';
import type { Random } from '../../core/random';
import { differentiate } from '../../nn/differentiate';
import type { Augmentation, Sampler, TrainStep } from '../model';
import { adversarialLossD, adversarialLossG, focusLoss, gradientNorms, identityLoss, reconstructionLoss } from './losses';
import { blend, coloured, type Networks } from './network';
import type { Turns } from './schedule';

/** Weights of the losses, by the paper's names. */
export type Weights = Record<'lambdaGp' | 'lambdaRec' | 'lambdaId' | 'lambdaF' | 'lambdaFs' | 'lambdaFz', number>;

export type TrainSettings = {
  batch: number;
  rates: Record<'critic' | 'generator' | 'warmUp', number>;
  weights: Weights;
  mirror: boolean;
  checkpointEvery: number;
};

/** What training changes: the networks, and the batches [n, s, s, 1] of the present iteration, which the generator's turn uses again. */
export type Training = { networks: Networks; turns: Turns; batches: Record<'mixed' | 'reference', tf.Variable> };

/** Plays the game of Eqs. 8 and 9 with the mixed set A and the healthy reference B, one network's update a yield. */
export function* train(
  { networks, turns, batches }: Training,
  sampler: Sampler,
  settings: TrainSettings,
): Generator<TrainStep, void, void> {
  const { channels } = networks.generator.config;
  const augmentation: Augmentation = { mirror: settings.mirror, rotation: 0, zoom: [1, 1], brightness: [1, 1], noiseBefore: 0, noiseAfter: 0 }; // biome-ignore format: one line
  const held = (role: 'mixed' | 'reference') => coloured(batches[role] as unknown as tf.Tensor4D, channels);
  for (;;) {
    const { network, factor, alone } = turns.next;
    const rate = factor * settings.rates[alone ? 'warmUp' : network];
    if (network === 'critic' || alone)
      for (const role of ['mixed', 'reference'] as const)
        tf.tidy(() => batches[role].assign(sampler.batch(role, settings.batch, augmentation)));
    if (network === 'critic') {
      const { losses, norms, gradients } = tf.tidy(() =>
        criticGradients(networks, held('mixed'), held('reference'), uniform(settings.batch, sampler.random), settings.weights),
      );
      turns.critic.apply(gradients, rate);
      const { total, ...terms } = losses;
      const watched = tf.tidy(() => ({
        gap: tf.neg(tf.add(losses.real, losses.fake)) as tf.Scalar,
        gradientNorm: tf.mean(norms) as tf.Scalar,
      }));
      tf.dispose([gradients, norms]);
      yield { network, losses: { critic: total, ...terms, ...watched }, ...endOf(turns.updates, settings) };
    } else {
      const learn = alone ? copyGradients : generatorGradients;
      const { losses, gradients } = tf.tidy(() => learn(networks, held('mixed'), held('reference'), settings.weights));
      turns.generator.apply(gradients, rate);
      tf.dispose(gradients);
      const { total, ...terms } = losses;
      yield { network, losses: { generator: total, ...terms }, ...endOf(turns.updates, settings) };
    }
  }
}

/** Where weights are worth keeping: one of them is chosen by the distance of its translations to healthy images. */
const endOf = (updates: number, { checkpointEvery }: TrainSettings): Pick<TrainStep, 'ends'> =>
  updates % checkpointEvery === 0 ? { ends: `${updates} updates` } : {};

/** α of the penalty: one draw from [0, 1) an image, [n, 1, 1, 1]. */
function uniform(n: number, random: Random): tf.Tensor4D {
  return tf.tensor4d(
    Float32Array.from({ length: n }, () => random.uniform()),
    [n, 1, 1, 1],
  );
}

/** Loss terms of the critic, norms of its gradient [n], and the gradient by its weights, with the generator fixed. a, b [n, s, s, c]; α weighs b. */
export function criticGradients({ generator, critic }: Networks, a: tf.Tensor4D, b: tf.Tensor4D, alpha: tf.Tensor4D, weights: Weights) {
  const { intermediate, mask } = generator.translate(a);
  const fake = blend(intermediate, a, mask);
  const between = tf.add(tf.mul(alpha, b), tf.mul(tf.sub(1, alpha), fake)) as tf.Tensor4D;
  return differentiate(critic.variables, () => {
    const norms = gradientNorms((x) => critic.judge(x), between);
    return { losses: adversarialLossD(critic.judge(b), critic.judge(fake), norms, weights.lambdaGp), norms };
  });
}

/** The warm-up, which is ours: G learns to copy healthy and mixed images alike, mean |A − B_int| + mean |B − B_int|, and is not judged. The
 * mask has no part in it. */
export function copyGradients({ generator }: Pick<Networks, 'generator'>, a: tf.Tensor4D, b: tf.Tensor4D) {
  return differentiate(generator.variables, () => {
    const [ofA, ofB] = [generator.translate(a), generator.translate(b)];
    const identity = identityLoss(b, ofB.intermediate);
    return {
      losses: {
        total: tf.add(identityLoss(a, ofA.intermediate), identity) as tf.Scalar,
        identity,
        maskA: tf.mean(ofA.mask) as tf.Scalar,
        maskB: tf.mean(ofB.mask) as tf.Scalar,
      },
    };
  });
}

/** Loss terms of the generator, of which `total` alone is weighted, and the gradient by its weights, with the critic fixed. a, b [n, s, s, c]. */
export function generatorGradients({ generator, critic }: Networks, a: tf.Tensor4D, b: tf.Tensor4D, weights: Weights) {
  const { lambdaRec, lambdaId, lambdaF, lambdaFs, lambdaFz } = weights;
  return differentiate(generator.variables, () => {
    const [ofA, ofB] = [generator.translate(a), generator.translate(b)];
    const adversarialA = adversarialLossG(critic.judge(blend(ofA.intermediate, a, ofA.mask)));
    const adversarialB = adversarialLossG(critic.judge(blend(ofB.intermediate, b, ofB.mask)));
    const reconstruction = reconstructionLoss(a, blend(a, ofA.intermediate, ofA.mask));
    const identity = identityLoss(b, ofB.intermediate);
    const [focusA, focusB] = [ofA, ofB].map(({ mask }) => focusLoss(mask, lambdaFs, lambdaFz));
    const focus = tf.mul(0.5, tf.add(focusA.total, focusB.total)) as tf.Scalar;
    const weighted = [tf.mul(lambdaRec, reconstruction), tf.mul(lambdaId, identity), tf.mul(lambdaF, focus)];
    return {
      losses: {
        total: tf.addN([adversarialA, adversarialB, ...weighted]) as tf.Scalar,
        adversarialA,
        adversarialB,
        reconstruction,
        identity,
        focus,
        smallA: focusA.small,
        smallB: focusB.small,
        zeroOneA: focusA.zeroOne,
        zeroOneB: focusB.zeroOne,
        maskA: focusA.coverage,
        maskB: focusB.coverage,
      },
    };
  });
}
