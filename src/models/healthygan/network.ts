import * as tf from '@tensorflow/tfjs';
import type { Random } from '../../core/random';
import { biasActivation, conv, convTranspose } from '../../nn/layers';
import { instanceNorm } from '../../nn/norm';

/** Paper: size 256, 3 channels, width 64, 6 residual blocks, 6 critic layers. */
export type HealthyGanConfig = { size: number; channels: number; width: number; blocks: number; criticLayers: number };

/** LeakyReLU slope of the critic, ε of the norms [C]. */
const SLOPE = 0.01;
const EPSILON = 1e-5;
/** Critic layers of the paper: more than a size of 64 has room for. */
const MOST_LAYERS = 6;

type Kind = 'conv' | 'convTranspose' | 'bias' | 'gain' | 'shift';
/** `fanIn` as PyTorch counts it: taps times the kernel's last but one dimension; of a bias, its layer's; 0 where nothing is drawn. */
export type Layout = Record<string, { shape: number[]; kind: Kind; fanIn: number }>;

/** Critic layers for a size: as many as it can be halved down to no less than 2 pixels, 6 at most (5 at 64², 6 at 128² and 256²). */
export function layersFor(size: number): number {
  let layers = 0;
  while (layers < MOST_LAYERS && size % 2 ** (layers + 1) === 0 && size / 2 ** (layers + 1) >= 2) layers++;
  return layers;
}

/**
 * Variables of each network, in the order of the forward pass.
 * @throws RangeError for a size that the layers cannot halve, and for channels other than 1 and 3
 */
export function layout({ size, channels, width, blocks, criticLayers }: HealthyGanConfig): Record<'generator' | 'critic', Layout> {
  const step = Math.max(4, 2 ** criticLayers);
  if (size < step || size % step !== 0) {
    const nearest = Math.max(step, Math.round(size / step) * step);
    throw new RangeError(
      `With ${criticLayers} critic layers the size must be a multiple of ${step}, not ${size}. Choose ${nearest}, or fewer layers.`,
    );
  }
  if (channels !== 1 && channels !== 3) throw new RangeError(`HealthyGAN takes images of 1 or 3 channels, not ${channels}.`);
  const kernel = (name: string, kind: 'conv' | 'convTranspose', shape: number[]): Layout => ({
    [`${name}.w`]: { shape, kind, fanIn: shape[0] * shape[1] * shape[2] },
  });
  const norm = (name: string, outputs: number): Layout => ({
    [`${name}.gamma`]: { shape: [outputs], kind: 'gain', fanIn: 0 },
    [`${name}.beta`]: { shape: [outputs], kind: 'shift', fanIn: 0 },
  });
  const [narrow, middle, wide] = [width, 2 * width, 4 * width];
  const generator: Layout = {
    ...kernel('conv0', 'conv', [7, 7, channels, narrow]),
    ...norm('in0', narrow),
    ...kernel('conv1', 'conv', [4, 4, narrow, middle]),
    ...norm('in1', middle),
    ...kernel('conv2', 'conv', [4, 4, middle, wide]),
    ...norm('in2', wide),
  };
  for (let b = 0; b < blocks; b++) {
    for (const i of [0, 1]) {
      Object.assign(generator, kernel(`res${b}.conv${i}`, 'conv', [3, 3, wide, wide]), norm(`res${b}.in${i}`, wide));
    }
  }
  Object.assign(generator, kernel('up1', 'convTranspose', [4, 4, middle, wide]), norm('upin1', middle));
  Object.assign(generator, kernel('up0', 'convTranspose', [4, 4, narrow, middle]), norm('upin0', narrow));
  Object.assign(generator, kernel('head', 'conv', [7, 7, narrow, channels + 1]));
  const critic: Layout = {};
  let inputs = channels;
  for (let i = 0; i < criticLayers; i++) {
    const outputs = width * 2 ** i;
    Object.assign(critic, kernel(`c${i}`, 'conv', [4, 4, inputs, outputs]));
    critic[`c${i}.b`] = { shape: [outputs], kind: 'bias', fanIn: 16 * inputs };
    inputs = outputs;
  }
  return { generator, critic: { ...critic, ...kernel('patch', 'conv', [3, 3, inputs, 1]) } };
}

/** How fresh weights are drawn: PyTorch's default, ± 1/√fan_in for kernels and biases [C], or He's ± √(6/fan_in) with biases of 0. */
export type Initialisation = 'pytorch' | 'he';

/** Values of a fresh variable; norms start as the identity. */
export function fresh({ shape, kind, fanIn }: Layout[string], random: Random, initialisation: Initialisation): Float32Array {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  if (kind === 'gain') return values.fill(1);
  if (kind === 'shift' || (kind === 'bias' && initialisation === 'he')) return values;
  const bound = Math.sqrt((initialisation === 'he' ? 6 : 1) / fanIn);
  return values.map(() => random.between(-bound, bound));
}

/** Variables by name, and their layers. */
class Network {
  readonly variables: Readonly<Record<string, tf.Variable>>;

  constructor(layout: Layout, values: (name: string) => Float32Array) {
    const made = (name: string) => tf.tidy(() => tf.variable(tf.tensor(values(name), layout[name].shape)));
    this.variables = Object.fromEntries(Object.keys(layout).map((name) => [name, made(name)]));
  }

  protected kernel(name: string): tf.Tensor4D {
    return this.variables[`${name}.w`] as unknown as tf.Tensor4D;
  }

  dispose(): void {
    tf.dispose(this.variables as Record<string, tf.Variable>);
  }
}

/** B_int in ± 1, and the mask M in [0, 1], [n, s, s, 1], of where it is to be taken. */
export type Translation = { intermediate: tf.Tensor4D; mask: tf.Tensor4D };

/** G of section 2: an image to the healthy one it should have been. Shapes at size 256. */
export class GeneratorNetwork extends Network {
  constructor(
    readonly config: HealthyGanConfig,
    values: (name: string) => Float32Array,
  ) {
    super(layout(config).generator, values);
  }

  /** Norms see one image at a time, in training as after it. x [n, s, s, c] in ± 1. */
  translate(x: tf.Tensor4D): Translation {
    const { channels, blocks } = this.config;
    let h = this.norm(conv(x, this.kernel('conv0'), 1, 3), 'in0', 0); // 256² × 64
    for (const i of [1, 2]) h = this.norm(conv(h, this.kernel(`conv${i}`), 2, 1), `in${i}`, 0); // 128² × 128, 64² × 256
    for (let b = 0; b < blocks; b++) {
      const inner = this.norm(conv(h, this.kernel(`res${b}.conv0`), 1, 1), `res${b}.in0`, 0);
      h = tf.add(h, this.norm(conv(inner, this.kernel(`res${b}.conv1`), 1, 1), `res${b}.in1`, 1));
    }
    for (const i of [1, 0]) h = this.norm(convTranspose(h, this.kernel(`up${i}`), 2, 1), `upin${i}`, 0); // 128² × 128, 256² × 64
    const y = tf.tanh(conv(h, this.kernel('head'), 1, 3)); // 256² × (c + 1)
    const [intermediate, mask] = tf.split(y, [channels, 1], 3) as tf.Tensor4D[];
    return { intermediate, mask: tf.div(tf.add(mask, 1), 2) };
  }

  /** act(IN(h)), `slope` as in nn/layers. */
  private norm(h: tf.Tensor4D, name: string, slope: number): tf.Tensor4D {
    return instanceNorm(h, this.variables[`${name}.gamma`], this.variables[`${name}.beta`], EPSILON, slope);
  }
}

/** D of section 2: how healthy each patch looks, unbounded. Shapes at size 256. */
export class CriticNetwork extends Network {
  constructor(
    readonly config: HealthyGanConfig,
    values: (name: string) => Float32Array,
  ) {
    super(layout(config).critic, values);
  }

  /** x [n, s, s, c] → [n, s / 2^layers, s / 2^layers, 1]. Twice differentiable: nothing in it saves its output. */
  judge(x: tf.Tensor4D): tf.Tensor4D {
    let h = x;
    for (let i = 0; i < this.config.criticLayers; i++) {
      h = biasActivation(conv(h, this.kernel(`c${i}`), 2, 1), this.variables[`c${i}.b`], SLOPE); // 128² × 64 … 4² × 2048
    }
    return conv(h, this.kernel('patch'), 1, 1); // 4² × 1
  }
}

/** inside ⊙ M + outside ⊙ (1 − M): B′ of Eq. 1 from B_int and A, A′ of Eq. 2 from A and B_int. */
export function blend(inside: tf.Tensor4D, outside: tf.Tensor4D, mask: tf.Tensor4D): tf.Tensor4D {
  return tf.add(tf.mul(inside, mask), tf.mul(outside, tf.sub(1, mask)));
}

/** x [n, h, w, 1] repeated in each of `channels`; an image that has them is left alone. */
export function coloured(x: tf.Tensor4D, channels: number): tf.Tensor4D {
  return x.shape[3] === channels ? x : tf.tile(x, [1, 1, 1, channels]);
}

export type Networks = { generator: GeneratorNetwork; critic: CriticNetwork };
