import { expect, it } from 'vitest';
import { seenIn, seenNote } from './duplicates';
import { madeSlice, madeSlices } from './testRun';

it('finds test slices that are in training under another name, whatever their mask and label', () => {
  const training = madeSlices(5);
  const again = (i: number) => ({ ...madeSlice(i, { group: 'q', truth: true, label: 0 }), pixels: training[i].pixels.slice() });
  const nearly = { ...again(3), pixels: again(3).pixels.map((v, i) => (i === 700 ? v + 1e-6 : v)) };
  const test = [madeSlice(20), again(1), nearly, again(4)];
  expect(seenIn(training, test)).toEqual([test[1], test[3]]);
  expect(seenNote(training, test)).toBe(
    '2 of 4 test slices are, pixel for pixel, among those the run has learnt from, first q/1: scores on them flatter the model.',
  );
  expect(seenNote(training, [test[0], nearly])).toBeNull();
});

it('looks at the values of a slice that shares its memory with others, and says nothing of one value throughout', () => {
  const [a, b] = madeSlices(2);
  const together = new Float32Array(a.pixels.length * 2);
  together.set(a.pixels);
  together.set(b.pixels, a.pixels.length);
  const part = { ...b, pixels: together.subarray(a.pixels.length) };
  expect(seenIn([a, b], [part])).toEqual([part]);
  expect(seenIn([a], [part])).toEqual([]);
  const blank = { ...a, pixels: new Float32Array(a.pixels.length) };
  expect(seenIn([blank], [blank])).toEqual([]);
});
