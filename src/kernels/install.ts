/** Replaces and restores tfjs kernels through its own registry; no fork, and no model knows. */
import { getKernel, type KernelConfig, type KernelFunc, registerKernel, unregisterKernel } from '@tensorflow/tfjs';
import { mendGradients } from './gradients';
import { conv2DBackpropFilter } from './wasm/conv2DBackpropFilter';
import { conv2DBackpropInput } from './wasm/conv2DBackpropInput';

const OURS: Record<string, Record<string, KernelFunc>> = {
  wasm: { Conv2DBackpropFilter: conv2DBackpropFilter, Conv2DBackpropInput: conv2DBackpropInput },
};

const replaced = new Map<string, KernelConfig | undefined>();

/** Installs our kernels for a backend, once; call after the backend's module was loaded. Returns their names. */
export function installKernels(backend: string): string[] {
  mendGradients();
  const names = Object.keys(OURS[backend] ?? {});
  for (const name of names) {
    const key = `${backend}/${name}`;
    if (replaced.has(key)) continue;
    const stock = getKernel(name, backend);
    replaced.set(key, stock);
    if (stock) unregisterKernel(name, backend);
    registerKernel({ kernelName: name, backendName: backend, kernelFunc: OURS[backend][name] });
  }
  return names;
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
