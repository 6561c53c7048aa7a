/** A whole run on WebGPU, here a software adapter: every kind of dispatch that a run makes, its controls, and no device error. */
import * as tf from '@tensorflow/tfjs';
import { expect, it, vi } from 'vitest';
import type { Point, RunState } from '../core/protocol';
import { MODELS } from '../models/registry';
import { openBackend } from './backend';
import { evaluate } from './evaluate';
import { browserPlatform } from './platform';
import { Run } from './run';
import { madeSlices, rolesOf } from './testRun';

const PARAMS = { ...MODELS.vae.spec.presets.demo.params, size: 32, latent: 4, batch: 2, updates: 40 };

it('trains, pauses, steps, stops and scores without a device error', async () => {
  const sentences: string[] = [];
  await openBackend('webgpu', browserPlatform, (sentence) => sentences.push(sentence));
  const roles = rolesOf({ reference: madeSlices(8), test: madeSlices(4, 100, { truth: true, label: 1 }) });
  const points: Point[] = [];
  const states: RunState[] = [];
  const command = { kind: 'train', run: 'r', model: 'vae', preset: 'demo', params: PARAMS, seed: 1 } as const;
  const run = new Run(
    command,
    MODELS.vae,
    roles,
    'mine',
    { backend: 'webgpu', replay: false },
    (report) => {
      if (report.kind === 'points') points.push(...report.points);
      if (report.kind === 'run') states.push(report.state);
    },
    true,
  );
  const ended = run.start();
  await vi.waitUntil(() => points.length >= 3, { timeout: 60_000 });
  run.runner.pause();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const paused = run.runner.update;
  run.runner.step();
  await vi.waitUntil(() => run.runner.update === paused + 1, { timeout: 20_000 });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(run.runner.update).toBe(paused + 1);
  run.runner.stop();
  await ended;
  expect(states.at(-1)).toMatchObject({ phase: 'stopped', message: null, update: paused + 1 });
  expect(points.map((p) => p.update)).toEqual(Array.from({ length: paused + 1 }, (_, i) => i + 1));
  for (const { losses } of points) for (const value of Object.values(losses)) expect(Number.isFinite(value) && value > 0).toBe(true);

  const { trainer, roles: data } = run;
  const scorer = MODELS.vae.spec.scorers[0];
  const input = {
    run: 'r',
    trainer,
    spec: MODELS.vae.spec,
    scorer,
    smooth: true,
    test: data.test,
    reference: data.reference,
    validation: data.validation,
    seed: 1,
    update: 1,
  };
  const result = await evaluate(input, { cancelled: () => false, progress: () => {} });
  expect(result?.maps?.every(Number.isFinite)).toBe(true);
  expect(result?.evaluation.metrics.pixelAuroc).toBeGreaterThan(0);
  await tf.scalar(0).data();
  expect(sentences).toEqual([]);
  run.dispose();
});
