/**
 * Lets the stock WASM backend live in shared memory, so that threads of our own can work on its tensors. Its single-threaded binary is
 * taken (its threaded one starts threads that do nothing), and one flag of its memory's type is changed; nothing else differs.
 */
import * as tf from '@tensorflow/tfjs';

const IMPORTS = 2;
const MEMORIES = 5;
const HAS_MAXIMUM = 1;
const SHARED = 3;

/**
 * The WebAssembly binary with its one memory shared or not. The memory is defined or imported and has a maximum.
 * @throws Error where the binary is no such module.
 */
export function withMemory(binary: ArrayBuffer, shared: boolean): ArrayBuffer {
  const bytes = new Uint8Array(binary.slice(0));
  const at = memoryFlags(bytes);
  if (bytes[at] !== HAS_MAXIMUM && bytes[at] !== SHARED) throw new Error('The WebAssembly file has no memory with a maximum.');
  bytes[at] = shared ? SHARED : HAS_MAXIMUM;
  return bytes.buffer;
}

/** Offset of the flags of the memory's limits (WebAssembly core specification 3.0, 5.5: binary format of modules). */
function memoryFlags(bytes: Uint8Array): number {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  while (at < bytes.length) {
    const section = bytes[at++];
    const size = number();
    const end = at + size;
    if (section === MEMORIES && number() === 1) return at;
    if (section === IMPORTS) {
      for (let count = number(); count > 0; count--) {
        for (let name = 0; name < 2; name++) {
          const length = number();
          at += length;
        }
        const kind = bytes[at++];
        if (kind === 2) return at;
        if (kind !== 0) break; // tables and globals do not come before the memory in the two modules that are read here
        number();
      }
    }
    at = end;
  }
  throw new Error('The WebAssembly file has no memory of its own.');
}

/**
 * Starts the stock backend from `read`, which gives its single-threaded SIMD binary, in shared memory or not. tfjs loads the binary through
 * its platform's `fetch`, which answers for this one call.
 */
export async function startStock(read: () => Promise<ArrayBuffer>, shared: boolean, start: () => Promise<void>): Promise<void> {
  const environment = tf.env();
  const { platform } = environment;
  environment.set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const answer = { ok: true, arrayBuffer: async () => withMemory(await read(), shared) };
  environment.platform = Object.create(platform, { fetch: { value: async () => answer } });
  try {
    await start();
  } finally {
    environment.platform = platform;
  }
}
