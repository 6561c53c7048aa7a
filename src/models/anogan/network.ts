import * as tf from '@tensorflow/tfjs';
import type { Random } from '../../core/random';
import { conv, convTranspose } from '../../nn/layers';
import { assertHalvable, type Mode, NormedNetwork, normLayout, type Layout as Shapes, type Statistics } from '../../nn/normedNetwork';

/** Paper: size 64, width 64 (channels 64 to 512), z of length 100 [C: bamos/dcgan-completion.tensorflow]. */
export type AnoGanConfig = { size: number; width: number; latent: number };
/** LeakyReLU slope of the discriminator [C]. */
const SLOPE = 0.2;
/** Standard deviation of fresh kernels [C]. */
const SD = 0.02;

type Kind = 'dense' | 'conv' | 'convTranspose' | 'bias' | 'gain' | 'shift';
export type Layout = Shapes<Kind>;

/** Variables of each network, in the order of the forward pass. @throws RangeError when `size` cannot be halved four times */
export function layout({ size, width, latent }: AnoGanConfig): Record<'generator' | 'discriminator' | 'encoder', Layout> {
  assertHalvable('AnoGAN', size);
  const top = (size / 16) ** 2 * 8 * width;
  const layer = (name: string, kind: Kind, shape: number[], outputs: number): Layout => ({
    [`${name}.w`]: { shape, kind },
    [`${name}.b`]: { shape: [outputs], kind: 'bias' },
  });
  const generator = { ...layer('project', 'dense', [latent, top], top), ...normLayout('bn0', 8 * width) };
  const trunk = layer('conv0', 'conv', [5, 5, 1, width], width);
  for (const i of [1, 2, 3]) {
    const [wide, narrow] = [2 ** (4 - i) * width, 2 ** (3 - i) * width];
    Object.assign(generator, layer(`up${i}`, 'convTranspose', [5, 5, narrow, wide], narrow), normLayout(`bn${i}`, narrow));
    const [from, to] = [2 ** (i - 1) * width, 2 ** i * width];
    Object.assign(trunk, layer(`conv${i}`, 'conv', [5, 5, from, to], to), normLayout(`bn${i}`, to));
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

/** G of section 2.1: a latent code to an image in ± 1. Shapes at size 64. */
export class GeneratorNetwork extends NormedNetwork {
  protected override readonly biases = { bn1: 'up1', bn2: 'up2', bn3: 'up3' };

  constructor(
    readonly config: AnoGanConfig,
    values: (name: string) => Float32Array,
  ) {
    const { generator } = layout(config);
    super(generator, (name) => tf.tensor(values(name), generator[name].shape));
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
      h = this.norm(convTranspose(h, this.kernel(`up${i}`), 2, 'same'), `bn${i}`, 0, mode, seen); // 8² × 256, 16² × 128, 32² × 64
    }
    const image = tf.tanh(this.bias(convTranspose(h, this.kernel('out'), 2, 'same'), 'out', 1)); // 64² × 1
    return { image, statistics: seen };
  }
}

/** The convolutions that the discriminator and the aCAE's encoder have alike. Shapes at size 64. */
class Trunk extends NormedNetwork {
  protected override readonly biases = { bn1: 'conv1', bn2: 'conv2', bn3: 'conv3' };

  /** x [n, s, s, 1] → [n, 8,192 at the paper's size]. */
  protected trunk(x: tf.Tensor4D, mode: Mode, seen: Statistics): tf.Tensor2D {
    let h = this.bias(conv(x, this.kernel('conv0'), 2, 'same'), 'conv0', SLOPE); // 32² × 64
    for (const i of [1, 2, 3]) {
      h = this.norm(conv(h, this.kernel(`conv${i}`), 2, 'same'), `bn${i}`, SLOPE, mode, seen); // 16² × 128, 8² × 256, 4² × 512
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
    const { discriminator } = layout(config);
    super(discriminator, (name) => tf.tensor(values(name), discriminator[name].shape));
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
    const { encoder } = layout(config);
    super(encoder, (name) => tf.tensor(values(name), encoder[name].shape));
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

export type Networks = { generator: GeneratorNetwork; discriminator: DiscriminatorNetwork };
