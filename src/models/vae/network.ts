import * as tf from '@tensorflow/tfjs';
import type { Random } from '../../core/random';
import { chain, type Link } from '../../nn/chain';
import { heUniform } from '../../nn/initializers';

/** Layer widths of the paper's encoder; the decoder mirrors them. */
export const PAPER_CHANNELS = [16, 32, 64, 256] as const;
/** LeakyReLU slope [C: MIC-DKFZ/vae-anomaly-experiments]. */
export const SLOPE = 0.01;

export type VaeConfig = { size: number; channels: readonly number[]; latent: number };
export type Code = { mu: tf.Tensor2D; logSigma: tf.Tensor2D };

/**
 * Shape and fan-in of every kernel, by name, in the order of the forward pass. No biases, no normalisation.
 * @throws RangeError when `size` cannot be halved once per layer
 */
export function layout({ size, channels, latent }: VaeConfig): Record<string, { shape: number[]; fanIn: number }> {
  const step = 2 ** channels.length;
  if (size < step || size % step !== 0) {
    const nearest = Math.max(step, Math.round(size / step) * step);
    throw new RangeError(`This network needs a size that is a multiple of ${step}, not ${size}. Choose ${nearest}.`);
  }
  const base = size / 2 ** channels.length;
  const kernels: Record<string, { shape: number[]; fanIn: number }> = {};
  let inputs = 1;
  channels.forEach((width, i) => {
    kernels[`enc${i}.w`] = { shape: [4, 4, inputs, width], fanIn: 16 * inputs };
    inputs = width;
  });
  kernels['enc_end.w'] = { shape: [base, base, inputs, 2 * latent], fanIn: base * base * inputs };
  kernels['dec_start.w'] = { shape: [base, base, inputs, latent], fanIn: base * base * latent };
  // A transposed kernel of stride 2 feeds each output pixel from a quarter of its taps.
  [...channels]
    .reverse()
    .slice(1)
    .forEach((width, i) => {
      kernels[`dec${i}.w`] = { shape: [4, 4, width, inputs], fanIn: 4 * inputs };
      inputs = width;
    });
  kernels['dec_end.w'] = { shape: [4, 4, 1, inputs], fanIn: 4 * inputs };
  return kernels;
}

/** Convolutional VAE (Zhou, Deng & Wu 2020, on the network of Zimmerer et al. 2019); paper: 64² input, μ and log σ of a diagonal Gaussian. */
export class VaeNetwork {
  readonly variables: Record<string, tf.Variable>;

  constructor(
    readonly config: VaeConfig,
    variables: Record<string, tf.Variable>,
  ) {
    this.variables = variables;
  }

  /** Fresh weights: ± √(6 / fan_in), last kernels of encoder and decoder × 0.3 so that training starts near the prior and near zero [N]. */
  static fresh(config: VaeConfig, random: Random): VaeNetwork {
    const variables: Record<string, tf.Variable> = {};
    for (const [name, { shape, fanIn }] of Object.entries(layout(config))) {
      variables[name] = heUniform(shape, fanIn, random, name.endsWith('_end.w') ? 0.3 : 1);
    }
    return new VaeNetwork(config, variables);
  }

  private link(name: string, stride: number, pad: number): Link {
    return { kernel: this.variables[`${name}.w`] as unknown as tf.Tensor4D, transposed: name.startsWith('dec'), stride, pad };
  }

  /** x [n, s, s, 1] → μ and log σ side by side [n, 2 l]. */
  code(x: tf.Tensor4D): tf.Tensor2D {
    const { channels, latent } = this.config;
    const down = channels.map((_, i) => this.link(`enc${i}`, 2, 1)); // s → s/2
    return tf.reshape(chain(x, [...down, this.link('enc_end', 1, 0)], SLOPE), [x.shape[0], 2 * latent]); // s/16 → 1
  }

  /** x [n, s, s, 1] → μ, log σ [n, l]. */
  encode(x: tf.Tensor4D): Code {
    const [mu, logSigma] = tf.split(this.code(x), 2, 1) as tf.Tensor2D[];
    return { mu, logSigma };
  }

  /** z [n, l] → x̂ [n, s, s, 1], linear. */
  decode(z: tf.Tensor2D): tf.Tensor4D {
    const { channels, latent } = this.config;
    const up = channels.slice(1).map((_, i) => this.link(`dec${i}`, 2, 1)); // s/2 → s
    const links = [this.link('dec_start', 1, 0), ...up, this.link('dec_end', 2, 1)]; // 1 → s/16 first
    return chain(tf.reshape(z, [z.shape[0], 1, 1, latent]), links, SLOPE);
  }

  /** Reconstruction from z = μ [n, s, s, 1]. */
  reconstruct(x: tf.Tensor4D): tf.Tensor4D {
    return this.decode(this.encode(x).mu);
  }

  dispose(): void {
    for (const variable of Object.values(this.variables)) variable.dispose();
  }
}
