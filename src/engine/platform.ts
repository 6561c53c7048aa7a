/** What the WASM backend needs of a browser: files of our own origin, threads. */
import simdWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import kernelsWasm from '../kernels/wasm/kernels.wasm?url';
import { spawnThread } from '../kernels/wasm/spawnThread';
import type { Notes, Platform } from './backend';

/** @throws Error that names the file where the server has none. */
export async function fetchBytes(url: string): Promise<ArrayBuffer> {
  const address = new URL(url, self.location.href);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address.pathname} could not be loaded (${response.status}).`);
  return response.arrayBuffer();
}

const addressOf = (name: string) => `/notes/${encodeURIComponent(name)}`;

/** In the browser's cache of our own origin, which is there where the page is served safely. */
const notes: Notes = {
  async read(name) {
    const kept = await (await caches.open('wildcut notes')).match(addressOf(name));
    return kept ? kept.text() : null;
  },
  async write(name, text) {
    await (await caches.open('wildcut notes')).put(addressOf(name), new Response(text));
  },
};

const { deviceMemory } = navigator as { deviceMemory?: number };

export const browserPlatform: Platform = {
  stock: () => fetchBytes(simdWasm),
  kernels: () => fetchBytes(kernelsWasm),
  cores: navigator.hardwareConcurrency,
  thread: self.crossOriginIsolated ? spawnThread : null,
  // In whole GiB, and never more than 8 (Device Memory, W3C): only a small machine is told by it. Chromium alone has it.
  memory: deviceMemory === undefined ? null : deviceMemory * 2 ** 30,
  notes: 'caches' in self ? notes : null,
};
