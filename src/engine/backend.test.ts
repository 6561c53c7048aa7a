/** Which backend is chosen, and that the reason is said: with made-up adapters, since a test machine has none to speak of. */
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodePlatform } from '../headless/platform';
import { openBackend, type Platform } from './backend';

/** Copies of the namespace's functions, which can be replaced as those of a module cannot. */
vi.mock('@tensorflow/tfjs', async (original) => ({ ...(await original<typeof tf>()) }));

const open = (wanted: 'auto' | 'webgpu' | 'wasm' | 'cpu') => openBackend(wanted, { ...nodePlatform, cores: 2 }, () => {});
const INTEL = { vendor: 'intel', architecture: 'gen-12lp', device: '', description: '', isFallbackAdapter: false };

function offer(info: Partial<typeof INTEL> | null): void {
  const adapter = info && { info: { ...INTEL, ...info } };
  vi.stubGlobal('navigator', { userAgent: 'test', gpu: { requestAdapter: async () => adapter } });
}

beforeEach(() => vi.stubGlobal('navigator', { userAgent: 'test' }));
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('left to choose', () => {
  it('takes WASM where there is no WebGPU, and says so', async () => {
    const opened = await open('auto');
    expect(opened).toEqual({
      backend: 'wasm',
      adapter: '',
      software: false,
      threads: 2,
      mostThreads: 2,
      kernels: expect.arrayContaining(['Conv2D', 'Conv2DBackpropFilter', 'Norm', 'AdamStep']),
      replay: false,
      available: ['wasm'],
      reason: 'This browser has no WebGPU. Training runs on the processor (WASM, 2 threads), which is slower.',
    });
    expect(tf.getBackend()).toBe('wasm');
    expect(tf.getKernel('Conv2DBackpropFilter', 'wasm')).toBeDefined();
  });

  it('says why one thread runs where memory may not be shared, and only there', async () => {
    const reason = async (platform: Partial<Platform>) => (await openBackend('auto', { ...nodePlatform, ...platform }, () => {})).reason;
    expect(await reason({ cores: 4, thread: null })).toContain('(WASM, 1 thread: this page may not share memory between threads)');
    expect(await reason({ cores: 1 })).toContain('(WASM, 1 thread)');
  });

  it('takes WASM where WebGPU has no adapter', async () => {
    offer(null);
    expect(await open('auto')).toMatchObject({
      backend: 'wasm',
      available: ['wasm'],
      reason: expect.stringContaining('no graphics adapter'),
    });
  });

  it.each([
    ['the fallback flag', { isFallbackAdapter: true }],
    ['SwiftShader', { vendor: 'google', architecture: 'swiftshader' }],
    ['llvmpipe', { vendor: 'mesa', description: 'llvmpipe (LLVM 15.0.6, 256 bits)' }],
    ['a basic renderer', { vendor: 'microsoft', description: 'Microsoft Basic Render Driver' }],
  ])('takes WASM over a software adapter: %s', async (_, info) => {
    offer(info);
    const opened = await open('auto');
    expect(opened).toMatchObject({ backend: 'wasm', software: true, adapter: '', available: ['webgpu', 'wasm'] });
    expect(opened.reason).toMatch(/software adapter \(.+\), slower than the processor itself/);
  });

  it('takes a real adapter, by name', async () => {
    offer({});
    let started = 'cpu';
    vi.spyOn(tf, 'setBackend').mockImplementation(async (name) => {
      started = name;
      return true;
    });
    vi.spyOn(tf, 'getBackend').mockImplementation(() => started);
    vi.spyOn(tf, 'ready').mockResolvedValue();
    const device = { lost: new Promise(() => {}), onuncapturederror: null };
    vi.spyOn(tf, 'backend').mockReturnValue({ device } as never);
    expect(await open('auto')).toMatchObject({
      backend: 'webgpu',
      adapter: 'intel gen-12lp',
      software: false,
      available: ['webgpu', 'wasm'],
      reason: 'Training runs on intel gen-12lp through WebGPU.',
    });
    expect(device.onuncapturederror).not.toBeNull();
  });
});

describe('told what to take', () => {
  it('refuses WebGPU where there is none', async () => {
    await expect(open('webgpu')).rejects.toThrow('This browser has no WebGPU. Choose WASM instead.');
    await expect(openBackend('auto', nodePlatform, () => {}, null, 'stock')).rejects.toThrow('Stock kernels cannot train on WASM');
  });

  it('keeps to WASM beside a real adapter', async () => {
    offer({});
    expect(await open('wasm')).toMatchObject({
      backend: 'wasm',
      available: ['webgpu', 'wasm'],
      reason: expect.stringContaining('as chosen'),
    });
  });
});

it('never passes another backend off as the one that was wanted', async () => {
  await open('cpu');
  vi.spyOn(tf, 'setBackend').mockResolvedValue(false);
  await expect(open('wasm')).rejects.toThrow('The wasm backend did not start; tfjs offered cpu instead.');
  vi.spyOn(tf, 'setBackend').mockResolvedValue(true);
  await expect(open('wasm')).rejects.toThrow('tfjs offered cpu instead');
  vi.spyOn(tf, 'setBackend').mockRejectedValue(new Error('no memory'));
  await expect(open('wasm')).rejects.toThrow('The wasm backend did not start: no memory');
});
