import { expect, it } from 'vitest';
import type { Scores } from '../../core/runs';
import type { ModelSpec } from '../../core/types';
import type { Row } from '../../store/runs';
import { ownRow } from '../decide/scorerRows';
import { lineAt } from './lines';
import { turned } from './SliceRates';
import { dataWords, presetWords, runWords, updateWords } from './words';

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
  expect(updateWords(record({ update: 215 }))).toBe('215 of 1,000\u00a0updates');
  expect(updateWords(record({}))).toBe('1,000\u00a0updates');
  expect(presetWords([vae], record({ preset: 'machine', params: { size: 32 } })), 'what a machine allowed is no change').toBe(
    'This machine',
  );
  expect(presetWords(undefined, record({})), 'before the engine has said what it has').toBe('demo');
});

it('gives every chosen run a line of its own', () => {
  const lines = Array.from({ length: 36 }, (_, place) => lineAt(place));
  expect(new Set(lines.map(({ color, dash }) => `${color} ${dash}`)).size).toBe(36);
  for (const part of ['color', 'dash'] as const) expect(new Set(lines.slice(0, 6).map((line) => line[part])).size, part).toBe(6);
});

it('tells runs of one name apart, and names their data by what is kept of them', () => {
  const row = (part: object, scores: object | null) =>
    ({ record: record({ seed: 1, ended: '2026-12-01T13:38:05Z', ...part }), scores }) as Row;
  expect(runWords(row({}, { smooth: true }))).toMatch(/^seed 1 · 1,000\supdates · smoothed · [12] Dec, \d\d:\d\d$/);
  expect(runWords(row({ update: 215 }, null))).toMatch(/^seed 1 · 215 of 1,000\supdates · [12] Dec, /);
  const phantom = { set: 'phantom', phantom: { variant: 'smooth', seed: 0 } };
  expect(dataWords(record(phantom))).toBe('Smooth heads');
  expect(dataWords(record({ ...phantom, simulation: {} }))).toBe('Smooth heads with squares');
  expect(dataWords(record({ set: 'phantom' })), 'of before it was kept').toBe('Phantom');
  expect(dataWords(record({ set: 'mine', phantom: null }))).toBe('Own images');
});

it('takes low scores of slices as anomalous where the row does', () => {
  const slices = [0.9, 0.8, 0.3, 0.2, 0.1].map((score, i) => ({ score, label: i < 2 ? 0 : 1 }));
  const scores = { scorer: 'A(x)', slices, total: slices.length, partial: null } as unknown as Scores;
  expect(ownRow(turned(scores, false))?.auc).toBe(0);
  expect(ownRow(turned(scores, true))).toMatchObject({ auc: 1, precision: 1, sensitivity: 1, specificity: 1 });
});
