/** NumPy's `.npz`: a ZIP of `.npy` arrays. */
import { ByteSource } from './bytes';
import { DataError } from './errors';
import type { Ask, Decoded } from './load';
import { type ArrayInfo, npyHeader, readArray } from './npy';
import { isZip, unzip, type ZipEntry, zipEntries } from './zip';

export type NpzArray = ArrayInfo & { key: string };

/** A ZIP whose first file is a `.npy`. */
export function isNpz(head: Uint8Array): boolean {
  if (!isZip(head) || head.length < 30) return false;
  const length = head[26] + 256 * head[27];
  return /^[^/]*\.npy$/.test(new TextDecoder().decode(head.subarray(30, 30 + length)));
}

/** Every array of the file with its shape and type, in the file's order.
 * @throws DataError for a damaged file */
export async function npzArrays(blob: Blob): Promise<NpzArray[]> {
  const arrays: NpzArray[] = [];
  for (const entry of await npyEntries(blob)) {
    const { shape, dtype } = await withSource(blob, entry, npyHeader, 64 * 1024 + 12);
    arrays.push({ key: keyOf(entry), shape, dtype });
  }
  return arrays;
}

/** The array that was asked for; else `images`; else the only one that can be an image.
 * @throws DataError naming the arrays when none or several could be meant */
export async function readNpz(blob: Blob, ask: Ask): Promise<Decoded> {
  const arrays = await npzArrays(blob);
  const images = arrays.filter(({ shape }) => shape.length >= 2);
  const chosen =
    ask.array !== null
      ? arrays.find(({ key }) => key === ask.array)
      : (images.find(({ key }) => key === 'images') ?? (images.length === 1 ? images[0] : undefined));
  if (!chosen) {
    const list = arrays.map(({ key, shape }) => `${key} (${shape.join(' × ') || 'a single value'})`).join(', ');
    const what = images.length === 0 ? 'none of which is an image' : 'any of which could be the images';
    throw new DataError(`It holds the arrays ${list || '(none)'}, ${what}. Name the one to read "images".`);
  }
  const decoded = await readNpzArray(blob, chosen.key, ask);
  const others = images.filter((array) => array !== chosen && array.key !== 'masks').map(({ key }) => key);
  if (others.length > 0) decoded.notes.push(`Its array ${chosen.key} was read; also there: ${others.join(', ')}.`);
  return decoded;
}

/** @param ask `flat`: a list of numbers will do (labels) */
export async function readNpzArray(blob: Blob, key: string, ask: Pick<Ask, 'use' | 'frame'> & { flat?: true }): Promise<Decoded> {
  const entry = (await npyEntries(blob)).find((e) => keyOf(e) === key);
  if (!entry) throw new DataError(`It holds no array "${key}".`);
  return withSource(blob, entry, (source) => readArray(source, ask));
}

async function npyEntries(blob: Blob): Promise<ZipEntry[]> {
  return (await zipEntries(blob)).filter(({ path }) => path.endsWith('.npy'));
}

function keyOf({ path }: ZipEntry): string {
  return path.slice(0, -'.npy'.length);
}

async function withSource<T>(blob: Blob, entry: ZipEntry, use: (source: ByteSource) => Promise<T>, most?: number): Promise<T> {
  const source = await ByteSource.open(await unzip(blob, entry, most));
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}
