/** Clean-up of every mask of an evaluation, on copies that stay in the worker: the page gets the arrays themselves. */
import { areaOf, type BitMask, copyOf, overlapOf, packed } from '../core/bitMask';
import { cleanStack, regionsLost } from '../core/morphology';
import { dice } from '../core/overlap';
import type { CleanAsked, Cleaned, DicePair, Evaluation } from '../core/protocol';
import { flaggedFrom } from '../core/side';
import { stacksOf } from '../core/volumes';
import { every, hop } from './hop';

/** As many evaluations as the page keeps: those take more bytes there than here. */
const MOST_BYTES = 300 * 2 ** 20;
/** Milliseconds between two looks at the message queue. */
const TURN = 20;

type Kept = {
  maps: Uint16Array;
  height: number;
  width: number;
  /** Truth of each slice that has a mask. */
  truths: readonly (BitMask | null)[];
  stacks: readonly (readonly number[])[];
  bytes: number;
};

const keyOf = ({ run, scorer, smooth }: Pick<CleanAsked, 'run' | 'scorer' | 'smooth'>) => `${run} ${scorer} ${smooth}`;

export class Cleaner {
  private readonly kept = new Map<string, Kept>();
  private newest = Number.NEGATIVE_INFINITY;

  /** Keeps what `clean` needs. Call it before the evaluation's arrays are transferred. */
  keep(e: Evaluation): void {
    const key = keyOf(e);
    this.kept.delete(key);
    if (e.mapless) return;
    const { height, width } = e;
    const truths = e.slices.map(({ masked }, i) => (masked ? packed(e.truths, i * height * width, height, width) : null));
    const bytes = e.maps.byteLength + truths.reduce((sum, truth) => sum + (truth?.bits.byteLength ?? 0), 0);
    this.kept.set(key, { maps: e.maps.slice(), height, width, truths, stacks: stacksOf(e.slices), bytes });
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
    const { run, scorer, smooth, side, level, cleanUp, ask } = asked;
    if (ask < this.newest) return null;
    this.newest = ask;
    const kept = this.kept.get(keyOf(asked));
    if (!kept) throw new Error(`The scores of ${scorer} are no longer at hand for clean-up. Score with it again.`);
    const start = performance.now();
    const { height, width, maps, truths } = kept;
    const [low, high] = flaggedFrom(side, level);
    const [before, after] = [new Tally(truths), new Tally(truths)];
    let removed = 0;
    const due = every(TURN);
    due();
    for (const slices of cleanUp.space === 'volume' ? kept.stacks : truths.map((_, slice) => [slice])) {
      const raw = slices.map((slice) => packed(maps, slice * height * width, height, width, low, high));
      const cleaned = raw.map(copyOf);
      cleanStack(cleaned, cleanUp);
      removed += regionsLost(raw, cleaned, cleanUp.space);
      slices.forEach((slice, i) => {
        before.count(slice, raw[i]);
        after.count(slice, cleaned[i]);
      });
      if (!due()) continue;
      await hop();
      if (ask !== this.newest) return null;
    }
    const { tp, fp, fn, area } = after;
    const seconds = (performance.now() - start) / 1000;
    return {
      run,
      scorer,
      smooth,
      side,
      level,
      cleanUp,
      ask,
      tp,
      fp,
      fn,
      area,
      removed,
      dice: after.dice(),
      diceBefore: before.dice(),
      seconds,
    };
  }
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
