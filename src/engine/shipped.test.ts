/** Networks that come with the lab open as the page opens them, with the data that they were made for, and score as they did. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { paramProblem } from '../core/params';
import type { Report } from '../core/protocol';
import { keptOf, SHIPPED, type ShippedRecord } from '../core/shipped';
import { nodePlatform } from '../headless/platform';
import { MODELS } from '../models/registry';
import { Session } from './session';

const pathOf = (folder: string, file: string) => fileURLToPath(new URL(`../../public/checkpoints/${folder}/${file}`, import.meta.url));
const recordOf = (folder: string) => JSON.parse(readFileSync(pathOf(folder, 'run.json'), 'utf8')) as ShippedRecord;

describe.each(SHIPPED)('$folder', (shipped) => {
  const record = recordOf(shipped.folder);

  it('is of the model, with parameters that it takes, made by the command that is named, and small', () => {
    expect(record.model).toBe(shipped.model);
    expect(paramProblem(MODELS[record.model].spec, record.params)).toBeNull();
    expect(shipped.command).toContain(
      `--model ${record.model} --preset ${record.preset} --seed ${record.seed} --reference ${record.data.reference[0]}`,
    );
    expect(shipped.command.includes('--simulate')).toBe(Boolean(record.simulation));
    expect(existsSync(pathOf(shipped.folder, record.weights.file))).toBe(true);
    expect(statSync(pathOf(shipped.folder, record.weights.file)).size).toBeLessThan(3.1e6);
  });
});

it('the squares: attaching draws the heads without lesions, paints them, and the score is that of the results', async () => {
  const reports: Report[] = [];
  const session = new Session((report) => reports.push(report), nodePlatform);
  await session.handle({ kind: 'open', backend: 'wasm', threads: 1 });
  await session.handle({ kind: 'phantom', variant: 'standard', size: 16, seed: 0 });
  const shipped = SHIPPED[0];
  const record = recordOf(shipped.folder);
  const kept = keptOf(shipped, record, new Uint8Array(readFileSync(pathOf(shipped.folder, record.weights.file))));
  await session.handle({ kind: 'attach', kept });
  expect(session.data).toMatchObject({ set: 'phantom', size: 32, simulation: { share: 1, seed: 1 } });
  expect(session.data.roles.test).toMatchObject({ slices: 320, anomalous: 160 });
  await session.handle({ kind: 'score', run: shipped.folder, scorer: 'Diff-mean', smooth: null });
  const evaluation = reports.flatMap((report) => (report.kind === 'evaluation' ? [report.evaluation] : [])).at(-1);
  expect(reports.flatMap((report) => (report.kind === 'failure' ? [report.sentence] : []))).toEqual([]);
  // models/healthygan/RESULTS.md
  expect(evaluation?.metrics.imageAuc).toBeCloseTo(0.756, 3);
  expect(evaluation?.metrics.pixelAuroc).toBeCloseTo(0.826, 3);
  await session.close();
});
