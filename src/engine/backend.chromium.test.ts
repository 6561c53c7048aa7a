/** The browser's own WebGPU, here a software adapter: it is found out, offered, and watched. */
import * as tf from '@tensorflow/tfjs';
import { expect, it, vi } from 'vitest';
import { openBackend } from './backend';
import { browserPlatform as platform } from './platform';

it('chooses WASM over a software adapter and trains there', async () => {
  const opened = await openBackend('auto', platform, () => {}, 1); // a window may not wait for other threads
  expect(opened).toMatchObject({ backend: 'wasm', software: true, available: ['webgpu', 'wasm'] });
  expect(opened.reason).toContain('software adapter');
  expect(tf.getBackend()).toBe('wasm');
  expect(Array.from(await tf.matMul([[1, 2]], [[3], [4]]).data())).toEqual([11]);
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
