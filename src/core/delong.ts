/** Two AUROCs of the same items compared: DeLong, DeLong and Clarke-Pearson (Biometrics 1988), by midranks (Sun and Xu, IEEE SPL 2014). */

export type AucTest = {
  aucs: [number, number];
  /** First minus second. */
  difference: number;
  ci95: [number, number];
  z: number;
  /** Two-sided. */
  p: number;
};

const Z975 = 1.959963984540054;

/** Paired test of scores `a` against `b` (higher is more anomalous) with `labels` above 0 = anomalous, in the same order. null with fewer
 * than two items of a class, and where the difference does not vary (equal rankings): nothing can be said then.
 * @throws Error when lengths differ or a score is NaN */
export function delongTest(a: ArrayLike<number>, b: ArrayLike<number>, labels: ArrayLike<number>): AucTest | null {
  if (a.length !== labels.length || b.length !== labels.length)
    throw new Error(`${a.length} and ${b.length} scores do not fit ${labels.length} labels`);
  const of = (label: boolean) => Array.from(labels).flatMap((value, i) => (value > 0 === label ? [i] : []));
  const [positives, negatives] = [of(true), of(false)];
  if (positives.length < 2 || negatives.length < 2) return null;
  const [first, second] = [placements(a, positives, negatives), placements(b, positives, negatives)];
  const difference = first.auc - second.auc;
  const variance =
    varianceOfDifference(first.positives, second.positives) / positives.length +
    varianceOfDifference(first.negatives, second.negatives) / negatives.length;
  if (!(variance > 1e-18)) return null;
  const error = Math.sqrt(variance);
  const z = difference / error;
  const ci95: [number, number] = [difference - Z975 * error, difference + Z975 * error];
  return { aucs: [first.auc, second.auc], difference, ci95, z, p: erfc(Math.abs(z) / Math.SQRT2) };
}

/** For each anomalous item the share of normal ones below it, for each normal item the share of anomalous ones above it; ties count half. */
function placements(scores: ArrayLike<number>, positives: readonly number[], negatives: readonly number[]) {
  const pick = (items: readonly number[]) => Float64Array.from(items, (i) => scores[i]);
  const [p, q] = [pick(positives), pick(negatives)];
  const all = new Float64Array(p.length + q.length);
  all.set(p);
  all.set(q, p.length);
  if (all.some(Number.isNaN)) throw new Error('a score is not a number');
  const [ranks, ownP, ownQ] = [midranks(all), midranks(p), midranks(q)];
  const over = ownP.map((rank, i) => (ranks[i] - rank) / q.length);
  const under = ownQ.map((rank, i) => 1 - (ranks[p.length + i] - rank) / p.length);
  return { auc: over.reduce((x, y) => x + y, 0) / over.length, positives: over, negatives: under };
}

/** Ranks from 1; ties share the middle of theirs. */
function midranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values, (_, i) => i).sort((i, j) => values[i] - values[j]);
  const ranks = new Float64Array(values.length);
  for (let first = 0, next = 0; first < order.length; first = next) {
    while (next < order.length && values[order[next]] === values[order[first]]) next++;
    for (let k = first; k < next; k++) ranks[order[k]] = (first + next + 1) / 2;
  }
  return ranks;
}

function varianceOfDifference(a: Float64Array, b: Float64Array): number {
  const differences = a.map((value, i) => value - b[i]);
  const mean = differences.reduce((x, y) => x + y, 0) / differences.length;
  return differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (differences.length - 1);
}

/** Complementary error function of x ≥ 0, to about 1e-14: the series of erf below 2.5, Laplace's continued fraction above. */
function erfc(x: number): number {
  const factor = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x < 2.5) {
    let sum = 0;
    for (let n = 0, term = 2 * x; term > 1e-18; n++, term *= (2 * x * x) / (2 * n + 1)) sum += term;
    return 1 - factor * sum;
  }
  let tail = 0;
  for (let k = 120; k > 0; k--) tail = k / 2 / (x + tail);
  return factor / (x + tail);
}
