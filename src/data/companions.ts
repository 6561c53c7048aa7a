/** Files that hold the voxels of a header beside them: they are part of that file, not images of their own. */
import { type Item, siblingOf } from './drop';
import { DataError } from './errors';
import { metaDataFiles } from './metaImage';
import { imgNamesOf } from './nifti';
import { nrrdDataFiles } from './nrrd';
import { fileNameOf } from './paths';

/** Voxel file to header, by path. A header that cannot be read claims nothing: its reader will say why. */
export async function companionsOf(items: ReadonlyMap<string, Item>): Promise<Map<string, string>> {
  const headers = new Map<string, string>();
  for (const [path, item] of items) {
    for (const name of await namedBy(path, item)) {
      const file = siblingOf(items, path, name);
      if (file && file.path !== path) headers.set(file.path, path);
    }
  }
  return headers;
}

async function namedBy(path: string, item: Item): Promise<string[]> {
  const name = fileNameOf(path).toLowerCase();
  try {
    if (/\.hdr(\.gz)?$/.test(name)) return imgNamesOf(path);
    if (name.endsWith('.nhdr')) return (await nrrdDataFiles(await item.open())).map(fileNameOf);
    if (name.endsWith('.mhd')) return (await metaDataFiles(await item.open())).map(fileNameOf);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
  }
  return [];
}
