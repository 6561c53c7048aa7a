/** Logistic regression on standardised features, for scorers that combine others. */

export type Logistic = {
  /** Of each feature in the fitted data: population mean, and standard deviation (1 for a constant feature). */
  mean: number[];
  sd: number[];
  intercept: number;
  /** On standardised features. */
  weights: number[];
  iterations: number;
};

/** Small enough to leave weights unchanged to six digits; keeps the equations solvable when a feature is constant. */
const RIDGE = 1e-6;
const ITERATIONS = 50;
const TOLERANCE = 1e-10;

/** Newton's method (IRLS) with step halving on `features` (one array of n values each) and n `labels` (above 0 = anomalous).
 * Returns the reason, one sentence, when it cannot be fitted. */
export function fitLogistic(features: readonly ArrayLike<number>[], labels: ArrayLike<number>): Logistic | { reason: string } {
  const n = labels.length;
  for (const feature of features) if (feature.length !== n) throw new Error(`a feature has ${feature.length} values for ${n} labels`);
  let positives = 0;
  for (let i = 0; i < n; i++) if (labels[i] > 0) positives++;
  if (positives === 0 || positives === n) return { reason: 'The labelled share holds only one class.' };

  const mean: number[] = [];
  const sd: number[] = [];
  const columns = features.map((feature) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += feature[i];
    const centre = sum / n;
    let squares = 0;
    for (let i = 0; i < n; i++) squares += (feature[i] - centre) ** 2;
    const spread = Math.sqrt(squares / n) || 1;
    mean.push(centre);
    sd.push(spread);
    return Float64Array.from({ length: n }, (_, i) => (feature[i] - centre) / spread);
  });
  if (!mean.every(Number.isFinite) || !sd.every(Number.isFinite)) return { reason: 'A feature holds values that are not finite numbers.' };
  columns.unshift(new Float64Array(n).fill(1));

  let weights = new Float64Array(columns.length);
  let loss = lossAt(columns, labels, weights);
  for (let iteration = 1; iteration <= ITERATIONS; iteration++) {
    const step = newtonStep(columns, labels, weights);
    if (!step) return { reason: 'The features depend on each other so closely that no weights stand out.' };
    let trial = weights.map((w, k) => w - step[k]);
    let trialLoss = lossAt(columns, labels, trial);
    for (let half = 0; half < 30 && !(trialLoss <= loss); half++) {
      for (let k = 0; k < step.length; k++) step[k] /= 2;
      trial = weights.map((w, k) => w - step[k]);
      trialLoss = lossAt(columns, labels, trial);
    }
    // No shorter step lowers the loss of a convex problem: only rounding is left.
    const settled = !(trialLoss <= loss);
    if (!settled) {
      weights = trial;
      loss = trialLoss;
    }
    if (separates(columns, labels, weights))
      return { reason: 'The features separate the labelled share completely, so the weights have no finite best value.' };
    if (settled || step.every((s, k) => Math.abs(s) <= TOLERANCE * (1 + Math.abs(weights[k]))))
      return { mean, sd, intercept: weights[0], weights: Array.from(weights.subarray(1)), iterations: iteration };
  }
  return { reason: `No convergence within ${ITERATIONS} Newton steps.` };
}

/** Log-odds of one item, which ranks as its probability does without saturating. */
export function logOdds({ mean, sd, intercept, weights }: Logistic, item: ArrayLike<number>): number {
  return weights.reduce((sum, weight, k) => sum + (weight * (item[k] - mean[k])) / sd[k], intercept);
}

/** Probability in [0, 1] of the given log-odds. */
export function probability(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}

/** Whether every item lies on its own side. */
function separates(columns: readonly Float64Array[], labels: ArrayLike<number>, weights: Float64Array): boolean {
  for (let i = 0; i < labels.length; i++) {
    let odds = 0;
    for (let k = 0; k < columns.length; k++) odds += weights[k] * columns[k][i];
    if (labels[i] > 0 ? odds <= 0 : odds >= 0) return false;
  }
  return true;
}

/** Negative log-likelihood plus the ridge penalty. */
function lossAt(columns: readonly Float64Array[], labels: ArrayLike<number>, weights: Float64Array): number {
  let loss = 0;
  for (let i = 0; i < labels.length; i++) {
    let odds = 0;
    for (let k = 0; k < columns.length; k++) odds += weights[k] * columns[k][i];
    const signed = labels[i] > 0 ? -odds : odds;
    loss += Math.max(0, signed) + Math.log1p(Math.exp(-Math.abs(signed)));
  }
  for (let k = 1; k < weights.length; k++) loss += (RIDGE / 2) * weights[k] ** 2;
  return loss;
}

/** Hessian⁻¹ · gradient at `weights`; null when the Hessian is singular. */
function newtonStep(columns: readonly Float64Array[], labels: ArrayLike<number>, weights: Float64Array): Float64Array | null {
  const d = columns.length;
  const gradient = new Float64Array(d);
  const hessian = Array.from({ length: d }, () => new Float64Array(d));
  for (let i = 0; i < labels.length; i++) {
    let odds = 0;
    for (let k = 0; k < d; k++) odds += weights[k] * columns[k][i];
    const p = probability(odds);
    const error = p - (labels[i] > 0 ? 1 : 0);
    const curvature = p * (1 - p);
    for (let k = 0; k < d; k++) {
      gradient[k] += error * columns[k][i];
      for (let l = 0; l <= k; l++) hessian[k][l] += curvature * columns[k][i] * columns[l][i];
    }
  }
  for (let k = 1; k < d; k++) {
    gradient[k] += RIDGE * weights[k];
    hessian[k][k] += RIDGE;
  }
  return solve(hessian, gradient);
}

/** Cholesky solution of A · x = b for a symmetric A given by its lower triangle (overwritten); null unless positive definite. */
function solve(a: Float64Array[], b: Float64Array): Float64Array | null {
  const d = b.length;
  const x = b.slice();
  for (let k = 0; k < d; k++) {
    for (let l = 0; l <= k; l++) {
      let sum = a[k][l];
      for (let m = 0; m < l; m++) sum -= a[k][m] * a[l][m];
      if (l < k) a[k][l] = sum / a[l][l];
      else if (sum > 0) a[k][k] = Math.sqrt(sum);
      else return null;
    }
  }
  for (let k = 0; k < d; k++) {
    for (let m = 0; m < k; m++) x[k] -= a[k][m] * x[m];
    x[k] /= a[k][k];
  }
  for (let k = d - 1; k >= 0; k--) {
    for (let m = k + 1; m < d; m++) x[k] -= a[m][k] * x[m];
    x[k] /= a[k][k];
  }
  return x;
}
