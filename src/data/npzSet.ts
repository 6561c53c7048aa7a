/** An `.npz` that is a data set: `images` [N, H, W] with `labels` [N] and `masks` [N, H, W], or MedMNIST's `train_images`, `val_labels` … */
import type { Role } from '../core/types';
import { counted, DataError } from './errors';
import type { Decoded } from './load';
import { type NpzArray, readNpzArray } from './npz';

export type NpzPart = { images: NpzArray; labels: NpzArray | null; masks: NpzArray | null; role: Role | null };

const PREFIXES: readonly [string, Role | null][] = [
  ['', null],
  ['train_', 'mixed'],
  ['val_', 'validation'],
  ['test_', 'test'],
];

/** The parts of a data set, or null where the arrays are none: then the file is one image or volume. */
export function npzParts(arrays: readonly NpzArray[]): NpzPart[] | null {
  const named = (key: string) => arrays.find((array) => array.key === key) ?? null;
  const parts = PREFIXES.flatMap(([prefix, role]) => {
    const images = named(`${prefix}images`);
    if (!images || images.shape.length < 3) return [];
    return [{ images, labels: named(`${prefix}labels`), masks: named(`${prefix}masks`), role }];
  });
  return parts.length > 0 ? parts : null;
}

export type NpzImage = { image: Decoded; truth: Uint8Array | null; label: 0 | 1 | null };

/** The images of one part, one after the other. Label 0 is normal, every other anomalous; with several labels an image (multi-hot), any.
 * @throws DataError when the arrays do not fit each other */
export async function* npzImages(blob: Blob, { images, labels, masks }: NpzPart): AsyncGenerator<NpzImage, void, void> {
  const stack = await readNpzArray(blob, images.key, { use: 'image', frame: 0 });
  const [count] = images.shape;
  const { width, height, geometry, dtype } = stack;
  if (stack.depth !== count)
    throw new DataError(`Its array ${images.key} is ${images.shape.join(' × ')}, not one image after the other (N × H × W).`);
  const read = async (array: NpzArray | null) => (array ? (await readFlat(blob, array, count)).voxels : null);
  const label = await read(labels);
  const mask = masks ? await readNpzArray(blob, masks.key, { use: 'image', frame: 0 }) : null;
  const plane = width * height;
  if (mask && mask.voxels.length !== count * plane)
    throw new DataError(`Its masks are ${masks?.shape.join(' × ')}, its images ${images.shape.join(' × ')}: they do not fit.`);
  for (let n = 0; n < count; n++) {
    const voxels = stack.voxels.slice(n * plane, (n + 1) * plane);
    const image: Decoded = {
      width,
      height,
      depth: 1,
      voxels,
      geometry,
      dtype,
      notes: n === 0 ? [...stack.notes, `A data set of ${counted(count, 'image')}.`] : [],
    };
    const each = label ? label.length / count : 0;
    yield {
      image,
      truth: mask ? Uint8Array.from(mask.voxels.subarray(n * plane, (n + 1) * plane), (v) => (v !== 0 ? 1 : 0)) : null,
      label: label ? (label.subarray(n * each, (n + 1) * each).some((v) => v !== 0) ? 1 : 0) : null,
    };
  }
}

async function readFlat(blob: Blob, { key, shape }: NpzArray, count: number): Promise<Decoded> {
  if (shape[0] !== count) throw new DataError(`Its array ${key} is ${shape.join(' × ')}, but there are ${count} images: they do not fit.`);
  return readNpzArray(blob, key, { use: 'stored', frame: 0, flat: true });
}
