/** First bytes → reader. Content decides; the file's name only shapes the sentence. A new format is one row of `FORMATS`. */
import type { Geometry } from '../core/types';
import { headOf } from './bytes';
import { DataError } from './errors';
import { isJpeg, readJpeg } from './jpeg';
import { isNifti, readNifti } from './nifti';
import { isPng, readPng } from './png';

/** What a reader returns: intensities after the file's own scaling, index ((k · height) + j) · width + i. */
export type Decoded = {
  depth: number;
  height: number;
  width: number;
  voxels: Float32Array;
  geometry: Geometry;
  dtype: string;
  /** Sentences about what was changed on the way in; empty when nothing was. */
  notes: string[];
};

export type Reader = { format: string; read(blob: Blob, use: 'image' | 'mask'): Promise<Decoded> };

/** `read` null: recognised, so that the rejection can name it. `head` is unpacked where the file is gzip. */
type Format = { format: string; matches(head: Uint8Array): boolean; read: Reader['read'] | null; instead: string };

/** Enough for NIfTI-2's header and for tar's mark at byte 257. */
const HEAD_BYTES = 540;

const FORMATS: readonly Format[] = [
  { format: 'NIfTI', matches: isNifti, read: readNifti, instead: '' },
  { format: 'PNG', matches: isPng, read: readPng, instead: '' },
  { format: 'JPEG', matches: isJpeg, read: readJpeg, instead: '' },
  { format: 'DICOM', matches: isDicom, read: null, instead: 'Convert the series to NIfTI (dcm2niix).' },
  { format: 'NRRD', matches: (h) => startsWith(h, 'NRRD000'), read: null, instead: 'Convert it to NIfTI.' },
  { format: 'MetaImage (MHA, MHD)', matches: isMetaImage, read: null, instead: 'Convert it to NIfTI.' },
  { format: 'NPY', matches: (h) => startsWith(h, '\x93NUMPY'), read: null, instead: 'Save the arrays as NIfTI or PNG.' },
  { format: 'ZIP (also NPZ)', matches: (h) => startsWith(h, 'PK\x03\x04'), read: null, instead: 'Unpack it and drop the folder.' },
  { format: 'TIFF', matches: isTiff, read: null, instead: 'Convert it to PNG or NIfTI.' },
  { format: 'MGH/MGZ', matches: isMgh, read: null, instead: 'Convert it to NIfTI (mri_convert).' },
  { format: 'TAR', matches: (h) => startsWith(h.subarray(257), 'ustar'), read: null, instead: 'Unpack it and drop the folder.' },
];

const EXTENSIONS: Record<string, string> = { nii: 'NIfTI', png: 'PNG', jpg: 'JPEG', jpeg: 'JPEG', dcm: 'DICOM', mgz: 'MGH/MGZ' };

/** @param head first bytes, unpacked where the file is gzip
 * @throws DataError naming the format, or what the name promises and the bytes do not keep */
export function readerFor(head: Uint8Array, name: string): Reader {
  if (head.length === 0) throw new DataError('It is empty (0 bytes). Copy or download it again.');
  const format = FORMATS.find((f) => f.matches(head));
  if (!format) {
    const extension = name.toLowerCase().replace(/\.gz$/, '').split('.').pop() ?? '';
    const promised = EXTENSIONS[extension];
    throw new DataError(
      promised
        ? `It is named like ${promised}, but its first bytes are not ${promised}: it is damaged, cut short or something else.`
        : 'Its first bytes are no image format this lab knows. It reads NIfTI, PNG and JPEG.',
    );
  }
  if (!format.read) throw new DataError(`It is ${format.format}, which this lab does not read yet. ${format.instead}`);
  return { format: format.format, read: format.read };
}

/** Decodes one file. @throws DataError with the sentence to show */
export async function decodeFile(blob: Blob, name: string, use: 'image' | 'mask'): Promise<Decoded & { format: string }> {
  const reader = readerFor(await headOf(blob, HEAD_BYTES), name);
  return { ...(await reader.read(blob, use)), format: reader.format };
}

function startsWith(head: Uint8Array, mark: string): boolean {
  return [...mark].every((c, i) => head[i] === c.charCodeAt(0));
}

function isDicom(head: Uint8Array): boolean {
  if (startsWith(head.subarray(128), 'DICM')) return true;
  // Without the preamble: the first tag is (0002,0000) or (0008,00xx), little-endian.
  return (head[0] === 2 || head[0] === 8) && head[1] === 0 && head[3] === 0 && head.length > 8 && (head[0] === 8 || head[2] === 0);
}

function isMetaImage(head: Uint8Array): boolean {
  return /^(ObjectType|NDims)\s*=/.test(String.fromCharCode(...head.subarray(0, 64)));
}

function isTiff(head: Uint8Array): boolean {
  return ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((mark) => startsWith(head, mark));
}

/** Version 1, big-endian, then a plausible width: MGH has no mark of its own. */
function isMgh(head: Uint8Array): boolean {
  return head.length >= 284 && startsWith(head, '\0\0\0\x01\0\0') && (head[6] > 0 || head[7] > 0);
}
