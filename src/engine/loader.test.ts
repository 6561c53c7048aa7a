/** The Python loader, run by Python on a file of the lab's. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PYTHON_LOADER } from './loader';
import { writeSafetensors } from './safetensors';

const pythonWith = (module: string): string | undefined =>
  ['python3', '/usr/bin/python3'].find((python) => spawnSync(python, ['-c', `import ${module}`]).status === 0);

const TENSORS = {
  'enc0.w': { shape: [2, 3], values: Float32Array.of(1.5, -0.25, 3.4e38, 1e-45, 0, -7) },
  empty: { shape: [0], values: new Float32Array(0) },
  step: { shape: [], values: Float32Array.of(0.1) },
};
const EXPECTED = Object.fromEntries(Object.entries(TENSORS).map(([name, { shape, values }]) => [name, [shape, [...values], 'float32']]));

const folder = mkdtempSync(join(tmpdir(), 'wildcut-loader-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'load_weights.py'), PYTHON_LOADER);
writeFileSync(join(folder, 'weights.safetensors'), writeSafetensors(TENSORS, { format: 'wildcut' }));

describe.each([
  ['numpy', 'load', 'str(a.dtype)'],
  ['torch', 'load_torch', 'str(a.dtype).replace("torch.", "")'],
])('with %s', (module, function_, dtype) => {
  const python = pythonWith(`${module}, numpy`);
  if (!python) console.log(`Skipped: no Python with ${module} is here to run the loader.`);

  it.skipIf(!python)('has the shapes and values that were written', () => {
    const program = `import json, load_weights
arrays = load_weights.${function_}("weights.safetensors")
print(json.dumps({n: [list(a.shape), [float(v) for v in a.reshape(-1)], ${dtype}] for n, a in arrays.items()}))`;
    const { stdout, stderr, status } = spawnSync(python as string, ['-c', program], { cwd: folder, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual(EXPECTED);
  });
});

it('is twenty lines of code', () => {
  expect(PYTHON_LOADER.split('\n').filter((line) => line.trim()).length).toBeLessThanOrEqual(20);
});
