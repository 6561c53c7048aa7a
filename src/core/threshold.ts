/** Rules that choose a level. Those fitted on the test masks say so: their numbers are upper bounds. */
import { LEVELS, type Tables } from './cut';

export type RuleId = 'healthyQuantile' | 'otsu' | 'youden' | 'bestDice';

/** `level` in 0 … LEVELS − 1; null where the rule has nothing to stand on, and `reason` then says why. */
export type Threshold = { rule: RuleId; title: string; level: number | null; reason: string; usesLabels: boolean };

const NO_MASK = 'No mask with an anomaly here to fit on.';

/** The lowest level that at most `rate` (0 … 1) of the healthy pixels reach. */
export function healthyQuantile(histogram: Uint32Array, rate: number): Threshold {
  const percent = `${Number((100 * rate).toPrecision(3))} %`;
  const answer = (level: number | null, reason: string): Threshold => ({
    rule: 'healthyQuantile',
    title: `Healthy ${percent}`,
    level,
    reason,
    usesLabels: false,
  });
  const total = sum(histogram);
  if (total === 0) return answer(null, 'There are no healthy pixels to take a quantile of.');
  let reaching = 0;
  let level = histogram.length;
  while (level > 0 && reaching + histogram[level - 1] <= rate * total) reaching += histogram[--level];
  if (level < histogram.length) return answer(level, `At most ${percent} of healthy pixels pass.`);
  const top = (100 * histogram[level - 1]) / total;
  return answer(level - 1, `Even the highest score is reached by ${Number(top.toPrecision(2))} % of healthy pixels.`);
}

/** The level that splits the histogram into the two most different halves (largest between-class variance, Otsu 1979); the middle of a
 * gap when several split it alike. */
export function otsu(histogram: Uint32Array): Threshold {
  const answer = (level: number | null, reason: string): Threshold => ({ rule: 'otsu', title: 'Otsu', level, reason, usesLabels: false });
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

/** The highest level with the largest sensitivity + specificity − 1 over the pooled pixels of slices with an anomaly. */
export function youden(tables: Tables): Threshold {
  const answer = (level: number | null, reason: string): Threshold => ({
    rule: 'youden',
    title: 'Youden',
    level,
    reason,
    usesLabels: true,
  });
  const truth = tables.overTruth[0];
  const negatives = tables.overAnomalous[0] - truth;
  if (truth === 0) return answer(null, NO_MASK);
  if (negatives === 0) return answer(null, 'undefined: only one class');
  const level = argmax(tables, (tp, flagged) => tp / truth - (flagged - tp) / negatives);
  return answer(level, 'Largest sensitivity + specificity, fitted on the test masks.');
}

/** The highest level with the largest pooled Dice over slices with an anomaly: no level can do better on this set. */
export function bestDice(tables: Tables): Threshold {
  const answer = (level: number | null, reason: string): Threshold => ({
    rule: 'bestDice',
    title: 'Best Dice (oracle)',
    level,
    reason,
    usesLabels: true,
  });
  const truth = tables.overTruth[0];
  if (truth === 0) return answer(null, NO_MASK);
  const level = argmax(tables, (tp, flagged) => (2 * tp) / (truth + flagged));
  return answer(level, 'Largest pooled Dice, fitted on the test masks: an upper bound.');
}

function argmax(tables: Tables, gain: (tp: number, flagged: number) => number): number {
  let best = Number.NEGATIVE_INFINITY;
  let at = 0;
  for (let level = LEVELS - 1; level >= 0; level--) {
    const value = gain(tables.overTruth[level], tables.overAnomalous[level]);
    if (value > best) {
      best = value;
      at = level;
    }
  }
  return at;
}

function sum(histogram: Uint32Array): number {
  return histogram.reduce((a, b) => a + b, 0);
}
