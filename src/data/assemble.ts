/** The slices of a DICOM series as one volume. */
import type { Dropped } from './dicom/identity';
import type { Series } from './dicom/series';
import { counted, DataError, sentenceOf } from './errors';
import type { Decoded } from './load';
import { assertHoldable } from './voxels';

/** Share of the scanned range that padding may lie beside it before it is dealt with. */
const SQUEEZE = 0.1;

/** Padding that would squeeze the scan into a corner of its range takes the lowest value that was scanned; the rest keep their exact values. */
export function settlePadding({ voxels, padding, notes }: Decoded): void {
  if (padding === undefined || padding === null) return;
  let [lowest, highest, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const v of voxels) {
    if (v === padding) count++;
    else {
      if (v < lowest) lowest = v;
      if (v > highest) highest = v;
    }
  }
  const outside = Math.max(lowest - padding, padding - highest);
  if (count === 0 || !(outside > SQUEEZE * (highest - lowest))) return;
  for (let i = 0; i < voxels.length; i++) if (voxels[i] === padding) voxels[i] = lowest;
  notes.push(`${counted(count, 'padding voxel')} of the value ${padding} took the lowest value that was scanned, ${lowest}.`);
}

export type Assembled = Decoded & {
  /** Slices that could not be read, with the reason: they are left empty like missing ones. */
  failed: ReadonlyMap<string, string>;
};

/** @param decode reads one slice
 * @returns slices bottom to top; a missing one holds the volume's lowest value
 * @throws DataError when fewer than half of the slices can be read, or one is of another size */
export async function assemble(
  { slices, geometry, notes }: Series,
  use: 'image' | 'mask',
  decode: (path: string) => Promise<Decoded>,
): Promise<Assembled> {
  let volume: Decoded | null = null;
  const said = new Set<string>();
  const dropped = new Map<string, Dropped>();
  const failed = new Map<string, string>();
  const empty: number[] = [];
  let padding: Decoded['padding'];
  let lowest = Number.POSITIVE_INFINITY;
  for (const [k, path] of slices.entries()) {
    const slice = path === null ? null : await decode(path).catch((error: unknown) => sentenceOf(error));
    if (slice === null || typeof slice === 'string') {
      empty.push(k);
      if (slice !== null) failed.set(path as string, slice);
      continue;
    }
    const { width, height } = slice;
    if (!volume) {
      assertHoldable(width, height, slices.length);
      volume = { ...slice, depth: slices.length, voxels: new Float32Array(width * height * slices.length), geometry, notes: [] };
      padding = slice.padding;
    }
    if (width !== volume.width || height !== volume.height || slice.depth !== 1) {
      throw new DataError(
        `Its slice ${path} is ${width} × ${height}, the others ${volume.width} × ${volume.height}. Export the series again.`,
      );
    }
    volume.voxels.set(slice.voxels, k * width * height);
    if (slice.padding !== padding) padding = null;
    for (const v of slice.voxels) if (v < lowest) lowest = v;
    for (const note of slice.notes) said.add(note);
    for (const field of slice.dropped ?? []) dropped.set(field.tag, field);
  }
  const [worst] = failed;
  if (!volume || 2 * failed.size > slices.length) throw new DataError(`Its slice ${worst[0]} and others cannot be read: ${worst[1]}`);
  if (worst) said.add(`${counted(failed.size, 'slice')} could not be read and left empty, first ${worst[0]}.`);
  const plane = volume.width * volume.height;
  for (const k of empty) volume.voxels.fill(use === 'mask' ? 0 : lowest, k * plane, (k + 1) * plane);
  const fields = [...dropped.values()].sort((a, b) => (a.tag < b.tag ? -1 : 1));
  return { ...volume, notes: [...notes, ...said], padding, dropped: fields, failed };
}
