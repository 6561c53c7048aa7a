/** What stands for every cut of an evaluation and takes a second: AUPRO, and intervals by patient of it and of the pixel numbers. */
import { areaOf, type BitMask, unpacked } from '../core/bitMask';
import type { Interval } from '../core/bootstrap';
import { addUp, auproOf, type CodeCounts, compact, intervalsOf, noCounts, type PatientCounts, rankingOf } from '../core/curves';
import { addRegions } from '../core/lesions';
import { auroc, averagePrecision } from '../core/ranking';
import type { Side } from '../core/side';

type Intervals<K extends string> = Record<K, Interval | null> | null;

export type Curves = {
  /** null without a lesion or a normal pixel. */
  aupro: Record<Side, number | null>;
  /** By the patients with a mask; null with fewer than two. */
  auproCi95: Intervals<Side>;
  /** Of the pixel AUROC, high scores anomalous, and of average precision, by the patients with an anomaly; null with fewer than two. */
  pixelCi95: Intervals<'auroc' | Side>;
  inBrainCi95: Intervals<'auroc'>;
};

export type Masked = {
  maps: Uint16Array;
  /** Truth of each slice that has a mask, and where its image is above 0. */
  truths: readonly (BitMask | null)[];
  bodies: readonly (BitMask | null)[];
  /** Patient of each slice. */
  groups: readonly string[];
};

/** Yields every few milliseconds of work. */
export function* curvesOf(kept: Masked): Generator<void, Curves, void> {
  const regions = yield* countsOf(kept, () => true, addRegions);
  const all = addUp(regions, new Uint8Array(regions.length).fill(1), noCounts());
  const aupro = (counts: CodeCounts) => ({ bright: auproOf(counts, 'bright'), dark: auproOf(counts, 'dark') });
  const auproCi95 = yield* intervalsOf(regions, aupro);
  const anomalous = (truth: BitMask) => areaOf(truth) > 0;
  const pixels = yield* countsOf(kept, anomalous, addPixels);
  const pixelCi95 = yield* intervalsOf(pixels, (counts) => {
    const bright = rankingOf(counts, 'bright');
    return { auroc: auroc(bright), bright: averagePrecision(bright), dark: averagePrecision(rankingOf(counts, 'dark')) };
  });
  const inBrain = yield* countsOf(kept, anomalous, addInBrain);
  const inBrainCi95 = yield* intervalsOf(inBrain, (counts) => ({ auroc: auroc(rankingOf(counts, 'bright')) }));
  return { aupro: aupro(all), auproCi95, pixelCi95, inBrainCi95 };
}

type Add = (counts: CodeCounts, codes: Uint16Array, start: number, truth: BitMask, body: BitMask) => void;

/** Counts of every patient with a slice that counts. */
function* countsOf(
  { maps, truths, bodies, groups }: Masked,
  counted: (truth: BitMask) => boolean,
  add: Add,
): Generator<void, PatientCounts[], void> {
  const slices = new Map<string, { start: number; truth: BitMask; body: BitMask }[]>();
  truths.forEach((truth, slice) => {
    const body = bodies[slice];
    if (!truth || !body || !counted(truth)) return;
    const own = slices.get(groups[slice]) ?? [];
    own.push({ start: slice * truth.height * truth.width, truth, body });
    slices.set(groups[slice], own);
  });
  const patients: PatientCounts[] = [];
  for (const own of slices.values()) {
    const counts = noCounts();
    for (const { start, truth, body } of own) {
      add(counts, maps, start, truth, body);
      yield;
    }
    patients.push(compact(counts));
  }
  return patients;
}

const addPixels: Add = ({ anomalous, normal }, codes, start, truth) =>
  unpacked(truth).forEach((inside, i) => {
    (inside ? anomalous : normal)[codes[start + i]]++;
  });

const addInBrain: Add = ({ anomalous, normal }, codes, start, truth, body) => {
  const inBrain = unpacked(body);
  unpacked(truth).forEach((inside, i) => {
    if (inBrain[i]) (inside ? anomalous : normal)[codes[start + i]]++;
  });
};
