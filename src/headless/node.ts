/** What Node lacks and the engine needs besides platform.ts: codecs from disk, WebGPU from Dawn. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CODEC_FILES, setCodecSource } from '../engine/session';

const require = createRequire(import.meta.url);

/** Reads the codecs' WebAssembly from disk. */
export function provideCodecs(): void {
  setCodecSource(async (name) => new Uint8Array(readFileSync(require.resolve(CODEC_FILES[name]))).buffer);
}

/** Chromium packages carry SwiftShader (Vulkan in software) and the Vulkan loader that Dawn asks the system for. */
const CHROMIUM_FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
const DRIVER_FOLDERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
const LIBRARY_FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib', '/lib'];

const LOADER = 'libvulkan.so.1';

/** Where a Vulkan loader lies; null where there is none. */
export function vulkanLoader(): string | null {
  return [...LIBRARY_FOLDERS, ...CHROMIUM_FOLDERS].map((folder) => `${folder}/${LOADER}`).find(existsSync) ?? null;
}

/**
 * Puts Dawn's WebGPU behind `navigator.gpu`. On a Linux without Vulkan drivers the software one of an installed Chromium serves; its loader is
 * found only through the environment of a new process, so the command is then run again in one, and this call does not return.
 */
export async function provideWebGpu(): Promise<void> {
  if (process.platform === 'linux') {
    process.env.XDG_RUNTIME_DIR ??= '/tmp';
    const chromium = CHROMIUM_FOLDERS.find((folder) => existsSync(`${folder}/vk_swiftshader_icd.json`));
    const hasDriver = process.env.VK_ICD_FILENAMES || DRIVER_FOLDERS.some((folder) => existsSync(folder) && readdirSync(folder).length > 0);
    if (!hasDriver && chromium) process.env.VK_ICD_FILENAMES = `${chromium}/vk_swiftshader_icd.json`;
    const folders = [...LIBRARY_FOLDERS, ...(process.env.LD_LIBRARY_PATH ?? '').split(':')];
    const hasLoader = folders.some((folder) => existsSync(`${folder}/${LOADER}`));
    if (!hasLoader && chromium) await runAgain({ LD_LIBRARY_PATH: [chromium, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':') });
  }
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  // Node 21 and later have a navigator of their own, without `gpu`.
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]), userAgent: 'node' }, configurable: true });
}

function runAgain(extra: Record<string, string>): Promise<never> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, ...extra },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.removeAllListeners(signal); // the new process answers them
    process.on(signal, () => child.kill(signal));
  }
  return new Promise<never>(() => {
    child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
