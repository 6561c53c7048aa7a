/** The golden fixtures, with the tensors counted; `npm run parity` takes each through every backend. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { BackendName } from '../core/protocol';
import { nodePlatform } from '../headless/platform';
import { openBackend } from './backend';
import { compareWithFixture } from './parity';

const SHARED = process.env.WILDCUT_SHARED ?? join(fileURLToPath(new URL('../..', import.meta.url)), '..', 'shared');
const pathOf = (file: string) => join(SHARED, 'reference', file);
/** File, backends (the CPU's takes half a minute for the GANs), least number of comparisons, and sections that must be among them. */
const FIXTURES: [string, BackendName[], number, string[]][] = [
  ['vae.json', ['cpu', 'wasm'], 400, ['forward', 'vaeStep', 'betaVaeStep', 'predictors', 'projection']],
  [
    'ascnet.json',
    ['cpu', 'wasm'],
    3000,
    ['forwardInference', 'forwardTraining', 'discriminatorPhase', 'mainPhase', 'movingAverages', 'looseBatchStatD', 'variants'],
  ],
  [
    'anogan.json',
    ['wasm'],
    750,
    ['forwardTraining', 'discriminatorStep', 'generatorStep', 'latentSearch', 'latentSearchReference', 'discriminatorOnly'],
  ],
  ['healthygan.json', ['wasm'], 750, ['forward', 'criticStep', 'generatorStep', 'scoreAfterTwoGeneratorSteps']],
];

describe.each(FIXTURES)('%s', (file, backends, least, parts) => {
  const there = existsSync(pathOf(file));
  if (!there) console.log(`Skipped: ${pathOf(file)} is missing (set WILDCUT_SHARED to a copy of the shared test data).`);

  it.skipIf(!there).each(backends)('holds on %s in every section', async (backend) => {
    await openBackend(backend, nodePlatform, () => {});
    const before = tf.memory().numTensors;
    const rows = await compareWithFixture(JSON.parse(readFileSync(pathOf(file), 'utf8')));
    for (const row of rows) expect(row.failed, `${row.section}: ${row.worst} at ${row.at}`).toBe(0);
    const sections = rows.map((row) => row.section);
    for (const part of parts) expect(sections.some((section) => section.startsWith(`${part}/`)), part).toBe(true); // biome-ignore format: one line
    expect(rows.reduce((sum, row) => sum + row.compared, 0)).toBeGreaterThan(least);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe.skipIf(!existsSync(pathOf('vae.json')))('a comparison', () => {
  const fixture = () => JSON.parse(readFileSync(pathOf('vae.json'), 'utf8'));

  it('notices a number that is off, one that is missing, and takes sizes from the file', async () => {
    const changed = fixture();
    const [first] = Object.keys(changed.predictors.recGrad.probe);
    changed.predictors.recGrad.probe[first] *= 1.01;
    changed.forward.somethingNew = 1;
    const failed = (await compareWithFixture(changed)).filter((row) => row.failed > 0);
    expect(failed.map((row) => [row.section, row.failed, row.at])).toEqual([
      ['forward/somethingNew', 1, 'forward/somethingNew'],
      ['predictors/recGrad', 1, `predictors/recGrad/probe/${first}`],
    ]);
    const larger = fixture();
    larger.config.batch += 1;
    expect((await compareWithFixture(larger)).some((row) => row.failed > 0)).toBe(true);
  });

  it('names a fixture that no model answers', async () => {
    await expect(compareWithFixture({ model: 'Oracle' })).rejects.toThrow('"Oracle"');
  });
});
