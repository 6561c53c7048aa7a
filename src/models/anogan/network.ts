import * as tf from '@tensorflow/tfjs';
import type { Random } from '../../core/random';
import { biasActivation, conv, convTranspose, dense } from '../../nn/layers';
import { batchNorm, moveAverages, movingNorm } from '../../nn/norm';

/** Paper: size 64, width 64 (channels 64 to 512), z of length 100 [C: bamos/dcgan-completion.tensorflow]. */
export type AnoGanConfig = { size: number; width: number; latent: number };
/** Norms on the batch's own statistics (training), or on their moving averages (search and scores). */
export type Mode = 'batch' | 'moving';
/** Mean and variance [c] of a batch before each norm, by the norm's name. */
export type Statistics = Record<string, { mean: tf.Tensor1D; variance: tf.Tensor1D }>;

/** LeakyReLU slope of the discriminator, ε and momentum of the norms [C]. */
const SLOPE = 0.2;
const EPSILON = 1e-5;
const MOMENTUM = 0.9;
/** Standard deviation of fresh kernels [C]. */
const SD = 0.02;

type Kind = 'dense' | 'conv' | 'convTranspose' | 'bias' | 'gain' | 'shift';
export type Layout = Record<string, { shape: number[]; kind: Kind }>;

/** Variables of each network, in the order of the forward pass. @throws RangeError when `size` cannot be halved four times */
export function layout({ size, width, latent }: AnoGanConfig): Record<'generator' | 'discriminator' | 'encoder', Layout> {
  if (size < 16 || size % 16 !== 0)
    throw new RangeError(`AnoGAN needs a size that is a multiple of 16, not ${size}. Choose ${Math.max(16, Math.round(size / 16) * 16)}.`);
  const top = (size / 16) ** 2 * 8 * width;
  const layer = (name: string, kind: Kind, shape: number[], outputs: number): Layout => ({
    [`${name}.w`]: { shape, kind },
    [`${name}.b`]: { shape: [outputs], kind: 'bias' },
  });
  const norm = (name: string, channels: number): Layout => ({
    [`${name}.gamma`]: { shape: [channels], kind: 'gain' },
    [`${name}.beta`]: { shape: [channels], kind: 'shift' },
  });
  const generator = { ...layer('project', 'dense', [latent, top], top), ...norm('bn0', 8 * width) };
  const trunk = layer('conv0', 'conv', [5, 5, 1, width], width);
  for (const i of [1, 2, 3]) {
    const [wide, narrow] = [2 ** (4 - i) * width, 2 ** (3 - i) * width];
    Object.assign(generator, layer(`up${i}`, 'convTranspose', [5, 5, narrow, wide], narrow), norm(`bn${i}`, narrow));
    const [from, to] = [2 ** (i - 1) * width, 2 ** i * width];
    Object.assign(trunk, layer(`conv${i}`, 'conv', [5, 5, from, to], to), norm(`bn${i}`, to));
  }
  Object.assign(generator, layer('out', 'convTranspose', [5, 5, 1, width], 1));
  return {
    generator,
    discriminator: { ...trunk, ...layer('logit', 'dense', [top, 1], 1) },
    encoder: { ...trunk, ...layer('code', 'dense', [top, latent], latent) },
  };
}

/** N(0, 0.02), for convolutions drawn anew beyond two standard deviations; biases 0, gains 1 [C]. */
function fresh({ shape, kind }: Layout[string], random: Random): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1);
  if (kind === 'bias' || kind === 'shift') return new Float32Array(size);
  if (kind === 'gain') return new Float32Array(size).fill(1);
  const bound = kind === 'conv' ? 2 : Number.POSITIVE_INFINITY;
  return Float32Array.from({ length: size }, () => {
    let v = random.normal();
    while (Math.abs(v) > bound) v = random.normal();
    return SD * v;
  });
}

/** Named variables, and norms that say whose statistics they use. */
class NormedNetwork {
  readonly variables: Readonly<Record<string, tf.Variable>>;
  /** Moving averages, `bn1/mean` and `bn1/variance`; at first 0 and 1. */
  readonly averages: Readonly<Record<string, tf.Variable>>;

  constructor(layout: Layout, values: (name: string) => Float32Array) {
    const made = (tensor: () => tf.Tensor, trainable: boolean) => tf.tidy(() => tf.variable(tensor(), trainable));
    const entries = Object.entries(layout);
    this.variables = Object.fromEntries(entries.map(([name, { shape }]) => [name, made(() => tf.tensor(values(name), shape), true)]));
    this.averages = Object.fromEntries(
      entries.flatMap(([name, { shape, kind }]) => {
        if (kind !== 'gain') return [];
        const norm = name.replace('.gamma', '');
        return [
          [`${norm}/mean`, made(() => tf.zeros(shape), false)],
          [`${norm}/variance`, made(() => tf.ones(shape), false)],
        ];
      }),
    );
  }

  protected kernel(name: string): tf.Tensor4D {
    return this.variables[`${name}.w`] as unknown as tf.Tensor4D;
  }

  /** act(h · kernel + bias), for one row of `h` [n, k] an image. */
  protected dense(h: tf.Tensor2D, name: string): tf.Tensor2D {
    return dense(h, this.kernel(name) as unknown as tf.Tensor2D, this.variables[`${name}.b`]);
  }

  protected bias(h: tf.Tensor4D, name: string, slope: number): tf.Tensor4D {
    return biasActivation(h, this.variables[`${name}.b`], slope);
  }

  /** act(norm(h)); statistics of a batch are added to `seen`. */
  protected norm(h: tf.Tensor4D, name: string, slope: number, mode: Mode, seen: Statistics): tf.Tensor4D {
    const [gain, shift] = [this.variables[`${name}.gamma`], this.variables[`${name}.beta`]];
    if (mode === 'moving')
      return movingNorm(h, this.averages[`${name}/mean`], this.averages[`${name}/variance`], gain, shift, EPSILON, slope);
    const { y, mean, variance } = batchNorm(h, gain, shift, EPSILON, slope);
    seen[name] = { mean, variance };
    return y;
  }

  /** Moves the averages towards a batch's statistics: average ← 0.9 · average + 0.1 · batch. */
  moveAverages(statistics: Statistics): void {
    const pairs = Object.entries(statistics).flatMap(([name, { mean, variance }]) => [
      { average: this.averages[`${name}/mean`], batch: mean },
      { average: this.averages[`${name}/variance`], batch: variance },
    ]);
    moveAverages(pairs, MOMENTUM);
  }

  dispose(): void {
    tf.dispose([this.variables, this.averages]);
  }
}

/** G of section 2.1: a latent code to an image in ± 1. Shapes at size 64. */
export class GeneratorNetwork extends NormedNetwork {
  constructor(
    readonly config: AnoGanConfig,
    values: (name: string) => Float32Array,
  ) {
    super(layout(config).generator, values);
  }

  static fresh(config: AnoGanConfig, random: Random): GeneratorNetwork {
    const { generator } = layout(config);
    return new GeneratorNetwork(config, (name) => fresh(generator[name], random));
  }

  /** z [n, latent] → G(z) [n, s, s, 1], and the statistics of the batch in mode 'batch'. */
  generate(z: tf.Tensor2D, mode: Mode): { image: tf.Tensor4D; statistics: Statistics } {
    const { size, width } = this.config;
    const seen: Statistics = {};
    const base = size / 16;
    let h = tf.reshape(this.dense(z, 'project'), [z.shape[0], base, base, 8 * width]) as tf.Tensor4D;
    h = this.norm(h, 'bn0', 0, mode, seen); // 4² × 512
    for (const i of [1, 2, 3]) {
      h = this.bias(convTranspose(h, this.kernel(`up${i}`), 2, 'same'), `up${i}`, 1);
      h = this.norm(h, `bn${i}`, 0, mode, seen); // 8² × 256, 16² × 128, 32² × 64
    }
    const image = tf.tanh(this.bias(convTranspose(h, this.kernel('out'), 2, 'same'), 'out', 1)); // 64² × 1
    return { image, statistics: seen };
  }
}

/** The convolutions that the discriminator and the aCAE's encoder have alike. Shapes at size 64. */
class Trunk extends NormedNetwork {
  /** x [n, s, s, 1] → [n, 8,192 at the paper's size]. */
  protected trunk(x: tf.Tensor4D, mode: Mode, seen: Statistics): tf.Tensor2D {
    let h = this.bias(conv(x, this.kernel('conv0'), 2, 'same'), 'conv0', SLOPE); // 32² × 64
    for (const i of [1, 2, 3]) {
      h = this.bias(conv(h, this.kernel(`conv${i}`), 2, 'same'), `conv${i}`, 1);
      h = this.norm(h, `bn${i}`, SLOPE, mode, seen); // 16² × 128, 8² × 256, 4² × 512
    }
    return tf.reshape(h, [x.shape[0], -1]);
  }
}

/** D of section 2.1: how real an image looks, and the feature layer f of Eq. 4. */
export class DiscriminatorNetwork extends Trunk {
  constructor(
    readonly config: AnoGanConfig,
    values: (name: string) => Float32Array,
  ) {
    super(layout(config).discriminator, values);
  }

  static fresh(config: AnoGanConfig, random: Random): DiscriminatorNetwork {
    const { discriminator } = layout(config);
    return new DiscriminatorNetwork(config, (name) => fresh(discriminator[name], random));
  }

  /** x [n, s, s, 1] → logit [n], f(x) [n, 8,192 at the paper's size], and the statistics of the batch in mode 'batch'. */
  judge(x: tf.Tensor4D, mode: Mode): { logit: tf.Tensor1D; features: tf.Tensor2D; statistics: Statistics } {
    const seen: Statistics = {};
    const features = this.trunk(x, mode, seen);
    return { logit: tf.reshape(this.dense(features, 'logit'), [-1]) as tf.Tensor1D, features, statistics: seen };
  }
}

/** E of the aCAE: an image to its code. */
export class EncoderNetwork extends Trunk {
  constructor(
    readonly config: AnoGanConfig,
    values: (name: string) => Float32Array,
  ) {
    super(layout(config).encoder, values);
  }

  static fresh(config: AnoGanConfig, random: Random): EncoderNetwork {
    const { encoder } = layout(config);
    return new EncoderNetwork(config, (name) => fresh(encoder[name], random));
  }

  /** x [n, s, s, 1] → E(x) [n, latent], and the statistics of the batch in mode 'batch'. */
  encode(x: tf.Tensor4D, mode: Mode): { z: tf.Tensor2D; statistics: Statistics } {
    const seen: Statistics = {};
    return { z: this.dense(this.trunk(x, mode, seen), 'code'), statistics: seen };
  }
}

/** Variables under the name of their network: what a checkpoint calls them. */
export const within = (network: string, variables: Readonly<Record<string, tf.Variable>>): Record<string, tf.Variable> =>
  Object.fromEntries(Object.entries(variables).map(([name, variable]) => [`${network}/${name}`, variable]));

export type Networks = { generator: GeneratorNetwork; discriminator: DiscriminatorNetwork };
