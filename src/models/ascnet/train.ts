import * as tf from '@tensorflow/tfjs';
import type { Random } from '../../core/random';
import type { Adam } from '../../nn/adam';
import { differentiate } from '../../nn/differentiate';
import { dropout } from '../../nn/layers';
import type { Sampler, TrainStep } from '../model';
import {
  discriminatorLoss,
  disjuncyLoss,
  fenceCutLoss,
  fenceDistance,
  gauge,
  l2Loss,
  leastSquaresLoss,
  reconstructionLoss,
} from './losses';
import { type Discriminator, INFERENCE, type MainModule, type Pass, type Statistics } from './network';
import { type Learner, learned, type Phase, phasesAfter, type Schedule, type ScheduleSettings, scheduleOf } from './schedule';

const NAMED_CYCLES = 12;

export type LossSettings = {
  /** Target of D for a real image; a fake has its opposite. */
  real: 1 | -1;
  /** |tanh − t| as published, or least squares of the logit. */
  adversarial: 'absolute' | 'squares';
  weights: { fenceCut: number; disjuncy: number; reconstruction: number; distance: number; l2: number };
  smoothing: number;
  reconstruction: 'pixels' | 'images';
  /** How D runs while M learns against it: on moving averages, or as Keras 2.2 runs a frozen network. */
  frozen: 'moving' | 'batch';
};

export type TrainSettings = LossSettings & {
  schedule: ScheduleSettings;
  dropout: number;
  momentum: number;
  /** Training-mode passes whose statistics make the first moving averages. */
  warmup: number;
  /** D learns no more in a phase once its error on a batch is below this; 0 lets it go on. */
  cap: number;
  /** Standard deviation of the noise on D's images. */
  noise: number;
  /** Whether D is drawn anew: never, for every phase of its own, or for M's phases as well. */
  rebuild: 'never' | 'forItself' | 'forMain';
  resetMoments: boolean;
  /** From stage 2 on the cuts are binarised in the disjuncy loss, which makes it a constant [C, since November 2021]. */
  binarised: boolean;
};

/** The pair of networks with their optimisers: all that training changes. */
export type AscNet = {
  mainModule: MainModule;
  discriminator: Discriminator;
  adam: Record<Learner, Adam>;
  /** 1 while D may learn in its present phase, 0 once its error fell below the cap: a variable, since only the engine reads tensors. */
  learning: tf.Variable;
  updates: number;
};

/** The two stages, one update a yield. Where it stands follows from `net.updates` alone, so that it goes on anywhere. */
export function* train(net: AscNet, sampler: Sampler, settings: TrainSettings): Generator<TrainStep, void, void> {
  const schedule = scheduleOf(settings.schedule, sampler.count('reference'), sampler.count('mixed'));
  const taken = learned(schedule, net.updates);
  net.adam.mainModule.updates = taken.mainModule;
  net.adam.discriminator.updates = taken.discriminator;
  if (net.updates === 0) warm(net, sampler, settings);
  for (const phase of phasesAfter(schedule, net.updates)) {
    if (phase.from === 0) begin(phase, net, sampler, settings);
    else if (forgets(phase, settings)) net.adam[phase.learner].updates = phase.from;
    for (let step = phase.from; step < phase.steps; step++) {
      const losses =
        phase.learner === 'discriminator' ? tellApart(net, phase, sampler, settings) : cutAndRemix(net, phase, sampler, settings);
      net.updates += 1;
      const ends = step + 1 === phase.steps ? endOf(phase, schedule) : undefined;
      yield { network: phase.learner, losses, ...(ends && { ends }) };
    }
  }
}

/** The name of a cycle at the last update of its M phase; of many cycles only about a dozen, evenly spread, are named. */
function endOf({ learner, cycle }: Phase, { cycles }: Schedule): string | undefined {
  const all = cycles[1] + cycles[2];
  const spacing = Math.ceil(all / NAMED_CYCLES);
  return learner === 'mainModule' && cycle % spacing === 0 ? `cycle ${cycle} of ${all}` : undefined;
}

/** D learns to tell R_d from M's fence cuts. */
function tellApart(net: AscNet, { stage }: Phase, sampler: Sampler, settings: TrainSettings): TrainStep['losses'] {
  const { x, targets } = realAndFake(net.mainModule, stage, sampler, settings);
  const seen = noisy(x, settings.noise, sampler.random);
  const losses = updateDiscriminator(net, seen, targets, settings, sampler.random);
  tf.dispose([x, seen, targets]);
  return losses;
}

/** M learns to cut so that D takes the fence cut for R_d, and to remix the cuts into I_in. */
function cutAndRemix(net: AscNet, { stage }: Phase, sampler: Sampler, settings: TrainSettings): TrainStep['losses'] {
  const x = sampler.batch('mixed', settings.schedule.batch.mainModule);
  const losses = updateMainModule(net, x, settings, settings.binarised && stage === 2, sampler.random);
  x.dispose();
  return losses;
}

const forgets = ({ learner }: Phase, { resetMoments, rebuild }: TrainSettings) =>
  resetMoments || (learner === 'discriminator' && rebuild !== 'never');

function forget(adam: Adam): void {
  adam.updates = 0;
  tf.tidy(() => {
    for (const moment of Object.values(adam.moments)) moment.assign(tf.zerosLike(moment));
  });
}

function begin(phase: Phase, net: AscNet, sampler: Sampler, settings: TrainSettings): void {
  if (settings.rebuild === 'forMain' || (settings.rebuild === 'forItself' && phase.learner === 'discriminator')) {
    net.discriminator.redraw(sampler.random);
    warmDiscriminator(net, phase.stage, sampler, settings);
  }
  if (forgets(phase, settings)) forget(net.adam[phase.learner]);
  if (phase.learner === 'discriminator') tf.tidy(() => net.learning.assign(tf.scalar(1)));
}

/** First moving averages: the mean statistics of a few training passes. From 0 and 1 neither the fakes nor a frozen D would be what was trained. */
function warm(net: AscNet, sampler: Sampler, settings: TrainSettings): void {
  for (let pass = 0; pass < settings.warmup; pass++) {
    const x = sampler.batch('mixed', settings.schedule.batch.mainModule);
    const statistics: Statistics = {};
    tf.tidy(() => void net.mainModule.forward(x, training(settings, sampler.random, statistics)));
    net.mainModule.follow(statistics, pass / (pass + 1));
    x.dispose();
  }
  if (settings.rebuild === 'never') warmDiscriminator(net, 1, sampler, settings);
}

function warmDiscriminator({ mainModule, discriminator }: AscNet, stage: Phase['stage'], sampler: Sampler, settings: TrainSettings): void {
  for (let pass = 0; pass < settings.warmup; pass++) {
    const { x, targets } = realAndFake(mainModule, stage, sampler, settings);
    const statistics: Statistics = {};
    tf.tidy(() => void discriminator.forward(x, training(settings, sampler.random, statistics)));
    discriminator.follow(statistics, pass / (pass + 1));
    tf.dispose([x, targets]);
  }
}

const training = ({ dropout: rate }: TrainSettings, random: Random, statistics?: Statistics): Pass => ({
  mode: 'batch',
  drop: (x) => (rate === 0 ? x : dropout(x, rate, random.uint32())),
  statistics,
});

/**
 * D's batch [n, s, s, 1] with targets [n, 1]: half real, half fake, since on separate batches its norms would see the class. Real is R_d, in
 * stage 2 R_d ∪ I_fc(R_d). Fakes are M's fence cuts in inference mode; M rests while D learns, so cutting each batch as it is drawn gives
 * what cutting all of I_in at the start of the cycle would.
 */
export function realAndFake(main: MainModule, stage: Phase['stage'], sampler: Sampler, { schedule, real }: TrainSettings) {
  const half = schedule.batch.discriminator / 2;
  return tf.tidy((): { x: tf.Tensor4D; targets: tf.Tensor2D } => {
    const reference = sampler.batch('reference', half);
    const fake = main.project(sampler.batch('mixed', half)).fenceCut;
    const targets = tf.mul(real, tf.concat([tf.ones([half, 1]), tf.fill([half, 1], -1)])) as tf.Tensor2D;
    if (stage === 1) return { x: tf.concat([reference, fake]), targets };
    const [kept, cut] = tf.split(reference, 2) as tf.Tensor4D[];
    return { x: tf.concat([kept, main.project(cut).fenceCut, fake]), targets };
  });
}

/** One update of D, unless the cap holds it for the rest of its phase; the losses before it. */
export function updateDiscriminator(net: AscNet, x: tf.Tensor4D, targets: tf.Tensor2D, settings: TrainSettings, random: Random) {
  const { discriminator: network, adam, learning } = net;
  const statistics: Statistics = {};
  const { losses, gradients } = discriminatorTerms(network, x, targets, settings, training(settings, random, statistics));
  // With the cap reached only the weights are held. Moments and moving averages go on: the frozen D shall normalise as the one that was trained.
  const before = settings.cap > 0 ? Object.values(network.weights).map((weight) => tf.clone(weight)) : [];
  adam.discriminator.apply(gradients);
  network.follow(statistics, settings.momentum);
  if (settings.cap > 0) {
    tf.tidy(() => {
      learning.assign(tf.mul(learning, tf.cast(tf.greaterEqual(losses.discriminator, settings.cap), 'float32')));
      const held = tf.sub(1, learning);
      Object.values(network.weights).forEach((weight, i) => {
        weight.assign(tf.add(tf.mul(weight, learning), tf.mul(before[i], held)));
      });
    });
  }
  tf.dispose([gradients, before]);
  return losses;
}

/** One update of M against the frozen D; the losses before it. */
export function updateMainModule(net: AscNet, x: tf.Tensor4D, settings: TrainSettings, binarised: boolean, random: Random) {
  const statistics: Statistics = {};
  const frozen = settings.frozen === 'moving' ? INFERENCE : training(settings, random);
  const pass = training(settings, random, statistics);
  const disturb = (cuts: tf.Tensor4D) => noisy(cuts, settings.noise, random);
  const { losses, gradients } = mainTerms(net, x, settings, binarised, pass, frozen, disturb);
  net.adam.mainModule.apply(gradients);
  net.mainModule.follow(statistics, settings.momentum);
  tf.dispose(gradients);
  return losses;
}

/** Loss terms of D and the gradient by weight; the caller disposes both. */
export function discriminatorTerms(
  network: Discriminator,
  x: tf.Tensor4D,
  targets: tf.Tensor2D,
  { adversarial, weights }: LossSettings,
  pass: Pass,
) {
  const { losses, gradients } = differentiate(network.weights, () => {
    const logits = network.logits(x, pass);
    const scores = tf.tanh(logits) as tf.Tensor2D;
    const discriminator = adversarial === 'absolute' ? discriminatorLoss(scores, targets) : leastSquaresLoss(logits, targets);
    const l2Discriminator = l2Loss(network.decayed, weights.l2);
    return { losses: { discriminator, l2Discriminator, gauge: gauge(scores), total: tf.add(discriminator, l2Discriminator) as tf.Scalar } };
  });
  const { total, ...shown } = losses;
  total.dispose();
  return { losses: shown, gradients };
}

/** Loss terms of M, unweighted but for L2, their weighted total, and the gradient by weight; the caller disposes both.
 * @param disturb what is done to the fence cuts before D sees them */
export function mainTerms(
  { mainModule, discriminator }: Pick<AscNet, 'mainModule' | 'discriminator'>,
  x: tf.Tensor4D,
  { real, adversarial, weights, smoothing, reconstruction: over }: LossSettings,
  binarised: boolean,
  pass: Pass,
  frozen: Pass,
  disturb: (cuts: tf.Tensor4D) => tf.Tensor4D = (cuts) => cuts,
) {
  return differentiate(mainModule.learning, () => {
    const cuts = mainModule.forward(x, pass);
    const logits = discriminator.logits(disturb(cuts.fenceCut), frozen);
    const scores = tf.tanh(logits) as tf.Tensor2D;
    const [fence, wild] = binarised ? [binary(cuts.fenceCut), binary(cuts.wildCut)] : [cuts.fenceCut, cuts.wildCut];
    const terms = {
      fenceCut: adversarial === 'absolute' ? fenceCutLoss(scores, real) : leastSquaresLoss(logits, real),
      disjuncy: disjuncyLoss(fence, wild, smoothing),
      reconstruction: reconstructionLoss(x, cuts.reconstruction, over),
      distance: fenceDistance(x, cuts.fenceCut),
      l2Main: l2Loss(mainModule.decayed, weights.l2),
    };
    const total = tf.addN([
      tf.mul(weights.fenceCut, terms.fenceCut),
      tf.mul(weights.disjuncy, terms.disjuncy),
      tf.mul(weights.reconstruction, terms.reconstruction),
      tf.mul(weights.distance, terms.distance),
      terms.l2Main,
    ]) as tf.Scalar;
    return { losses: { ...terms, total, gauge: gauge(scores) } };
  });
}

/** 1 where a cut is positive: a constant, without a gradient. */
export const binary = (cut: tf.Tensor4D) => tf.cast(tf.greater(cut, 1e-16), 'float32') as tf.Tensor4D;

/** Not published: Gaussian noise of standard deviation `sd` on images that D sees, real and cut alike; x itself for 0. */
function noisy(x: tf.Tensor4D, sd: number, random: Random): tf.Tensor4D {
  if (sd === 0) return x;
  return tf.tidy(() =>
    tf.add(
      x,
      tf.tensor4d(
        Float32Array.from({ length: x.size }, () => sd * random.normal()),
        x.shape,
      ),
    ),
  );
}
