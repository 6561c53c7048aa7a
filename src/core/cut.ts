/** Where to cut: tables built once per evaluation, from which every number at a threshold is a look-up and no pixel is touched. */

/** Codes of a quantised map run from 0 to LEVELS − 1; a cut at level L flags every pixel with code ≥ L. */
export const LEVELS = 4096;
/** Levels between two samples of the per-slice Dice curve. */
const SAMPLE_STEP = 16;

/** Score at the lower edge of `code`: `lo` at 0, `hi` at LEVELS − 1, both exact. */
export function scoreOf(code: number, lo: number, hi: number): number {
  const t = code / (LEVELS - 1);
  return lo * (1 - t) + hi * t;
}

/** Level nearest to `score`, clamped to 0 … LEVELS − 1; the inverse of `scoreOf`. 0 where lo ≥ hi or the score is NaN. */
export function codeOf(score: number, lo: number, hi: number): number {
  if (!(hi > lo)) return 0;
  return Math.max(0, Math.min(LEVELS - 1, Math.round(((score - lo) / (hi - lo)) * (LEVELS - 1)))) || 0;
}

/** Code of each value: the largest with scoreOf(code) ≤ value, so that code ≥ L says exactly value ≥ scoreOf(L) for L ≥ 1. Values outside
 * [lo, hi] take the end codes; NaN, and any map with lo ≥ hi, takes 0. */
export function quantise(map: Float32Array, lo: number, hi: number): Uint16Array<ArrayBuffer> {
  const codes = new Uint16Array(map.length);
  if (!(hi > lo)) return codes;
  const edges = Float64Array.from({ length: LEVELS }, (_, code) => scoreOf(code, lo, hi));
  const scale = (LEVELS - 1) / (hi - lo);
  for (let i = 0; i < map.length; i++) {
    const value = map[i];
    if (!(value > lo)) continue;
    let code = value >= hi ? LEVELS - 1 : Math.floor((value - lo) * scale);
    // Rounding of the product can land one code off; the edges decide.
    while (edges[code] > value) code--;
    while (code < LEVELS - 1 && edges[code + 1] <= value) code++;
    codes[i] = code;
  }
  return codes;
}

type Counts = Uint16Array | Uint32Array;

/** Counts of n slices. `flagged[slice · LEVELS + level]` is the number of pixels with code ≥ level. */
export type Tables = {
  slices: number;
  slicePixels: number;
  flagged: Counts;
  /** Slices with at least one anomalous pixel, and those whose mask is empty. */
  anomalous: Uint32Array;
  empty: Uint32Array;
  /** As `flagged`, for truth pixels: row r belongs to slice anomalous[r]. */
  hits: Counts;
  /** Sums over slices at each level, LEVELS entries: all slices, those with an anomaly (all pixels, truth pixels), empty masks. */
  all: Float64Array;
  overAnomalous: Float64Array;
  overTruth: Float64Array;
  overEmpty: Float64Array;
};

/** Builds the tables from n · slicePixels codes and truths (above 0 = anomalous; ignored where `masked` is false), n = masked.length. */
export function buildTables(maps: Uint16Array, truths: Uint8Array, masked: readonly boolean[], slicePixels: number): Tables {
  const slices = masked.length;
  if (maps.length !== slices * slicePixels || truths.length !== maps.length)
    throw new Error(`${slices} slices of ${slicePixels} pixels do not fit ${maps.length} codes and ${truths.length} truths`);
  const anomalous: number[] = [];
  const empty: number[] = [];
  masked.forEach((known, slice) => {
    if (!known) return;
    const first = truths.subarray(slice * slicePixels, (slice + 1) * slicePixels).findIndex((truth) => truth > 0);
    (first < 0 ? empty : anomalous).push(slice);
  });
  const CountArray = slicePixels < 0x10000 ? Uint16Array : Uint32Array;
  const flagged = new CountArray(slices * LEVELS);
  const hits = new CountArray(anomalous.length * LEVELS);
  for (let slice = 0; slice < slices; slice++) {
    const row = slice * LEVELS;
    for (let i = slice * slicePixels; i < (slice + 1) * slicePixels; i++) flagged[row + maps[i]]++;
    accumulate(flagged, row);
  }
  anomalous.forEach((slice, index) => {
    const row = index * LEVELS;
    for (let i = slice * slicePixels; i < (slice + 1) * slicePixels; i++) if (truths[i] > 0) hits[row + maps[i]]++;
    accumulate(hits, row);
  });
  const all = Array.from({ length: slices }, (_, slice) => slice);
  return {
    slices,
    slicePixels,
    flagged,
    anomalous: Uint32Array.from(anomalous),
    empty: Uint32Array.from(empty),
    hits,
    all: sumRows(flagged, all),
    overAnomalous: sumRows(flagged, anomalous),
    overTruth: sumRows(
      hits,
      anomalous.map((_, index) => index),
    ),
    overEmpty: sumRows(flagged, empty),
  };
}

function accumulate(counts: Counts, row: number): void {
  for (let level = LEVELS - 2; level >= 0; level--) counts[row + level] += counts[row + level + 1];
}

function sumRows(counts: Counts, rows: readonly number[]): Float64Array {
  const sum = new Float64Array(LEVELS);
  for (const row of rows) for (let level = 0; level < LEVELS; level++) sum[level] += counts[row * LEVELS + level];
  return sum;
}

/** Everything at one level. Pooled numbers stand on the slices with an anomaly, as in `Metrics`; null where there is none to divide by. */
export type Cut = {
  level: number;
  tp: number;
  fp: number;
  fn: number;
  tn: number;
  dice: number | null;
  precision: number | null;
  sensitivity: number | null;
  /** fp / (fp + tn). */
  falseAlarmRate: number | null;
  /** Mean and sample standard deviation of the slices' own Dice. */
  meanDice: number | null;
  sdDice: number | null;
  /** Flagged share of all pixels of all slices, background included. */
  area: number | null;
  /** Of the pixels of slices with an empty mask, the share that is flagged (all of it wrongly). */
  emptyArea: number | null;
  /** Of all flagged pixels of slices with a mask, the share that lies on slices whose mask is empty. */
  emptyShare: number | null;
  /** Per slice: Dice, NaN without an anomaly; and the number of flagged pixels. */
  sliceDice: Float32Array;
  sliceFlagged: Uint32Array;
};

/** Looks the level up, 0 … LEVELS − 1. Pass the last result as `reuse` and its buffers are written again: a drag then allocates nothing large. */
export function cutAt(tables: Tables, level: number, reuse?: Cut): Cut {
  const { slices, slicePixels, flagged, anomalous, hits } = tables;
  const fits = reuse?.sliceDice.length === slices;
  const sliceDice = fits ? reuse.sliceDice : new Float32Array(slices);
  const sliceFlagged = fits ? reuse.sliceFlagged : new Uint32Array(slices);
  sliceDice.fill(Number.NaN);
  for (let slice = 0; slice < slices; slice++) sliceFlagged[slice] = flagged[slice * LEVELS + level];
  for (let row = 0; row < anomalous.length; row++) sliceDice[anomalous[row]] = diceAt(tables, row, level, hits[row * LEVELS + level]);
  const { mean, sd } = moments(tables, level);
  const truth = tables.overTruth[0];
  const tp = tables.overTruth[level];
  const fp = tables.overAnomalous[level] - tp;
  const negatives = tables.overAnomalous[0] - truth;
  const onEmpty = tables.overEmpty[level];
  return {
    level,
    tp,
    fp,
    fn: truth - tp,
    tn: negatives - fp,
    dice: share(2 * tp, truth + tp + fp, truth),
    precision: share(tp, tp + fp, truth),
    sensitivity: share(tp, truth),
    falseAlarmRate: share(fp, negatives),
    meanDice: mean,
    sdDice: sd,
    area: share(tables.all[level], slices * slicePixels),
    emptyArea: share(onEmpty, tables.overEmpty[0]),
    emptyShare: share(onEmpty, onEmpty + tp + fp),
    sliceDice,
    sliceFlagged,
  };
}

/** Pixels per slice at a level; 0 in all three for slices without a mask. */
export function countsAt({ slices, flagged, anomalous, empty, hits }: Tables, level: number) {
  const [tp, fp, fn] = [new Uint32Array(slices), new Uint32Array(slices), new Uint32Array(slices)];
  for (let row = 0; row < anomalous.length; row++) {
    const slice = anomalous[row];
    tp[slice] = hits[row * LEVELS + level];
    fp[slice] = flagged[slice * LEVELS + level] - tp[slice];
    fn[slice] = hits[row * LEVELS] - tp[slice];
  }
  for (const slice of empty) fp[slice] = flagged[slice * LEVELS + level];
  return { tp, fp, fn };
}

/** part / whole, null where the whole (or what the number is about) is empty. */
function share(part: number, whole: number, subject = whole): number | null {
  return whole > 0 && subject > 0 ? part / whole : null;
}

/** Dice of the slice in row `row` of `hits`; its truth is never empty. */
function diceAt(tables: Tables, row: number, level: number, hit: number): number {
  return (2 * hit) / (tables.hits[row * LEVELS] + tables.flagged[tables.anomalous[row] * LEVELS + level]);
}

function moments(tables: Tables, level: number): { mean: number | null; sd: number | null } {
  const n = tables.anomalous.length;
  if (n === 0) return { mean: null, sd: null };
  let sum = 0;
  for (let row = 0; row < n; row++) sum += diceAt(tables, row, level, tables.hits[row * LEVELS + level]);
  const mean = sum / n;
  let squares = 0;
  for (let row = 0; row < n; row++) squares += (diceAt(tables, row, level, tables.hits[row * LEVELS + level]) - mean) ** 2;
  return { mean, sd: n > 1 ? Math.sqrt(squares / (n - 1)) : null };
}

/** Curves over the threshold, on the slices with an anomaly. */
export type Curves = {
  /** Pooled Dice, sensitivity, false-alarm rate and precision by level, LEVELS entries; NaN: precision where nothing is flagged, false-alarm
   * rate where nothing is normal. ROC is sensitivity over falseAlarmRate, PR is precision over sensitivity. */
  dice: Float32Array;
  sensitivity: Float32Array;
  falseAlarmRate: Float32Array;
  precision: Float32Array;
  /** 256 levels, and there the mean and sample standard deviation of the slices' Dice (NaN with one slice). */
  sampledLevels: Uint16Array;
  meanDice: Float32Array;
  sdDice: Float32Array;
};

/** The curves; null without a slice that holds an anomaly. */
export function curves(tables: Tables): Curves | null {
  const { overTruth, overAnomalous } = tables;
  if (tables.anomalous.length === 0) return null;
  const truth = overTruth[0];
  const negatives = overAnomalous[0] - truth;
  const byLevel = (value: (tp: number, flagged: number) => number) =>
    Float32Array.from({ length: LEVELS }, (_, level) => value(overTruth[level], overAnomalous[level]));
  const sampledLevels = Uint16Array.from({ length: LEVELS / SAMPLE_STEP }, (_, i) => i * SAMPLE_STEP);
  const sampled = Array.from(sampledLevels, (level) => moments(tables, level));
  return {
    dice: byLevel((tp, flagged) => (2 * tp) / (truth + flagged)),
    sensitivity: byLevel((tp) => tp / truth),
    falseAlarmRate: byLevel((tp, flagged) => (flagged - tp) / negatives),
    precision: byLevel((tp, flagged) => tp / flagged),
    sampledLevels,
    meanDice: Float32Array.from(sampled, ({ mean }) => mean ?? Number.NaN),
    sdDice: Float32Array.from(sampled, ({ sd }) => sd ?? Number.NaN),
  };
}
