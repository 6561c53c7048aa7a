/** AnoGAN's random patches: squares cut from slices at their own resolution (Schlegl et al. 2017, Section 3: 64 × 64 at random positions). */
import type { Random } from '../core/random';
import type { Recipe } from '../core/recipe';
import type { Slice } from '../core/types';
import { DataError } from './errors';

/** Draws without a patch that holds anything, after which there is none to be found. */
const MOST_TRIES = 1000;

/** One patch as a slice of its own. It is anomalous when any of its pixels is; without a mask only a slice known to be normal says anything. */
export function patchAt(slice: Slice, row: number, column: number, size: number): Slice {
  const cut = <T extends Float32Array | Uint8Array>(plane: T, out: T): T => {
    for (let r = 0; r < size; r++)
      out.set(plane.subarray((row + r) * slice.width + column, (row + r) * slice.width + column + size), r * size);
    return out;
  };
  const { truth, label, ...rest } = slice;
  const patch: Slice = {
    ...rest,
    name: `${slice.name} patch ${row},${column}`,
    height: size,
    width: size,
    pixels: cut(slice.pixels, new Float32Array(size * size)),
  };
  if (truth) {
    patch.truth = cut(truth, new Uint8Array(size * size));
    patch.label = patch.truth.includes(1) ? 1 : 0;
  } else if (label === 0) patch.label = 0;
  return patch;
}

/** Endless patches: a slice with equal chances, then a place with equal chances; empty ones are drawn again.
 * @throws DataError when a slice is smaller than a patch, or nothing but empty patches is found */
export function* randomPatches(
  slices: readonly Slice[],
  size: number,
  nonEmpty: Recipe['nonEmpty'],
  random: Random,
): Generator<Slice, never, void> {
  const small = slices.find(({ height, width }) => Math.min(height, width) < size);
  if (slices.length === 0 || small) {
    throw new DataError(
      small
        ? `${small.name} is ${small.width} × ${small.height}: no patch of ${size} × ${size} fits in it. Choose a larger size for the slices.`
        : 'There are no slices to cut patches from.',
    );
  }
  let tries = 0;
  for (;;) {
    const slice = slices[random.below(slices.length)];
    const patch = patchAt(slice, random.below(slice.height - size + 1), random.below(slice.width - size + 1), size);
    const above = nonEmpty ? patch.pixels.reduce((n, v) => n + (v > nonEmpty.level ? 1 : 0), 0) : 0;
    if (nonEmpty && above < nonEmpty.share * size * size) {
      if (++tries === MOST_TRIES)
        throw new DataError(
          `In ${MOST_TRIES} draws every patch of ${size} × ${size} was empty. Lower the filter, or choose larger patches.`,
        );
      continue;
    }
    tries = 0;
    yield patch;
  }
}
