import { isMaskPath, isSideFile } from '../engine/inspect';
import type { NamedFile } from './paths';
import { UsageError } from './usage';

/** A file has one role. The engine knows patients by paths as they were given, where a folder and a file in it differ: here the real paths count.
 * Tables and masks may serve several roles. @throws UsageError naming a file that is in two */
export function assertApart(roles: readonly { role: string; files: readonly Pick<NamedFile, 'path' | 'real'>[] }[]): void {
  const optionsOf = new Map<string, Set<string>>();
  for (const { role, files } of roles)
    for (const { path, real } of files) {
      if (isSideFile(path) || isMaskPath(path)) continue;
      optionsOf.set(real, (optionsOf.get(real) ?? new Set()).add(`--${role}`));
    }
  const shared = [...optionsOf].filter(([, options]) => options.size > 1);
  if (shared.length === 0) return;
  const options = [...new Set(shared.flatMap(([, own]) => [...own]))].join(' and ');
  const what = shared.length === 1 ? 'One file is' : `${shared.length} files are`;
  const them = shared.length === 1 ? 'it' : 'them';
  throw new UsageError(
    `${what} in both ${options}: ${shared[0][0]}${shared.length > 1 ? ' and others' : ''}. Scores on what was learnt from would flatter the model: leave ${them} out of one.`,
  );
}
