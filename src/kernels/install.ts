/** Replaces and restores tfjs kernels through its own registry; no fork, and no model knows. */
import { getKernel, type KernelConfig, type KernelFunc, registerKernel, unregisterKernel } from '@tensorflow/tfjs';
import { registerFused } from './fused';
import { mendGradients } from './gradients';
import { affine, affineGradient, biasActivation, gate, norm, normGradient } from './wasm/channels';
import { conv2D, conv2DBackpropFilter, conv2DBackpropInput } from './wasm/conv2D';
import { matMul } from './wasm/matMul';
import { maxPool, maxPoolGrad } from './wasm/maxPool';
import { adamStep, add, cast, concat, dropout, identity, multiply, sign, slice, splitV, square, subtract, sum, tanh } from './wasm/values';
import { WEBGPU } from './webgpu/table';

/** Makes a kernel, given the stock one for what it does not cover. */
type Make = (stock: KernelFunc) => KernelFunc;
const always =
  (kernel: KernelFunc): Make =>
  () =>
    kernel;

const OURS: Record<string, Record<string, Make>> = {
  wasm: {
    Conv2D: always(conv2D),
    Conv2DBackpropInput: always(conv2DBackpropInput),
    Conv2DBackpropFilter: always(conv2DBackpropFilter),
    BatchMatMul: matMul,
    MaxPool: maxPool,
    MaxPoolGrad: always(maxPoolGrad),
    Sum: sum,
    Add: add,
    Multiply: multiply,
    Sub: subtract,
    Square: square,
    Tanh: tanh,
    Sign: sign,
    Concat: concat,
    Slice: slice,
    SplitV: splitV,
    Identity: always(identity),
    Cast: cast,
    BiasActivation: always(biasActivation),
    Gate: always(gate),
    Norm: always(norm),
    NormGradient: always(normGradient),
    Affine: always(affine),
    AffineGradient: always(affineGradient),
    HashDropout: always(dropout),
    AdamStep: always(adamStep),
  },
  webgpu: WEBGPU,
};

const missing: KernelFunc = () => {
  throw new Error('The stock backend has no kernel for this.');
};

const replaced = new Map<string, KernelConfig | undefined>();

/** Installs our kernels for a backend, once; call after the backend's module was loaded. Returns their names. */
export function installKernels(backend: string): string[] {
  mendGradients();
  registerFused();
  const names = Object.keys(OURS[backend] ?? {});
  for (const name of names) {
    const key = `${backend}/${name}`;
    if (replaced.has(key)) continue;
    const stock = getKernel(name, backend);
    replaced.set(key, stock);
    if (stock) unregisterKernel(name, backend);
    registerKernel({ ...stock, kernelName: name, backendName: backend, kernelFunc: OURS[backend][name](stock?.kernelFunc ?? missing) });
  }
  return names;
}

/** The stock kernel that ours took the place of, where there was one: for benches. */
export function stockKernel(name: string, backend: string): KernelFunc | null {
  return replaced.get(`${backend}/${name}`)?.kernelFunc ?? null;
}

/** Leaves a backend its stock kernels, with the gradients that make them right; call where `installKernels` would be. Returns no names. */
export function stockKernels(backend: string): string[] {
  mendGradients();
  restoreKernels(backend);
  return [];
}

/** Puts the stock kernels back (where there were any). */
export function restoreKernels(backend: string): void {
  for (const [key, stock] of [...replaced]) {
    const [owner, name] = key.split('/');
    if (owner !== backend) continue;
    unregisterKernel(name, backend);
    if (stock) registerKernel(stock);
    replaced.delete(key);
  }
}
