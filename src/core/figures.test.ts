import { expect, it } from 'vitest';
import { buildTables, LEVELS } from './cut';
import { figuresOf, imageRoc, svgPlot } from './figures';
import { mirrored } from './side';

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

it('turns curves around where low scores are anomalous, and not the histogram', () => {
  const maps = Uint16Array.from({ length: 64 }, (_, i) => (i * 997) % LEVELS);
  const truths = Uint8Array.from(maps, (code, i) => Number(code > 2000 && i % 3 > 0));
  const slices = [0.2, 0.7, 0.4, 0.9].map((score, i) => ({ score, label: ([0, 1, 1, 0] as const)[i] }));
  const drawn = (codes: Uint16Array, sign: number) =>
    ({ scorer: 's', mapless: false, lo: 0, hi: 1, tables: buildTables(codes, truths, [true, true, true, true], 16), slices: slices.map((one) => ({ ...one, score: sign * one.score })) }); // biome-ignore format: one line
  const dark = figuresOf(drawn(maps, 1), 'dark');
  const negated = figuresOf(drawn(maps.map(mirrored), -1));
  const paths = (figures: typeof dark) =>
    figures.slice(0, 3).map(({ text }) => /<path d="M[^"]*" fill="none" stroke="#0072b2"/.exec(text)?.[0]);
  expect(paths(dark)).toEqual(paths(negated));
  expect(dark[0].text).toContain('ROC of slices: s, low scores anomalous');
  expect(dark[3]).toEqual(figuresOf(drawn(maps, 1))[3]);
});
