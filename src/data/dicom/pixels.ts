/** Pixels of a DICOM file: every frame unpacked, then palette and rescale as the header asks. */
import type { DataSet } from 'dicom-parser';
import { DataError } from '../errors';
import type { Use } from '../load';
import { luminance } from '../luminance';
import { assertHoldable } from '../voxels';
import { packedFrames } from './frames';
import { items, type PixelFormat, pixelFormat } from './header';
import { decodeLossless } from './jpegLossless';
import type { JpegFrame } from './jpegStream';
import { decodeTwelve } from './jpegTwelve';
import { type Frame, nativeFrame, rleFrame } from './native';
import { jpegPrecision, wasmFrame } from './wasmCodecs';

export type Pixels = { voxels: Float32Array; channels: number; format: PixelFormat; padding: number | null };

/** Packed frames may unpack to any size; more than this in one is no picture. */
const MOST_PACKED_SAMPLES = 2 ** 26;

/** @param notes receives sentences about what was changed
 * @returns frames · rows · columns intensities; as 'stored' the numbers of the file, `channels` to a pixel
 * @throws DataError when the pixels are damaged, missing or of an unreadable kind */
export async function readPixels(dataSet: DataSet, use: Use, notes: string[]): Promise<Pixels> {
  const format = pixelFormat(dataSet);
  const { rows, columns, frames, packing } = format;
  assertHoldable(columns, rows, frames, format.channels);
  if (packing !== 'native' && rows * columns * format.channels > MOST_PACKED_SAMPLES) {
    throw new DataError(`Its header asks for ${columns} × ${rows} packed pixels, more than this lab unpacks. Export it uncompressed.`);
  }
  const decode = frameDecoder(dataSet, format);
  const count = rows * columns;
  const palette = use === 'image' && format.photometric === 'PALETTE COLOR' ? paletteOf(dataSet) : null;
  const rescale = rescaleOf(dataSet, format);
  const said = new Set<string>();
  let voxels = new Float32Array(0);
  let channels = 1;
  for (let f = 0; f < frames; f++) {
    const frame = await decode(f);
    if (f === 0) {
      channels = use === 'stored' ? frame.channels : 1;
      voxels = new Float32Array(frames * count * channels);
    }
    const own: string[] = [];
    const plane = use === 'stored' ? frame.samples : intensities(frame, palette, own);
    for (const note of own) said.add(note);
    const at = f * count * channels;
    const { slope, inter } = use === 'stored' ? { slope: 1, inter: 0 } : rescale(f);
    for (let i = 0; i < count * channels; i++) voxels[at + i] = plane[i] * slope + inter;
  }
  notes.push(...said);
  if (format.photometric === 'MONOCHROME1' && use !== 'stored')
    notes.push('It is MONOCHROME1 (high values are dark); its values were kept as they are.');
  return { voxels, channels, format, padding: use === 'stored' ? null : paddingOf(dataSet, format, rescale(0)) };
}

function frameDecoder(dataSet: DataSet, format: PixelFormat): (index: number) => Frame | Promise<Frame> {
  const { packing, rows, columns, channels, frames, photometric } = format;
  const element = dataSet.elements.x7fe00010;
  if (packing === 'native') {
    const bytes = (dataSet.byteArray as Uint8Array).subarray(element.dataOffset, element.dataOffset + element.length);
    // Words of a big-endian file carry 8-bit and 1-bit pixels swapped too.
    const swapped = format.bigEndian && format.allocated <= 8 && element.vr === 'OW';
    return (index) => nativeFrame(bytes, format, index, swapped);
  }
  const packed = packedFrames(dataSet, frames);
  const expect = ({ width, height, components }: JpegFrame) => {
    if (width === columns && height === rows && components.length === channels) return;
    throw new DataError(
      `Its header says ${columns} × ${rows} × ${channels}, but a JPEG frame holds ${width} × ${height} × ${components.length}: the file is damaged. Export it again.`,
    );
  };
  const own = (decoded: { samples: Uint16Array; channels: number }): Frame => ({
    ...decoded,
    samples: signed(decoded.samples, format),
    photometric,
  });
  return (index) => {
    const bytes = packed[index];
    switch (packing) {
      case 'rle':
        return rleFrame(bytes, format);
      case 'lossless':
        return own(decodeLossless(bytes, expect));
      case 'jpeg':
        return jpegPrecision(bytes) === 12 ? { ...decodeTwelve(bytes, expect), photometric } : wasmFrame('libjpeg-turbo', bytes, format);
      case 'jpegLs':
        return wasmFrame('charls', bytes, format);
      case 'jpeg2000':
        return wasmFrame('openjpeg', bytes, format);
    }
  };
}

function signed(samples: Uint16Array, { signed, stored }: PixelFormat): ArrayLike<number> {
  const unused = 32 - stored;
  return signed ? Int32Array.from(samples, (v) => (v << unused) >> unused) : samples;
}

type Palette = { first: number; colours: Uint8Array };

/** One intensity a pixel. */
function intensities({ samples, channels, photometric }: Frame, palette: Palette | null, notes: string[]): ArrayLike<number> {
  if (palette) {
    const colours = new Uint8Array(samples.length * 3);
    const last = palette.colours.length / 3 - 1;
    for (let i = 0; i < samples.length; i++) {
      // PS3.3 C.7.6.3.1.5: indices outside the table take its first or last colour.
      const entry = 3 * Math.max(0, Math.min(last, samples[i] - palette.first));
      colours.set(palette.colours.subarray(entry, entry + 3), 3 * i);
    }
    return luminance(colours, 3, 255, notes);
  }
  if (channels === 1) return samples;
  if (!photometric.startsWith('YBR')) return luminance(samples, channels, -1, notes);
  notes.push('Colour was reduced to luminance (its Y channel).');
  return Float32Array.from({ length: samples.length / channels }, (_, i) => samples[channels * i]);
}

function paletteOf(dataSet: DataSet): Palette {
  const [entries, first, bits] = [0, 1, 2].map((i) => dataSet.uint16('x00281101', i));
  const count = entries === 0 ? 65536 : (entries ?? 0);
  const tables = ['x00281201', 'x00281202', 'x00281203'].map((tag) => dataSet.elements[tag]);
  if (first === undefined || !bits || tables.some((t) => !t))
    throw new DataError('Its colours are in a palette that is missing or segmented. Export it as grey values.');
  const colours = new Uint8Array(count * 3);
  for (const [c, table] of tables.entries()) {
    const wide = table.length >= 2 * count;
    if (!wide && table.length < count)
      throw new DataError(`Its palette should have ${count} colours but is shorter: the file is damaged. Export it again.`);
    for (let i = 0; i < count; i++) {
      const value = wide ? (dataSet.uint16(table.tag, i) as number) : (dataSet.byteArray as Uint8Array)[table.dataOffset + i];
      colours[3 * i + c] = wide && bits > 8 ? value >> 8 : value;
    }
  }
  return { first, colours };
}

/** Rescale slope and intercept of each frame; enhanced files keep them in functional groups. A palette's indices have none. */
function rescaleOf(dataSet: DataSet, { photometric }: PixelFormat): (frame: number) => { slope: number; inter: number } {
  const read = (source: DataSet | undefined) => {
    const slope = source?.floatString('x00281053');
    const inter = source?.floatString('x00281052');
    if (slope === undefined && inter === undefined) return null;
    if (!Number.isFinite(slope ?? 1) || !Number.isFinite(inter ?? 0) || slope === 0) {
      throw new DataError(`Its header rescales values by ${slope} and ${inter}: the header is damaged. Export it again.`);
    }
    return { slope: slope ?? 1, inter: inter ?? 0 };
  };
  const plain = { slope: 1, inter: 0 };
  if (photometric === 'PALETTE COLOR') return () => plain;
  const shared = read(items(items(dataSet, 'x52009229')[0], 'x00289145')[0]);
  const perFrame = items(dataSet, 'x52009230').map((group) => read(items(group, 'x00289145')[0]));
  const whole = read(dataSet);
  return (frame) => perFrame[frame] ?? shared ?? whole ?? plain;
}

/** The value, after rescale, that marks pixels where nothing was scanned; null where the header names none. */
function paddingOf(dataSet: DataSet, { signed }: PixelFormat, { slope, inter }: { slope: number; inter: number }): number | null {
  const stored = signed ? dataSet.int16('x00280120') : dataSet.uint16('x00280120');
  return stored === undefined ? null : Math.fround(stored * slope + inter);
}
