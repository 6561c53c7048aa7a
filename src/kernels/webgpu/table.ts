/** Which kernels are ours on WebGPU. Each is given the stock one, for what it does not cover. */
import type { KernelFunc } from '@tensorflow/tfjs';
import { conv2D, conv2DBackpropFilter, conv2DBackpropInput } from './conv2D';

export const WEBGPU: Record<string, (stock: KernelFunc) => KernelFunc> = {
  Conv2D: conv2D,
  Conv2DBackpropInput: conv2DBackpropInput,
  Conv2DBackpropFilter: conv2DBackpropFilter,
};
