/** Networks that come with the lab open as the page opens them, with the data that they were made for, and score as they did. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cutAt } from '../core/cut';
import { codeHistogram, rebin } from '../core/histogram';
import { paramProblem } from '../core/params';
import { peaksOf } from '../core/peaks';
import type { Report } from '../core/protocol';
import { keptOf, SHIPPED, type ShippedRecord } from '../core/shipped';
import { peak } from '../core/threshold';
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
    expect(statSync(pathOf(shipped.folder, record.weights.file)).size).toBeLessThan(4e6);
  });
});

/** The evaluation that the page would show of a shipped network, and its data. */
async function opened(folder: string, scorer: string) {
  const reports: Report[] = [];
  const session = new Session((report) => reports.push(report), nodePlatform);
  await session.handle({ kind: 'open', backend: 'wasm', threads: 1 });
  await session.handle({ kind: 'phantom', variant: 'standard', size: 16, seed: 0 });
  const shipped = SHIPPED.find((one) => one.folder === folder)!;
  const kept = keptOf(shipped, recordOf(folder), new Uint8Array(readFileSync(pathOf(folder, 'weights.safetensors'))));
  await session.handle({ kind: 'attach', kept });
  await session.handle({ kind: 'score', run: folder, scorer, smooth: null });
  expect(reports.flatMap((report) => (report.kind === 'failure' ? [report.sentence] : []))).toEqual([]);
  const evaluation = reports.flatMap((report) => (report.kind === 'evaluation' ? [report.evaluation] : [])).at(-1)!;
  const { data } = session;
  await session.close();
  return { evaluation, data };
}

it('the squares: attaching draws the heads without lesions, paints them, and the score is that of the results', async () => {
  const { evaluation, data } = await opened('healthygan-squares', 'Diff-mean');
  expect(data).toMatchObject({ set: 'phantom', size: 32, simulation: { share: 1, seed: 1 } });
  expect(data.roles.test).toMatchObject({ slices: 320, anomalous: 160 });
  // models/healthygan/RESULTS.md
  expect(evaluation.metrics.imageAuc).toBeCloseTo(0.756, 3);
  expect(evaluation.metrics.pixelAuroc).toBeCloseTo(0.826, 3);
});

it('the bright rinds: I_ro splits, and the mask at its rightmost peak has a Dice above the best of every trivial baseline', async () => {
  const { evaluation, data } = await opened('ascnet-rinds', 'I_ro');
  expect(data.roles.test).toMatchObject({ slices: 260, anomalous: 160 });
  const { maps, images, tables, metrics, baselines } = evaluation;
  const histogram = codeHistogram(maps, images);
  expect(peaksOf(rebin(histogram)).length).toBeGreaterThan(1);
  const atPeak = cutAt(tables, peak(histogram).level!).dice!;
  const trivial = Object.values(baselines).flatMap(({ bestDice }) => (bestDice === null ? [] : [bestDice]));
  expect(trivial).toHaveLength(4);
  // models/ascnet/RESULTS.md
  expect(Math.max(...trivial)).toBeCloseTo(0.325, 3);
  expect(atPeak).toBeCloseTo(0.577, 3);
  expect(metrics.bestDice).toBeCloseTo(0.822, 3);
  expect(metrics.pixelAurocInBrain).toBeCloseTo(0.934, 3);
});
