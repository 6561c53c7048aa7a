/** Questions about the masks of an evaluation that are answered in the worker, and the answers. */
import type { Interval } from './bootstrap';
import type { Detection } from './lesions';
import type { CleanUp } from './morphology';
import type { DiceWays } from './overlap';
import type { RateIntervals } from './rateIntervals';
import type { Side } from './side';

/** Masks at a level of an evaluation (of its negated scores where `side` is 'dark'), and what to do to them. */
export type CleanAsked = { run: string; scorer: string; smooth: boolean; side: Side; level: number; cleanUp: CleanUp; ask: number };

/** An answer repeats its question, and says how many slices it is about. */
type Answered = CleanAsked & { slices: number; seconds: number };

/** Mean over slices, and over their pixels as one; of the slices with an anomaly, null without one. */
export type DicePair = { mean: number | null; pooled: number | null };

/** What clean-up did to the whole set; volumes are slices of one `volume` in order of `index`. */
export type Cleaned = Answered & {
  /** Pixels per slice after it; 0 in the first three for slices without a mask. */
  tp: Uint32Array;
  fp: Uint32Array;
  fn: Uint32Array;
  area: Uint32Array;
  /** Regions of which nothing is left. */
  removed: number;
  dice: DicePair;
  diceBefore: DicePair;
};

/** Numbers at a cut that take longer than a frame, clean-up included. */
export type Assessed = Answered & {
  /** 95 % intervals by patient, and the patients with an anomaly that they stand on; null with fewer than two. */
  diceCi95: Record<keyof DiceWays, Interval> | null;
  patients: number;
  /** Likewise of the rates at the cut: of pixels of the slices with an anomaly, and of images with a label, by the patients that have any. */
  ratesCi95: Record<'pixels' | 'images', RateIntervals | null>;
  /** At every cut of this side, before clean-up; null with fewer than two patients. */
  pixelAurocCi95: Interval | null;
  pixelAurocInBrainCi95: Interval | null;
  pixelAveragePrecisionCi95: Interval | null;
  /** Over the slices with a mask. */
  detection: Detection;
  /** At every cut of this side; null without a lesion or a normal pixel. */
  aupro: number | null;
  /** By the patients with a mask; null with fewer than two. */
  auproCi95: Interval | null;
};
