/** Rules that choose a level. A mask is code ≥ level; for dark anomalies give them mirrored codes and counts (side.ts), and say so: their
 * words are about the scores as they are on the axis. Those that use labels
 * are fitted on the masks of validation slices where there are any, else on the test masks, where their numbers are upper bounds. */
import { LEVELS, type Tables } from './cut';
import { rebin } from './histogram';
import { peaksOf, valleyBetween } from './peaks';
import type { Side } from './side';

export type RuleId =
  | 'valley'
  | 'peak'
  | 'firstPeak'
  | 'healthyQuantile'
  | 'healthySigma'
  | 'healthyImages'
  | 'otsu'
  | 'youden'
  | 'balanced'
  | 'bestDice'
  | 'bestF1';

/** `level` in 0 … LEVELS − 1; null where the rule has nothing to stand on, and `reason` then says why. */
export type Threshold = { rule: RuleId; title: string; level: number | null; reason: string; usesLabels: boolean };

const percentOf = (rate: number): string => `${Number((100 * rate).toPrecision(3))} %`;

const unlabelled =
  (rule: RuleId, title: string) =>
  (level: number | null, reason: string): Threshold => ({ rule, title, level, reason, usesLabels: false });

const extreme = (side: Side): string => (side === 'dark' ? 'lowest' : 'highest');

/** Bins in which peaks are looked for, as the authors' images have grey levels. */
const PEAK_BINS = 256;
const NO_PEAK = 'No peak stands out of the histogram.';

/** The lowest place between the last two peaks of the histogram of codes. */
export function valley(histogram: Uint32Array, side: Side = 'bright'): Threshold {
  const answer = unlabelled('valley', 'Valley');
  const counts = rebin(histogram, PEAK_BINS);
  const peaks = peaksOf(counts);
  if (peaks.length === 0) return answer(null, NO_PEAK);
  if (peaks.length === 1) return answer(null, 'The histogram has one peak, so there is no valley between two.');
  return answer(
    atBin(valleyBetween(counts, peaks.at(-2)!, peaks.at(-1)!)),
    side === 'dark' ? 'Lowest place right of the first peak.' : 'Lowest place left of the last peak.',
  );
}

/** The last peak of the histogram of codes, as ASC-Net (2021) cuts; or the first, for anomalies whose peak lies in front. */
export function peak(histogram: Uint32Array, which: 'last' | 'first' = 'last', side: Side = 'bright'): Threshold {
  const rightmost = (which === 'last') === (side === 'bright');
  const answer = unlabelled(which === 'last' ? 'peak' : 'firstPeak', rightmost ? 'Last peak' : 'First peak');
  const found = peaksOf(rebin(histogram, PEAK_BINS)).at(which === 'last' ? -1 : 0);
  if (found === undefined) return answer(null, NO_PEAK);
  const place = `At the ${rightmost ? 'rightmost' : 'leftmost'} peak`;
  const paper = side === 'bright' ? ', as in the ASC-Net paper' : '';
  return answer(atBin(found), which === 'last' ? `${place}${paper}; it may lose half of that peak.` : `${place}.`);
}

const atBin = (bin: number): number => (bin * LEVELS) / PEAK_BINS;

/** Mean of the healthy pixels plus k of their standard deviations, rounded up to a level. */
export function healthySigma(histogram: Uint32Array, k = 3, side: Side = 'bright'): Threshold {
  const [sign, word, beyond] = side === 'dark' ? ['−', 'minus', 'below the healthy mean lie beyond the lowest'] : ['+', 'plus', 'above the healthy mean lie beyond the highest']; // biome-ignore format: one line
  const answer = unlabelled('healthySigma', `Healthy ${sign} ${k} σ`);
  const total = sum(histogram);
  if (total === 0) return answer(null, 'There are no healthy pixels to take a mean of.');
  let moment = 0;
  for (let code = 0; code < histogram.length; code++) moment += code * histogram[code];
  const mean = moment / total;
  let squares = 0;
  for (let code = 0; code < histogram.length; code++) squares += histogram[code] * (code - mean) ** 2;
  const level = Math.ceil(mean + k * Math.sqrt(squares / total));
  if (level >= histogram.length) return answer(null, `${k} standard deviations ${beyond} score.`);
  return answer(Math.max(0, level), `Mean of healthy pixels ${word} ${k} of their standard deviations.`);
}

/** The lowest level that at most `rate` (0 … 1) of the healthy images reach anywhere.
 * @param ranges lowest and highest code of each healthy image, one pair after another */
export function healthyImages(ranges: Uint16Array, rate: number, side: Side = 'bright'): Threshold {
  const answer = unlabelled('healthyImages', `Healthy images ${percentOf(rate)}`);
  const maxima = ranges.filter((_, i) => i % 2 === 1).sort();
  const n = maxima.length;
  if (n === 0) return answer(null, 'There are no healthy images to count false alarms in.');
  const allowed = Math.floor(rate * n);
  const level = allowed < n ? maxima[n - 1 - allowed] + 1 : 0;
  if (level < LEVELS) return answer(level, `At most ${allowed} of ${n} healthy images have a pixel flagged.`);
  const top = maxima.length - maxima.indexOf(LEVELS - 1);
  return answer(LEVELS - 1, `Even the ${extreme(side)} score is reached in ${top} of ${n} healthy images.`);
}

/** The lowest level that at most `rate` (0 … 1) of the healthy pixels reach. */
export function healthyQuantile(histogram: Uint32Array, rate: number, side: Side = 'bright'): Threshold {
  const percent = percentOf(rate);
  const answer = unlabelled('healthyQuantile', `Healthy ${percent}`);
  const total = sum(histogram);
  if (total === 0) return answer(null, 'There are no healthy pixels to take a quantile of.');
  let reaching = 0;
  let level = histogram.length;
  while (level > 0 && reaching + histogram[level - 1] <= rate * total) reaching += histogram[--level];
  if (level < histogram.length) return answer(level, `At most ${percent} of healthy pixels pass.`);
  const top = (100 * histogram[level - 1]) / total;
  return answer(level - 1, `Even the ${extreme(side)} score is reached by ${Number(top.toPrecision(2))} % of healthy pixels.`);
}

/** The level that splits the histogram into the two most different halves (largest between-class variance, Otsu 1979); the middle of a
 * gap when several split it alike. */
export function otsu(histogram: Uint32Array): Threshold {
  const answer = unlabelled('otsu', 'Otsu');
  const total = sum(histogram);
  let moment = 0;
  for (let i = 0; i < histogram.length; i++) moment += i * histogram[i];
  let below = 0;
  let momentBelow = 0;
  let best = 0;
  let first = 0;
  let last = 0;
  for (let level = 1; level < histogram.length; level++) {
    below += histogram[level - 1];
    momentBelow += (level - 1) * histogram[level - 1];
    const above = total - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (momentBelow / below - (moment - momentBelow) / above) ** 2;
    if (between > best) {
      best = between;
      first = level;
      last = level;
    } else if (between === best) last = level;
  }
  if (best === 0) return answer(null, 'All scores are alike, so they do not fall into two groups.');
  return answer(Math.floor((first + last) / 2), 'Splits the scores into the two groups that differ most.');
}

function sum(histogram: Uint32Array): number {
  return histogram.reduce((a, b) => a + b, 0);
}

/** What rules that use labels stand on: pooled counts by level. */
export type LabelSums = Pick<Tables, 'overTruth' | 'overAnomalous' | 'overEmpty'>;
export type FittedOn = 'test' | 'validation';

const NO_MASK = 'No mask with an anomaly here to fit on.';
const ONE_CLASS = 'undefined: only one class';

const fitted =
  (rule: RuleId, title: string) =>
  (level: number | null, reason: string): Threshold => ({ rule, title, level, reason, usesLabels: true });

/** The highest level with the largest sensitivity + specificity − 1 (Youden 1950) over the pooled pixels of slices with an anomaly. */
export function youden(sums: LabelSums, on: FittedOn = 'test'): Threshold {
  const answer = fitted('youden', 'Youden');
  const truth = sums.overTruth[0];
  const negatives = sums.overAnomalous[0] - truth;
  if (truth === 0) return answer(null, NO_MASK);
  if (negatives === 0) return answer(null, ONE_CLASS);
  const level = argmax((at) => sums.overTruth[at] / truth - (sums.overAnomalous[at] - sums.overTruth[at]) / negatives);
  return answer(level, `Largest sensitivity + specificity, fitted on the ${on} masks.`);
}

/** The highest level where sensitivity and specificity are closest, over the same pixels (HealthyGAN's released test code). */
export function balanced(sums: LabelSums, on: FittedOn = 'test'): Threshold {
  const answer = fitted('balanced', 'Balanced');
  const truth = sums.overTruth[0];
  const negatives = sums.overAnomalous[0] - truth;
  if (truth === 0) return answer(null, NO_MASK);
  if (negatives === 0) return answer(null, ONE_CLASS);
  const level = argmax((at) => -Math.abs(sums.overTruth[at] / truth - 1 + (sums.overAnomalous[at] - sums.overTruth[at]) / negatives));
  return answer(level, `Sensitivity and specificity as equal as can be, fitted on the ${on} masks.`);
}

/** The highest level with the largest pooled Dice over slices with an anomaly: no level can do better on this set. */
export function bestDice(sums: LabelSums, on: FittedOn = 'test'): Threshold {
  const answer = fitted('bestDice', on === 'test' ? 'Best Dice (oracle)' : 'Best Dice');
  const truth = sums.overTruth[0];
  if (truth === 0) return answer(null, NO_MASK);
  const level = argmax((at) => (2 * sums.overTruth[at]) / (truth + sums.overAnomalous[at]));
  return answer(level, `Largest pooled Dice, fitted on the ${on} masks${on === 'test' ? ': an upper bound' : ''}.`);
}

/** The highest level with the largest F1 of pixels over all slices with a mask, empty ones included. On the slices with an anomaly alone F1
 * is Dice. */
export function bestF1(sums: LabelSums, on: FittedOn = 'test'): Threshold {
  const answer = fitted('bestF1', 'Best F1');
  const truth = sums.overTruth[0];
  if (truth === 0) return answer(null, NO_MASK);
  const level = argmax((at) => (2 * sums.overTruth[at]) / (truth + sums.overAnomalous[at] + sums.overEmpty[at]));
  return answer(level, `Largest F1 of pixels, slices with an empty mask included, fitted on the ${on} masks.`);
}

function argmax(gain: (level: number) => number): number {
  let best = Number.NEGATIVE_INFINITY;
  let at = 0;
  for (let level = LEVELS - 1; level >= 0; level--) {
    const value = gain(level);
    if (value > best) {
      best = value;
      at = level;
    }
  }
  return at;
}
