/** Test slices that a run has learnt from under another name: the leak guard knows patients, not pixels. */
import type { Slice } from '../core/types';

/** Slices of `test` whose pixels are, all of them, those of a slice of `training`. One of a single value is like any other, so it says nothing. */
export function seenIn(training: readonly Slice[], test: readonly Slice[]): Slice[] {
  const known = new Map<number, Slice[]>();
  for (const slice of training) {
    const key = keyOf(slice.pixels);
    if (key !== null) known.set(key, [...(known.get(key) ?? []), slice]);
  }
  return test.filter((slice) => {
    const { pixels } = slice;
    const key = keyOf(pixels);
    const alike = key === null ? undefined : known.get(key);
    return alike?.some((other) => other.pixels.length === pixels.length && other.pixels.every((v, i) => v === pixels[i]));
  });
}

/** What a reader of the scores must know of them; null where there are none. */
export function seenNote(training: readonly Slice[], test: readonly Slice[]): string | null {
  const seen = seenIn(training, test);
  if (seen.length === 0) return null;
  const are = seen.length === 1 ? 'is' : 'are';
  return `${seen.length} of ${test.length} test slices ${are}, pixel for pixel, among those the run has learnt from, first ${seen[0].name}: scores on them flatter the model.`;
}

/** FNV-1a over the bits of the values; null where all are the same. */
function keyOf(pixels: Float32Array): number | null {
  const bits = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length);
  let hash = 0x811c9dc5;
  let same = true;
  for (let i = 0; i < bits.length; i++) {
    hash = Math.imul(hash ^ bits[i], 0x01000193);
    hash ^= hash >>> 15;
    if (bits[i] !== bits[0]) same = false;
  }
  return same ? null : hash;
}
