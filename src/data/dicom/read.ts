/** One DICOM file as a volume: a slice, or the frames of a multi-frame image. */
import { DataError } from '../errors';
import type { Ask, Decoded } from '../load';
import { dtypeOf, lacksFileHeader, parse } from './header';
import { droppedFrom } from './identity';
import { readPixels } from './pixels';
import { placeFile } from './place';

/** @returns intensities after the file's rescale
 * @throws DataError when the file is damaged, holds no pixels or packs them in a way this lab does not read */
export async function readDicom(blob: Blob, ask: Ask): Promise<Decoded> {
  try {
    return await decode(blob, ask);
  } catch (error) {
    // dicom-parser throws text, and stumbles over values that end before their representation does.
    if (typeof error === 'string' || error instanceof TypeError || error instanceof RangeError) {
      throw new DataError('Its DICOM header is damaged. Copy or export it again.');
    }
    throw error;
  }
}

async function decode(blob: Blob, { use }: Ask): Promise<Decoded> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const dataSet = parse(bytes);
  const notes = lacksFileHeader(bytes) ? ['It has no DICOM file header; it was read as an uncompressed little-endian data set.'] : [];
  const { voxels, channels, format, padding } = await readPixels(dataSet, use, notes);
  const { rows: height, columns: width, frames: depth } = format;
  const { geometry, order } = placeFile(dataSet, depth, notes);
  const plane = width * height * channels;
  const sorted = order && use !== 'stored' ? inOrder(voxels, plane, order) : voxels;
  return {
    depth,
    height,
    width,
    voxels: sorted,
    geometry,
    dtype: dtypeOf(format),
    notes,
    channels,
    padding,
    dropped: droppedFrom(dataSet),
  };
}

function inOrder(voxels: Float32Array, plane: number, order: readonly number[]): Float32Array {
  const out = new Float32Array(voxels.length);
  order.forEach((frame, place) => {
    out.set(voxels.subarray(frame * plane, (frame + 1) * plane), place * plane);
  });
  return out;
}
