/** The compiled kernels that are kept are what their source compiles to, byte for byte; and memories are shared or not as asked. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { nodePlatform } from '../../headless/platform';
import { withMemory } from './memory';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

it('kernels.wasm is what assembly/ compiles to (npm run kernels)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kernels-'));
  const made = join(folder, 'kernels.wasm');
  try {
    execFileSync(
      process.execPath,
      [path('../../../node_modules/assemblyscript/bin/asc.js'), '--config', 'asconfig.json', '--outFile', made],
      {
        cwd: path('./assembly'),
        stdio: 'pipe',
      },
    );
    expect(Buffer.compare(readFileSync(made), readFileSync(path('./kernels.wasm')))).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const limit = 2;
const memory = (shared: boolean) => new WebAssembly.Memory({ initial: limit, maximum: 65536, shared });

it('our kernels take the memory they are asked to share, and no other', async () => {
  const kept = await nodePlatform.kernels();
  for (const shared of [true, false]) {
    const binary = withMemory(kept, shared);
    const { instance } = await WebAssembly.instantiate(binary, { env: { memory: memory(shared) } });
    expect(instance.exports.run).toBeTypeOf('function');
    await expect(WebAssembly.instantiate(binary, { env: { memory: memory(!shared) } })).rejects.toThrow(/memory/);
  }
});

it('the stock binary differs in one byte, and its memory is then shared', async () => {
  const stock = new Uint8Array(await nodePlatform.stock());
  const shared = new Uint8Array(withMemory(stock.buffer as ArrayBuffer, true));
  expect(shared.length).toBe(stock.length);
  expect(stock.filter((byte, i) => byte !== shared[i]).length).toBe(1);
  expect(Buffer.compare(new Uint8Array(withMemory(shared.buffer as ArrayBuffer, false)), stock)).toBe(0);
  expect(WebAssembly.validate(shared)).toBe(true);
});

it('refuses what is no such module', () => {
  expect(() => withMemory(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]).buffer, true)).toThrow('has no memory');
});
