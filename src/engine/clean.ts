/** Clean-up of every mask of an evaluation and what takes long to say about them, on copies that stay in the worker: the page gets the
 * arrays themselves. */

import type { Assessed, CleanAsked, Cleaned, DicePair } from '../core/answers';
import { areaOf, type BitMask, copyOf, overlapOf, packed } from '../core/bitMask';
import { bootstrap, type Interval } from '../core/bootstrap';
import { type Detection, detectionOf } from '../core/lesions';
import { cleanStack, regionsLost } from '../core/morphology';
import { dice, diceThreeWays, imageConfusion, patientCounts } from '../core/overlap';
import type { Evaluation } from '../core/protocol';
import { confusionsOf, rateIntervals } from '../core/rateIntervals';
import { flaggedFrom } from '../core/side';
import { stacksOf } from '../core/volumes';
import { type Curves, curvesOf, type Masked } from './curves';
import { every, hop } from './hop';

/** As many evaluations as the page keeps: those take more bytes there than here. */
const MOST_BYTES = 300 * 2 ** 20;
/** Milliseconds between two looks at the message queue. */
const TURN = 20;

type Kept = Masked & {
  height: number;
  width: number;
  labels: readonly (0 | 1 | null)[];
  stacks: readonly (readonly number[])[];
  bytes: number;
  /** null until they are first asked for; an ask that gives way leaves its work to the next. */
  curves: Curves | null;
  work: ReturnType<typeof curvesOf> | null;
};

type Kind = 'clean' | 'assess';
/** Masks of slices that belong together, as they are cut and after clean-up. */
type Each = (slices: readonly number[], raw: readonly BitMask[], cleaned: readonly BitMask[]) => void;

const keyOf = ({ run, scorer, smooth }: Pick<CleanAsked, 'run' | 'scorer' | 'smooth'>) => `${run} ${scorer} ${smooth}`;

export class Cleaner {
  private readonly kept = new Map<string, Kept>();
  private readonly newest: Record<Kind, number> = { clean: Number.NEGATIVE_INFINITY, assess: Number.NEGATIVE_INFINITY };

  /** Keeps what is needed for answers. Call it before the evaluation's arrays are transferred. */
  keep(e: Evaluation): void {
    const key = keyOf(e);
    this.kept.delete(key);
    if (e.mapless) return;
    const { height, width } = e;
    const packedOf = (values: Uint8Array) =>
      e.slices.map(({ masked }, i) => (masked ? packed(values, i * height * width, height, width) : null));
    const [truths, bodies] = [packedOf(e.truths), packedOf(e.images)];
    const bytes = [...truths, ...bodies].reduce((sum, mask) => sum + (mask?.bits.byteLength ?? 0), e.maps.byteLength);
    const groups = e.slices.map(({ group }) => group);
    const labels = e.slices.map(({ label }) => label);
    const masked: Masked = { maps: e.maps.slice(), truths, bodies, groups };
    this.kept.set(key, { ...masked, height, width, labels, stacks: stacksOf(e.slices), bytes, curves: null, work: null });
    let total = [...this.kept.values()].reduce((sum, one) => sum + one.bytes, 0);
    for (const [oldest, { bytes: freed }] of this.kept) {
      if (total <= MOST_BYTES || oldest === key) break;
      this.kept.delete(oldest);
      total -= freed;
    }
  }

  /** @returns null where a newer ask took its place
   * @throws Error with the sentence to show, where the evaluation is not kept */
  async clean(asked: CleanAsked): Promise<Cleaned | null> {
    const kept = this.begin('clean', asked);
    if (!kept) return null;
    const start = performance.now();
    const [before, after] = [new Tally(kept.truths), new Tally(kept.truths)];
    let removed = 0;
    const done = await this.sweep('clean', kept, asked, (slices, raw, cleaned) => {
      removed += regionsLost(raw, cleaned, asked.cleanUp.space);
      slices.forEach((slice, i) => {
        before.count(slice, raw[i]);
        after.count(slice, cleaned[i]);
      });
    });
    if (!done) return null;
    const { tp, fp, fn, area } = after;
    return { ...answered(asked, kept, start), tp, fp, fn, area, removed, dice: after.dice(), diceBefore: before.dice() };
  }

  /** As `clean`. */
  async assess(asked: CleanAsked): Promise<Assessed | null> {
    const kept = this.begin('assess', asked);
    if (!kept) return null;
    const start = performance.now();
    const curves = await this.curvesOf(kept, asked.ask);
    if (!curves) return null;
    const { side } = asked;
    const tally = new Tally(kept.truths);
    const detection: Detection = { found: 0, missed: 0, falseRegions: 0, images: 0 };
    const done = await this.sweep('assess', kept, asked, (slices, _, cleaned) => {
      slices.forEach((slice, i) => {
        tally.count(slice, cleaned[i]);
        const truth = kept.truths[slice];
        if (!truth) return;
        const own = detectionOf([cleaned[i]], [truth]);
        for (const key of ['found', 'missed', 'falseRegions', 'images'] as const) detection[key] += own[key];
      });
    });
    if (!done) return null;
    const patients = patientCounts(tally, kept.groups);
    const turned = (interval: Interval | null = null): Interval | null =>
      interval && side === 'dark' ? [1 - interval[1], 1 - interval[0]] : interval;
    return {
      ...answered(asked, kept, start),
      diceCi95: bootstrap(patients.length, (drawn) => diceThreeWays(patients, drawn)!),
      patients: patients.length,
      ratesCi95: ratesOf(tally, kept),
      pixelAurocCi95: turned(curves.pixelCi95?.auroc),
      pixelAurocInBrainCi95: turned(curves.inBrainCi95?.auroc),
      pixelAveragePrecisionCi95: curves.pixelCi95?.[side] ?? null,
      detection,
      aupro: curves.aupro[side],
      auproCi95: curves.auproCi95?.[side] ?? null,
    };
  }

  private begin(kind: Kind, asked: CleanAsked): Kept | null {
    if (asked.ask < this.newest[kind]) return null;
    this.newest[kind] = asked.ask;
    const kept = this.kept.get(keyOf(asked));
    if (!kept) throw new Error(`The scores of ${asked.scorer} are no longer at hand in the worker. Score with it again.`);
    return kept;
  }

  /** @returns null where a newer ask took the place of this one */
  private async curvesOf(kept: Kept, ask: number): Promise<Curves | null> {
    const due = every(TURN);
    while (!kept.curves) {
      const work = kept.work ?? curvesOf(kept);
      kept.work = null; // Should it throw, the next ask begins anew.
      const next = work.next();
      if (next.done) kept.curves = next.value;
      else kept.work = work;
      if (next.done || !due()) continue;
      await hop();
      if (ask !== this.newest.assess) return null;
    }
    return kept.curves;
  }

  /** Cuts and cleans all slices, with a turn for the queue now and then. @returns false where a newer ask took the place of this one */
  private async sweep(kind: Kind, kept: Kept, { side, level, cleanUp, ask }: CleanAsked, each: Each): Promise<boolean> {
    const { height, width, maps, truths, stacks } = kept;
    const [low, high] = flaggedFrom(side, level);
    const due = every(TURN);
    due();
    for (const slices of cleanUp.space === 'volume' ? stacks : truths.map((_, slice) => [slice])) {
      const raw = slices.map((slice) => packed(maps, slice * height * width, height, width, low, high));
      const cleaned = raw.map(copyOf);
      cleanStack(cleaned, cleanUp);
      each(slices, raw, cleaned);
      if (!due()) continue;
      await hop();
      if (ask !== this.newest[kind]) return false;
    }
    return true;
  }
}

/** Pixels of the slices with an anomaly, and images as called, each by patient. */
function ratesOf({ tp, fp, fn, area }: Tally, { height, width, groups, labels }: Kept): Assessed['ratesCi95'] {
  const pixels = groups.map((_, i) =>
    tp[i] + fn[i] === 0 ? null : { tp: tp[i], fp: fp[i], fn: fn[i], tn: height * width - tp[i] - fp[i] - fn[i] },
  );
  const images = labels.map((label, i) => (label === null ? null : imageConfusion([area[i]], [label])));
  return { pixels: rateIntervals(confusionsOf(pixels, groups)), images: rateIntervals(confusionsOf(images, groups)) };
}

/** What every answer holds. */
function answered({ run, scorer, smooth, side, level, cleanUp, ask }: CleanAsked, { truths }: Kept, start: number) {
  return { run, scorer, smooth, side, level, cleanUp, ask, slices: truths.length, seconds: (performance.now() - start) / 1000 };
}

/** Pixels per slice of one set of masks. */
class Tally {
  readonly tp: Uint32Array;
  readonly fp: Uint32Array;
  readonly fn: Uint32Array;
  readonly area: Uint32Array;

  constructor(private readonly truths: readonly (BitMask | null)[]) {
    const counts = () => new Uint32Array(truths.length);
    [this.tp, this.fp, this.fn, this.area] = [counts(), counts(), counts(), counts()];
  }

  count(slice: number, mask: BitMask): void {
    this.area[slice] = areaOf(mask);
    const truth = this.truths[slice];
    if (!truth) return;
    this.tp[slice] = overlapOf(mask, truth);
    this.fp[slice] = this.area[slice] - this.tp[slice];
    this.fn[slice] = areaOf(truth) - this.tp[slice];
  }

  dice(): DicePair {
    const sum = { tp: 0, fp: 0, fn: 0 };
    let [total, n] = [0, 0];
    for (let slice = 0; slice < this.truths.length; slice++) {
      const [tp, fp, fn] = [this.tp[slice], this.fp[slice], this.fn[slice]];
      if (tp + fn === 0) continue;
      sum.tp += tp;
      sum.fp += fp;
      sum.fn += fn;
      total += dice({ tp, fp, fn });
      n++;
    }
    return n === 0 ? { mean: null, pooled: null } : { mean: total / n, pooled: dice(sum) };
  }
}
