import { describe, expect, it } from 'vitest';
import { PAPER_RECIPE } from '../core/recipe';
import { recipeOf } from './recipe';

describe('--recipe', () => {
  it('is the papers’ without a word, and changes what it names', () => {
    expect(recipeOf([])).toEqual(PAPER_RECIPE);
    const words = ['plane=coronal', 'intensity=percentile:1:99', 'range=20:80', 'nonEmpty=off', 'resampling=linear', 'organ=on'];
    expect(recipeOf([...words, 'topCrop=0.08', 'square=crop', 'patches=128'])).toEqual({
      plane: 'coronal',
      intensity: { kind: 'percentile', low: 1, high: 99 },
      range: { from: 20, to: 80 },
      nonEmpty: null,
      resampling: 'linear',
      organ: true,
      topCrop: 0.08,
      square: 'crop',
      patches: { field: 128 },
    });
    expect(recipeOf(['patches=128', 'patches=off']).patches).toBeNull();
    expect(recipeOf(['nonEmpty=0.1:0.02', 'intensity=zscore:5', 'intensity=unit'])).toMatchObject({
      nonEmpty: { level: 0.1, share: 0.02 },
      intensity: { kind: 'unit' },
    });
    expect(recipeOf(['intensity=window:-1000:400']).intensity).toEqual({ kind: 'window', low: -1000, high: 400 });
  });

  it.each([
    ['plane', /"plane" is none of:\nplane=axial/],
    ['toString=1', /is none of/],
    ['plane=oblique', /not one of axial, coronal, sagittal/],
    ['intensity=zscore', /zscore:CLIP/],
    ['intensity=percentile:99:1', /not in order/],
    ['intensity=window:400:-1000', /not two values in order/],
    ['range=80:20', /empty or outside/],
    ['range=20', /not two numbers/],
    ['topCrop=', /not a number/],
    ['organ=yes', /not one of on, off/],
    ['square=round', /neither pad nor crop/],
    ['patches=on', /not a number/],
    ['patches=64.5', /not a whole number from 8/],
    ['patches=4', /not a whole number from 8/],
  ])('refuses %s', (pair, sentence) => expect(() => recipeOf([pair])).toThrow(sentence));
});
