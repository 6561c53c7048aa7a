import type { BackendName, EngineState } from '../core/protocol';

export const BACKENDS: Record<BackendName, string> = { webgpu: 'WebGPU', wasm: 'WASM', cpu: 'Plain JavaScript' };

/** Anything but a hardware graphics device is a fallback, and is said. */
export const isFallback = (engine: EngineState): boolean => engine.backend !== 'webgpu' || engine.software;

export function deviceWords(engine: EngineState | null, lost: boolean): { state: 'ok' | 'warn' | 'bad' | ''; text: string } {
  if (lost) return { state: 'bad', text: 'Engine stopped' };
  if (!engine) return { state: '', text: 'Starting the engine' };
  const name = BACKENDS[engine.backend];
  if (engine.backend === 'webgpu')
    return { state: engine.software ? 'warn' : 'ok', text: engine.adapter ? `${name} · ${engine.adapter}` : name };
  return { state: 'warn', text: `${name} · ${engine.threads} ${engine.threads === 1 ? 'thread' : 'threads'}` };
}
