/** Plots as SVG, drawn from tables: they need no page, and a capsule holds them. */
import { curves, LEVELS, type Tables } from './cut';
import { rebin } from './histogram';
import { rank } from './ranking';
import { mirroredTables, type Side } from './side';

const [WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM] = [420, 320, 56, 28, 16, 44];
const [W, H] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
const BINS = 256;

export type Line = { x: ArrayLike<number>; y: ArrayLike<number>; colour: string; dash?: string };
type Axis = { label: string; ticks: readonly { at: number; text: string }[] };

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const UNIT = [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, text: String(at) }));

/** Lines over axes from 0 to 1; values outside are drawn at the edge. */
export function svgPlot(title: string, x: Axis, y: Axis, lines: readonly Line[]): string {
  const place = (v: number) => Math.min(1, Math.max(0, v));
  const px = (v: number) => (LEFT + W * place(v)).toFixed(1);
  const py = (v: number) => (TOP + H * (1 - place(v))).toFixed(1);
  const text = (tx: number | string, ty: number | string, anchor: string, words: string) =>
    `<text x="${tx}" y="${ty}" text-anchor="${anchor}">${escaped(words)}</text>`;
  const path = ({ x: xs, y: ys }: Line) => {
    let d = '';
    for (let i = 0; i < xs.length; i++) if (!Number.isNaN(xs[i]) && !Number.isNaN(ys[i])) d += `${d ? 'L' : 'M'}${px(xs[i])} ${py(ys[i])}`;
    return d;
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="11" fill="#17191b">`,
    `<title>${escaped(title)}</title><rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 16, 'start', title),
    ...x.ticks.map(({ at, text: words }) => text(px(at), TOP + H + 16, 'middle', words)),
    ...y.ticks.map(({ at, text: words }) => text(LEFT - 6, Number(py(at)) + 4, 'end', words)),
    text(LEFT + W / 2, HEIGHT - 8, 'middle', x.label),
    `<text transform="translate(14 ${TOP + H / 2}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`,
    `<path d="M${LEFT} ${TOP}V${TOP + H}H${LEFT + W}" fill="none" stroke="#646a71"/>`,
    ...lines.map(
      (line) => `<path d="${path(line)}" fill="none" stroke="${line.colour}" stroke-width="1.75" stroke-dasharray="${line.dash ?? ''}"/>`,
    ),
    '</svg>\n',
  ].join('\n');
}

/** Corners of the ROC of slices: x false-alarm rate, y sensitivity; null where a class is missing or a score is not a number. */
export function imageRoc(slices: readonly { label: 0 | 1 | null; score: number }[]): { x: number[]; y: number[] } | null {
  const known = slices.filter(({ label, score }) => label !== null && !Number.isNaN(score));
  const { positives, negatives, tp, fp } = rank(
    known.map(({ score }) => score),
    known.map(({ label }) => label ?? 0),
  );
  if (positives === 0 || negatives === 0) return null;
  return { x: [0, ...Array.from(fp, (n) => n / negatives)], y: [0, ...Array.from(tp, (n) => n / positives)] };
}

type Drawn = {
  scorer: string;
  mapless: boolean;
  tables: Tables;
  slices: readonly { label: 0 | 1 | null; score: number }[];
  lo: number;
  hi: number;
};

/** ROC of slices and of pixels, precision–recall of pixels and the histogram, as far as labels and maps allow.
 * @param side of the scores that is anomalous; the histogram is of the scores as they are */
export function figuresOf({ scorer, mapless, tables, slices, lo, hi }: Drawn, side: Side = 'bright'): { path: string; text: string }[] {
  const dark = side === 'dark' && !mapless;
  const named = dark ? `${scorer}, low scores anomalous` : scorer;
  const figures: { path: string; text: string }[] = [];
  const add = (name: string, text: string) => figures.push({ path: `figures/${name}.svg`, text });
  const blue = { colour: '#0072b2' };
  const [alarm, recall] = [
    { label: 'False-alarm rate', ticks: UNIT },
    { label: 'Sensitivity', ticks: UNIT },
  ];
  const images = imageRoc(dark ? slices.map(({ label, score }) => ({ label, score: -score })) : slices);
  if (images) add('roc-slices', svgPlot(`ROC of slices: ${named}`, alarm, recall, [{ ...images, ...blue }]));
  if (mapless) return figures;
  const pixels = curves(dark ? mirroredTables(tables) : tables);
  if (pixels) {
    add('roc-pixels', svgPlot(`ROC of pixels: ${named}`, alarm, recall, [{ x: pixels.falseAlarmRate, y: pixels.sensitivity, ...blue }]));
    const precision = { label: 'Precision', ticks: UNIT };
    add('pr-pixels', svgPlot(`Precision–recall: ${named}`, { ...recall, label: 'Recall' }, precision, [{ x: pixels.sensitivity, y: pixels.precision, ...blue }])); // biome-ignore format: one line
  }
  add('histogram', histogramSvg(scorer, tables, lo, hi));
  return figures;
}

/** Counts of all test pixels, and of anomalous ones where there are masks, on a log scale. */
function histogramSvg(scorer: string, { all, overTruth }: Tables, lo: number, hi: number): string {
  const bins = (over: Float64Array) =>
    rebin(
      Uint32Array.from({ length: LEVELS }, (_, c) => over[c] - (over[c + 1] ?? 0)),
      BINS,
    );
  const decades = Math.max(1, Math.ceil(Math.log10(Math.max(1, ...bins(all)))));
  const line = (over: Float64Array) => ({ x: Float64Array.from({ length: BINS }, (_, i) => (i + 0.5) / BINS), y: Float64Array.from(bins(over), (n) => Math.log10(Math.max(1, n)) / decades) }); // biome-ignore format: one line
  const ticks = Array.from({ length: decades + 1 }, (_, d) => ({ at: d / decades, text: `1e${d}` }));
  const ends = [0, 0.5, 1].map((at) => ({ at, text: Number((lo + at * (hi - lo)).toPrecision(3)).toString() }));
  const lines: Line[] = [{ ...line(all), colour: '#5b616a' }];
  if (overTruth[0] > 0) lines.push({ ...line(overTruth), colour: '#0b6b80', dash: '5 3' });
  const title = `Scores of test pixels: ${scorer}${overTruth[0] > 0 ? ' (dashed: inside masks)' : ''}`;
  return svgPlot(title, { label: 'Score', ticks: ends }, { label: 'Pixels', ticks }, lines);
}
