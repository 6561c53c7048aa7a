import { inspectFiles } from '../engine/inspect';
import { filesAt } from './paths';
import { UsageError } from './usage';

/** One JSON line per file and per DICOM series, or the reason why it was rejected. */
export async function inspect(paths: readonly string[]): Promise<void> {
  if (paths.length === 0) throw new UsageError('Name a file or a folder to inspect.');
  let lines = 0;
  for await (const line of inspectFiles(await filesAt(paths))) {
    console.log(JSON.stringify(line));
    lines++;
  }
  if (lines === 0) console.error(`There is nothing to inspect in ${paths.join(', ')}: no image, no volume, no archive of any.`);
}
