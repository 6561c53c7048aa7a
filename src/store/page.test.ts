import { describe, expect, it } from 'vitest';
import { LEVELS } from '../core/cut';
import { NO_CLEAN_UP } from '../core/morphology';
import { USUAL_RULES } from '../core/rules';
import { readAddress, writeAddress } from './address';
import { altered, BY_HAND, type Cut, chosen, moved, NO_CUT, redone, released, USUAL_CLEAN_UP, undone } from './cut';
import { clampLevel, levelOf, shownOf } from './derived';

describe('address', () => {
  it('restores what it wrote', () => {
    const address = { view: 'decide', slice: 12, t: 195.25, scorer: 'Rec-grad', smooth: true, rule: 'otsu' } as const;
    expect(readAddress(writeAddress(address))).toEqual(address);
    const more = { ...address, run: 'vae-a/b', side: 'dark', layers: ['mask', 'map'], theme: 'dark' } as const;
    const steps = { opening: 3, closing: 5, order: 'close-open', minimum: 12, fillHoles: true, space: 'volume' } as const;
    expect(readAddress(writeAddress({ ...more, cleanUp: steps }))).toEqual({ ...more, cleanUp: steps });
    expect(writeAddress({ view: 'decide', cleanUp: steps })).toBe('#/decide?clean=close5+open3+min12+fill+3d');
    expect(readAddress(writeAddress({ ...more, cleanUp: null, layers: [] }))).toEqual({ ...more, cleanUp: null, layers: [] });
  });

  it('holds what the rules are asked with, and no number that is not one', () => {
    const settings = { pixelRate: 0.001, imageRate: 0.075, sigmas: 2.5 };
    expect(writeAddress({ view: 'decide', settings })).toBe('#/decide?rules=pixels0.1+images7.5+sigmas2.5');
    expect(readAddress(writeAddress({ view: 'decide', settings }))).toEqual({ view: 'decide', settings });
    expect(writeAddress({ view: 'decide', settings: USUAL_RULES })).toBe('#/decide');
    for (const pixelRate of [1e-9, 0.123456789, 1 / 3]) {
      const read = readAddress(writeAddress({ view: 'decide', settings: { ...USUAL_RULES, pixelRate } }))!.settings!;
      expect(Math.abs(read.pixelRate / pixelRate - 1)).toBeLessThan(1e-8);
    }
    expect(readAddress('#/decide?rules=pixels101+sigmas-2+what3+images4')).toEqual({
      view: 'decide',
      settings: { ...USUAL_RULES, imageRate: 0.04 },
    });
    expect(readAddress('#/decide?rules=sigmas21')).toEqual({ view: 'decide' });
  });

  it('holds how a volume is looked at, and where Compare cuts its runs', () => {
    const planes = { view: 'decide', way: 'planes' } as const;
    expect(readAddress(writeAddress(planes))).toEqual(planes);
    expect(readAddress('#/decide?way=sideways')).toEqual({ view: 'decide' });
    const cleanUp = { ...USUAL_CLEAN_UP, order: 'close-open', space: 'volume' } as const;
    const cuts = [
      { by: 'bestDice', side: 'bright', cleanUp: NO_CLEAN_UP },
      { by: 'hand', t: 195.25, side: 'dark', cleanUp },
      { by: 'decided', side: 'bright', cleanUp },
    ] as const;
    const compare = { view: 'compare', runs: ['a', 'b b', 'c'], cuts } as const;
    expect(decodeURIComponent(writeAddress(compare))).toContain('cuts=bestDice,hand:195.25+dark+close3+open3+min12+fill+3d,decided+close3');
    expect(readAddress(writeAddress(compare))).toEqual(compare);
    for (const wrong of ['bestDice', 'bestDice,hand', 'bestDice,hand:256', 'bestDice,best', 'bestDice,healthy:3', 'bestDice,healthy open4'])
      expect(readAddress(`#/compare?runs=a,b&cuts=${encodeURIComponent(wrong)}`), wrong).toEqual({ view: 'compare', runs: ['a', 'b'] });
  });

  it('takes no view and no number that is not one', () => {
    expect(readAddress('')).toBeNull();
    expect(readAddress('#/nowhere')).toBeNull();
    expect(readAddress('#/decide?slice=-1&t=900&theme=blue')).toEqual({ view: 'decide' });
    expect(readAddress('#/decide?clean=open4&side=up')).toEqual({ view: 'decide', cleanUp: null });
    expect(readAddress('#/data?theme=dark')).toEqual({ view: 'data', theme: 'dark' });
  });
});

describe('cut', () => {
  const start: Cut = { level: 100, rule: 'otsu', side: 'bright', clean: false, cleanUp: USUAL_CLEAN_UP, settings: USUAL_RULES };
  const ruled = { ...NO_CUT, cut: start };

  it('makes one step of undo out of a whole gesture', () => {
    const dragged = released(moved(moved(moved(ruled, 110), 120), 130));
    expect(dragged.cut).toEqual({ ...start, level: 130, rule: BY_HAND });
    expect(dragged.past).toEqual([start]);
    expect(undone(dragged).cut).toEqual(start);
    expect(redone(undone(dragged)).cut).toEqual({ ...start, level: 130, rule: BY_HAND });
  });

  it('makes no step out of a gesture that changes nothing', () => {
    expect(released(moved(ruled, 100)).past).toEqual([]);
    expect(chosen(ruled, { level: 100, rule: 'otsu' }).past).toEqual([]);
  });

  it('forgets what was undone once something else is done', () => {
    const other = chosen(undone(released(moved(ruled, 130))), { level: 5, rule: 'youden' });
    expect(other.future).toEqual([]);
    expect(other.past).toHaveLength(1);
  });

  it('undoes clean-up and side like the threshold, one step a gesture', () => {
    const cleaned = chosen(ruled, { clean: true });
    const typed = released(
      altered(altered(cleaned, { cleanUp: { ...USUAL_CLEAN_UP, minimum: 1 } }), { cleanUp: { ...USUAL_CLEAN_UP, minimum: 19 } }),
    );
    const dark = chosen(typed, { side: 'dark', level: 7 });
    expect(dark.past).toHaveLength(3);
    expect(undone(dark).cut).toEqual({ ...start, clean: true, cleanUp: { ...USUAL_CLEAN_UP, minimum: 19 } });
    expect(undone(undone(dark)).cut).toEqual({ ...start, clean: true });
    expect(undone(undone(undone(dark))).cut).toEqual(start);
  });

  it('undoes a gesture that is still under way', () => {
    expect(undone(moved(ruled, 130)).cut).toEqual(start);
  });
});

describe('the 0–255 scale', () => {
  it('has the top level at 255 and comes back to the same level', () => {
    expect(shownOf(LEVELS - 1, 'bright')).toBe(255);
    expect(shownOf(LEVELS - 1, 'dark')).toBe(0);
    for (const side of ['bright', 'dark'] as const)
      for (const level of [0, 1, 17, 2048, LEVELS - 1]) expect(levelOf(shownOf(level, side), side)).toBe(level);
    expect(clampLevel(1e9)).toBe(LEVELS - 1);
    expect(levelOf(-3, 'bright')).toBe(0);
    expect(levelOf(-3, 'dark')).toBe(LEVELS - 1);
  });
});
