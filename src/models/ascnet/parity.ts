/** What the golden fixture of ASC-Net asks for, computed by this implementation: the same tree with tensors as leaves. */
import * as tf from '@tensorflow/tfjs';
import { formulaImage, kernelValues } from '../../core/fixture';
import { hashUnit } from '../../core/hashUnit';
import { Random } from '../../core/random';
import { Adam, type AdamSettings } from '../../nn/adam';
import type { ParityTree } from '../model';
import { disjuncyLoss, reconstructionLoss } from './losses';
import { Discriminator, INFERENCE, MainModule, type Pass, type Statistics } from './network';
import { binary, discriminatorTerms, type LossSettings, mainTerms } from './train';

const BASE = { M: 0, D: 1000 };

type Config = {
  size: number;
  width: number;
  batch: number;
  bnMomentum: number;
  l2: number;
  smooth: number;
  adam: AdamSettings;
  realLabel: 1 | -1;
  saltInput: number;
  saltReference: number;
};

/** Sizes come from the fixture's `config` alone. The caller disposes the leaves. */
export function parity(config: Config): ParityTree {
  const x = image(config, config.saltInput);
  const reference = image(config, config.saltReference);
  const main = mainModule(config);
  const critic = discriminator(config);
  const inference = tf.tidy(() => main.forward(x, INFERENCE));
  const tree: ParityTree = {
    inputs: { in: x, reference },
    paramCount: { M: count(main), D: count(critic) },
    paramOrder: { M: Object.keys(main.weights), D: Object.keys(critic.weights) },
    forwardInference: named(inference),
    forwardTraining: tf.tidy(() => {
      const cuts = main.forward(x, training());
      return { ...named(cuts), dOfFence: critic.forward(cuts.fenceCut, INFERENCE) };
    }),
    looseBatchStatD: tf.tidy(() => ({ dOfFence: critic.forward(main.forward(x, training()).fenceCut, training()) })),
    discriminatorPhase: discriminatorPhase(config, reference, inference.fenceCut),
    mainPhase: mainPhase(config, x),
    variants: tf.tidy(() => ({
      binarisedDisjoint: disjuncyLoss(binary(inference.fenceCut), binary(inference.wildCut), config.smooth),
      softDisjointInference: disjuncyLoss(inference.fenceCut, inference.wildCut, config.smooth),
    })),
    ...afterOneUpdate(main, x, config.bnMomentum),
  };
  main.dispose();
  critic.dispose();
  return tree;
}

const image = ({ batch, size }: Config, salt: number) =>
  tf.tensor4d(formulaImage([batch, size, size, 1], salt, 0, 1), [batch, size, size, 1]);

/** Training mode without dropout, as all of the fixture. */
const training = (statistics?: Statistics): Pass => ({ mode: 'batch', drop: (x) => x, statistics });

const named = ({ fenceCut, wildCut, reconstruction }: ReturnType<MainModule['forward']>) => ({
  fence: fenceCut,
  wild: wildCut,
  reconstruction,
});

const count = ({ weights }: MainModule | Discriminator) => Object.values(weights).reduce((sum, { size }) => sum + size, 0);

const mainModule = ({ width }: Config) =>
  filled(new MainModule({ width, dropSkips: true, mixer: 'learns', correct: false }, new Random(0)), BASE.M);

const discriminator = ({ size, width }: Config) =>
  filled(new Discriminator({ size, width, head: 'flatten', top: 16 * width }, new Random(0)), BASE.D);

function filled<T extends MainModule | Discriminator>(network: T, base: number): T {
  Object.entries(network.weights).forEach(([name, weight], i) => {
    const values = formulaValues(name, weight.shape, base + i);
    tf.tidy(() => weight.assign(tf.tensor(values, weight.shape)));
  });
  return network;
}

function formulaValues(name: string, shape: number[], k: number): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1);
  const units = (scale: number, offset: number) => Float32Array.from(hashUnit(k, size), (v) => offset + scale * v);
  if (name.endsWith('.b')) return units(0.05, 0);
  if (name.endsWith('.gamma')) return units(0.1, 1);
  if (name.endsWith('.beta')) return units(0.1, 0);
  // A transposed kernel [kh, kw, out, in] of stride 2 feeds each output pixel from a quarter of its taps.
  const fanIn = shape.length === 2 ? shape[0] : name.includes('.up') ? (shape[0] * shape[1] * shape[3]) / 4 : size / shape[3];
  return kernelValues(k, size, fanIn);
}

const lossSettings = ({ l2, smooth, realLabel }: Config): LossSettings => ({
  real: realLabel,
  adversarial: 'absolute',
  weights: { fenceCut: 1, disjuncy: 1, reconstruction: 1, distance: 0, l2 },
  smoothing: smooth,
  reconstruction: 'pixels',
  frozen: 'moving',
});

function discriminatorPhase(config: Config, reference: tf.Tensor4D, fakes: tf.Tensor4D): ParityTree {
  const network = discriminator(config);
  const { batch, size, realLabel } = config;
  // Real, fake, real, fake, …
  const x = tf.tidy(() => tf.reshape(tf.stack([reference, fakes], 1), [2 * batch, size, size, 1])) as tf.Tensor4D;
  const targets = tf.tensor2d(Array.from({ length: 2 * batch }, (_, i) => [i % 2 === 0 ? realLabel : -realLabel]));
  const phase = twoUpdates(network, config.adam, () => {
    const { losses, gradients } = discriminatorTerms(network, x, targets, lossSettings(config), training());
    const { discriminator: mae, l2Discriminator: l2, gauge } = losses;
    gauge.dispose();
    const meanAbsScore = tf.tidy(() => tf.mean(tf.abs(network.forward(x, training()))));
    return { gradients, losses: { total: tf.add(mae, l2), mae, l2, meanAbsScore } };
  });
  tf.dispose([x, targets]);
  network.dispose();
  return phase;
}

function mainPhase(config: Config, x: tf.Tensor4D): ParityTree {
  const main = mainModule(config);
  const critic = discriminator(config);
  const nets = { mainModule: main, discriminator: critic };
  const phase = twoUpdates(main, config.adam, () => {
    const { losses, gradients } = mainTerms(nets, x, lossSettings(config), false, training(), INFERENCE);
    const { total, fenceCut: adversarial, disjuncy: disjoint, reconstruction, l2Main: l2, distance, gauge } = losses;
    tf.dispose([distance, gauge]);
    const reconstructionSumPerImage = tf.tidy(() => reconstructionLoss(x, main.forward(x, training()).reconstruction, 'images'));
    return { gradients, losses: { total, adversarial, disjoint, reconstruction, l2, reconstructionSumPerImage } };
  });
  main.dispose();
  critic.dispose();
  return phase;
}

type Terms = { losses: Record<string, tf.Tensor>; gradients: Record<string, tf.Tensor> };

function twoUpdates({ weights }: MainModule | Discriminator, settings: AdamSettings, terms: () => Terms): ParityTree {
  const adam = new Adam(weights, settings);
  const losses: ParityTree[] = [];
  const params: Record<string, Record<string, tf.Tensor>> = {};
  for (let step = 0; step <= 2; step++) {
    const { losses: found, gradients } = terms();
    losses.push(found);
    for (const [name, weight] of Object.entries(weights)) {
      if (step === 0) params[name] = { initial: tf.clone(weight), gradient: tf.clone(gradients[name]) };
      else params[name][`after${step}`] = tf.clone(weight);
    }
    if (step < 2) adam.apply(gradients);
    tf.dispose(gradients);
  }
  adam.dispose();
  return { losses, params };
}

/** Changes the network's moving averages: call it last. */
function afterOneUpdate(main: MainModule, x: tf.Tensor4D, momentum: number): ParityTree {
  const statistics: Statistics = {};
  tf.tidy(() => void main.forward(x, training(statistics)));
  main.follow(statistics, momentum);
  const lengths = (norm: string) => ({
    meanL2: tf.tidy(() => tf.norm(main.averages[`${norm}.mean`])),
    varL2: tf.tidy(() => tf.norm(main.averages[`${norm}.variance`])),
  });
  return {
    movingAverages: Object.fromEntries(['enc0.bn0', 'bottleneck.bn1', 'wild.dec0.bn1'].map((norm) => [norm, lengths(norm)])),
    forwardInferenceAfterOneUpdate: named(tf.tidy(() => main.forward(x, INFERENCE))),
  };
}
