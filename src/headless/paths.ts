import { openAsBlob, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { PHANTOMS, type PhantomName } from '../core/protocol';
import { UsageError } from './usage';

const PATH_OPTIONS = ['--reference', '--mixed', '--test'];

/** Arguments with the option before each of its paths: `--test a b`, as a shell makes it of `--test *`, is `--test a --test b`. A number below 0
 * belongs to the option before it, whose own check says what it takes. */
export function eachWithOption(given: readonly string[]): string[] {
  const args: string[] = [];
  for (const arg of given) {
    const last = args.at(-1) ?? '';
    if (/^-[\d.]/.test(arg) && /^--[^=]+$/.test(last)) args[args.length - 1] = `${last}=${arg}`;
    else args.push(arg);
  }
  let option: string | null = null;
  let first = false;
  return args.flatMap((arg) => {
    if (!arg.startsWith('--')) {
      const again = option !== null && !first;
      first = false;
      return again ? [option as string, arg] : [arg];
    }
    const [name, value] = arg.split('=', 2);
    option = PATH_OPTIONS.includes(name) ? name : null;
    first = value === undefined;
    return [arg];
  });
}

export type NamedFile = {
  path: string;
  file: Blob;
  /** Where it lies, links followed. */
  real: string;
  /** Whether it was given itself, not a folder that it lies in. */
  given: boolean;
};

/** Every file at the given paths, folders walked. A file's path starts with the name of the folder that was given, or is the file's name;
 * where two would get the same, the folders that those arguments lie in come before it, as many as it takes. */
export async function filesAt(paths: readonly string[]): Promise<NamedFile[]> {
  const found: { full: string; parent: string; inside: string; given: boolean }[] = [];
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) throw new UsageError(`${path} does not exist.`);
    const whole = resolve(path);
    const parent = dirname(whole);
    const given = !stat.isDirectory();
    for (const full of given ? [whole] : filesIn(whole).sort())
      found.push({ full, parent, inside: relative(parent, full).split(sep).join('/'), given });
  }
  const names = distinct(found);
  return Promise.all(
    found.map(async ({ full, given }, i) => ({ path: names[i], file: await openAsBlob(full), real: realpathSync(full), given })),
  );
}

/** Links to files are followed, as data sets under git-annex are made of them; links to folders are not, which may lead in circles. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const full = join(entry.parentPath ?? entry.path, entry.name);
    if (!entry.isSymbolicLink()) return entry.isFile() ? [full] : [];
    const target = statSync(full, { throwIfNoEntry: false });
    if (!target) throw new UsageError(`${full} is a link to a file that is not here. Fetch it, or take the link away.`);
    return target.isFile() ? [full] : [];
  });
}

/** All arguments of one folder get the same folders in front, so that images and masks stay side by side. */
function distinct(found: readonly { full: string; parent: string; inside: string }[]): string[] {
  const depth = new Map(found.map(({ parent }) => [parent, 0]));
  for (;;) {
    const names = found.map(({ parent, inside }) => {
      const folders = parent.split(sep).filter(Boolean);
      // Without the dots of hidden folders: a path with one is passed over as the system's.
      const before = folders
        .slice(folders.length - Math.min(folders.length, depth.get(parent) as number))
        .map((f) => f.replace(/^\.+/, ''));
      return [...before, inside].join('/');
    });
    const first = new Map<string, string>();
    const repeated = new Set<string>();
    found.forEach(({ full }, i) => {
      const other = first.get(names[i]);
      if (other === undefined) first.set(names[i], full);
      else if (other !== full) repeated.add(names[i]);
    });
    const parents = new Set(found.filter((_, i) => repeated.has(names[i])).map(({ parent }) => parent));
    const rising = [...parents].filter((parent) => (depth.get(parent) as number) < parent.split(sep).length);
    if (rising.length === 0) return names;
    for (const parent of rising) depth.set(parent, (depth.get(parent) as number) + 1);
  }
}

/** `phantom`, `phantom:seed=3`, `phantom:variant=smooth,seed=3`: what is to be drawn, or null for an ordinary path. @throws UsageError */
export function phantomOf(path: string): { variant: PhantomName; seed: number } | null {
  if (path !== 'phantom' && !path.startsWith('phantom:')) return null;
  const wanted: { variant: PhantomName; seed: number } = { variant: 'standard', seed: 0 };
  for (const part of path === 'phantom' ? [] : path.slice('phantom:'.length).split(',')) {
    const [key, value] = [part.split('=')[0], part.slice(part.indexOf('=') + 1)];
    const variant = PHANTOMS.find((name) => name === value);
    if (key === 'seed' && /^\d+$/.test(value ?? '')) wanted.seed = Number(value);
    else if (key === 'variant' && variant) wanted.variant = variant;
    else
      throw new UsageError(`"${path}": the phantom takes seed=N, a whole number from 0, and variant=${PHANTOMS.join('|')}; not "${part}".`);
  }
  return wanted;
}
