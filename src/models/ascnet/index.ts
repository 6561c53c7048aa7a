import * as tf from '@tensorflow/tfjs';
import { Random } from '../../core/random';
import type { Params } from '../../core/types';
import { Adam } from '../../nn/adam';
import type { AnomalyModel } from '../model';
import { assertSize, Discriminator, MainModule } from './network';
import { learned, type ScheduleSettings, scheduleOf, totalUpdates } from './schedule';
import { score } from './score';
import { spec } from './spec';
import { type AscNet, type TrainSettings, train } from './train';

const scheduleSettings = (p: Params): ScheduleSettings => ({
  cycles: { 1: p.stage1, 2: p.stage2 },
  epochs: { discriminator: p.discriminatorEpochs, mainModule: p.mainEpochs },
  batch: { discriminator: p.discriminatorBatch, mainModule: p.batch },
  doubleMain: p.stage2Main === 1,
  updates: p.updates,
});

export const settingsOf = (p: Params): TrainSettings => ({
  schedule: scheduleSettings(p),
  real: p.labels === 0 ? 1 : -1,
  adversarial: p.adversarial === 0 ? 'absolute' : 'squares',
  weights: {
    fenceCut: p.adversarialWeight,
    disjuncy: p.disjuncyWeight,
    reconstruction: p.reconstructionWeight,
    distance: p.distanceWeight,
    l2: p.l2,
  },
  smoothing: p.smoothing === 0 ? 1 : 0,
  reconstruction: p.reconstructionOver === 0 ? 'pixels' : 'images',
  frozen: p.frozen === 0 ? 'moving' : 'batch',
  dropout: p.dropout,
  momentum: p.momentum,
  warmup: p.warmup,
  cap: p.cap,
  noise: p.noise,
  rebuild: (['never', 'forItself', 'forMain'] as const)[p.discriminatorLife],
  resetMoments: p.moments === 1,
  binarised: p.stage2Disjuncy === 1,
});

/** Fresh networks. @throws RangeError for a size or batch they cannot take */
export function netOf(p: Params, seed: number): AscNet {
  assertSize(p.size);
  if (p.discriminatorBatch % 4 !== 0) {
    const nearest = Math.max(4, Math.round(p.discriminatorBatch / 4) * 4);
    throw new RangeError(`D’s batch is half real and half fake, each of up to two kinds: a multiple of 4, not ${p.discriminatorBatch}. Choose ${nearest}.`); // biome-ignore format: one line
  }
  const random = new Random(seed);
  const mainModule = new MainModule(
    { width: p.width, dropSkips: p.dropoutAt === 0, mixer: (['learns', 'held', 'fenceFaint'] as const)[p.mixer], correct: p.cuts === 1 },
    random,
  );
  const head = p.head === 0 ? 'flatten' : 'pool';
  const discriminator = new Discriminator({ size: p.size, width: p.width, head, top: p.width * (p.top === 0 ? 16 : 8) }, random);
  return {
    mainModule,
    discriminator,
    adam: {
      mainModule: new Adam(mainModule.learning, [p.rate, p.beta1, 0.999, 1e-7]),
      discriminator: new Adam(discriminator.weights, [p.discriminatorRate, p.beta1, 0.999, 1e-7]),
    },
    learning: tf.tidy(() => tf.variable(tf.scalar(1), false)),
    updates: 0,
  };
}

export const ascnet: AnomalyModel = {
  spec,
  updates: (params, count) => totalUpdates(scheduleOf(scheduleSettings(params), count('reference'), count('mixed'))),
  turns: (updates, params, count) => learned(scheduleOf(scheduleSettings(params), count('reference'), count('mixed')), updates),
  brief: (params) => ({ ...params, stage1: 1, stage2: 0, updates: 2, warmup: Math.min(1, params.warmup) }),
  build(params, height, width, seed) {
    if (height !== width) throw new RangeError(`ASC-Net takes square slices, not ${height} × ${width}.`);
    const net = netOf({ ...params, size: height }, seed);
    const { mainModule, discriminator, adam, learning } = net;
    const variables = {
      ...named('M', { ...mainModule.weights, ...mainModule.averages, ...adam.mainModule.moments }),
      ...named('D', { ...discriminator.weights, ...discriminator.averages, ...adam.discriminator.moments, learning }),
    };
    return {
      variables,
      get updates() {
        return net.updates;
      },
      set updates(n) {
        net.updates = n;
      },
      train: (sampler) => train(net, sampler, settingsOf(params)),
      score: (x, scorer, smooth) => score(mainModule, x, scorer, smooth),
      dispose: () => tf.dispose(variables),
    };
  },
};

const named = (network: string, variables: Record<string, tf.Variable>) =>
  Object.fromEntries(Object.entries(variables).map(([name, variable]) => [`${network}.${name}`, variable]));
