import * as tf from '@tensorflow/tfjs';
import type { Random } from '../../core/random';
import { glorotUniform } from '../../nn/initializers';
import { conv } from '../../nn/layers';
import { assertHalvable, type Mode, NormedNetwork, normLayout, type Layout as Shapes, type Statistics } from '../../nn/normedNetwork';

/** Authors' code: size 64, width 64 (channels 64 to 512), z of length 128. */
export type FAnoGanConfig = { size: number; width: number; latent: number };
/** ε of the critic's layer norms. */
const EPSILON = 1e-5;
/** Halvings between the image and the smallest maps. */
const LEVELS = 4;

type Kind = 'kernel' | 'bias' | 'gain' | 'shift';
export type Layout = Shapes<Kind>;

/** Channels of the maps, times the width, from the image inwards. */
const CHANNELS = [1, 2, 4, 8, 8];

/** Variables of each network, in the order of the forward pass. @throws RangeError when `size` cannot be halved four times */
export function layout({ size, width, latent }: FAnoGanConfig): Record<'generator' | 'critic' | 'encoder', Layout> {
  assertHalvable('f-AnoGAN', size);
  const channels = CHANNELS.map((c) => c * width);
  const flat = (size / 16) ** 2 * channels[LEVELS];
  const kernel = (name: string, shape: number[]): Layout => ({ [`${name}.w`]: { shape, kind: 'kernel' } });
  const layer = (name: string, shape: number[]): Layout => ({
    ...kernel(name, shape),
    [`${name}.b`]: { shape: [shape[shape.length - 1]], kind: 'bias' },
  });
  /** `middle` channels between its two convolutions. */
  const block = (name: string, from: number, middle: number, to: number): Layout => ({
    ...normLayout(`${name}.norm0`, from),
    ...kernel(`${name}.conv0`, [3, 3, from, middle]),
    ...normLayout(`${name}.norm1`, middle),
    ...layer(`${name}.conv1`, [3, 3, middle, to]),
    ...layer(`${name}.shortcut`, [1, 1, from, to]),
  });
  const generator: Layout = layer('project', [latent, flat]);
  const trunk: Layout = layer('first', [3, 3, 1, width]);
  for (let i = 0; i < LEVELS; i++) {
    const [wide, narrow] = [channels[LEVELS - i], channels[LEVELS - i - 1]];
    Object.assign(generator, block(`up${i}`, wide, narrow, narrow));
    Object.assign(trunk, block(`down${i}`, channels[i], channels[i], channels[i + 1]));
  }
  Object.assign(generator, normLayout('last.norm', width), layer('last', [3, 3, width, 1]));
  return {
    generator,
    critic: { ...trunk, ...layer('value', [flat, 1]) },
    encoder: { ...trunk, ...layer('code', [flat, latent]) },
  };
}

/** Twice the size, each pixel four times. Written so that its gradient is a sum on every backend. */
export function double(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const wide = tf.reshape(tf.concat([x, x], 3), [n, h, 2 * w, c]) as tf.Tensor4D;
  return tf.reshape(tf.concat([wide, wide], 2), [n, 2 * h, 2 * w, c]);
}

/** Half the size, means of 2 × 2. Twice differentiable, unlike tf.avgPool. */
export function halve(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const rows = tf.mean(tf.reshape(x, [(n * h) / 2, 2, w * c]), 1);
  return tf.reshape(tf.mean(tf.reshape(rows, [(n * h * w) / 4, 2, c]), 1), [n, h / 2, w / 2, c]);
}

/** Layer norm of each image over h, w and c, gain and bias [c] (as the authors' code has it), then ReLU. Twice differentiable. */
export function layerNormRelu(x: tf.Tensor4D, gain: tf.Tensor, bias: tf.Tensor): tf.Tensor4D {
  const flat = tf.reshape(x, [x.shape[0], -1]);
  const centred = tf.sub(flat, tf.mean(flat, 1, true));
  const scaled = tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), EPSILON)));
  return tf.relu(tf.add(tf.mul(tf.reshape(scaled, x.shape), gain), bias));
}

/** Glorot-uniform kernels, biases 0, gains 1 [ours; the authors' code draws by He's rule]. */
function fresh(layout: Layout, random: Random): (name: string) => tf.Tensor {
  return (name) => {
    const { shape, kind } = layout[name];
    return kind === 'kernel' ? glorotUniform(shape, random) : kind === 'gain' ? tf.ones(shape) : tf.zeros(shape);
  };
}

/** Norms come before each ReLU. */
class ResidualNetwork extends NormedNetwork {
  constructor(layout: Layout, random: Random, overBatches: boolean) {
    super(layout, fresh(layout, random), overBatches);
  }

  protected conv(x: tf.Tensor4D, name: string): tf.Tensor4D {
    return this.bias(conv(x, this.kernel(name), 1, 'same'), name, 1);
  }

  /** norm-ReLU-conv, norm-ReLU-conv, beside a 1 × 1 convolution; `up` doubles before the first convolution, else the size is halved after the second. */
  protected block(x: tf.Tensor4D, name: string, up: boolean, mode: Mode, seen: Statistics): tf.Tensor4D {
    const first = this.norm(x, `${name}.norm0`, 0, mode, seen);
    const middle = conv(up ? double(first) : first, this.kernel(`${name}.conv0`), 1, 'same');
    const last = this.conv(this.norm(middle, `${name}.norm1`, 0, mode, seen), `${name}.conv1`);
    return tf.add(up ? last : halve(last), this.conv(up ? double(x) : halve(x), `${name}.shortcut`));
  }
}

/** G: a latent code to an image in ± 1. Shapes at size 64, width 64. */
export class GeneratorNetwork extends ResidualNetwork {
  constructor(
    readonly config: FAnoGanConfig,
    random: Random,
  ) {
    super(layout(config).generator, random, true);
  }

  /** z [n, latent] → G(z) [n, s, s, 1], and the statistics of the batch in mode 'batch'. */
  generate(z: tf.Tensor2D, mode: Mode): { image: tf.Tensor4D; statistics: Statistics } {
    const { size, width } = this.config;
    const seen: Statistics = {};
    const base = size / 2 ** LEVELS;
    let h = tf.reshape(this.dense(z, 'project'), [z.shape[0], base, base, CHANNELS[LEVELS] * width]) as tf.Tensor4D; // 4² × 512
    for (let i = 0; i < LEVELS; i++) h = this.block(h, `up${i}`, true, mode, seen); // 8² × 512, 16² × 256, 32² × 128, 64² × 64
    const image = tf.tanh(this.conv(this.norm(h, 'last.norm', 0, mode, seen), 'last')) as tf.Tensor4D; // 64² × 1
    return { image, statistics: seen };
  }
}

/** What the critic and the encoder have alike. */
class Trunk extends ResidualNetwork {
  /** x [n, s, s, 1] → [n, 8,192 at the authors' size]. */
  protected trunk(x: tf.Tensor4D, mode: Mode, seen: Statistics): tf.Tensor2D {
    let h = this.conv(x, 'first'); // 64² × 64
    for (let i = 0; i < LEVELS; i++) h = this.block(h, `down${i}`, false, mode, seen); // 32² × 128, 16² × 256, 8² × 512, 4² × 512
    return tf.reshape(h, [x.shape[0], -1]);
  }
}

/** D: how healthy an image looks, without a scale; its norms are layer norms, so that the penalty sees each image alone. */
export class CriticNetwork extends Trunk {
  constructor(
    readonly config: FAnoGanConfig,
    random: Random,
  ) {
    super(layout(config).critic, random, false);
  }

  protected override norm(x: tf.Tensor4D, name: string): tf.Tensor4D {
    return layerNormRelu(x, this.variables[`${name}.gamma`], this.variables[`${name}.beta`]);
  }

  /** x [n, s, s, 1] → value [n] and features f(x) [n, 8,192 at the authors' size]. */
  judge(x: tf.Tensor4D): { value: tf.Tensor1D; features: tf.Tensor2D } {
    const features = this.trunk(x, 'batch', {});
    return { value: tf.reshape(this.dense(features, 'value'), [-1]) as tf.Tensor1D, features };
  }
}

/** E: an image to its code in ± 1. */
export class EncoderNetwork extends Trunk {
  constructor(
    readonly config: FAnoGanConfig,
    random: Random,
  ) {
    super(layout(config).encoder, random, true);
  }

  /** x [n, s, s, 1] → E(x) [n, latent], and the statistics of the batch in mode 'batch'. */
  encode(x: tf.Tensor4D, mode: Mode): { z: tf.Tensor2D; statistics: Statistics } {
    const seen: Statistics = {};
    return { z: tf.tanh(this.dense(this.trunk(x, mode, seen), 'code')), statistics: seen };
  }
}

export type Networks = { generator: GeneratorNetwork; critic: CriticNetwork; encoder: EncoderNetwork };
