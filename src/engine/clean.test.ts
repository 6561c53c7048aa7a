import { describe, expect, it } from 'vitest';
import { buildTables, cutAt, LEVELS } from '../core/cut';
import { cleanSlice, cleanVolume, NO_CLEAN_UP } from '../core/morphology';
import { dice } from '../core/overlap';
import type { CleanAsked, Evaluation } from '../core/protocol';
import { Random } from '../core/random';
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
const slices = PLACES.map(([volume, index], i) => ({ volume, index, masked: masked[i] }));
const tables = buildTables(maps, truths, masked, SIZE);
const evaluation = { run: 'r', scorer: 's', smooth: false, mapless: false, height: HEIGHT, width: WIDTH, slices, maps, truths, tables } as unknown as Evaluation; // biome-ignore format: one line
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
    one.keep({ ...evaluation, scorer: 'long', maps: new Uint16Array(many * SIZE).map((_, i) => (i * 2654435761) >>> 20), truths: new Uint8Array(many * SIZE), slices: Array.from({ length: many }, (_, index) => ({ ...slices[0], index: 2 * index })) } as unknown as Evaluation); // biome-ignore format: one line
    const first = one.clean(asked({ scorer: 'long', ask: 5 }));
    const second = one.clean(asked({ ask: 6 }));
    expect(await first).toBeNull();
    expect((await second)!.ask).toBe(6);
    expect(await one.clean(asked({ ask: 4 }))).toBeNull();
  });
  it('says when the scores are no longer there', async () => {
    await expect(cleaner().clean(asked({ scorer: 'other' }))).rejects.toThrow('The scores of other are no longer at hand for clean-up.');
    const one = cleaner();
    one.keep({ ...evaluation, mapless: true });
    await expect(one.clean(asked())).rejects.toThrow('no longer at hand');
  });
});
