/** What the presets of the paper and of the authors’ code stand for, switch by switch. */
import { describe, expect, it } from 'vitest';
import { paramProblem } from '../../core/params';
import { wholeOf } from '../registry';
import { ascnet } from '.';

/** Table A of the differences between paper and authors’ code, as options; A5 is a number. */
const SWITCHES = ['labels', 'reconstructionOver', 'smoothing', 'stage2Disjuncy', 'dropoutAt', 'top', 'discriminatorLife', 'frozen', 'moments', 'stage2Main']; // biome-ignore format: one line

describe('presets', () => {
  const { presets, params } = ascnet.spec;
  it.each([
    ['paper', { size: 160, width: 32, stage1: 3, stage2: 1, batch: 64, discriminatorBatch: 288 }, /cuts I_ro at 254 of 255/],
    ['brats', { size: 240, width: 32, stage1: 2, stage2: 1 }, /rightmost peak/],
    ['lits', { size: 240, width: 32, stage1: 2, stage2: 2 }, /cuts 1 − I_ro at 242 of 255/],
  ])('%s has the published schedule and names its cut, with the lab’s choice in every switch', (id, numbers, about) => {
    expect(presets[id].params).toMatchObject({ ...numbers, rate: 5e-5, discriminatorRate: 5e-5, head: 0, dropout: 0.3, cap: 0 });
    expect(presets[id].about).toMatch(about);
    for (const key of SWITCHES) expect(presets[id].params[key], key).toBe(params[key].default);
  });

  it('“as released” is the paper’s with every switch where the code has it', () => {
    const where = (key: string) => (params[key].options as readonly string[])[presets.released.params[key]];
    expect(SWITCHES.map((key) => [key, where(key)])).toEqual([
      ['labels', 'real −1, fake 1 (code)'], // A1
      ['reconstructionOver', 'mean over pixels (code)'], // A2
      ['smoothing', '1 (code)'], // A3
      ['stage2Disjuncy', 'binarised (code)'], // A4
      ['dropoutAt', 'pooling and skips (code)'], // A6
      ['top', '16 × width'], // A7
      ['discriminatorLife', 'fresh for M too (code)'], // A8
      ['frozen', 'batch, dropout (Keras 2.2)'], // A9
      ['moments', 'reset every phase (code)'], // A9
      ['stage2Main', 'twice (code)'], // A10
    ]);
    expect(presets.released.params).toMatchObject({ l2: 2e-4, warmup: 0, size: 160, stage1: 3, stage2: 1 }); // A5
  });
});

it('a run that was made before β₁ was a parameter is whole with what it was then', () => {
  const { beta1: _, ...params } = ascnet.spec.presets.corrections.params;
  expect(paramProblem(ascnet.spec, params)).toContain('beta1');
  const whole = wholeOf({ model: 'ascnet', params }).params;
  expect(paramProblem(ascnet.spec, whole)).toBeNull();
  expect(whole).toEqual({ ...params, beta1: 0.9 });
});
