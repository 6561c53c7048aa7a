import { beforeAll, expect, it } from 'vitest';
import type { Report } from '../core/protocol';
import { startBackend } from '../kernels/testBackend';
import { a2bgan } from '../models/healthygan';
import { Run } from './run';
import { madeSlices, rolesOf } from './testRun';

beforeAll(() => startBackend('wasm'));

it('a gradient penalty that explodes ends the run in words, with weights from before it', async () => {
  const demo = a2bgan.spec.presets.demo.params;
  // A critic that learns thousands of times too fast.
  const params = { ...demo, size: 32, width: 4, blocks: 1, batch: 2, criticLayers: 2, warmUp: 0, criticRate: 1, updates: 400 };
  const reports: Report[] = [];
  const roles = rolesOf({ reference: madeSlices(6), mixed: madeSlices(6, 50) });
  const command = { kind: 'train', run: 'r', model: 'a2bgan', preset: 'demo', params, seed: 1 } as const;
  const run = new Run(command, a2bgan, roles, 'mine', { backend: 'wasm', replay: false }, (report) => reports.push(report), false);
  await run.start();
  const { phase, message, update } = run.state();
  expect(phase).toBe('failed');
  expect(message).toMatch(/gradient penalty.* reached \S+ at update \d+\. Try a tenth of D’s rate, or a larger λ_gp\./);
  expect(message).toContain(`The weights of update ${update} are kept.`);
  expect(Object.values(run.trainer.variables).every((v) => v.dataSync<'float32'>().every(Number.isFinite))).toBe(true);
  run.dispose();
});
