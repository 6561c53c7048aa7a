import { beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../core/protocol';
import type { Params } from '../core/types';
import { startBackend } from '../kernels/testBackend';
import { fanogan } from '../models/fanogan';
import { a2bgan } from '../models/healthygan';
import type { AnomalyModel } from '../models/model';
import { Run } from './run';
import { madeSlices, rolesOf } from './testRun';

beforeAll(() => startBackend('wasm'));

/** Trains with a critic that learns thousands of times too fast. */
async function wild(model: AnomalyModel, more: Params, advice: string): Promise<void> {
  const params = { ...model.spec.presets.demo.params, size: 32, width: 4, batch: 2, updates: 400, ...more };
  const reports: Report[] = [];
  const roles = rolesOf({ reference: madeSlices(6), mixed: madeSlices(6, 50) });
  const command = { kind: 'train', run: 'r', model: model.spec.id, preset: 'demo', params, seed: 1 } as const;
  const run = new Run(command, model, roles, 'mine', { backend: 'wasm', replay: false }, (report) => reports.push(report), false);
  await run.start();
  const { phase, message, update } = run.state();
  expect(phase).toBe('failed');
  expect(message).toMatch(/radient penalty.* reached \S+ at update \d+\./);
  expect(message).toContain(advice);
  expect(message).toContain(`The weights of update ${update} are kept.`);
  expect(Object.values(run.trainer.variables).every((v) => v.dataSync<'float32'>().every(Number.isFinite))).toBe(true);
  run.dispose();
}

describe('a gradient penalty that explodes ends the run in words, with weights from before it', () => {
  it('of A2B-GAN', () =>
    wild(a2bgan, { blocks: 1, criticLayers: 2, warmUp: 0, criticRate: 1 }, 'Try a tenth of D’s rate, or a larger λ_gp.'));

  it('of f-AnoGAN', () => wild(fanogan, { rate: 1, latent: 4 }, 'Try a tenth of the Adam rate, or a larger gradient penalty λ.'));
});
