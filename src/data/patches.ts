/** AnoGAN's patches: squares cut from larger slices (Schlegl et al. 2017, Section 3: 64 × 64), at random places to learn from, side by side to be
 * watched, and overlapping to be scored and put together again. */
import type { Random } from '../core/random';
import type { Recipe } from '../core/recipe';
import type { Role, Slice } from '../core/types';
import { counted, DataError } from './errors';
import { isEmpty } from './slices';

/** Side of a patch in pixels, and the filter that whole slices have passed: it holds for patches too. */
export type Patching = { size: number; nonEmpty: Recipe['nonEmpty'] };

/** Draws without a patch that holds anything, after which there is none to be found. */
const MOST_TRIES = 1000;

function cut<T extends Float32Array | Uint8Array>(plane: T, width: number, row: number, column: number, out: T): T {
  const size = Math.sqrt(out.length);
  for (let r = 0; r < size; r++) {
    const from = (row + r) * width + column;
    out.set(plane.subarray(from, from + size), r * size);
  }
  return out;
}

/** One patch as a case of its own, with no neighbours in its volume. It is anomalous when any of its pixels is; without a mask, or where the
 * mask of an anomalous slice is empty, only a slice known to be normal says anything. */
export function patchAt(slice: Slice, row: number, column: number, size: number): Slice {
  const { group, index, width, pixels, truth, label, brain, edges, pixelArea } = slice;
  const name = `${slice.name} patch ${row},${column}`;
  const patch: Slice = {
    name,
    group,
    volume: name,
    index,
    height: size,
    width: size,
    pixels: cut(pixels, width, row, column, new Float32Array(size * size)),
    brain,
    edges,
  };
  if (pixelArea !== undefined) patch.pixelArea = pixelArea;
  if (truth && (label !== 1 || truth.includes(1))) {
    patch.truth = cut(truth, width, row, column, new Uint8Array(size * size));
    patch.label = patch.truth.includes(1) ? 1 : 0;
  } else if (label === 0) patch.label = 0;
  return patch;
}

/** A patch at a random place of a slice, each place with equal chances; an empty one is drawn again, from the next slice.
 * @param deal gives a slice
 * @throws DataError when a slice is smaller than a patch, or nothing but empty patches is found */
export function randomPatch(deal: () => Slice, { size, nonEmpty }: Patching, random: Random): Slice {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const slice = deal();
    const { name, height, width } = slice;
    if (Math.min(height, width) < size)
      throw new DataError(
        `${name} is ${width} × ${height}: no patch of ${size} × ${size} fits in it. Choose a larger size for the slices.`,
      );
    const patch = patchAt(slice, random.below(height - size + 1), random.below(width - size + 1), size);
    if (!isEmpty(patch.pixels, nonEmpty)) return patch;
  }
  throw new DataError(
    `In ${MOST_TRIES} draws every patch of ${size} × ${size} was empty. Lower the filter for empty slices, or choose larger patches.`,
  );
}

/** Patches of a slice side by side, in reading order, without the empty ones. They lie in its middle: what is left over at the edges, less than
 * a patch, is in none. */
export const gridPatches = (slice: Slice, patching: Patching): Slice[] =>
  patchesAt(slice, besides(slice.height, patching.size), besides(slice.width, patching.size), patching);

/** Patches that cover a slice, in reading order, each half a patch from the last (less at the far edges), without the empty ones; where all are
 * empty, all of them. */
export function coveringPatches(slice: Slice, patching: Patching): PatchOf[] {
  const { size } = patching;
  const [rows, columns] = [overlapping(slice.height, size), overlapping(slice.width, size)];
  const patches = patchesAt(slice, rows, columns, patching);
  return patches.length > 0 ? patches : patchesAt(slice, rows, columns, { size, nonEmpty: null });
}

function patchesAt(slice: Slice, rows: readonly number[], columns: readonly number[], { size, nonEmpty }: Patching): PatchOf[] {
  const { pixels, truth } = slice;
  const read: Slice = { ...slice, pixels, truth }; // once, where they lie in a file
  const patches: PatchOf[] = [];
  for (const row of rows)
    for (const column of columns) {
      const patch = patchAt(read, row, column, size);
      if (!isEmpty(patch.pixels, nonEmpty)) patches.push(new PatchOf(slice, row, column, patch));
    }
  return patches;
}

function besides(length: number, size: number): number[] {
  const count = Math.floor(length / size);
  const first = Math.floor((length - count * size) / 2);
  return Array.from({ length: count }, (_, i) => first + i * size);
}

function overlapping(length: number, size: number): number[] {
  const step = Math.max(1, Math.floor(size / 2));
  const count = Math.ceil((length - size) / step);
  return [...Array.from({ length: count }, (_, i) => i * step), length - size];
}

/** Pixels of a slice from those of its patches: their mean where patches overlap, `elsewhere` where none lies.
 * @param values of each patch, row by row */
export function stitch(
  { height, width }: Pick<Slice, 'height' | 'width'>,
  patches: readonly Pick<PatchOf, 'row' | 'column' | 'height' | 'width'>[],
  values: (patch: number) => ArrayLike<number>,
  elsewhere: (covered: Float64Array) => number,
): Float64Array {
  const sums = new Float64Array(height * width);
  const counts = new Uint32Array(height * width);
  patches.forEach((patch, i) => {
    const own = values(i);
    for (let r = 0, k = 0; r < patch.height; r++)
      for (let c = 0, at = (patch.row + r) * width + patch.column; c < patch.width; c++, k++, at++) {
        sums[at] += own[k];
        counts[at]++;
      }
  });
  const fill = elsewhere(sums.map((sum, i) => sum / counts[i]).filter((_, i) => counts[i] > 0));
  return sums.map((sum, i) => (counts[i] > 0 ? sum / counts[i] : fill));
}

/** The patches of every role's slices side by side, for watching. @throws DataError when a role has slices, and all their patches are empty */
export function patchedRoles(roles: Readonly<Record<Role, readonly Slice[]>>, patching: Patching): Record<Role, Slice[]> {
  const patched = (role: Role): Slice[] => {
    const patches = roles[role].flatMap((slice) => gridPatches(slice, patching));
    if (patches.length === 0 && roles[role].length > 0)
      throw new DataError(
        `Every patch of ${patching.size} × ${patching.size} of the ${role} slices is empty. Lower the filter for empty slices, or choose larger patches.`,
      );
    return patches;
  };
  return { reference: patched('reference'), mixed: patched('mixed'), validation: patched('validation'), test: patched('test') };
}

/** How the test slices are scored, in a sentence each. */
export function patchNote([{ height }, ...others]: readonly Slice[], { size }: Patching): string {
  const each = overlapping(height, size).length ** 2;
  const slices = counted(others.length + 1, 'test slice');
  return `${slices} of ${height} × ${height} pixels, scored in up to ${each} patches of ${size} × ${size} each that overlap by half; empty patches are not scored. A map is the mean of the patches on a pixel, and the lowest of its slice where none lies. A slice's score is the highest of its patches.`;
}

/** A patch that is cut whenever its pixels are asked for: no copy of its slice is kept. */
export class PatchOf implements Slice {
  declare name: string;
  declare group: string;
  declare volume: string;
  declare index: number;
  declare height: number;
  declare width: number;
  declare label?: 0 | 1;
  declare brain: Slice['brain'];
  declare edges: Slice['edges'];
  declare pixelArea?: number;
  private readonly masked: boolean;

  constructor(
    private readonly slice: Slice,
    readonly row: number,
    readonly column: number,
    { pixels: _, truth, ...rest }: Slice,
  ) {
    Object.assign(this, rest);
    this.masked = truth !== undefined;
  }

  get pixels(): Float32Array {
    return cut(this.slice.pixels, this.slice.width, this.row, this.column, new Float32Array(this.height * this.width));
  }

  get truth(): Uint8Array | undefined {
    const { truth, width } = this.slice;
    return this.masked && truth ? cut(truth, width, this.row, this.column, new Uint8Array(this.height * this.width)) : undefined;
  }
}
