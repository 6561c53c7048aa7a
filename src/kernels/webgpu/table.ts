/** Which kernels are ours on WebGPU. Each is given the stock one, for what it does not cover. */
import type { KernelFunc } from '@tensorflow/tfjs';
import { affine, affineGradient, biasActivation, norm, normGradient, normScale } from './channels';
import { conv2D, conv2DBackpropFilter, conv2DBackpropInput } from './conv2D';
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
  BatchMatMul: matMul,
  Sum: sum,
  BiasActivation: always(biasActivation),
  Gate: always(gate),
  Norm: always(norm),
  NormGradient: always(normGradient),
  NormScale: always(normScale),
  Affine: always(affine),
  AffineGradient: always(affineGradient),
  HashDropout: always(dropout),
  AdamStep: always(adamStep),
  MoveAverages: always(moveAverages),
  SumsOfSquares: always(sumsOfSquares),
  SumsOfSquaresGradient: always(sumsOfSquaresGradient),
};
