/** AnoGAN's patches: squares cut from larger slices (Schlegl et al. 2017, Section 3: 64 × 64), at random places to learn from and side by side to
 * be scored. */
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
export function gridPatches(slice: Slice, { size, nonEmpty }: Patching): Slice[] {
  const { height, width, pixels, truth } = slice;
  const read: Slice = { ...slice, pixels, truth }; // once, where they lie in a file
  const patches: Slice[] = [];
  for (const row of starts(height, size))
    for (const column of starts(width, size)) {
      const patch = patchAt(read, row, column, size);
      if (!isEmpty(patch.pixels, nonEmpty)) patches.push(new PatchOf(slice, row, column, patch));
    }
  return patches;
}

function starts(length: number, size: number): number[] {
  const count = Math.floor(length / size);
  const first = Math.floor((length - count * size) / 2);
  return Array.from({ length: count }, (_, i) => first + i * size);
}

/** The patches of every role's slices, for scoring. @throws DataError when a role has slices, and all their patches are empty */
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

/** What was done to the test slices, which are squares, in a sentence. */
export function patchNote(slices: readonly Slice[], patches: readonly Slice[], { size }: Patching): string {
  const [{ height: field }] = slices;
  const each = Math.floor(field / size) ** 2;
  const left = field % size > 0 ? ` (${field % size} rows and columns at their edges lie in none)` : '';
  const empty = slices.length * each - patches.length;
  return `${counted(slices.length, 'test slice')} of ${field} × ${field} pixels, cut side by side into ${each} × ${slices.length} patches of ${size} × ${size}${left}: ${patches.length} are cases of their own, ${empty} were dropped as empty.`;
}

/** A patch that is cut whenever its pixels are asked for: no copy of its slice is kept. */
class PatchOf implements Slice {
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
    private readonly row: number,
    private readonly column: number,
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
