/** What the shared corpus's manifest (pydicom with gdcm, nibabel, numpy, Pillow) says of a file, held against what this lab decodes. */
import type { Decoded } from './load';

type Expected = { shape: number[]; dtype?: string; min?: number; max?: number; mean?: number; first?: number[] };
export type Entry = {
  file: string;
  kind: string;
  error?: string;
  header?: string[];
  affine?: number[][];
  stored_dtype?: string;
  PhotometricInterpretation?: string;
  RescaleSlope?: number;
  RescaleIntercept?: number;
  stored_pixels?: Expected | string;
  scaled?: Expected;
  array?: Expected;
  images?: Expected;
};

/** NaN is no JSON, and Python writes it. */
export function parseManifest(text: string): Entry[] {
  return JSON.parse(text.replaceAll('NaN', 'null'));
}

export function isRejected(entry: Entry): boolean {
  return entry.error !== undefined || typeof entry.stored_pixels === 'string';
}

/** Values of the manifest; for files that it describes by their header alone, the shape of that. */
function expectedOf(entry: Entry): Expected {
  const found = entry.stored_pixels ?? entry.scaled ?? entry.array ?? entry.images;
  if (found && typeof found !== 'string') return found;
  const sizes = entry.header?.find((line) => /^(sizes:|DimSize =)/.test(line))?.match(/\d+/g);
  return { shape: (sizes ?? []).map(Number) };
}

/** Decoders of lossy JPEG may differ by rounding; the corpus was decoded by others (IJG's 8-bit one, Kakadu-like ICT). Everything else is exact. */
const TOLERANCE: Record<string, number> = { 'dicom/SC_rgb_jpeg_dcmtk.dcm': 1 };

/** Where the manifest is wrong: pydicom 2.3 does not extend the sign of 15 bits (PS3.5 8.1.1). */
const CORRECTED: Record<string, Partial<Expected>> = {
  'dicom/JLSL_16_15_1_1F.dcm': {
    first: [17131, 17210, 16988, 16623].map((v) => v - 32768),
    min: undefined,
    max: undefined,
    mean: undefined,
  },
};

/** What does not agree, as sentences; none where everything does.
 * @param frames every volume of the file, decoded as 'stored' */
export function disagreements(entry: Entry, frames: readonly Decoded[]): string[] {
  const [first] = frames;
  const expected = { ...expectedOf(entry), ...CORRECTED[entry.file] };
  const tolerance = TOLERANCE[entry.file] ?? 0;
  const columnMajor = ['nifti', 'nrrd', 'mha', 'other'].includes(entry.kind);
  const problems: string[] = [];
  const channels = first.channels ?? 1;
  const { width, height, depth } = first;

  const colour = channels > 1 && !/complex|\[/.test(`${entry.stored_dtype}`) ? [channels] : [];
  const count = frames.length > 1 ? [frames.length] : [];
  const own = columnMajor ? [width, height, depth, ...count] : [...count, ...(depth > 1 ? [depth] : []), height, width, ...colour];
  const squeezed = (shape: readonly number[]) => shape.filter((n, i) => n > 1 || i < 2).join(' × ');
  if (squeezed(own) !== squeezed(expected.shape)) problems.push(`shape ${own.join(' × ')}, not ${expected.shape.join(' × ')}`);

  const values = frames.map((frame) => (entry.PhotometricInterpretation === 'YBR_FULL' ? toYbr(frame.voxels) : frame.voxels));
  const sums = statistics(values);
  for (const name of ['min', 'max', 'mean'] as const) {
    const wanted = expected[name];
    if (wanted === undefined) continue;
    // Values are kept as float32; sums are taken in float64.
    const slack = tolerance + 1e-6 * Math.max(1, Math.abs(expected.min ?? 0), Math.abs(expected.max ?? 0));
    if (Math.abs(sums[name] - wanted) > slack) problems.push(`${name} ${sums[name]}, not ${wanted}`);
  }
  (expected.first ?? []).forEach((wanted, n) => {
    const found = columnMajor ? alongLastAxis(values, expected.shape, n) : values[0][n];
    if (Math.abs(found - wanted) > tolerance + 1e-6 * Math.max(1, Math.abs(wanted))) problems.push(`value ${n} is ${found}, not ${wanted}`);
  });
  // The manifest's affines are rounded to four decimals.
  (entry.affine?.flat() ?? []).forEach((wanted, n) => {
    const found = first.geometry.affine[n];
    if (Math.abs(found - wanted) > 1e-3) problems.push(`affine ${n} is ${found}, not ${wanted}`);
  });
  return problems;
}

/** Value n in NumPy's order (last axis fastest) of an array that is stored with its first axis fastest. */
function alongLastAxis(frames: readonly Float32Array[], shape: readonly number[], n: number): number {
  let rest = n;
  const index = shape.map(() => 0);
  for (let a = shape.length - 1; a >= 0; a--) {
    index[a] = rest % shape[a];
    rest = Math.floor(rest / shape[a]);
  }
  const offset = (from: number, to: number) => index.slice(from, to).reduceRight((at, i, a) => at * shape[from + a] + i, 0);
  return frames[offset(3, shape.length)][offset(0, 3)];
}

export function statistics(frames: readonly Float32Array[]): { min: number; max: number; mean: number } {
  let [min, max, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const values of frames) {
    count += values.length;
    for (const v of values) {
      if (v < min) min = v;
      if (v > max) max = v;
      sum += v;
    }
  }
  return { min, max, mean: sum / count };
}

/** JPEG's colour transform (JFIF), which libjpeg-turbo undoes and the manifest keeps. */
function toYbr(rgb: Float32Array): Float32Array {
  const out = new Float32Array(rgb.length);
  for (let i = 0; i < rgb.length; i += 3) {
    const [r, g, b] = rgb.subarray(i, i + 3);
    out[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    out[i + 1] = Math.round(128 - 0.168736 * r - 0.331264 * g + 0.5 * b);
    out[i + 2] = Math.round(128 + 0.5 * r - 0.418688 * g - 0.081312 * b);
  }
  return out;
}
