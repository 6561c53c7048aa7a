/** What the page knows of ASC-Net. Where paper [P] and authors' code [C] differ, both are options, named after where they stand. */
import type { ModelSpec, ParamSpec, Params } from '../../core/types';

const PARAMS: Record<string, ParamSpec> = {
  size: { label: 'Size, pixels', default: 64, min: 32, max: 256, step: 16, paper: 'section 3: 160 in code (MS), 240 (BraTS, LiTS)' },
  width: { label: 'Base width', default: 8, min: 8, max: 32, step: 8, paper: 'authors’ code: 32' },
  stage1: { label: 'Cycles, stage 1', default: 3, min: 1, max: 500, step: 1, paper: 'section 3: MS 3, BraTS 2, LiTS 2' },
  stage2: { label: 'Cycles, stage 2', default: 1, min: 0, max: 500, step: 1, paper: 'section 3: MS 1, BraTS 1, LiTS 2' },
  discriminatorEpochs: { label: 'Epochs of D, a phase', default: 1, min: 0.01, max: 100, step: 0.25, paper: 'section 3: one or more' },
  mainEpochs: { label: 'Epochs of M, a phase', default: 1, min: 0.01, max: 100, step: 0.25, paper: 'section 3: one or more' },
  updates: { label: 'Updates (0: count epochs)', default: 0, min: 0, max: 1_000_000, step: 1, paper: 'ours: shares them over the phases' },
  batch: { label: 'Batch of M', default: 16, min: 1, max: 256, step: 1, paper: 'authors’ code: 64 on four GPUs' },
  discriminatorBatch: { label: 'Batch of D', default: 16, min: 4, max: 512, step: 4, paper: 'authors’ code: 288 on four GPUs' },
  rate: { label: 'Adam rate of M', default: 5e-5, min: 1e-6, max: 1e-1, step: 1e-5, paper: 'section 3: 5e-5' },
  discriminatorRate: { label: 'Adam rate of D', default: 5e-5, min: 1e-6, max: 1e-1, step: 1e-5, paper: 'section 3: 5e-5' },
  momentum: { label: 'Norm momentum', default: 0.99, min: 0, max: 0.999, step: 0.01, paper: 'authors’ code: 0.99' },
  warmup: { label: 'Warm-up passes', default: 4, min: 0, max: 100, step: 1, paper: 'ours: first moving averages; authors’ code: 0' },
  cap: { label: 'D rests below error', default: 0.2, min: 0, max: 2, step: 0.05, paper: 'ours: 0 is off' },
  head: { label: 'Head of D', default: 0, min: 0, max: 1, step: 1, paper: 'authors’ code: flatten', options: ['flatten', 'pool (ours)'] },
  top: {
    label: 'Last block of D',
    default: 0,
    min: 0,
    max: 1,
    step: 1,
    paper: 'authors’ code: 512 in training, 256 where it is created',
    options: ['16 × width', '8 × width'],
  },
  dropout: { label: 'Dropout', default: 0.3, min: 0, max: 0.9, step: 0.1, paper: 'authors’ code: 0.3' },
  dropoutAt: {
    label: 'Dropout after',
    default: 0,
    min: 0,
    max: 1,
    step: 1,
    paper: 'paper: pooling; authors’ code: skips too',
    options: ['pooling and skips (code)', 'pooling (paper)'],
  },
  labels: {
    label: 'Targets of D',
    default: 0,
    min: 0,
    max: 1,
    step: 1,
    paper: 'Loss_D; authors’ code mirrors it',
    options: ['real 1, fake −1 (paper)', 'real −1, fake 1 (code)'],
  },
  adversarialWeight: { label: 'Weight of Loss_Cf', default: 1, min: 0, max: 1000, step: 0.1, paper: 'authors’ code: 1' },
  disjuncyWeight: { label: 'Weight of Loss_Cw', default: 1, min: 0, max: 1000, step: 0.1, paper: 'authors’ code: 1' },
  reconstructionWeight: { label: 'Weight of Loss_R', default: 1, min: 0, max: 1000, step: 1, paper: 'authors’ code: 1' },
  reconstructionOver: {
    label: 'Loss_R',
    default: 0,
    min: 0,
    max: 1,
    step: 1,
    paper: 'paper: a sum over pixels drowns the other terms',
    options: ['mean over pixels (code)', 'sum over pixels (paper)'],
  },
  smoothing: {
    label: 'Dice smoothing',
    default: 0,
    min: 0,
    max: 1,
    step: 1,
    paper: 'Loss_Cw: none; authors’ code: 1',
    options: ['1 (code)', 'none (paper)'],
  },
  stage2Disjuncy: {
    label: 'Loss_Cw in stage 2',
    default: 0,
    min: 0,
    max: 1,
    step: 1,
    paper: 'paper: as in stage 1; code since November 2021: a constant',
    options: ['as in stage 1', 'binarised (code)'],
  },
  l2: { label: 'L2 of 3 × 3 kernels', default: 2e-4, min: 0, max: 1, step: 1e-4, paper: 'authors’ code: 2e-4; paper: not mentioned' },
  discriminatorLife: {
    label: 'D is',
    default: 0,
    min: 0,
    max: 2,
    step: 1,
    paper: 'paper: kept; authors’ code: M meets a fresh one',
    options: ['kept (paper)', 'rebuilt every cycle', 'fresh for M too (code)'],
  },
  frozen: {
    label: 'Frozen D runs on',
    default: 0,
    min: 0,
    max: 1,
    step: 1,
    paper: 'not stated; authors’ code: Keras 2.2',
    options: ['moving averages', 'batch, dropout (Keras 2.2)'],
  },
  moments: {
    label: 'Adam moments',
    default: 0,
    min: 0,
    max: 1,
    step: 1,
    paper: 'not stated; authors’ code recompiles',
    options: ['kept', 'reset every phase (code)'],
  },
  stage2Main: {
    label: 'I_in in stage 2',
    default: 0,
    min: 0,
    max: 1,
    step: 1,
    paper: 'section 3: once; authors’ code: twice an epoch',
    options: ['once', 'twice (code)'],
  },
};

const defaults: Params = Object.fromEntries(Object.entries(PARAMS).map(([key, { default: value }]) => [key, value]));
/** MS-SEG2015 with the defaults of the lab where paper and code differ. */
const paper: Params = { ...defaults, size: 160, width: 32, batch: 64, discriminatorBatch: 288, cap: 0 };
/** Small and quick: the pooled head, larger rates and weight of the reconstruction that short runs need (ours). */
const small: Params = {
  ...defaults, rate: 1e-3, discriminatorRate: 2e-4, momentum: 0.9, head: 1, dropout: 0.1, reconstructionWeight: 20,
}; // biome-ignore format: a table
const released: Params = {
  ...paper, warmup: 0, labels: 1, stage2Disjuncy: 1, discriminatorLife: 2, frozen: 1, moments: 1, stage2Main: 1,
}; // biome-ignore format: a table

export const spec: ModelSpec = {
  id: 'ascnet',
  title: 'ASC-Net',
  about: 'Cuts an image into what looks healthy and the rest, and thresholds the remix of both.',
  paper: { title: 'ASC-Net: Adversarial-based Selective Network for Unsupervised Anomaly Segmentation', year: 2021 },
  needs: ['reference', 'mixed'],
  input: 'unit',
  params: PARAMS,
  presets: {
    demo: {
      title: 'Class demo',
      about: 'Width 8, pooled head, 3 + 1 cycles in 480 updates: shows the scheme, not the paper’s result.',
      params: { ...small, updates: 480 },
    },
    machine: {
      title: 'This machine',
      about: 'Width 16, as many updates as about four minutes allow here, measured by a probe.',
      params: { ...small, width: 16 },
    },
    paper: {
      title: 'Paper, MS-SEG2015',
      about: '160², 3 + 1 cycles. The paper cuts I_ro at 254 of 255: its rightmost peak.',
      params: paper,
    },
    brats: {
      title: 'Paper, BraTS',
      about: '240², 2 + 1 cycles. The paper cuts I_ro at its rightmost peak, value not published.',
      params: { ...paper, size: 240, stage1: 2 },
    },
    lits: {
      title: 'Paper, LiTS',
      about: '240², 2 + 2 cycles, livers only. Dark lesions: the paper cuts 1 − I_ro at 242 of 255.',
      params: { ...paper, size: 240, stage1: 2, stage2: 2 },
    },
    released: {
      title: 'As released',
      about: 'MS-SEG2015 with every switch as in the authors’ newest code, where M learns against an untrained D.',
      params: released,
    },
  },
  losses: {
    total: { label: 'M: total', axis: 4 },
    fenceCut: { label: 'M: Loss_Cf, mean |D(I_fc) − real|', axis: 2 },
    disjuncy: { label: 'M: Loss_Cw, positive Dice of the cuts', axis: 1 },
    reconstruction: { label: 'M: Loss_R, (I_in − I_ro)²', axis: 0.2 },
    l2Main: { label: 'M: L2 of its kernels', axis: 1 },
    discriminator: { label: 'D: Loss_D, mean error', axis: 2 },
    l2Discriminator: { label: 'D: L2 of its kernels', axis: 0.5 },
    gauge: { label: 'D’s gauge: mean 1 − D², 0 is saturated', axis: 1 },
  },
  scorers: [
    { id: 'I_ro', about: 'The remix of both cuts, for anomalies brighter than their surroundings.', smooth: false },
    {
      id: 'I_ro-dark',
      about: '1 − I_ro: the remix inverted inside the body, for anomalies darker than their surroundings.',
      smooth: false,
    },
    { id: 'I_wc', about: 'The wild cut: what does not look like the reference.', smooth: false },
  ],
  lead: 'I_ro',
};
