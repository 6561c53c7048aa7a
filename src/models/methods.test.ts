/** The methods paragraph of every model, from its own spec. */
import { describe, expect, it } from 'vitest';
import { PAPERS } from '../core/citations';
import { type MethodsInput, methodsOf } from '../core/methods';
import { NO_CLEAN_UP } from '../core/morphology';
import { PAPER_RECIPE } from '../core/recipe';
import { USUAL_RULES } from '../core/rules';
import { MODELS } from './registry';

function inputOf(id: string): MethodsInput {
  const { spec } = MODELS[id];
  const record: MethodsInput['record'] = {
    ...{ run: 'r', model: id, preset: 'demo', params: spec.presets.demo.params, seed: 3, set: 'mine', backend: 'wasm', phase: 'stopped' },
    ...{ update: 1200, updates: 3000, seconds: 61.4, name: spec.title, ended: '2026-01-02T03:04:05Z', adapter: '', threads: 2 },
    ...{ kernels: ['Conv2D'], training: 'aa', slices: { reference: 1500, mixed: 0, validation: 12, test: 40 } },
    recipe: { ...PAPER_RECIPE, topCrop: 0.08 },
    phantom: null,
    simulation: null,
  };
  const metrics = {
    ...{ imageAuc: 0.8125, imageAucCi95: [0.7, 0.9] as [number, number], imageSlices: 40, pixelAuroc: 0.95, pixelAurocInBrain: 0.9 },
    ...{ pixelAveragePrecision: 0.25, bestDice: 0.5, bestDiceThreshold: 1, dice: null, threshold: null, thresholdRule: '', pixelSlices: 20, why: {} },
  }; // biome-ignore format: a table
  return {
    record,
    spec,
    scores: { scorer: spec.lead, smooth: true, mapless: false, total: 40, data: 'bb', metrics, update: 1200, notes: [] },
    decision: {
      ...{
        rule: 'otsu',
        ruleTitle: 'Otsu',
        ruleReason: 'Splits the histogram in two.',
        usesLabels: false,
        side: 'dark',
        settings: USUAL_RULES,
      },
      flags: { relation: '<', score: -0.125 },
      cleanUp: { ...NO_CLEAN_UP, minimum: 12 },
    },
    atCut: {
      area: 0.0123,
      dice: { slice: 0.31, patient: 0.33, pooled: 0.4, sd: 0.26, slices: 20 },
      ci95: { slice: [0.27, 0.34], patient: [0.28, 0.36], pooled: [0.35, 0.44] },
      patients: 9,
      precision: 0.5,
      recall: null,
      lesions: { found: 7, missed: 3, falseRegions: 10, images: 40 },
    },
  };
}

describe.each(Object.keys(MODELS))('%s', (id) => {
  it('names the numbers that are not the preset’s, and none where all are', () => {
    const { spec } = MODELS[id];
    const usual = Object.fromEntries(Object.entries(spec.params).map(([key, { default: value }]) => [key, value]));
    const input = inputOf(id);
    const textOf = (params: typeof usual) => methodsOf({ ...input, record: { ...input.record, params } });
    const whole = { ...usual, ...spec.presets.demo.params };
    expect(textOf(whole)).toContain('with the preset “Class demo” (');
    const [key, { label }] = Object.entries(spec.params).at(-1)!;
    expect(textOf({ ...whole, [key]: whole[key] + 1 })).toContain(`with the preset “Class demo”, changed in ${label} (`);
  });

  it('cites its paper, and numbers every reference that is mentioned', () => {
    const { spec } = MODELS[id];
    const text = methodsOf(inputOf(id));
    expect(PAPERS[id]).toContain(spec.paper.title.split(':')[0].split(' ').slice(0, 3).join(' '));
    expect(text).toContain(PAPERS[id]);
    const [body, list] = text.split('References\n');
    const mentioned = [...new Set([...body.matchAll(/\[(\d+)\]/g)].map(([, n]) => Number(n)))];
    const listed = [...list.matchAll(/^\[(\d+)\]/gm)].map(([, n]) => Number(n));
    expect(mentioned).toEqual(listed);
    expect(listed).toEqual(listed.map((_, i) => i + 1));
    for (const { label } of Object.values(spec.params)) expect(body).toContain(`${label}: `);
    expect(text).not.toMatch(/undefined|null|NaN/);
  });
});

it('says what was done to images, scores and masks', () => {
  const text = methodsOf(inputOf('vae'));
  for (const said of [
    'axial slices; intensities scaled from the minimum and maximum of each volume to [0, 1]; 8 % of the rows cut off at the top; padded to squares',
    'The sets held 1,500 healthy reference, 12 validation, 40 test slices',
    'was trained for 1,200 of 3,000 updates (61 s) from seed 3 with the preset “Class demo” (',
    'float32 on 2 processor threads through WebAssembly with TensorFlow.js and kernels of the lab’s own',
    'scored after update 1,200 by Rec-grad: ',
    'A pixel was flagged where its score was < −0.125 (low scores taken as anomalous). It was set by: Otsu [2]. Splits the histogram in two. Clean-up of the masks: regions of fewer than 12 pixels of a slice (8 neighbours) removed.',
    'So 1.23 % of all pixels were flagged. On the 20 slices with an anomaly Dice [3] was 0.31 ± 0.26 (mean ± sd over slices), 95 % interval 0.27 to 0.34; 0.33 (mean over patients), 95 % interval 0.28 to 0.36; 0.40 (all pixels as one), 95 % interval 0.35 to 0.44; the intervals are from 1,000 draws of the 9 patients with an anomaly [4].',
    'Of their pixels as one, precision 0.50. Of 10 lesions (connected regions of a slice) 7 were touched by the mask, with 0.25 false regions a slice [5].',
    'ROC of 40 labelled slices [6] was 0.813 (95 % interval 0.700 to 0.900 [7], slices taken as independent)',
    'the average precision [8] 0.250',
    '[2] N. Otsu.',
    '[8] F. Pedregosa et al. Scikit-learn',
    'SHA-256 of the training slices aa; of the test slices bb.',
    'Not a medical device.',
  ])
    expect(text).toContain(said);
});

it('says of the phantom that it is one, what was painted in, and which rule saw masks', () => {
  const input = inputOf('healthygan');
  const record = {
    ...input.record,
    ...({ set: 'phantom', recipe: null, phantom: { variant: 'smooth', seed: 4 }, simulation: { share: 0.3, seed: 1 } } as const),
  };
  const text = methodsOf({ ...input, record, decision: { ...input.decision!, usesLabels: true, flags: null } });
  expect(text).toContain('variant “smooth”, seed 4; no scans of people');
  expect(text).toContain('in 30 % of the mixed slices');
  expect(text).toContain('Every pixel was flagged');
  expect(text).toContain('This rule looks at masks.');
  expect(methodsOf({ ...input, scores: null, decision: null, atCut: null })).not.toContain('Threshold.');
});

it.each([
  ['youden', 'Cancer 3, pp. 32–35, 1950'],
  ['peak', 'ASC-Net: Adversarial-based'],
  ['healthyQuantile', null],
] as const)('cites whoever put a threshold where %s does', (rule, source) => {
  const input = inputOf('vae');
  const text = methodsOf({ ...input, decision: { ...input.decision!, rule, ruleTitle: 'A rule' }, atCut: null });
  expect(text).toContain(source ? 'It was set by: A rule [2].' : 'It was set by: A rule. ');
  if (source) expect(text).toMatch(new RegExp(`\\[2\\] .*${source}`));
  expect(text).not.toContain('of all pixels were flagged');
});
