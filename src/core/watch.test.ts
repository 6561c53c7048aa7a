import { expect, it } from 'vitest';
import type { Point } from './protocol';
import type { ModelSpec } from './types';
import { warnings } from './watch';

const watch = { least: 0.25, says: 'It collapsed.', remedy: 'Start again.' };
const LOSSES: ModelSpec['losses'] = {
  spread: { label: 'Spread', network: 'd', axis: 1, watch },
  other: { label: 'Other', network: 'g', axis: 1 },
};
/** D's and G's updates by turns: D's say the spread. */
const points = (spreads: readonly number[]): Point[] =>
  spreads.flatMap((spread, i): Point[] => [
    { update: 2 * i + 1, network: 'd', losses: { spread } },
    { update: 2 * i + 2, network: 'g', losses: { other: 0 } },
  ]);

it('warns when the last ten reads are low on average: not one of them, and not in the first twenty', () => {
  const healthy = new Array<number>(20).fill(1);
  expect(warnings(LOSSES, points(healthy))).toEqual([]);
  expect(warnings(LOSSES, points([...healthy, 0]))).toEqual([]);
  expect(warnings(LOSSES, points(new Array<number>(19).fill(0)))).toEqual([]);
  expect(warnings(LOSSES, points([...healthy, ...new Array<number>(10).fill(0.125)]))).toEqual([{ ...watch, name: 'spread', mean: 0.125 }]);
  const above = { ...LOSSES, spread: { ...LOSSES.spread, watch: { ...watch, most: 1.5 } } };
  expect(warnings(above, points(healthy))).toEqual([]);
  expect(warnings(above, points([...healthy, ...new Array<number>(10).fill(2)])).map(({ mean }) => mean)).toEqual([2]);
});
