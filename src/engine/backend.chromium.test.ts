/** The browser's own WebGPU, here a software adapter: it is found out, offered, and watched. */
import * as tf from '@tensorflow/tfjs';
import { expect, it, vi } from 'vitest';
import { choices } from '../kernels/webgpu/tune';
import { openBackend } from './backend';
import { browserPlatform as platform } from './platform';

it('chooses WASM over a software adapter and trains there', async () => {
  const opened = await openBackend('auto', platform, () => {}, 1); // a window may not wait for other threads
  expect(opened).toMatchObject({ backend: 'wasm', software: true, available: ['webgpu', 'wasm'] });
  expect(opened.reason).toContain('software adapter');
  expect(tf.getBackend()).toBe('wasm');
  expect(Array.from(await tf.matMul([[1, 2]], [[3], [4]]).data())).toEqual([11]);
});

it('trades our kernels for the stock ones and back, with the same gradient', async () => {
  const x = tf.tensor4d([...Array(32).keys()], [1, 4, 4, 2], 'float32');
  const gradient = async (kernels: 'own' | 'stock') => {
    const opened = await openBackend('webgpu', platform, () => {}, null, kernels);
    const filter = tf.ones([3, 3, 2, 4]) as tf.Tensor4D;
    const values = await tf
      .grad((f) => tf.sum(tf.square(tf.conv2d(x, f as tf.Tensor4D, 1, 'same'))))(filter)
      .data();
    return { names: opened.kernels, fused: tf.getKernel('Norm', 'webgpu'), conv: tf.getKernel('Conv2D', 'webgpu').kernelFunc, values };
  };
  const [own, stock, again] = [await gradient('own'), await gradient('stock'), await gradient('own')];
  expect(own.names).toContain('Conv2DBackpropFilter');
  expect(stock).toMatchObject({ names: [], fused: undefined });
  expect(stock.conv).not.toBe(own.conv);
  expect(again.names).toEqual(own.names);
  expect(again.fused).toBeDefined();
  for (const [i, value] of stock.values.entries()) expect(Math.abs(own.values[i] - value)).toBeLessThan(1e-5 * Math.abs(value));
});

it('runs on the software adapter when told to, says what it is, and reports what goes wrong there', async () => {
  const lost = vi.fn();
  const opened = await openBackend('webgpu', platform, lost);
  expect(opened).toMatchObject({ backend: 'webgpu', software: true });
  expect(opened.adapter).toMatch(/\(software\)$/);
  expect(Array.from(await tf.matMul([[1, 2]], [[3], [4]]).data())).toEqual([11]);
  expect(lost).not.toHaveBeenCalled();
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.MAP_WRITE }); // not allowed together
  device.queue.submit([]);
  await vi.waitUntil(() => lost.mock.calls.length > 0, { timeout: 10_000 });
  expect(lost.mock.calls[0][0]).toMatch(/^The graphics device reported an error, so this step cannot be trusted: \S/);
});

it('begins with the variants that were chosen on this adapter before, and without them where none can be read', async () => {
  const { notes } = platform;
  await notes!.write('kernels on another', '{"gather x":1}');
  expect(await notes!.read('kernels on another')).toBe('{"gather x":1}');
  expect(await notes!.read('kernels on none')).toBeNull();
  const kept = { read: vi.fn(async () => '{"gather x":1}'), write: async () => {} };
  const { adapter } = await openBackend('webgpu', { ...platform, notes: kept }, () => {});
  expect(kept.read).toHaveBeenCalledExactlyOnceWith(`kernels on ${adapter}`);
  expect(choices(tf.backend())).toContainEqual({ key: 'gather x', choice: 1, times: [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] });
  const broken = { read: async () => Promise.reject(new Error('no storage')), write: async () => {} };
  expect(await openBackend('webgpu', { ...platform, notes: broken }, () => {})).toMatchObject({ backend: 'webgpu' });
});
