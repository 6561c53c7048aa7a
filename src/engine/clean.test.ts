import { describe, expect, it } from 'vitest';
import type { CleanAsked } from '../core/answers';
import { packed } from '../core/bitMask';
import { bootstrap } from '../core/bootstrap';
import { addUp, auproOf, compact, noCounts, rankingOf } from '../core/curves';
import { buildTables, cutAt, LEVELS } from '../core/cut';
import { addRegions, detectionOf } from '../core/lesions';
import { cleanSlice, cleanVolume, NO_CLEAN_UP } from '../core/morphology';
import { dice, diceThreeWays, imageConfusion, patientCounts } from '../core/overlap';
import type { Evaluation } from '../core/protocol';
import { Random } from '../core/random';
import { auroc, averagePrecision, rank } from '../core/ranking';
import { confusionsOf, rateIntervals } from '../core/rateIntervals';
import { mirrored, mirroredTables } from '../core/side';
import { stacksOf } from '../core/volumes';
import { Cleaner } from './clean';

const [HEIGHT, WIDTH] = [20, 33];
const SIZE = HEIGHT * WIDTH;
/** Slices of two volumes in a jumble; volume b lacks slice 2. The last has no mask, the one before it an empty one. */
const PLACES = [['a', 1], ['b', 0], ['a', 0], ['b', 3], ['a', 2], ['b', 1]] as const; // biome-ignore format: one line
const N = PLACES.length;
const random = new Random(3);
const maps = Uint16Array.from({ length: N * SIZE }, () => random.below(LEVELS));
const truths = Uint8Array.from(maps, (code, i) => (i < 4 * SIZE && code > 2500 && random.uniform() < 0.5 ? 1 : 0));
const masked = PLACES.map((_, i) => i < N - 1);
const slices = PLACES.map(([volume, index], i) => ({ volume, index, group: volume, masked: masked[i], label: (i % 2) as 0 | 1 }));
/** A third of the pixels is background. */
const images = Uint8Array.from(maps, (_, i) => (i % 3 === 0 ? 0 : 1 + (i % 255)));
const tables = buildTables(maps, truths, masked, SIZE);
const evaluation = { run: 'r', scorer: 's', smooth: false, mapless: false, height: HEIGHT, width: WIDTH, slices, maps, truths, images, tables } as unknown as Evaluation; // biome-ignore format: one line
const CLEAN = { ...NO_CLEAN_UP, closing: 3, minimum: 6, fillHoles: true } as const;
const asked = (more: Partial<CleanAsked> = {}): CleanAsked => ({ run: 'r', scorer: 's', smooth: false, side: 'bright', level: 3900, cleanUp: CLEAN, ask: 1, ...more }); // biome-ignore format: one line

const part = <T extends Uint8Array | Uint16Array>(all: T, slice: number) => all.slice(slice * SIZE, (slice + 1) * SIZE) as T;
const maskOf = (slice: number, flagged: (code: number) => boolean) => Uint8Array.from(part(maps, slice), (code) => (flagged(code) ? 1 : 0));

function cleaner(): Cleaner {
  const one = new Cleaner();
  const copy = { ...evaluation, maps: maps.slice() };
  one.keep(copy);
  copy.maps.fill(0); // as if it had been transferred
  return one;
}

describe('slices of a volume', () => {
  it('lie on each other in order, up to a gap', () => {
    expect(stacksOf(slices)).toEqual([[2, 0, 4], [1, 5], [3]]);
    expect(stacksOf([])).toEqual([]);
  });
});

describe('clean', () => {
  it.each(['slice', 'volume'] as const)('counts what the page would count: %s', async (space) => {
    const cleaned = (await cleaner().clean(asked({ cleanUp: { ...CLEAN, space } })))!;
    const masks = PLACES.map((_, slice) => maskOf(slice, (code) => code >= 3900));
    const out: Uint8Array[] = [];
    if (space === 'slice') for (const mask of masks) out.push(cleanSlice(mask, HEIGHT, WIDTH, CLEAN));
    else
      for (const stack of stacksOf(slices)) {
        const volume = stack.map((slice) => masks[slice]);
        cleanVolume(volume, HEIGHT, WIDTH, CLEAN).forEach((mask, i) => {
          out[stack[i]] = mask;
        });
      }
    const own: number[] = [];
    for (let slice = 0; slice < N; slice++) {
      const truth = part(truths, slice);
      const count = (when: (mask: number, truth: number) => boolean) => out[slice].filter((v, i) => when(v, truth[i])).length;
      const [tp, fp, fn] = masked[slice]
        ? [count((m, t) => m === 1 && t === 1), count((m, t) => m === 1 && t === 0), count((m, t) => m === 0 && t === 1)]
        : [0, 0, 0];
      expect([cleaned.tp[slice], cleaned.fp[slice], cleaned.fn[slice]]).toEqual([tp, fp, fn]);
      expect(cleaned.area[slice]).toBe(count((m) => m === 1));
      if (tp + fn > 0) own.push(dice({ tp, fp, fn }));
    }
    expect(own).toHaveLength(4);
    expect(cleaned.dice.mean).toBeCloseTo(own.reduce((a, b) => a + b) / 4, 14);
    expect(cleaned.removed).toBeGreaterThan(0);
  });
  it('before clean-up agrees with the tables, on both sides', async () => {
    const bright = (await cleaner().clean(asked()))!;
    expect(bright.diceBefore.pooled).toBeCloseTo(cutAt(tables, 3900).dice!, 14);
    expect(bright.diceBefore.mean).toBeCloseTo(cutAt(tables, 3900).meanDice!, 14);
    const dark = (await cleaner().clean(asked({ side: 'dark', level: 900, cleanUp: NO_CLEAN_UP })))!;
    const cut = cutAt(mirroredTables(tables), 900);
    expect(dark.dice).toEqual(dark.diceBefore);
    expect(dark.dice.pooled).toBeCloseTo(cut.dice!, 14);
    expect(dark.area).toEqual(cut.sliceFlagged);
    expect([...dark.area]).toEqual(PLACES.map((_, slice) => maskOf(slice, (code) => mirrored(code) >= 900).reduce((a, b) => a + b, 0)));
    expect(dark.removed).toBe(0);
  });
  it('has no Dice without an anomaly', async () => {
    const one = new Cleaner();
    one.keep({ ...evaluation, truths: new Uint8Array(N * SIZE) });
    expect(await one.clean(asked())).toMatchObject({ dice: { mean: null, pooled: null }, diceBefore: { mean: null, pooled: null } });
  });
  it('gives way to a newer ask, and never answers an older one after it', async () => {
    const one = cleaner();
    // Enough slices that a turn for the message queue is due.
    const many = 3000;
    one.keep({ ...evaluation, scorer: 'long', maps: new Uint16Array(many * SIZE).map((_, i) => (i * 2654435761) >>> 20), truths: new Uint8Array(many * SIZE), images: new Uint8Array(many * SIZE), slices: Array.from({ length: many }, (_, index) => ({ ...slices[0], index: 2 * index })) } as unknown as Evaluation); // biome-ignore format: one line
    const first = one.clean(asked({ scorer: 'long', ask: 5 }));
    const second = one.clean(asked({ ask: 6 }));
    expect(await first).toBeNull();
    expect((await second)!.ask).toBe(6);
    expect(await one.clean(asked({ ask: 4 }))).toBeNull();
  });
  it('says when the scores are no longer there', async () => {
    await expect(cleaner().clean(asked({ scorer: 'other' }))).rejects.toThrow('The scores of other are no longer at hand in the worker.');
    const one = cleaner();
    one.keep({ ...evaluation, mapless: true });
    await expect(one.clean(asked())).rejects.toThrow('no longer at hand');
  });
});

const reachOf = (side: 'bright' | 'dark') => (code: number) => (side === 'bright' ? code : mirrored(code));

describe('assess', () => {
  it.each(['bright', 'dark'] as const)('counts lesions and draws patients of the cleaned masks: %s', async (side) => {
    const level = side === 'bright' ? 2700 : 1500;
    const assessed = (await cleaner().assess(asked({ side, level })))!;
    const reaches = (code: number) => (side === 'bright' ? code : mirrored(code)) >= level;
    const bits = (values: Uint8Array) => packed(values, 0, HEIGHT, WIDTH);
    const known = PLACES.map((_, slice) => slice).filter((slice) => masked[slice]);
    const masks = known.map((slice) => bits(cleanSlice(maskOf(slice, reaches), HEIGHT, WIDTH, CLEAN)));
    expect(assessed.detection).toEqual(
      detectionOf(
        masks,
        known.map((slice) => bits(part(truths, slice))),
      ),
    );
    expect(assessed.detection.found * assessed.detection.missed).toBeGreaterThan(0);
    const cleaned = (await cleaner().clean(asked({ side, level })))!;
    const patients = patientCounts(cleaned, PLACES.map(([volume]) => volume)); // biome-ignore format: one line
    expect(patients).toHaveLength(2);
    expect(assessed).toMatchObject({ patients: 2, slices: N });
    expect(assessed.diceCi95).toEqual(bootstrap(2, (drawn) => diceThreeWays(patients, drawn)!));
    const [low, high] = assessed.diceCi95!.pooled;
    expect(low).toBeLessThan(cleaned.dice.pooled!);
    expect(high).toBeGreaterThan(cleaned.dice.pooled!);
    const size = HEIGHT * WIDTH;
    const confusions = PLACES.map((_, i) => {
      const [tp, fp, fn] = [cleaned.tp[i], cleaned.fp[i], cleaned.fn[i]];
      return tp + fn > 0 ? { tp, fp, fn, tn: size - tp - fp - fn } : null;
    });
    const groups = PLACES.map(([volume]) => volume);
    expect(assessed.ratesCi95.pixels).toEqual(rateIntervals(confusionsOf(confusions, groups)));
    const called = PLACES.map((_, i) => imageConfusion([cleaned.area[i]], [slices[i].label]));
    expect(assessed.ratesCi95.images).toEqual(rateIntervals(confusionsOf(called, groups)));
    const [under, over] = assessed.pixelAurocCi95!;
    const inside = PLACES.map((_, i) => i).filter((i) => confusions[i]);
    const ranked = auroc(rank(inside.flatMap((i) => [...part(maps, i)].map(reachOf(side))), inside.flatMap((i) => [...part(truths, i)])))!; // biome-ignore format: one line
    const body = (values: Uint8Array | Uint16Array, slice: number) => [...part(values, slice)].filter((_, i) => part(images, slice)[i] > 0);
    const [least, most] = assessed.pixelAurocInBrainCi95!;
    const inBrain = auroc(rank(inside.flatMap((i) => body(maps, i).map(reachOf(side))), inside.flatMap((i) => body(truths, i))))!; // biome-ignore format: one line
    expect(inBrain).not.toBe(ranked);
    expect(least).toBeLessThanOrEqual(inBrain);
    expect(most).toBeGreaterThanOrEqual(inBrain);
    expect(under).toBeLessThanOrEqual(ranked);
    expect(over).toBeGreaterThanOrEqual(ranked);
    const overlap = noCounts();
    for (const slice of known) addRegions(overlap, maps, slice * SIZE, bits(part(truths, slice)));
    expect(assessed.aupro).toBeCloseTo(auproOf(overlap, side)!, 12);
    // To the last bit, the patients' sums added up.
    const byPatient = ['a', 'b'].map((group) => {
      const own = noCounts();
      for (const slice of known) if (groups[slice] === group) addRegions(own, maps, slice * SIZE, bits(part(truths, slice)));
      return compact(own);
    });
    expect(assessed.aupro).toBe(auproOf(addUp(byPatient, [1, 1], noCounts()), side));
    const [below, above] = assessed.auproCi95!;
    expect(below).toBeLessThanOrEqual(assessed.aupro!);
    expect(above).toBeGreaterThanOrEqual(assessed.aupro!);
    const pixels = noCounts();
    for (const slice of inside) part(truths, slice).forEach((truth, i) => void (truth ? pixels.anomalous : pixels.normal)[part(maps, slice)[i]]++); // biome-ignore format: one line
    const precision = averagePrecision(rankingOf(pixels, side))!;
    expect(assessed.pixelAveragePrecisionCi95![0]).toBeLessThan(precision);
    expect(assessed.pixelAveragePrecisionCi95![1]).toBeGreaterThan(precision);
  });
  it('has no interval with one patient, and no AUPRO without an anomaly', async () => {
    const one = new Cleaner();
    one.keep({ ...evaluation, slices: slices.map((slice) => ({ ...slice, group: 'a' })) } as unknown as Evaluation);
    expect(await one.assess(asked())).toMatchObject({
      diceCi95: null,
      patients: 1,
      pixelAurocCi95: null,
      pixelAveragePrecisionCi95: null,
      auproCi95: null,
    });
    one.keep({ ...evaluation, truths: new Uint8Array(N * SIZE) });
    const assessed = await one.assess(asked());
    expect(assessed).toMatchObject({ diceCi95: null, patients: 0, aupro: null, detection: { found: 0, missed: 0, images: N - 1 } });
  });
  it('leaves what it has worked out to the ask that takes its place', async () => {
    const [one, whole] = [cleaner(), cleaner()];
    // Enough patients that a turn for the message queue is due.
    const many = { ...evaluation, maps: new Uint16Array(300 * SIZE).map((_, i) => (i * 2654435761) >>> 20), truths: new Uint8Array(300 * SIZE).map((_, i) => Number(i % 7 === 0)), images: new Uint8Array(300 * SIZE).map((_, i) => i % 5), slices: Array.from({ length: 300 }, (_, index) => ({ ...slices[0], index, group: `${index}` })) } as unknown as Evaluation; // biome-ignore format: one line
    for (const each of [one, whole]) each.keep(many);
    const first = one.assess(asked({ ask: 1 }));
    const second = one.assess(asked({ ask: 2 }));
    expect(await first).toBeNull();
    const [{ seconds: _, ask: __, ...found }, { seconds: ___, ask: ____, ...expected }] = [(await second)!, (await whole.assess(asked()))!];
    expect(found).toEqual(expected);
  });
  it('does not get in the way of clean-up', async () => {
    const one = cleaner();
    const [first, second] = await Promise.all([one.assess(asked({ ask: 1 })), one.clean(asked({ ask: 2 }))]);
    expect([first?.ask, second?.ask]).toEqual([1, 2]);
    await expect(one.assess(asked({ scorer: 'other', ask: 3 }))).rejects.toThrow('no longer at hand');
  });
});
