/** Chooses and watches the backend: a hardware WebGPU adapter, else WASM; the reason is always said, and a failure never becomes `cpu` unseen. */
import * as tf from '@tensorflow/tfjs';
import type { BackendName, KernelChoice } from '../core/protocol';
import { installKernels, stockKernels } from '../kernels/install';
import { mostThreads, startWasm, type WasmPlatform } from '../kernels/wasm/start';
import { type Choices, remember } from '../kernels/webgpu/tune';

/** What differs between a browser worker and Node. */
export type Platform = WasmPlatform & {
  /** Bytes of memory that the machine says it has; null where it does not say. */
  memory: number | null;
  /** Short texts that outlive the session; null where there is no place for them. */
  notes: Notes | null;
};
export type Notes = { read(name: string): Promise<string | null>; write(name: string, text: string): Promise<void> };
export { runningThreads } from '../kernels/wasm/start';
export type { Thread } from '../kernels/wasm/threads';

export type OpenedBackend = {
  backend: BackendName;
  adapter: string;
  reason: string;
  software: boolean;
  available: BackendName[];
  /** Threads of WASM that run, and how many there could be. */
  threads: number;
  mostThreads: number;
  /** Names of the kernels that are ours instead of stock: none where stock was chosen. */
  kernels: string[];
  /** Whether updates are recorded and replayed. */
  replay: boolean;
};

/** Told of a device that stopped (and took the weights with it), or of an error or a dead thread after which a step cannot be trusted. */
export type OnLost = (sentence: string, weightsGone: boolean) => void;

type Adapter = { name: string; software: boolean };

/** The adapter that WebGPU offers, or the reason there is none. */
async function probeAdapter(): Promise<Adapter | string> {
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
  if (!gpu) return 'This browser has no WebGPU.';
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return 'WebGPU is on, but offers no graphics adapter.';
  const { vendor, architecture, device, description } = adapter.info;
  const name = description || [vendor, architecture, device].filter(Boolean).join(' ') || 'unnamed adapter';
  const fallback = (adapter.info as { isFallbackAdapter?: boolean }).isFallbackAdapter === true;
  const software =
    fallback || /swiftshader|llvmpipe|lavapipe|software|basic render/i.test([vendor, architecture, device, description].join(' '));
  return { name: software && !/software/i.test(name) ? `${name} (software)` : name, software };
}

/**
 * Starts the wanted backend and installs our kernels, or takes them away.
 * @param threads of WASM; null for as many as there can be
 * @param kernels stock ones run on WebGPU alone (and are all that cpu has)
 * @param replay whether updates are recorded and replayed: only our kernels on WebGPU can be
 * @throws Error with the sentence to show when it cannot start.
 */
export async function openBackend(
  wanted: 'auto' | BackendName,
  platform: Platform,
  onLost: OnLost,
  threads: number | null = null,
  kernels: KernelChoice = 'own',
  replay = false,
): Promise<OpenedBackend> {
  const found = await probeAdapter();
  const adapter = typeof found === 'string' ? null : found;
  const choice: BackendName = wanted !== 'auto' ? wanted : adapter && !adapter.software ? 'webgpu' : 'wasm';
  if (choice === 'webgpu' && !adapter) throw new Error(`${found} Choose WASM instead.`);
  if (choice === 'wasm' && kernels === 'stock')
    throw new Error(
      'Stock kernels cannot train on WASM: they have no filter gradient of a convolution. Choose WebGPU, or our own kernels.',
    );
  if (replay && (choice !== 'webgpu' || kernels === 'stock'))
    throw new Error('Only our own kernels on WebGPU can be recorded and replayed. Choose them, or leave replay off.');
  const most = mostThreads(platform);
  if (threads !== null && !(Number.isInteger(threads) && threads >= 1 && threads <= most))
    throw new Error(most === 1 ? 'Only one thread can run here.' : `Threads are a whole number from 1 to ${most}.`);
  let running = 1;
  try {
    // It registers itself only where navigator.gpu is there by now, so it is not imported earlier.
    if (choice === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu');
    if (choice === 'webgpu' && deviceIsLost) makeAnew();
    if (choice === 'wasm') running = await startWasm(platform, threads, (sentence) => onLost(sentence, false));
    else await tf.setBackend(choice);
    await tf.ready();
  } catch (error) {
    throw new Error(`The ${choice} backend did not start: ${error instanceof Error ? error.message : String(error)}`);
  }
  // tfjs falls back to another backend in silence: that would be hundreds of times slower, or another machine's numbers.
  if (tf.getBackend() !== choice)
    throw new Error(`The ${choice} backend did not start; tfjs offered ${tf.getBackend() || 'none'} instead.`);
  const ours = kernels === 'stock' ? stockKernels(choice) : installKernels(choice);
  if (choice === 'webgpu') watch(onLost);
  if (choice === 'webgpu' && adapter && platform.notes) await recall(platform.notes, adapter.name);
  const available: BackendName[] = adapter ? ['webgpu', 'wasm'] : ['wasm'];
  return {
    backend: choice,
    adapter: choice === 'webgpu' ? (adapter?.name ?? '') : '',
    reason: describe(wanted, choice, found, running, platform.thread !== null),
    software: adapter?.software ?? false,
    available,
    threads: running,
    mostThreads: most,
    kernels: ours,
    replay,
  };
}

/** Which variants of our kernels were faster on this adapter. They give the same results: a note that cannot be read or kept costs only time. */
async function recall(notes: Notes, adapter: string): Promise<void> {
  const name = `kernels on ${adapter}`;
  const earlier = await notes
    .read(name)
    .then((text) => (text === null ? {} : (JSON.parse(text) as Choices)))
    .catch(() => ({}));
  remember(tf.backend(), earlier, (made) => void notes.write(name, JSON.stringify(made)).catch(() => {}));
}

function describe(wanted: 'auto' | BackendName, choice: BackendName, found: Adapter | string, threads: number, canShare: boolean): string {
  const count = threads === 1 ? '1 thread' : `${threads} threads`;
  const wasm = `WASM, ${count}${canShare ? '' : ': this page may not share memory between threads'}`;
  if (wanted !== 'auto') {
    const where =
      choice === 'webgpu' && typeof found !== 'string' ? `WebGPU (${found.name})` : choice === 'wasm' ? `the processor (${wasm})` : choice;
    return `Training runs on ${where}, as chosen.`;
  }
  if (typeof found === 'string') return `${found} Training runs on the processor (${wasm}), which is slower.`;
  if (found.software)
    return `WebGPU here is a software adapter (${found.name}), slower than the processor itself. Training runs on the processor (${wasm}).`;
  return `Training runs on ${found.name} through WebGPU.`;
}

let deviceIsLost = false;

/** tfjs keeps one instance a backend and would hand the lost one out again. */
function makeAnew(): void {
  const factory = tf.findBackendFactory('webgpu');
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', factory);
  deviceIsLost = false;
}

/** tfjs installs neither handler: without them a lost device or an invalid shader reads back zeros. */
function watch(onLost: OnLost): void {
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  device.lost.then((info) => {
    if (info.reason === 'destroyed') return;
    deviceIsLost = true;
    onLost(
      'The graphics device stopped, and the weights on it are lost; the data are still here. Start the engine again, or choose WASM.',
      true,
    );
  });
  device.onuncapturederror = (event) =>
    onLost(
      `The graphics device reported an error, so this step cannot be trusted: ${event.error.message.split('\n')[0].replace(/\.?$/, '.')}`,
      false,
    );
}
