import type { Volume } from '../core/types';
import { type DroppedFile, decodeAll } from '../data/decode';

export type Inspected = { path: string; volume: Volume; format: string; note: string } | { path: string; rejected: string };

/** Decodes files one volume at a time, as a drop on the page would. Labels and other side files are passed over. */
export async function* inspectFiles(files: readonly DroppedFile[]): AsyncGenerator<Inspected, void, void> {
  for await (const item of decodeAll(files, new AbortController().signal, () => {})) {
    if (item.kind === 'row') {
      if (item.row.status === 'rejected') yield { path: item.row.path, rejected: item.row.note };
      continue;
    }
    const { path, volume, format, rows } = item;
    yield {
      path,
      volume,
      format,
      note: rows
        .filter((row) => row.status === 'changed')
        .map((row) => row.note)
        .join(' '),
    };
  }
}
