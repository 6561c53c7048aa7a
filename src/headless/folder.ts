/** The folder that a command writes to: tried before anything long begins. */
import { accessSync, constants, existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from './usage';

/** Makes the folder. Where the command ends without having written to it, it takes away again what it made.
 * @param insteadOf what else can be done where the folder holds a run; null where that run is the one to go on with
 * @throws UsageError where it cannot be written to, or holds a run */
export function claimFolder(out: string, insteadOf: string | null): void {
  if (insteadOf !== null && existsSync(join(out, 'run.json')))
    throw new UsageError(
      `--out ${out} holds a run already (run.json), whose files would be overwritten. Name another folder, ${insteadOf}`,
    );
  const folder = resolve(out);
  const missing: string[] = [];
  for (let at = folder; !existsSync(at); at = dirname(at)) missing.push(at);
  process.on('exit', () => removeEmpty(missing));
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new UsageError(`--out ${out} cannot be used: ${reasonOf(error as NodeJS.ErrnoException)}. Name a folder that can be written to.`);
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'a file is in its place';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'it may not be written to';
  return message;
}

/** @param folders the innermost first: the first that holds something, or was never made, is the last to be tried */
function removeEmpty(folders: readonly string[]): void {
  try {
    for (const folder of folders) rmdirSync(folder);
  } catch {
    // What holds something stays.
  }
}
