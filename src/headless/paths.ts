import { openAsBlob, readdirSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { UsageError } from './usage';

export type NamedFile = { path: string; file: Blob };

/** Every file at the given paths, folders walked; a file's path starts with the name of the folder that was given. */
export async function filesAt(paths: readonly string[]): Promise<NamedFile[]> {
  const found: NamedFile[] = [];
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) throw new UsageError(`${path} does not exist.`);
    if (!stat.isDirectory()) {
      found.push({ path: basename(path), file: await openAsBlob(path) });
      continue;
    }
    const names = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const full = names.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort();
    for (const file of full) {
      const inside = [basename(join(path, '.')), ...relative(path, file).split(sep)].join('/');
      found.push({ path: inside, file: await openAsBlob(file) });
    }
  }
  return found;
}

/** `phantom`, `phantom:seed=3`: the seed, or null for an ordinary path. */
export function phantomSeed(path: string): number | null {
  if (path !== 'phantom' && !path.startsWith('phantom:')) return null;
  let seed = 0;
  for (const part of path.split(':')[1]?.split(',') ?? []) {
    const [key, value] = part.split('=');
    if (key === 'seed' && /^\d+$/.test(value ?? '')) seed = Number(value);
    else throw new UsageError(`"${path}": the phantom takes seed=N, a whole number from 0; not "${part}".`);
  }
  return seed;
}
