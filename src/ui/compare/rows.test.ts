import { expect, it } from 'vitest';
import type { ModelSpec } from '../../core/types';
import type { Row } from '../../store/runs';
import { presetWords } from './RunDetails';

const number = { label: '', default: 4, min: 0, max: 9, step: 1, paper: '' };
const presets = {
  demo: { title: 'Class demo', about: '', params: { size: 64 } },
  machine: { title: 'This machine', about: '', params: {} },
};
const vae = { id: 'vae', params: { size: number, latent: number }, presets } as unknown as ModelSpec;
const record = (part: object) =>
  ({ model: 'vae', preset: 'demo', params: { size: 64, latent: 4 }, update: 1000, updates: 1000, ...part }) as unknown as Row['record'];

it('says of a run that its preset was changed and that it was stopped short', () => {
  expect(presetWords([vae], record({}))).toBe('Class demo');
  expect(presetWords([vae], record({ params: { size: 64, latent: 5 } }))).toBe('Class demo, changed');
  expect(presetWords([vae], record({ params: { size: 32, latent: 4 }, update: 215 }))).toBe('Class demo, changed · 215 of 1,000 updates');
  expect(presetWords([vae], record({ preset: 'machine', params: { size: 32 } })), 'what a machine allowed is no change').toBe(
    'This machine',
  );
  expect(presetWords(undefined, record({})), 'before the engine has said what it has').toBe('demo');
});
