import { describe, expect, it } from 'vitest';
import { BASELINES, baselineOutputs, meanInBrain, meanReference, measureBaselines, zScore } from './baselines';
import { Random } from './random';
import { smooth } from './smooth';

const random = new Random(5);
const [height, width] = [12, 11];
const size = height * width;
const image = () => Float32Array.from({ length: size }, (_, i) => (i % 11 === 0 ? 0 : random.uniform()));
const slices = [image(), image(), image()];
const brain = { mean: 0.5, sd: 0.3 };
const images = new Float32Array(3 * size);
slices.forEach((pixels, i) => {
  images.set(pixels, i * size);
});
const set = { images, brains: [brain, brain, brain], height, width };

describe('spaces', () => {
  it('z-scores above 0, clips to ±1.5 and leaves background at 0', () => {
    expect(Array.from(zScore(Float32Array.of(0, 0.01, 0.5, 0.56, 1), brain))).toEqual([
      0,
      -1.5,
      0,
      Math.fround((Math.fround(0.56) - 0.5) / 0.3),
      1.5,
    ]);
    expect(Array.from(zScore(Float32Array.of(0, 0.4), { mean: 0.4, sd: 0 }))).toEqual([0, 0]);
  });
  it('averages the reference in that space', () => {
    const mean = meanReference(slices.map((pixels) => ({ pixels, brain })))!;
    expect(mean[37]).toBeCloseTo(slices.reduce((sum, pixels) => sum + zScore(pixels, brain)[37], 0) / 3, 6);
    expect(meanReference([])).toBeNull();
    const sizes = [4, 5].map((n) => ({ pixels: new Float32Array(n), brain }));
    expect(() => meanReference(sizes)).toThrow('4 and 5 pixels');
  });
  it('scores a slice by the mean above 0', () => {
    expect(Array.from(meanInBrain(Float32Array.of(9, 1, 3, 7), Float32Array.of(0, 1, 0.5, 0), 2))).toEqual([1, 3]);
    expect(meanInBrain(Float32Array.of(1), Float32Array.of(0), 1)[0]).toBeNaN();
  });
});

describe('outputs', () => {
  const mean = image();
  const outputs = baselineOutputs(set, mean);

  it('are what the table says', () => {
    const z = zScore(slices[1], brain);
    expect(outputs.raw!.map).toBe(images);
    expect(outputs.rawZ!.map!.subarray(size, 2 * size)).toEqual(z);
    const distance = z.map((x, i) => Math.abs(x - mean[i]));
    expect(outputs.absMean!.map!.subarray(size, 2 * size)).toEqual(distance);
    expect(outputs.absMeanSmooth!.map!.subarray(size, 2 * size)).toEqual(smooth(distance, height, width));
    const above = slices[1].filter((x) => x > 0);
    const centre = above.reduce((a, b) => a + b, 0) / above.length;
    expect(outputs.contrast!.scores[1]).toBeCloseTo(-Math.sqrt(above.reduce((a, b) => a + (b - centre) ** 2, 0) / above.length), 12);
  });
  it('the lowest local variance is over whole windows in the brain', () => {
    const windows: number[] = [];
    for (let top = 0; top + 9 <= height; top++) {
      for (let left = 0; left + 9 <= width; left++) {
        const inside = slices[2].filter((_, i) => {
          const [r, c] = [Math.floor(i / width) - top, (i % width) - left];
          return r >= 0 && r < 9 && c >= 0 && c < 9;
        });
        if (inside.some((x) => x === 0)) continue;
        const centre = inside.reduce((a, b) => a + b, 0) / 81;
        windows.push(inside.reduce((a, b) => a + (b - centre) ** 2, 0) / 81);
      }
    }
    expect(windows.length).toBeGreaterThan(3);
    expect(outputs.localVariance!.scores[2]).toBeCloseTo(-Math.min(...windows), 10);
  });
});

describe('measureBaselines', () => {
  const truths = new Uint8Array(3 * size).fill(1, 20, 60);
  const labelled = { ...set, truths, masked: [true, true, true], labels: [1, 0, 0] as const };

  it('has every row, with a reason for what it cannot give', () => {
    const rows = measureBaselines(labelled, image());
    expect(Object.keys(rows)).toEqual([...BASELINES]);
    expect(rows.absMean).toMatchObject({ pixelSlices: 1, dice: null, why: { dice: 'No threshold was chosen.' } });
    expect(rows.contrast).toMatchObject({ pixelAuroc: null, why: { pixelAuroc: 'This score gives one number a slice and no map.' } });
    expect(rows.contrast.imageAuc).not.toBeNull();
  });
  it('says when there is no reference', () => {
    const rows = measureBaselines(labelled, null);
    expect(rows.raw.pixelAuroc).not.toBeNull();
    for (const row of [rows.absMean, rows.absMeanSmooth]) {
      expect(row).toMatchObject({ pixelAuroc: null, imageAuc: null });
      expect(new Set(Object.values(row.why))).toEqual(new Set(['There is no reference set to take a mean of.']));
    }
  });
  it('leaves a black slice, which has no score, out of the image numbers', () => {
    const images = new Float32Array(4 * size);
    images.set(set.images);
    const masks = new Uint8Array(4 * size);
    masks.set(truths);
    const brains = [...set.brains, { ...set.brains[0], mean: 0, sd: 0 }];
    const black = { ...set, images, brains, truths: masks, masked: [true, true, true, false], labels: [1, 0, 0, 0] as const };
    const mean = image();
    const [rows, without] = [measureBaselines(black, mean), measureBaselines(labelled, mean)];
    for (const id of ['raw', 'absMean', 'contrast'] as const) {
      expect(without[id].imageAuc).not.toBeNull();
      expect(rows[id]).toMatchObject({ imageAuc: without[id].imageAuc, imageSlices: 3 });
    }
  });
  it('refuses a mean of another size', () => {
    expect(() => measureBaselines(labelled, new Float32Array(3))).toThrow('3 pixels');
  });
});
