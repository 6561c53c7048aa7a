/**
 * Gradients of the operations that nn/ asks for by name where a backend has them: what stock tfjs does in a dozen dispatches, in one or two.
 *
 * | kernel | inputs, attributes | outputs |
 * | --- | --- | --- |
 * | BiasActivation | x [n, h, w, c], bias [c]; slope | act(x + bias) |
 * | Gate | x, by (of one shape); slope | x where by > 0, slope · x elsewhere |
 * | Norm | x, gain [c], bias [c]; epsilon, slope, perImage | act(norm), mean, variance (constants to differentiation) |
 * | NormGradient | dy, x, gain, bias, mean, variance; as Norm | dx, dgain, dbias |
 * | NormScale | mean, variance (a constant to differentiation), gain, bias, all [c]; epsilon | scale = gain / √(variance + ε), shift = bias − mean · scale |
 * | Affine | x, scale [c], shift [c]; slope | act(scale · x + shift) |
 * | AffineGradient | dy, x, scale, shift; slope | dx |
 * | GatedConv2D | x, filter, by (optional); as Conv2D, slope, slopeBefore | the convolution, gated by its own sign, or by that of `by` |
 * | GatedConv2DBackpropInput | dy, filter, by (optional); as Conv2DBackpropInput, slope, slopeBefore | its adjoint, gated likewise |
 * | GaussianSample | code [n, 2 l] (μ, log σ), noise [n, l] (a constant to differentiation) | μ + σ · noise |
 * | GaussianSampleGradient | dy [n, l], code, noise | dcode |
 * | GaussianElbo | x, y [n, …], code [n, 2 l]; beta | rec + β · kl, rec = Σ ½ (x − y)² / n, kl = Σ KL(code ‖ N(0, 1)) / n (both constants to differentiation) |
 * | GaussianElboGradient | dy (a scalar), x, y, code; beta | dy of y, dcode |
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
 * BiasActivation and Gate can be differentiated again and again; the norms, convolutions and Gaussians once.
 *
 * Gradients of the gated convolutions are made for each other's neighbourhood (nn/chain.ts): what reaches one is taken as the gradient before its own
 * gate, and what it gives back has passed the gate `slopeBefore` that its input went through.
 */
import * as tf from '@tensorflow/tfjs';
import { type GradConfig, registerGradient } from '@tensorflow/tfjs';

type Attrs = tf.NamedAttrMap;
const run = <T>(name: string, inputs: Record<string, tf.Tensor>, attrs: Attrs): T =>
  tf.engine().runKernel(name, inputs as never, attrs) as T;

/** What a convolution's adjoint and its filter gradient are told of it. */
const geometryOf = ({ strides, pad, dataFormat, dilations }: Attrs) => ({ strides, pad, dataFormat, dilations });

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
    inputsToSave: ['mean', 'variance', 'gain'],
    gradFunc: ([dScale, dShift]: tf.Tensor[], [mean, variance, gain]: tf.Tensor[], { epsilon }: Attrs) => {
      const deviation = () => tf.rsqrt(tf.add(variance, epsilon as number));
      return {
        mean: () => tf.neg(tf.mul(dShift, tf.mul(gain, deviation()))),
        variance: () => tf.zerosLike(variance),
        gain: () => tf.mul(tf.sub(dScale, tf.mul(dShift, mean)), deviation()),
        bias: () => dShift,
      };
    },
  },
  {
    kernelName: 'Affine',
    inputsToSave: ['x', 'scale', 'shift'],
    outputsToSave: [true],
    gradFunc: (dy: tf.Tensor, [x, scale, shift, y]: tf.Tensor[], attrs: Attrs) => {
      // Who has the statistics given trains something else: only dx is asked for, and one pass.
      const gated = () => run<tf.Tensor>('Gate', { x: dy, by: y }, { slope: attrs.slope });
      return {
        x: () => run<tf.Tensor>('AffineGradient', { dy, x, scale, shift }, attrs),
        scale: () => tf.sum(tf.mul(gated(), x), [0, 1, 2]),
        shift: () => tf.sum(gated(), [0, 1, 2]),
      };
    },
  },
  {
    kernelName: 'GatedConv2D',
    inputsToSave: ['x', 'filter'],
    gradFunc: (dy: tf.Tensor, [x, filter]: tf.Tensor[], attrs: Attrs) => {
      const geometry = geometryOf(attrs);
      const back = { ...geometry, inputShape: x.shape, slope: attrs.slopeBefore };
      return {
        x: () => run<tf.Tensor>('GatedConv2DBackpropInput', { dy, filter, by: x }, back),
        filter: () => run<tf.Tensor>('Conv2DBackpropFilter', { x, dy }, { ...geometry, filterShape: filter.shape }),
      };
    },
  },
  {
    kernelName: 'GatedConv2DBackpropInput',
    inputsToSave: ['dy', 'filter'],
    gradFunc: (ddx: tf.Tensor, [dy, filter]: tf.Tensor[], attrs: Attrs) => {
      const geometry = geometryOf(attrs);
      return {
        dy: () => run<tf.Tensor>('GatedConv2D', { x: ddx, filter, by: dy }, { ...geometry, slope: attrs.slopeBefore }),
        filter: () => run<tf.Tensor>('Conv2DBackpropFilter', { x: ddx, dy }, { ...geometry, filterShape: filter.shape }),
      };
    },
  },
  {
    kernelName: 'GaussianSample',
    inputsToSave: ['code', 'noise'],
    gradFunc: (dy: tf.Tensor, [code, noise]: tf.Tensor[]) => ({
      code: () => run<tf.Tensor>('GaussianSampleGradient', { dy, code, noise }, {}),
      noise: () => tf.zerosLike(noise),
    }),
  },
  {
    kernelName: 'GaussianElbo',
    inputsToSave: ['x', 'y', 'code'],
    gradFunc: ([dTotal]: tf.Tensor[], [x, y, code]: tf.Tensor[], attrs: Attrs) => {
      const [dy, dCode] = run<tf.Tensor[]>('GaussianElboGradient', { dy: dTotal, x, y, code }, attrs);
      return { x: () => tf.neg(dy), y: () => dy, code: () => dCode };
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
