/** Damage of every kind: always a rejection with a sentence or an honest decode, soon, and in bounded memory. Seeded, so that a failure can be
 * met again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { writeArrayBuffer } from 'geotiff';
import { beforeAll, expect, it } from 'vitest';
import { Random } from '../core/random';
import { gzip } from './bytes';
import { encodeLossless } from './dicom/testLossless';
import { layOut } from './drop';
import { DataError } from './errors';
import { decodeFile, type Use } from './load';
import { dicom, joined, npy, rawBytes, sliceTags, tar, zip } from './testArchives';
import { parseManifest } from './testCorpus';
import { decodeDrop, niftiFile, sharedData, useNodeCodecs } from './testFiles';
import { tinyJpeg } from './tinyJpeg';

beforeAll(useNodeCodecs);

/** What takes so long does not end, or is quadratic: the slowest was 0.15 s when this was written; the rest is for a machine that does other things too. */
const MOST_MILLISECONDS = 3000;
const MOST_GROWTH = 1.5e9;
/** Files of the corpus above this are only cut and changed a few times, for the sake of time. */
const SMALL = 60_000;

type Bytes = Uint8Array<ArrayBuffer>;

const random = new Random(20260101);
const INTERESTING = [0, 1, 0x7f, 0x80, 0xff];

/** One mutation; most of them hit the first bytes, where the sizes are. */
function mutate(file: Bytes): Bytes {
  const at = () => (random.below(5) < 3 ? random.below(Math.min(file.length, 600)) : random.below(file.length));
  const out = file.slice();
  switch (random.below(6)) {
    case 0:
      return out.slice(0, random.below(file.length));
    case 1:
      for (let n = 1 + random.below(8); n > 0; n--) out[at()] = random.below(256);
      return out;
    case 2: {
      const from = at();
      return out.fill(INTERESTING[random.below(INTERESTING.length)], from, from + 1 + random.below(16));
    }
    case 3: {
      // A number that lies: large, negative or zero, at any width and order.
      const view = new DataView(out.buffer);
      const from = Math.min(at(), Math.max(0, out.length - 8));
      if (out.length < 8) return out;
      const value = [0, -1, 0x7fffffff, 0x10000, 70_000, -32768][random.below(6)];
      if (random.below(2)) view.setInt32(from, value, random.below(2) === 1);
      else view.setInt16(from, value, random.below(2) === 1);
      return out;
    }
    case 4: {
      const [from, to] = [at(), at()].sort((a, b) => a - b);
      return joined(out.subarray(0, to), out.subarray(from));
    }
    default: {
      out[at()] ^= 1 << random.below(8);
      return out;
    }
  }
}

type Outcome = { decoded: number; rejected: number; slowest: number; slowestName: string };

async function attempt(name: string, bytes: Bytes, use: Use, outcome: Outcome): Promise<void> {
  const started = performance.now();
  try {
    const { voxels, width, height, depth, channels = 1, geometry } = await decodeFile(new Blob([bytes]), name, use);
    expect(voxels.length, name).toBe(width * height * depth * (use === 'stored' ? channels : 1));
    expect(geometry.affine.every(Number.isFinite), name).toBe(true);
    if (use !== 'stored') expect(voxels.every(Number.isFinite), name).toBe(true);
    outcome.decoded++;
  } catch (error) {
    if (!(error instanceof DataError)) throw new Error(`${name}, ${bytes.length} bytes: ${error instanceof Error ? error.stack : error}`);
    expect(error.message, name).toMatch(/^[A-Z].*\.$/s);
    outcome.rejected++;
  }
  const took = performance.now() - started;
  if (took > outcome.slowest) Object.assign(outcome, { slowest: took, slowestName: name });
  expect(took, name).toBeLessThan(MOST_MILLISECONDS);
}

async function fuzz(seeds: ReadonlyMap<string, Bytes>, count: number): Promise<void> {
  const outcome: Outcome = { decoded: 0, rejected: 0, slowest: 0, slowestName: '' };
  const before = process.memoryUsage().rss;
  const names = [...seeds.keys()];
  const failures: string[] = [];
  for (let n = 0; n < count; n++) {
    const name = names[n % names.length];
    let bytes = mutate(seeds.get(name) as Bytes);
    while (random.below(3) === 0 && bytes.length > 0) bytes = mutate(bytes);
    try {
      await attempt(name, bytes, (['image', 'mask', 'stored'] as const)[n % 3], outcome);
    } catch (error) {
      failures.push(`${n}: ${error}`);
    }
    if (n % 20 === 0) expect(process.memoryUsage().rss - before).toBeLessThan(MOST_GROWTH);
  }
  const { decoded, rejected, slowest, slowestName } = outcome;
  console.log(
    `${count} mutations of ${names.length} files: ${decoded} decoded, ${rejected} rejected, slowest ${Math.round(slowest)} ms (${slowestName})`,
  );
  expect(failures).toEqual([]);
  expect(decoded + rejected).toBe(count);
  expect(rejected).toBeGreaterThan(count / 4);
}

async function generated(): Promise<Map<string, Bytes>> {
  const scan = niftiFile([12, 10, 8], (i, j, k) => Math.sin(i + j * k));
  const values = Int16Array.from({ length: 120 }, (_, i) => i * 7);
  const raw = rawBytes(values);
  const samples = Uint16Array.from({ length: 120 }, (_, i) => (i * 991) & 4095);
  const lossless = encodeLossless(samples, { width: 12, height: 10, channels: 1, bits: 12, predictor: 4 });
  const png = (depth: 8 | 16) =>
    new Uint8Array(
      encode({ width: 12, height: 10, channels: 1, depth, data: depth === 16 ? samples : new Uint8Array(120).map((_, i) => i) }),
    );
  const mgh = new Uint8Array(284 + 240);
  const view = new DataView(mgh.buffer);
  [1, 12, 10, 1, 1, 4, 0].forEach((n, i) => {
    view.setInt32(4 * i, n);
  });
  return new Map<string, Bytes>([
    ['a.nii', scan],
    ['a.nii.gz', await gzip(scan)],
    ['members.nii.gz', joined(await gzip(scan.slice(0, 1000)), await gzip(scan.slice(1000)))],
    [
      'a.nrrd',
      joined(
        'NRRD0004\ntype: short\ndimension: 3\nsizes: 12 5 2\nendian: little\nencoding: raw\nspace: LPS\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n\n',
        raw,
      ),
    ],
    [
      'packed.nrrd',
      joined('NRRD0004\ntype: short\ndimension: 2\nsizes: 12 10\nendian: little\nencoding: gzip\n\n', await gzip(raw.slice())),
    ],
    ['a.mha', joined('ObjectType = Image\nNDims = 3\nDimSize = 12 5 2\nElementType = MET_SHORT\nElementDataFile = LOCAL\n', raw)],
    ['a.mgh', mgh],
    ['a.npy', npy(values, '<i2', [2, 10, 6])],
    ['a.npz', zip({ 'images.npy': npy(values, '<i2', [2, 10, 6]), 'labels.npy': npy(Uint8Array.of(0, 1), '|u1', [2]) })],
    ['8.png', png(8)],
    ['16.png', png(16)],
    ['a.jpg', tinyJpeg()],
    ['a.tif', new Uint8Array((await writeArrayBuffer(samples as never, { width: 12, height: 10 } as never)) as ArrayBuffer)],
    ['native.dcm', dicom(sliceTags(12, 10, [0, 0, 0]), raw)],
    ['lossless.dcm', dicom(sliceTags(12, 10, [0, 0, 0]), null, { syntax: '1.2.840.10008.1.2.4.70', frames: [lossless] })],
  ]);
}

it('1,500 mutations of files made here', async () => {
  await fuzz(await generated(), 1500);
});

const manifest = sharedData('formats', 'manifest.json');

it.skipIf(!manifest)('1,500 mutations of the shared corpus', async () => {
  const entries = parseManifest(readFileSync(manifest as string, 'utf8'));
  const seeds = new Map<string, Bytes>();
  for (const { file } of entries) {
    const bytes = new Uint8Array(readFileSync(join(sharedData('formats', file) as string)));
    if (bytes.length <= SMALL) seeds.set(file, bytes);
  }
  expect(seeds.size).toBeGreaterThan(40);
  await fuzz(seeds, 1500);
});

it('400 damaged archives: every member is read or refused, none leads out', async () => {
  const scan = niftiFile([6, 5, 4], (i) => i);
  const files = { 'd/a.nii': scan, 'd/b.npy': npy(Uint8Array.of(1, 2, 3, 4), '|u1', [2, 2]) };
  const seeds: Bytes[] = [zip(files), zip(files, 0), tar(files), await gzip(tar(files))];
  for (let n = 0; n < 400; n++) {
    const bytes = mutate(seeds[n % seeds.length]);
    const started = performance.now();
    const { items, rows } = await layOut([{ path: 'x.zip', file: new Blob([bytes]) }], new AbortController().signal);
    for (const item of items.values()) {
      expect(item.path).not.toMatch(/(^|\/)\.\.(\/|$)/);
      const opened = await item.open().catch((error: unknown) => error);
      if (!(opened instanceof Blob)) expect(opened).toBeInstanceOf(DataError);
    }
    for (const row of rows) expect(row.note).toMatch(/\.$/);
    expect(performance.now() - started).toBeLessThan(MOST_MILLISECONDS);
  }
});

it('200 damaged drops: every file has its row with a sentence, whatever became of the others', async () => {
  const slice = (k: number) => dicom(sliceTags(8, 8, [0, 0, 2 * k]), rawBytes(Int16Array.from({ length: 64 }, (_, i) => i + k)));
  const nhdr = 'NRRD0004\ntype: short\ndimension: 2\nsizes: 2 2\nendian: little\nencoding: raw\ndata file: x.raw\n';
  const whole: Record<string, Bytes> = {
    ...Object.fromEntries([0, 1, 2, 3].map((k) => [`s/${k}.dcm`, slice(k)])),
    'labels.csv': joined('file,label\ns/0.dcm,1\n'),
    'n/data.json': joined('{"train": {"0": ["a.npy"]}, "test": {}}'),
    'n/a.npy': npy(Uint8Array.of(1, 2, 3, 4), '|u1', [2, 2]),
    'h/x.nhdr': joined(nhdr),
    'h/x.raw': joined('abcdefgh'),
  };
  for (let n = 0; n < 200; n++) {
    const files = Object.fromEntries(Object.entries(whole).map(([path, bytes]) => [path, random.below(3) === 0 ? mutate(bytes) : bytes]));
    const all = { ...files, 'z.zip': mutate(zip(files)) };
    const { rows } = await decodeDrop(Object.entries(all).map(([path, bytes]) => ({ path, file: new Blob([bytes]) })));
    for (const path of Object.keys(all)) expect(rows.get(path)?.note, path).toMatch(/\.$/);
  }
});
