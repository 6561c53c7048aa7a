/**
 * Gradients of the operations that nn/ asks for by name where a backend has them: what stock tfjs does in a dozen dispatches, in one or two.
 *
 * | kernel | inputs, attributes | outputs |
 * | --- | --- | --- |
 * | BiasActivation | x [n, h, w, c], bias [c]; slope | act(x + bias) |
 * | Gate | x, by (of one shape); slope | x where by > 0, slope · x elsewhere |
 * | Norm | x, gain [c], bias [c]; epsilon, slope, perImage | act(norm), mean, variance (constants to differentiation) |
 * | NormGradient | dy, x, gain, bias, mean, variance; as Norm | dx, dgain, dbias |
 * | NormScale | mean, variance (constants to differentiation), gain, bias, all [c]; epsilon | scale = gain / √(variance + ε), shift = bias − mean · scale |
 * | Affine | x, scale [c], shift [c]; slope | act(scale · x + shift) |
 * | AffineGradient | dy, x, scale, shift; slope | dx, dscale, dshift |
 * | HashDropout | x; rate, draw | dropout by the hash of draw and index |
 *
 * Those of many tensors at once number their inputs: p0, g0, m0, v0, p1, … up to `count`. What they replace must not be used again.
 *
 * | kernel | inputs, attributes | outputs |
 * | --- | --- | --- |
 * | AdamStep | p, g, m, v; count, beta1, beta2, stepSize, rootCorrection, epsilon | p, m, v of each (nn/adam.ts) |
 * | MoveAverages | average, batch; count, momentum | momentum · average + (1 − momentum) · batch of each |
 * | SumsOfSquares | x; count | Σ x² over all, a scalar |
 * | SumsOfSquaresGradient | dy (a scalar), x; count | 2 · dy · x of each |
 *
 * BiasActivation and Gate can be differentiated again and again; the norms once.
 */
import * as tf from '@tensorflow/tfjs';
import { type GradConfig, registerGradient } from '@tensorflow/tfjs';

type Attrs = tf.NamedAttrMap;
const run = <T>(name: string, inputs: Record<string, tf.Tensor>, attrs: Attrs): T =>
  tf.engine().runKernel(name, inputs as never, attrs) as T;

const GRADIENTS = [
  {
    kernelName: 'BiasActivation',
    outputsToSave: [true],
    gradFunc: (dy: tf.Tensor, [y]: tf.Tensor[], { slope }: Attrs) => {
      const dx = slope === 1 ? dy : run<tf.Tensor>('Gate', { x: dy, by: y }, { slope });
      return { x: () => dx, bias: () => tf.sum(dx, [0, 1, 2]) };
    },
  },
  {
    kernelName: 'Gate',
    inputsToSave: ['by'],
    gradFunc: (dy: tf.Tensor, [by]: tf.Tensor[], { slope }: Attrs) => ({
      x: () => run<tf.Tensor>('Gate', { x: dy, by }, { slope }),
      by: () => tf.zerosLike(by),
    }),
  },
  {
    kernelName: 'Norm',
    inputsToSave: ['x', 'gain', 'bias'],
    outputsToSave: [false, true, true],
    gradFunc: ([dy]: tf.Tensor[], [x, gain, bias, mean, variance]: tf.Tensor[], attrs: Attrs) => {
      const [dx, dGain, dBias] = run<tf.Tensor[]>('NormGradient', { dy, x, gain, bias, mean, variance }, attrs);
      return { x: () => dx, gain: () => dGain, bias: () => dBias };
    },
  },
  {
    kernelName: 'NormScale',
    inputsToSave: ['mean', 'variance'],
    gradFunc: ([dScale, dShift]: tf.Tensor[], [mean, variance]: tf.Tensor[], { epsilon }: Attrs) => ({
      mean: () => tf.zerosLike(mean),
      variance: () => tf.zerosLike(variance),
      gain: () => tf.mul(tf.sub(dScale, tf.mul(dShift, mean)), tf.rsqrt(tf.add(variance, epsilon as number))),
      bias: () => dShift,
    }),
  },
  {
    kernelName: 'Affine',
    inputsToSave: ['x', 'scale', 'shift'],
    gradFunc: (dy: tf.Tensor, [x, scale, shift]: tf.Tensor[], attrs: Attrs) => {
      const [dx, dScale, dShift] = run<tf.Tensor[]>('AffineGradient', { dy, x, scale, shift }, attrs);
      return { x: () => dx, scale: () => dScale, shift: () => dShift };
    },
  },
  {
    kernelName: 'HashDropout',
    gradFunc: (dy: tf.Tensor, _saved: tf.Tensor[], attrs: Attrs) => ({ x: () => run<tf.Tensor>('HashDropout', { x: dy }, attrs) }),
  },
] as unknown as GradConfig[];

let registered = false;

/** Registers the gradients, once. */
export function registerFused(): void {
  if (!registered) GRADIENTS.forEach(registerGradient);
  registered = true;
}
