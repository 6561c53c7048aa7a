/** TIFF and BigTIFF through geotiff, loaded when the first one turns up. Pages of equal size are a stack. */
import { IMAGE_GEOMETRY } from '../core/affine';
import { BEST_DEFLATE_RATIO } from './bytes';
import { DataError } from './errors';
import { finish } from './intensities';
import type { Ask, Decoded } from './load';
import { assertHoldable, type Scalar } from './voxels';

const MARKS = ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'];
const MOST_PAGES = 10_000;
/** What geotiff unpacks without asking any other host, and exactly. */
const COMPRESSIONS: Record<number, string> = { 1: 'none', 5: 'LZW', 8: 'Deflate', 32946: 'Deflate', 32773: 'PackBits' };
const REFUSED: Record<number, string> = {
  2: 'CCITT',
  3: 'CCITT fax',
  4: 'CCITT fax',
  6: 'old JPEG',
  7: 'JPEG',
  34712: 'JPEG 2000',
  34887: 'LERC',
  50000: 'Zstandard',
  50001: 'WebP',
};

export function isTiff(head: Uint8Array): boolean {
  return MARKS.some((mark) => [...mark].every((c, i) => head[i] === c.charCodeAt(0)));
}

/** @throws DataError when it is damaged, packed by an unreadable method, or of pages that differ in size */
export async function readTiff(blob: Blob, { use }: Ask): Promise<Decoded> {
  const { fromArrayBuffer } = await import('geotiff');
  const bytes = await blob.arrayBuffer();
  try {
    const tiff = await fromArrayBuffer(bytes);
    const pages = await tiff.getImageCount();
    if (pages > MOST_PAGES) throw new DataError(`It says it holds ${pages} pages: the file is damaged.`);
    const first = await tiff.getImage(0);
    const [width, height, channels] = [first.getWidth(), first.getHeight(), first.getSamplesPerPixel()];
    if (!(width > 0 && height > 0 && channels > 0))
      throw new DataError(`Its header says ${width} × ${height} pixels: the file is damaged.`);
    const compression = Number(first.fileDirectory.getValue('Compression') ?? 1);
    if (!COMPRESSIONS[compression])
      throw new DataError(
        `It is packed by ${REFUSED[compression] ?? `method ${compression}`}, which this lab does not read. Save it without compression or as PNG.`,
      );
    const bits = first.getBitsPerSample();
    if (bits % 8 !== 0) throw new DataError(`It holds ${bits} bits a sample, which this lab does not read. Save it with 8 or 16 bits.`);
    if (width * height * channels * (bits / 8) > bytes.byteLength * BEST_DEFLATE_RATIO) {
      throw new DataError(`Its header says ${width} × ${height} pixels, which ${bytes.byteLength} bytes cannot hold: the file is damaged.`);
    }
    assertHoldable(width, height, pages, channels);
    const samples = new Float32Array(width * height * pages * channels);
    const dtypes = new Set<string>();
    for (let page = 0; page < pages; page++) {
      const image = page === 0 ? first : await tiff.getImage(page);
      if (image.getWidth() !== width || image.getHeight() !== height || image.getSamplesPerPixel() !== channels) {
        throw new DataError(
          `Its page ${page + 1} is ${image.getWidth()} × ${image.getHeight()}, its first ${width} × ${height}. Save the pages as files of their own.`,
        );
      }
      const raster = await image.readRasters({ interleave: true });
      const plane = raster as unknown as ArrayLike<number>;
      if (plane.length !== width * height * channels)
        throw new DataError(`Page ${page + 1} holds ${plane.length} samples, not ${width * height * channels}: the file is damaged.`);
      samples.set(plane, page * plane.length);
      dtypes.add(raster.constructor.name.replace('Array', '').replace('Clamped', '').toLowerCase());
    }
    const notes: string[] = [];
    if (first.fileDirectory.getValue('PhotometricInterpretation') === 0)
      notes.push('Its values are stored inverted (0 is white) and were kept.');
    const dtype = [...dtypes].join(', ') as Scalar;
    return finish({ samples, channels, width, height, depth: pages, frames: 1, geometry: IMAGE_GEOMETRY, dtype, notes }, use);
  } catch (error) {
    if (error instanceof DataError) throw error;
    const detail = error instanceof Error ? ` (${error.message.slice(0, 120)})` : '';
    throw new DataError(`Its TIFF data is cut short or damaged${detail}. Copy or save it again.`);
  }
}
