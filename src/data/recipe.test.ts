/** Recipes against plain arithmetic on small volumes. */

import { describe, expect, it } from 'vitest';
import { IMAGE_GEOMETRY } from '../core/affine';
import { paperRecipe, type Recipe, recipeProblems } from '../core/recipe';
import type { Volume } from '../core/types';
import { mapPixels, mappingOf, rangeOf } from './recipe';
import { previewOf, slicesOf, unslice } from './slices';
import { decodeDrop, drop, niftiFile, RAS } from './testFiles';

const values = Float32Array.of(0, 0, 0, 10, 20, 30, 40, 50, 60, 200);
const mapped = (intensity: Recipe['intensity'], organ: Uint8Array | null = null) => {
  const pixels = values.slice();
  mapPixels(pixels, mappingOf(values, intensity, organ), organ ? Float32Array.from(organ) : null);
  return [...pixels];
};
const close = (found: readonly number[], wanted: readonly number[]) => {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((v, i) => {
    expect(found[i]).toBeCloseTo(v, 5);
  });
};

describe('intensity', () => {
  const brain = [10, 20, 30, 40, 50, 60, 200];
  it('[0, 1] per volume', () =>
    close(
      mapped({ kind: 'unit' }),
      [...values].map((v) => v / 200),
    ));

  it('z-score over the brain', () => {
    const mean = brain.reduce((a, v) => a + v, 0) / 7;
    const sd = Math.sqrt(brain.reduce((a, v) => a + (v - mean) ** 2, 0) / 7);
    const expected = [...values].map((v) => (v === 0 ? 0 : Math.max(-1.5, Math.min(1.5, (v - mean) / sd)) / 3 + 0.5));
    close(mapped({ kind: 'zscore', clip: 1.5 }), expected);
  });

  it('percentiles of the brain, as numpy has them', () => {
    // numpy.percentile([10, 20, 30, 40, 50, 60, 200], [10, 90]) is 16 and 116.
    const expected = [...values].map((v) => (v === 0 ? 0 : Math.max(0, Math.min(1, (v - 16) / 100))));
    close(mapped({ kind: 'percentile', low: 10, high: 90 }), expected);
  });

  it('a window of the files’ own values, whatever each volume holds', () => {
    const expected = [0, 0, 0, 0, 0.1, 0.3, 0.5, 0.7, 0.9, 1];
    close(mapped({ kind: 'window', low: 15, high: 65 }), expected);
    const [dim, bright] = [Float32Array.of(20, 40), Float32Array.of(20, 60)].map((one) => {
      mapPixels(one, mappingOf(one, { kind: 'window', low: 0, high: 100 }, null), null);
      return [...one];
    });
    close([...dim, ...bright], [0.2, 0.4, 0.2, 0.6]);
    expect(recipeProblems({ ...paperRecipe(64), intensity: { kind: 'window', low: 5, high: 5 } })).toEqual([
      'The window from 5 to 5 is not two values in order.',
    ]);
  });

  it('inside an organ mask only; outside is background', () => {
    const organ = Uint8Array.of(0, 1, 1, 1, 1, 1, 0, 0, 0, 0);
    close(mapped({ kind: 'unit' }, organ), [0, 0, 0, 10 / 30, 20 / 30, 1, 0, 0, 0, 0]);
    const [mean, sd] = [12, Math.sqrt((144 + 144 + 4 + 64 + 324) / 5)];
    close(
      mapped({ kind: 'zscore', clip: 3 }, organ),
      [...values].map((v, i) => (organ[i] ? (v - mean) / sd / 6 + 0.5 : 0)),
    );
  });

  it('is refused where nothing varies', () => {
    expect(() => mappingOf(values, { kind: 'unit' }, new Uint8Array(10))).toThrow('mask is empty');
    expect(() => mappingOf(Float32Array.of(0, 5, 5), { kind: 'zscore', clip: 3 }, null)).toThrow('no z-score');
    expect(() => mappingOf(Float32Array.of(0, 5, 5, 5, 9), { kind: 'percentile', low: 1, high: 20 }, null)).toThrow('same value, 5');
  });
});

const image = (width: number, height: number, value: (x: number, y: number) => number): Volume => ({
  name: 'i',
  group: 'i',
  width,
  height,
  depth: 1,
  voxels: Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
  geometry: IMAGE_GEOMETRY,
  dtype: 'uint8',
});

describe('layout', () => {
  it('crops the top and a centre square, and puts maps back where they came from', () => {
    const volume = image(8, 10, (x, y) => 10 * y + x);
    const recipe: Recipe = { ...paperRecipe(8), topCrop: 0.1, square: 'crop', nonEmpty: null };
    const { slices, grid } = slicesOf(volume, recipe);
    // One row off the top leaves 9 × 8; the middle 8 rows of those begin at row 1.
    expect([...slices[0].pixels].map((v) => Math.round(v * 97))).toEqual([...volume.voxels].filter((_, i) => i >= 8 && i < 72));
    const back = unslice(grid, [{ index: 0, values: new Float32Array(64).fill(1) }], 'mask');
    expect([...back]).toEqual([...Array(8).fill(0), ...Array(64).fill(1), ...Array(8).fill(0)]);
  });

  it('resamples by area, linearly or by the nearest pixel', () => {
    const volume = image(4, 4, (x) => [0, 30, 60, 90][x]);
    const row = (resampling: Recipe['resampling'], size = 2) =>
      [...slicesOf(volume, { ...paperRecipe(size), resampling, nonEmpty: null }).slices[0].pixels.slice(0, size)].map((v) =>
        Math.round(v * 90),
      );
    expect(row('area')).toEqual([15, 75]);
    expect(row('linear')).toEqual([15, 75]);
    expect(row('nearest')).toEqual([30, 90]);
    expect(row('nearest', 8)).toEqual([0, 0, 30, 30, 60, 60, 90, 90]);
    const ramp = image(6, 6, (x) => [0, 0, 0, 90, 90, 0][x]);
    const at = (resampling: Recipe['resampling']) => [
      ...slicesOf(ramp, { ...paperRecipe(2), resampling, nonEmpty: null }).slices[0].pixels.slice(0, 2),
    ];
    close(at('area'), [0, 2 / 3]);
    close(at('linear'), [0, 1]);
  });

  it('keeps a range of slices in any plane, and empty ones where it is told to', () => {
    const shape = [4, 5, 10] as const;
    const volume: Volume = {
      ...image(4, 5, () => 0),
      depth: 10,
      voxels: Float32Array.from({ length: 200 }, (_, i) => (i < 100 ? 0 : i)),
      geometry: RAS,
    };
    expect(shape.reduce((n, s) => n * s, 1)).toBe(volume.voxels.length);
    const indices = (more: Partial<Recipe>) => slicesOf(volume, { ...paperRecipe(8), ...more }).slices.map((s) => s.index);
    expect(indices({})).toEqual([5, 6, 7, 8, 9]);
    expect(indices({ nonEmpty: null })).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(indices({ range: { from: 60, to: 80 } })).toEqual([6, 7]);
    expect(indices({ plane: 'coronal', range: { from: 0, to: 40 } })).toEqual([0, 1]);
    expect(indices({ plane: 'sagittal' })).toEqual([0, 1, 2, 3]);
    expect(() => indices({ range: { from: 0, to: 30 } })).toThrow('It is empty');
    expect([rangeOf(10, { from: 0, to: 100 }), rangeOf(3, { from: 99, to: 100 })]).toEqual([
      [0, 9],
      [2, 2],
    ]);
  });

  it('shows one slice before and after', () => {
    const volume = image(8, 8, (x, y) => x * y);
    const { before, after } = previewOf(volume, { ...paperRecipe(8), intensity: { kind: 'percentile', low: 0, high: 50 } }, null, 0);
    expect(before).toEqual(slicesOf(volume, 8).slices[0].pixels);
    expect(after.filter((v) => v === 1).length).toBeGreaterThan(20);
  });
});

describe('an organ mask beside an image', () => {
  it('is found by its name, has a row, and is no truth', async () => {
    const scan = niftiFile([8, 8, 4], (i, j, k) => 1 + i + j + k);
    const brain = niftiFile([8, 8, 4], (i) => (i > 2 ? 1 : 0), { mask: true });
    const lesion = niftiFile([8, 8, 4], (i, j) => (i === 4 && j === 4 ? 1 : 0), { mask: true });
    const { volumes, rows } = await decodeDrop(drop({ 's/flair.nii': scan, 's/brain_mask.nii': brain, 's/lesion.nii': lesion }));
    expect(volumes[0].organ?.reduce((a, b) => a + b, 0)).toBe(5 * 8 * 4);
    expect(volumes[0].volume.truth?.reduce((a, b) => a + b, 0)).toBe(4);
    expect(rows.get('s/brain_mask.nii')?.note).toBe('Organ mask of s/flair.nii.');
    const { slices } = slicesOf(volumes[0].volume, { ...paperRecipe(8), organ: true, nonEmpty: null }, volumes[0].organ);
    // Columns run from the patient's right: voxels 0 to 2 along x are the last three.
    expect([...slices[0].pixels.slice(5, 8)]).toEqual([0, 0, 0]);
    const other = niftiFile([8, 4, 4], () => 1, { mask: true });
    const refused = await decodeDrop(drop({ 's/flair.nii': scan, 's/brain_mask.nii': other }));
    expect(refused.volumes[0].organ).toBeNull();
    expect(refused.rows.get('s/brain_mask.nii')).toMatchObject({ status: 'rejected', note: expect.stringContaining('another shape') });
  });
});

describe('recipeProblems', () => {
  it('is empty for the papers, and names each thing that is wrong', () => {
    expect(recipeProblems(paperRecipe(64))).toEqual([]);
    const wrong = {
      plane: 'oblique',
      intensity: { kind: 'percentile', low: 99, high: 1 },
      range: { from: 50, to: 50 },
      nonEmpty: { level: 2, share: 0 },
      size: 7.5,
      resampling: 'cubic',
      organ: false,
      topCrop: 1,
      square: 'round',
    } as unknown as Recipe;
    expect(recipeProblems(wrong).length).toBe(8);
    expect(recipeProblems({ ...paperRecipe(64), intensity: { kind: 'zscore', clip: 0 } })[0]).toContain('clipped at 0');
    const patches = (field: number) => recipeProblems({ ...paperRecipe(64), patches: { field } });
    expect([patches(64), patches(1024)]).toEqual([[], []]);
    expect(patches(48)).toEqual([expect.stringMatching(/^Patches of 64 × 64 do not fit in slices of 48 × 48 pixels\. .*\.$/)]);
    expect(patches(Number.NaN)[0]).toContain('not a whole number');
  });
});
