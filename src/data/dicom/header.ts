/** The part of a DICOM file before its pixels: dicom-parser reads the tags, this file decides what they mean for an image. */
import dicomParser, { type DataSet, type Element } from 'dicom-parser';
import { Inflate } from 'fflate';
import { DataError } from '../errors';
import { isBareDicom, isDicom } from './mark';

export const SYNTAXES = {
  implicit: '1.2.840.10008.1.2',
  explicit: '1.2.840.10008.1.2.1',
  deflated: '1.2.840.10008.1.2.1.99',
  bigEndian: '1.2.840.10008.1.2.2',
  rle: '1.2.840.10008.1.2.5',
} as const;

/** Encapsulated transfer syntaxes by the last part of their UID. */
const JPEG_FAMILY: Record<string, 'jpeg' | 'lossless' | 'jpegLs' | 'jpeg2000'> = {
  ...{ '4.50': 'jpeg', '4.51': 'jpeg', '4.57': 'lossless', '4.70': 'lossless' },
  ...{ '4.80': 'jpegLs', '4.81': 'jpegLs', '4.90': 'jpeg2000', '4.91': 'jpeg2000' },
};
const REFUSED: [RegExp, string][] = [
  [/^4\.20[1-3]$/, 'High-Throughput JPEG 2000'],
  [/^4\.11[0-2]$/, 'JPEG XL'],
  [/^4\.10\d/, 'MPEG video'],
  [/^4\.(9[2-5])$/, 'JPEG 2000 part 2 or JPIP'],
  [/^4\.(5[2-9]|6\d)$/, 'a retired JPEG process'],
];

export type Packing = 'native' | 'rle' | 'jpeg' | 'lossless' | 'jpegLs' | 'jpeg2000';

/** How the pixels are stored, each number checked. */
export type PixelFormat = {
  packing: Packing;
  bigEndian: boolean;
  rows: number;
  columns: number;
  frames: number;
  /** Samples a pixel. */
  channels: number;
  /** Channels one after the other instead of side by side. */
  planar: boolean;
  photometric: string;
  allocated: number;
  stored: number;
  high: number;
  signed: boolean;
};

const HEAD_BYTES = 256 * 1024;
const MOST_INFLATED_BYTES = 2 ** 29;
const PIXELS = 'x7fe00010';

/** @throws DataError when the bytes are no readable DICOM file */
export function parse(bytes: Uint8Array, untilPixels = false): DataSet {
  try {
    return dicomParser.parseDicom(withFileHeader(bytes), { inflater: inflate, ...(untilPixels ? { untilTag: PIXELS } : {}) });
  } catch (error) {
    if (error instanceof DataError) throw error;
    // The library throws strings and { exception }, which name places in its own code.
    throw new DataError('Its DICOM tags are cut short or damaged. Copy or export it again.');
  }
}

/** Whether the header had to be supplied: then the transfer syntax is what the first tag looks like. */
export function lacksFileHeader(bytes: Uint8Array): boolean {
  return !isDicom(bytes) && isBareDicom(bytes) && bytes[0] !== 2;
}

/** Puts the preamble, and where it is missing too the file header, before a data set that begins at once. Without a header a data set is
 * little-endian and not packed; whether its tags name their types is seen from the first of them (PS3.5 7.1). */
function withFileHeader(bytes: Uint8Array): Uint8Array {
  if (isDicom(bytes) || !isBareDicom(bytes)) return bytes;
  const explicit = /^[A-Z]{2}$/.test(String.fromCharCode(bytes[4], bytes[5]));
  const syntax = (explicit ? SYNTAXES.explicit : SYNTAXES.implicit).padEnd(20, '\0');
  const meta = lacksFileHeader(bytes) ? `\x02\0\0\0UL\x04\0\x1c\0\0\0\x02\0\x10\0UI\x14\0${syntax}` : '';
  const header = `${'\0'.repeat(128)}DICM${meta}`;
  const whole = new Uint8Array(header.length + bytes.length);
  whole.set([...header].map((c) => c.charCodeAt(0)));
  whole.set(bytes, header.length);
  return whole;
}

/** The tags up to the pixels, from as few bytes as will do. */
export async function parseHeader(blob: Blob): Promise<DataSet> {
  if (blob.size > HEAD_BYTES) {
    try {
      const dataSet = parse(new Uint8Array(await blob.slice(0, HEAD_BYTES).arrayBuffer()), true);
      if (dataSet.elements[PIXELS]) return dataSet;
    } catch {
      // Tags longer than that, or a deflated file that was cut: the whole of it decides.
    }
  }
  return parse(new Uint8Array(await blob.arrayBuffer()), true);
}

/** dicom-parser's hook for the deflated syntax: the bytes before `position` as they are, then the unpacked rest. */
function inflate(bytes: Uint8Array, position: number): Uint8Array {
  const parts: Uint8Array[] = [bytes.slice(0, position)];
  let size = position;
  const stream = new Inflate((data) => {
    parts.push(data);
    size += data.length;
    if (size > MOST_INFLATED_BYTES) throw new DataError('It unpacks to more than 512 MB: it is damaged or a bomb.');
  });
  try {
    for (let at = position; at < bytes.length; at += 16_384) stream.push(bytes.slice(at, at + 16_384), at + 16_384 >= bytes.length);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError('Its deflated data is cut short or damaged. Copy or export it again.');
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @throws DataError when there are no pixels, or the header contradicts itself */
export function pixelFormat(dataSet: DataSet): PixelFormat {
  const element = dataSet.elements[PIXELS];
  if (!element) {
    const float = dataSet.elements.x7fe00008 || dataSet.elements.x7fe00009;
    if (float) throw new DataError('Its pixels are floating-point numbers, which this lab does not read from DICOM. Convert it to NIfTI.');
    const modality = dataSet.string('x00080060');
    const kind = modality && /^[A-Z]{2,16}$/.test(modality) ? ` (${modality})` : '';
    throw new DataError(`It is DICOM without pixels${kind}: a report, plan or presentation state, no image. Leave it out.`);
  }
  const number = (tag: string, name: string, fallback?: number) => {
    const value = dataSet.uint16(tag) ?? fallback;
    if (value === undefined) throw new DataError(`Its DICOM header does not give ${name}: it is damaged. Export it again.`);
    return value;
  };
  const allocated = number('x00280100', 'BitsAllocated');
  const stored = number('x00280101', 'BitsStored', allocated);
  const syntax = dataSet.string('x00020010') ?? '';
  const frames = dataSet.intString('x00280008') ?? 1;
  const format: PixelFormat = {
    ...packingOf(syntax, element),
    rows: number('x00280010', 'Rows'),
    columns: number('x00280011', 'Columns'),
    frames: frames === 0 ? 1 : frames,
    channels: number('x00280002', 'SamplesPerPixel', 1),
    planar: dataSet.uint16('x00280006') === 1,
    photometric: (dataSet.string('x00280004') ?? 'MONOCHROME2').trim().toUpperCase(),
    allocated,
    stored,
    high: number('x00280102', 'HighBit', stored - 1),
    signed: dataSet.uint16('x00280103') === 1,
  };
  const { rows, columns, channels, high } = format;
  const possible =
    rows >= 1 &&
    columns >= 1 &&
    Number.isInteger(format.frames) &&
    format.frames >= 1 &&
    (channels === 1 || channels === 3 || channels === 4);
  const bits = [1, 8, 16, 32].includes(allocated) && stored >= 1 && stored <= allocated && high >= stored - 1 && high < allocated;
  if (!possible || !bits) {
    throw new DataError(
      `Its DICOM header gives ${columns} × ${rows} pixels in ${format.frames} frames, ${channels} samples of ${stored} in ${allocated} bits: this is damaged or not supported.`,
    );
  }
  return format;
}

/** 'int16', 'uint8' …: the type that holds one stored sample. */
export function dtypeOf({ allocated, signed }: PixelFormat): string {
  return allocated === 1 ? 'bool' : `${signed ? '' : 'u'}int${allocated}`;
}

function packingOf(syntax: string, element: Element): { packing: Packing; bigEndian: boolean } {
  const tail = syntax.replace('1.2.840.10008.1.2.', '');
  const family = JPEG_FAMILY[tail];
  if (family || syntax === SYNTAXES.rle) {
    if (!element.encapsulatedPixelData)
      throw new DataError('Its header says that the pixels are packed, but they are not in frames: it is damaged.');
    return { packing: family ?? 'rle', bigEndian: false };
  }
  const native: string[] = [SYNTAXES.implicit, SYNTAXES.explicit, SYNTAXES.deflated, SYNTAXES.bigEndian];
  if (native.includes(syntax)) return { packing: 'native', bigEndian: syntax === SYNTAXES.bigEndian };
  const name = REFUSED.find(([pattern]) => pattern.test(tail))?.[1] ?? 'an unknown method';
  throw new DataError(
    `Its pixels are packed by ${name} (transfer syntax ${syntax.slice(0, 64)}), which this lab does not read. Export it uncompressed.`,
  );
}

/** A DS value list, or null where it is absent or not all numbers. */
export function numbers(dataSet: DataSet, tag: string, count: number): number[] | null {
  const values = (dataSet.string(tag) ?? '')
    .split('\\')
    .slice(0, count)
    .map((text) => (text.trim() === '' ? Number.NaN : Number(text)));
  return values.length === count && values.every(Number.isFinite) ? values : null;
}

/** The items of a sequence; none where it is absent. */
export function items(dataSet: DataSet | undefined, tag: string): DataSet[] {
  return dataSet?.elements[tag]?.items?.flatMap((item) => (item.dataSet ? [item.dataSet] : [])) ?? [];
}
