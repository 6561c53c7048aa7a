import { expect, it } from 'vitest';
import { buildTables } from './cut';
import { figuresOf, imageRoc, svgPlot } from './figures';

it('draws the ROC of slices through its corners, ties as one step', () => {
  const slices = [0.9, 0.5, 0.5, 0.1].map((score, i) => ({ score, label: ([1, 1, 0, 0] as const)[i] }));
  expect(imageRoc(slices)).toEqual({ x: [0, 0, 0.5, 1], y: [0, 0.5, 1, 1] });
  expect(imageRoc(slices.slice(0, 2))).toBeNull();
  expect(imageRoc([...slices, { score: Number.NaN, label: 1 }, { score: 3, label: null }])).toEqual(imageRoc(slices));
});

it('places lines by their axes and escapes words', () => {
  const svg = svgPlot('a < b', { label: 'x', ticks: [] }, { label: 'y', ticks: [] }, [{ x: [0, 1], y: [0, 1], colour: 'red' }]);
  expect(svg).toContain('a &lt; b');
  expect(svg).toContain('d="M56.0 276.0L404.0 28.0"');
});

it('draws only what labels and maps allow', () => {
  const maps = Uint16Array.of(0, 10, 4000, 20, 0, 5, 6, 7);
  const truths = Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 0);
  const drawn = (masked: boolean, mapless: boolean, labels: readonly (0 | 1 | null)[]) =>
    figuresOf({ scorer: 's', mapless, lo: 0, hi: 1, tables: buildTables(maps, truths, [masked, masked], 4), slices: labels.map((label, i) => ({ label, score: i })) }).map(({ path }) => path); // biome-ignore format: one line
  expect(drawn(true, false, [1, 0])).toEqual(['roc-slices', 'roc-pixels', 'pr-pixels', 'histogram'].map((name) => `figures/${name}.svg`));
  expect(drawn(false, false, [null, null])).toEqual(['figures/histogram.svg']);
  expect(drawn(true, true, [1, 0])).toEqual(['figures/roc-slices.svg']);
});
