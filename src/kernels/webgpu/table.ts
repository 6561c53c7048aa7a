/** Which kernels are ours on WebGPU. Each is given the stock one, for what it does not cover. */
import type { KernelFunc } from '@tensorflow/tfjs';
import { affine, affineGradient, biasActivation, norm, normGradient, normScale } from './channels';
import { conv2D, conv2DBackpropFilter, conv2DBackpropInput, gatedConv2D, gatedConv2DBackpropInput } from './conv2D';
import { gaussianElbo, gaussianElboGradient, gaussianSample, gaussianSampleGradient } from './gaussian';
import { matMul } from './matMul';
import { sum } from './sums';
import { dropout, gate } from './values';
import { adamStep, moveAverages, sumsOfSquares, sumsOfSquaresGradient } from './variables';

/** Where there is no stock kernel, or ours covers every call. */
const always = (kernel: KernelFunc) => () => kernel;

export const WEBGPU: Record<string, (stock: KernelFunc) => KernelFunc> = {
  Conv2D: conv2D,
  Conv2DBackpropInput: conv2DBackpropInput,
  Conv2DBackpropFilter: conv2DBackpropFilter,
  GatedConv2D: always(gatedConv2D),
  GatedConv2DBackpropInput: always(gatedConv2DBackpropInput),
  BatchMatMul: matMul,
  Sum: sum,
  BiasActivation: always(biasActivation),
  Gate: always(gate),
  Norm: always(norm),
  NormGradient: always(normGradient),
  NormScale: always(normScale),
  Affine: always(affine),
  AffineGradient: always(affineGradient),
  GaussianSample: always(gaussianSample),
  GaussianSampleGradient: always(gaussianSampleGradient),
  GaussianElbo: always(gaussianElbo),
  GaussianElboGradient: always(gaussianElboGradient),
  HashDropout: always(dropout),
  AdamStep: always(adamStep),
  MoveAverages: always(moveAverages),
  SumsOfSquares: always(sumsOfSquares),
  SumsOfSquaresGradient: always(sumsOfSquaresGradient),
};
