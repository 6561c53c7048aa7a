import { describe, expect, it } from 'vitest';
import { LEVELS } from '../core/cut';
import { readAddress, writeAddress } from './address';
import { BY_HAND, chosen, moved, NO_CUT, redone, released, undone } from './cut';
import { clampLevel, levelOf, shownOf } from './derived';

describe('address', () => {
  it('restores what it wrote', () => {
    const address = { view: 'decide', slice: 12, t: 195.25, scorer: 'Rec-grad', smooth: true, rule: 'otsu' } as const;
    expect(readAddress(writeAddress(address))).toEqual(address);
  });

  it('takes no view and no number that is not one', () => {
    expect(readAddress('')).toBeNull();
    expect(readAddress('#/nowhere')).toBeNull();
    expect(readAddress('#/decide?slice=-1&t=900&theme=blue')).toEqual({ view: 'decide' });
    expect(readAddress('#/data?theme=dark')).toEqual({ view: 'data', theme: 'dark' });
  });
});

describe('cut', () => {
  const ruled = { ...NO_CUT, cut: { level: 100, rule: 'otsu' } };

  it('makes one step of undo out of a whole gesture', () => {
    const dragged = released(moved(moved(moved(ruled, 110), 120), 130));
    expect(dragged.cut).toEqual({ level: 130, rule: BY_HAND });
    expect(dragged.past).toEqual([{ level: 100, rule: 'otsu' }]);
    expect(undone(dragged).cut).toEqual({ level: 100, rule: 'otsu' });
    expect(redone(undone(dragged)).cut).toEqual({ level: 130, rule: BY_HAND });
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

  it('undoes a gesture that is still under way', () => {
    expect(undone(moved(ruled, 130)).cut).toEqual({ level: 100, rule: 'otsu' });
  });
});

describe('the 0–255 scale', () => {
  it('has the top level at 255 and comes back to the same level', () => {
    expect(shownOf(LEVELS - 1)).toBe(255);
    for (const level of [0, 1, 17, 2048, LEVELS - 1]) expect(levelOf(shownOf(level))).toBe(level);
    expect(clampLevel(1e9)).toBe(LEVELS - 1);
    expect(levelOf(-3)).toBe(0);
  });
});
