/** What networks with batch norms have alike: named variables, and norms that say whose statistics they use. */
import * as tf from '@tensorflow/tfjs';
import { biasActivation, dense } from './layers';
import { batchNorm, type Folded, folded, moveAverages, normFolded } from './norm';

/** Norms on the batch's own statistics (training), or on their moving averages (search and scores): those of now, or as folded once before. */
export type Mode = 'batch' | 'moving' | Readonly<Record<string, Folded>>;
/** Mean and variance [c] of a batch before each norm, by the norm's name. */
export type Statistics = Record<string, { mean: tf.Tensor1D; variance: tf.Tensor1D }>;
/** Shapes of variables by name, in the order of the forward pass; those of kind 'gain' are the norms', 'bn1.gamma' beside 'bn1.beta'. */
export type Layout<Kind extends string = string> = Record<string, { shape: number[]; kind: Kind }>;

/** ε of the norms, and the momentum of their averages (DCGAN). */
const EPSILON = 1e-5;
const MOMENTUM = 0.9;

/** `name.gamma` and `name.beta` of a norm over so many channels. */
export const normLayout = (name: string, channels: number): Layout<'gain' | 'shift'> => ({
  [`${name}.gamma`]: { shape: [channels], kind: 'gain' },
  [`${name}.beta`]: { shape: [channels], kind: 'shift' },
});

/** @throws RangeError when `size` cannot be halved four times */
export function assertHalvable(title: string, size: number): void {
  if (size < 16 || size % 16 !== 0)
    throw new RangeError(
      `${title} needs a size that is a multiple of 16, not ${size}. Choose ${Math.max(16, Math.round(size / 16) * 16)}.`,
    );
}

/** Variables under the name of their network: what a checkpoint calls them. */
export const within = (network: string, variables: Readonly<Record<string, tf.Variable>>): Record<string, tf.Variable> =>
  Object.fromEntries(Object.entries(variables).map(([name, variable]) => [`${network}/${name}`, variable]));

export class NormedNetwork {
  readonly variables: Readonly<Record<string, tf.Variable>>;
  /** Moving averages, `bn1/mean` and `bn1/variance`; at first 0 and 1. None where the norms are not over batches. */
  readonly averages: Readonly<Record<string, tf.Variable>>;
  /** By norm, the layer whose bias [c] comes before it. */
  protected readonly biases: Readonly<Record<string, string>> = {};

  /** @param value of a variable, made in the order of the layout */
  constructor(layout: Layout, value: (name: string) => tf.Tensor, overBatches = true) {
    const made = (tensor: () => tf.Tensor, trainable: boolean) => tf.tidy(() => tf.variable(tensor(), trainable));
    const entries = Object.entries(layout);
    this.variables = Object.fromEntries(entries.map(([name]) => [name, made(() => value(name), true)]));
    const norms = overBatches ? entries.filter(([, { kind }]) => kind === 'gain') : [];
    this.averages = Object.fromEntries(
      norms.flatMap(([name, { shape }]) => [
        [name.replace('.gamma', '/mean'), made(() => tf.zeros(shape), false)],
        [name.replace('.gamma', '/variance'), made(() => tf.ones(shape), false)],
      ]),
    );
  }

  protected kernel(name: string): tf.Tensor4D {
    return this.variables[`${name}.w`] as unknown as tf.Tensor4D;
  }

  /** h · kernel + bias, for one row of `h` [n, k] an image. */
  protected dense(h: tf.Tensor2D, name: string): tf.Tensor2D {
    return dense(h, this.kernel(name) as unknown as tf.Tensor2D, this.variables[`${name}.b`]);
  }

  /** act(h + bias), `slope` as in `activate`. */
  protected bias(h: tf.Tensor4D, name: string, slope: number): tf.Tensor4D {
    return biasActivation(h, this.variables[`${name}.b`], slope);
  }

  /** act(norm(h + bias)), the bias being that of `biases`; statistics of a batch are added to `seen`. */
  protected norm(h: tf.Tensor4D, name: string, slope: number, mode: Mode, seen: Statistics): tf.Tensor4D {
    if (mode !== 'batch') return normFolded(h, mode === 'moving' ? folded(this.given(name)) : mode[name], slope);
    const before = this.biases[name];
    const x = before ? this.bias(h, before, 1) : h;
    const { y, mean, variance } = batchNorm(x, this.variables[`${name}.gamma`], this.variables[`${name}.beta`], EPSILON, slope);
    seen[name] = { mean, variance };
    return y;
  }

  /** Of every norm on its moving averages the scale and shift, as mode for passes during which they stay; the caller disposes them. */
  folded(): Readonly<Record<string, Folded>> {
    const names = Object.keys(this.averages).filter((name) => name.endsWith('/mean'));
    return tf.tidy(() => Object.fromEntries(names.map((key) => key.replace('/mean', '')).map((name) => [name, folded(this.given(name))])));
  }

  /** A bias before a norm moves its mean. */
  private given(name: string) {
    const before = this.biases[name];
    const mean = this.averages[`${name}/mean`];
    return {
      mean: before ? tf.sub(mean, this.variables[`${before}.b`]) : mean,
      variance: this.averages[`${name}/variance`],
      gain: this.variables[`${name}.gamma`],
      bias: this.variables[`${name}.beta`],
      epsilon: EPSILON,
    };
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
