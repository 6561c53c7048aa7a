/** Files for the tests of this folder: made in memory, or from the shared test data where that is present. */
import { existsSync, openAsBlob, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encode } from 'fast-png';
import { writeNifti } from '../core/niftiWrite';
import type { Geometry } from '../core/types';
import { CODEC_FILES, setCodecSource } from './codecs';
import { type DroppedFile, decodeAll } from './decode';

const SHARED = process.env.WILDCUT_SHARED ?? join(fileURLToPath(new URL('../..', import.meta.url)), '..', 'shared');

/** A path inside the shared test data, or null, said once a test file, where this clone has none. */
export function sharedData(...parts: string[]): string | null {
  const path = join(SHARED, 'data', ...parts);
  if (existsSync(path)) return path;
  console.log(`Skipped: ${path} is missing (set WILDCUT_SHARED to a copy of the shared test data).`);
  return null;
}

/** Paths of all files below a folder, relative to it, with '/'. */
export function tree(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}

export async function dropOf(folder: string, keep: (path: string) => boolean = () => true): Promise<DroppedFile[]> {
  const paths = tree(folder).filter(keep);
  return Promise.all(paths.map(async (path) => ({ path, file: await openAsBlob(join(folder, path)) })));
}

export function useNodeCodecs(): void {
  const require = createRequire(import.meta.url);
  setCodecSource(async (name) => new Uint8Array(readFileSync(require.resolve(CODEC_FILES[name]))).buffer);
}

export const RAS: Geometry = { affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], spacing: [1, 1, 1], known: true };

type Patch = (view: DataView) => void;

/** A float32 or uint8 `.nii`; `patch` may damage or change its header afterwards. */
export function niftiFile(
  shape: readonly [number, number, number],
  value: (i: number, j: number, k: number) => number,
  { geometry = RAS, mask = false, patch }: { geometry?: Geometry; mask?: boolean; patch?: Patch } = {},
): Uint8Array<ArrayBuffer> {
  const [width, height, depth] = shape;
  const values = mask ? new Uint8Array(width * height * depth) : new Float32Array(width * height * depth);
  for (let k = 0, o = 0; k < depth; k++) for (let j = 0; j < height; j++) for (let i = 0; i < width; i++) values[o++] = value(i, j, k);
  const file = writeNifti(values, { width, height, depth, geometry });
  patch?.(new DataView(file.buffer));
  return file;
}

export function pngFile(
  width: number,
  height: number,
  value: (x: number, y: number, channel: number) => number,
  channels = 1,
): Uint8Array<ArrayBuffer> {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    return value(pixel % width, Math.floor(pixel / width), i % channels);
  });
  return new Uint8Array(encode({ width, height, channels, depth: 8, data }));
}

export function drop(files: Record<string, Uint8Array<ArrayBuffer> | string>): DroppedFile[] {
  return Object.entries(files).map(([path, content]) => ({ path, file: new Blob([content]) }));
}

/** All that becomes of a drop: volumes in order, and the row of every path. */
export async function decodeDrop(files: DroppedFile[]) {
  const volumes = [];
  const rows = new Map<string, { status: string; note: string }>();
  let count = 0;
  for await (const item of decodeAll(files, new AbortController().signal, () => undefined)) {
    if (item.kind === 'volume') volumes.push(item);
    for (const row of item.kind === 'volume' ? item.rows : [item.row]) {
      rows.set(row.path, row);
      count++;
    }
  }
  return { volumes, rows, count };
}
