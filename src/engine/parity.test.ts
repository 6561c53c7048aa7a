/** The golden fixture of the VAE on two backends; the third is the browser's, through `npm run parity`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { nodePlatform } from '../headless/node';
import { openBackend } from './backend';
import { compareWithFixture } from './parity';

const SHARED = process.env.WILDCUT_SHARED ?? join(fileURLToPath(new URL('../..', import.meta.url)), '..', 'shared');
const PATH = join(SHARED, 'reference', 'vae.json');
const there = existsSync(PATH);
if (!there) console.log(`Skipped: ${PATH} is missing (set WILDCUT_SHARED to a copy of the shared test data).`);

describe.skipIf(!there)('the VAE’s golden fixture', () => {
  const fixture = () => JSON.parse(readFileSync(PATH, 'utf8'));

  it.each(['cpu', 'wasm'] as const)('holds on %s in every section', async (backend) => {
    await openBackend(backend, nodePlatform, () => {});
    const before = tf.memory().numTensors;
    const rows = await compareWithFixture(fixture());
    for (const row of rows) expect(row.failed, `${row.section}: ${row.worst} at ${row.at}`).toBe(0);
    const sections = rows.map((row) => row.section);
    for (const part of ['forward', 'vaeStep', 'betaVaeStep', 'predictors', 'projection']) {
      expect(sections.some((section) => section.startsWith(part)), part).toBe(true); // biome-ignore format: one line
    }
    expect(rows.reduce((sum, row) => sum + row.compared, 0)).toBeGreaterThan(400);
    expect(tf.memory().numTensors).toBe(before);
  });

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
