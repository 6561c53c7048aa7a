/** The two networks of ASC-Net (R. Dey, Y. Hong: "ASC-Net", MICCAI 2021), on any square whose side is a multiple of 16. */
import * as tf from '@tensorflow/tfjs';
import type { Random } from '../../core/random';
import { glorotUniform } from '../../nn/initializers';
import { biasActivation, conv, convTranspose, dense } from '../../nn/layers';
import { batchNorm, moveAverages, movingNorm } from '../../nn/norm';

/** Levels that halve the image: sides are multiples of 2⁴. */
const LEVELS = [0, 1, 2, 3] as const;
const BRANCHES = ['fence', 'wild'] as const;
const EPSILON = 1e-3;
/** Activations that an inference pass may hold at once, in values, and how many a pixel needs per unit of base width. */
const HELD_VALUES = 64e6;
const VALUES_PER_PIXEL = 27.5;

/** Shape of every trainable tensor by name, in the order of the forward pass. */
export type Layout = Record<string, number[]>;
export type MainConfig = {
  width: number;
  /** Dropout after the skip connections too [C], not only after pooling [P]. */
  dropSkips: boolean;
  /** R learns [P]; not published: it stays at one of HELD_MIXERS. */
  mixer: 'learns' | HeldMixer;
  /** Not published: I_fc = σ(decoder + logit I_in), with a decoder that starts at 0 and a wild cut that starts near 0. */
  correct: boolean;
};
/** Where the wild cut starts when it corrects: σ(−3) = 0.05. */
const WILD_START = -3;
/** logit I_in is taken of I_in held in [ε, 1 − ε]. */
const LOGIT_EPSILON = 0.002;
/**
 * Under `held`, I_ro = σ(2·I_fc + 6·I_wc − 1.5), the fence cut alone reaches σ(0.5) = 0.62 at most, so that bright tissue cannot be rebuilt without
 * the wild cut, and the disjuncy decides which of it may be. Under `fenceFaint` it reaches σ(−1) = 0.27: Loss_R draws all that is brighter over to
 * the wild cut, where the fence cut can be dark instead.
 */
const HELD_MIXERS = {
  held: { weights: [2, 6], bias: [-1.5] },
  fenceFaint: { weights: [1, 6], bias: [-2] },
};
export type HeldMixer = keyof typeof HELD_MIXERS;
export type Head = 'flatten' | 'pool';
export type DiscriminatorConfig = { size: number; width: number; head: Head /** Width of the last block. */; top: number };

/** Mean and biased variance of each norm's batch, by name of the norm. */
export type Statistics = Record<string, { mean: tf.Tensor1D; variance: tf.Tensor1D }>;
/** How a forward pass normalises and drops. */
export type Pass =
  | { mode: 'moving' }
  /** On the batch's own statistics, which are kept in `statistics` where it is given: the caller disposes them. */
  | { mode: 'batch'; drop: (x: tf.Tensor4D) => tf.Tensor4D; statistics?: Statistics };
export const INFERENCE: Pass = { mode: 'moving' };

/** I_fc, I_wc and I_ro, each [n, s, s, 1] in (0, 1). */
export type Cuts = { fenceCut: tf.Tensor4D; wildCut: tf.Tensor4D; reconstruction: tf.Tensor4D };

/** @throws RangeError when the size cannot be halved four times */
export function assertSize(size: number): void {
  if (size >= 16 && size % 16 === 0) return;
  throw new RangeError(`ASC-Net needs a size that is a multiple of 16, not ${size}. Choose ${Math.max(16, Math.round(size / 16) * 16)}.`);
}

function block(layout: Layout, name: string, inputs: number, outputs: number): void {
  for (const i of [0, 1]) {
    layout[`${name}.conv${i}.w`] = [3, 3, i === 0 ? inputs : outputs, outputs];
    layout[`${name}.conv${i}.b`] = [outputs];
    layout[`${name}.bn${i}.gamma`] = [outputs];
    layout[`${name}.bn${i}.beta`] = [outputs];
  }
}

export function mainLayout(width: number): Layout {
  const layout: Layout = {};
  for (const level of LEVELS) block(layout, `enc${level}`, level === 0 ? 1 : width << (level - 1), width << level);
  block(layout, 'bottleneck', width << 3, width << 4);
  for (const branch of BRANCHES) {
    for (const level of [...LEVELS].reverse()) {
      const channels = width << level;
      layout[`${branch}.up${level}.w`] = [2, 2, channels, 2 * channels];
      layout[`${branch}.up${level}.b`] = [channels];
      block(layout, `${branch}.dec${level}`, 2 * channels, channels);
    }
    layout[`${branch}.out.w`] = [1, 1, width, 1];
    layout[`${branch}.out.b`] = [1];
  }
  layout['mix.w'] = [1, 1, 2, 1];
  layout['mix.b'] = [1];
  return layout;
}

export function discriminatorLayout({ size, width, head, top }: DiscriminatorConfig): Layout {
  const layout: Layout = {};
  for (const level of LEVELS) block(layout, `d${level}`, level === 0 ? 1 : width << (level - 1), width << level);
  block(layout, 'd4', width << 3, top);
  layout['score.w'] = [head === 'flatten' ? (size / 16) ** 2 * top : top, 1];
  layout['score.b'] = [1];
  return layout;
}

/** Glorot uniform kernels, zero biases, gains of 1 [C]. */
const initial = (name: string, shape: number[], random: Random): tf.Tensor =>
  name.endsWith('.w') ? glorotUniform(shape, random) : name.endsWith('.gamma') ? tf.ones(shape) : tf.zeros(shape);

/** Named weights in a fixed order, the moving averages of their norms, and the block that both networks are made of. */
abstract class Network {
  readonly weights: Record<string, tf.Variable> = {};
  /** `<norm>.mean` and `<norm>.variance`: 0 and 1 until statistics are followed. */
  readonly averages: Record<string, tf.Variable> = {};

  constructor(
    private readonly layout: Layout,
    random: Random,
  ) {
    tf.tidy(() => {
      for (const [name, shape] of Object.entries(layout)) {
        this.weights[name] = tf.variable(initial(name, shape, random));
        if (!name.endsWith('.gamma')) continue;
        this.averages[name.replace('gamma', 'mean')] = tf.variable(tf.zeros(shape), false);
        this.averages[name.replace('gamma', 'variance')] = tf.variable(tf.ones(shape), false);
      }
    });
  }

  /** Forgets everything: fresh weights, averages of 0 and 1. */
  redraw(random: Random): void {
    tf.tidy(() => {
      for (const [name, shape] of Object.entries(this.layout)) this.weights[name].assign(initial(name, shape, random));
      for (const [name, average] of Object.entries(this.averages))
        average.assign(name.endsWith('.mean') ? tf.zeros(average.shape) : tf.ones(average.shape));
    });
  }

  /** The kernels under weight decay: 3 × 3 only [C]. */
  get decayed(): tf.Tensor[] {
    return Object.values(this.weights).filter(({ shape }) => shape.length === 4 && shape[0] === 3);
  }

  /** average ← momentum · average + (1 − momentum) · batch for every norm; disposes the statistics. */
  follow(statistics: Statistics, momentum: number): void {
    const pairs = Object.entries(statistics).flatMap(([norm, { mean, variance }]) => [
      { average: this.averages[`${norm}.mean`], batch: mean },
      { average: this.averages[`${norm}.variance`], batch: variance },
    ]);
    moveAverages(pairs, momentum);
    tf.dispose(statistics);
  }

  protected kernel(name: string): tf.Tensor4D {
    return this.weights[`${name}.w`] as unknown as tf.Tensor4D;
  }

  private norm(x: tf.Tensor4D, name: string, pass: Pass): tf.Tensor4D {
    const gain = this.weights[`${name}.gamma`];
    const bias = this.weights[`${name}.beta`];
    if (pass.mode === 'moving')
      return movingNorm(x, this.averages[`${name}.mean`], this.averages[`${name}.variance`], gain, bias, EPSILON, 1);
    const { y, mean, variance } = batchNorm(x, gain, bias, EPSILON, 1);
    if (pass.statistics) pass.statistics[name] = { mean: tf.keep(mean), variance: tf.keep(variance) };
    return y;
  }

  /** Twice: conv 3 × 3 SAME → ReLU → batch norm (the norm after the activation [C]). */
  protected block(x: tf.Tensor4D, name: string, pass: Pass): tf.Tensor4D {
    let h = x;
    for (const i of [0, 1]) {
      h = biasActivation(conv(h, this.kernel(`${name}.conv${i}`), 1, 1), this.weights[`${name}.conv${i}.b`], 0);
      h = this.norm(h, `${name}.bn${i}`, pass);
    }
    return h;
  }

  dispose(): void {
    tf.dispose([this.weights, this.averages]);
  }
}

const dropped = (x: tf.Tensor4D, pass: Pass) => (pass.mode === 'batch' ? pass.drop(x) : x);
const halved = (x: tf.Tensor4D, pass: Pass) => dropped(tf.maxPool(x, 2, 2, 'valid'), pass);

function logit(x: tf.Tensor4D): tf.Tensor4D {
  const held = tf.clipByValue(x, LOGIT_EPSILON, 1 - LOGIT_EPSILON);
  return tf.log(tf.div(held, tf.sub(1, held)));
}

/** Main module M: one encoder, a fence and a wild decoder that share nothing else, and the 1 × 1 mixer R. */
export class MainModule extends Network {
  constructor(
    readonly config: MainConfig,
    random: Random,
  ) {
    super(mainLayout(config.width), random);
    tf.tidy(() => {
      if (config.correct) {
        this.weights['fence.out.w'].assign(tf.zerosLike(this.weights['fence.out.w']));
        this.weights['wild.out.b'].assign(tf.tensor1d([WILD_START]));
      }
      if (config.mixer === 'learns') return;
      const { weights, bias } = HELD_MIXERS[config.mixer];
      this.weights['mix.w'].assign(tf.tensor4d(weights, [1, 1, 2, 1]));
      this.weights['mix.b'].assign(tf.tensor1d(bias));
    });
  }

  /** The weights that learn. */
  get learning(): Record<string, tf.Variable> {
    const all = Object.entries(this.weights);
    return Object.fromEntries(this.config.mixer === 'learns' ? all : all.filter(([name]) => !name.startsWith('mix.')));
  }

  /** x [n, s, s, 1] in [0, 1]. */
  forward(x: tf.Tensor4D, pass: Pass): Cuts {
    const skips: tf.Tensor4D[] = [];
    let h = x;
    for (const level of LEVELS) {
      skips[level] = this.block(h, `enc${level}`, pass);
      h = halved(skips[level], pass); // s / 2^(level + 1)
    }
    h = this.block(h, 'bottleneck', pass);
    const [fence, wild] = BRANCHES.map((branch) => this.decode(h, skips, branch, pass));
    const fenceCut = tf.sigmoid(this.config.correct ? (tf.add(fence, logit(x)) as tf.Tensor4D) : fence);
    const wildCut = tf.sigmoid(wild);
    return { fenceCut, wildCut, reconstruction: tf.sigmoid(this.conv1x1(tf.concat([fenceCut, wildCut], 3), 'mix')) };
  }

  private decode(code: tf.Tensor4D, skips: readonly tf.Tensor4D[], branch: (typeof BRANCHES)[number], pass: Pass): tf.Tensor4D {
    let h = code;
    for (const level of [...LEVELS].reverse()) {
      const name = `${branch}.up${level}`;
      h = tf.concat([biasActivation(convTranspose(h, this.kernel(name), 2, 0), this.weights[`${name}.b`], 1), skips[level]], 3);
      // The authors' code has no dropout at the last level of the fence decoder.
      if (this.config.dropSkips && !(branch === 'fence' && level === 0)) h = dropped(h, pass);
      h = this.block(h, `${branch}.dec${level}`, pass);
    }
    return this.conv1x1(h, `${branch}.out`);
  }

  private conv1x1(x: tf.Tensor4D, name: string): tf.Tensor4D {
    return biasActivation(conv(x, this.kernel(name), 1, 0), this.weights[`${name}.b`], 1);
  }

  /** The cuts in inference mode, a few images at a time: the activations of a training-sized batch may not fit into memory. */
  project(x: tf.Tensor4D): Cuts {
    const [n, h, w] = x.shape;
    const most = Math.max(1, Math.floor(HELD_VALUES / (VALUES_PER_PIXEL * this.config.width * h * w)));
    return tf.tidy(() => {
      const parts: Cuts[] = [];
      for (let first = 0; first < n; first += most)
        parts.push(tf.tidy(() => this.forward(tf.slice(x, [first, 0, 0, 0], [Math.min(most, n - first), h, w, 1]), INFERENCE)));
      const joined = (key: keyof Cuts) => tf.concat(parts.map((part) => part[key]));
      return { fenceCut: joined('fenceCut'), wildCut: joined('wildCut'), reconstruction: joined('reconstruction') };
    });
  }
}

/** Discriminator D: the encoder's shape with weights of its own, then one number in (−1, 1). */
export class Discriminator extends Network {
  constructor(
    readonly config: DiscriminatorConfig,
    random: Random,
  ) {
    super(discriminatorLayout(config), random);
  }

  /** x [n, s, s, 1] → [n, 1] in (−1, 1). */
  forward(x: tf.Tensor4D, pass: Pass): tf.Tensor2D {
    return tf.tanh(this.logits(x, pass));
  }

  /** What the tanh is taken of, [n, 1]. */
  logits(x: tf.Tensor4D, pass: Pass): tf.Tensor2D {
    let h = x;
    for (const level of LEVELS) h = halved(this.block(h, `d${level}`, pass), pass);
    h = this.block(h, 'd4', pass); // s / 16
    const features = this.config.head === 'flatten' ? tf.reshape(h, [x.shape[0], -1]) : tf.mean(h, [1, 2]);
    return dense(features as tf.Tensor2D, this.weights['score.w'] as unknown as tf.Tensor2D, this.weights['score.b']);
  }
}
