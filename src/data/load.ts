/** First bytes → reader. Content decides; the file's name only shapes the sentence. A new format is one row of `FORMATS`. */
import type { Geometry } from '../core/types';
import { headOf } from './bytes';
import type { Dropped } from './dicom/identity';
import { isBareDicom, isDicom } from './dicom/mark';
import { DataError } from './errors';
import { isJpeg, readJpeg } from './jpeg';
import { isMetaImage, readMetaImage } from './metaImage';
import { isMgh, readMgh } from './mgh';
import { isAnalyze, isNifti, readNifti } from './nifti';
import { isNpy, readNpy } from './npy';
import { isNpz, readNpz } from './npz';
import { isNrrd, readNrrd } from './nrrd';
import { isPng, readPng } from './png';
import { isTiff, readTiff } from './tiff';
import type { Frame } from './voxels';

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
  /** Volumes along a fourth axis, of which `voxels` is one; 1 where absent. */
  frames?: number;
  /** Which of several statements of a header the affine is. */
  orientationFrom?: 's-form' | 'q-form';
  /** Numbers a voxel in `voxels`: only as 'stored', 1 where absent. */
  channels?: number;
  /** The value that marks voxels where nothing was scanned, where the file names one; `settlePadding` deals with it. */
  padding?: number | null;
  /** What the DICOM header said about a person and went no further. */
  dropped?: Dropped[];
};

/** 'stored': every number of the file, before palettes, colour reduction and DICOM's rescale, for comparing readers. */
export type Use = 'image' | 'mask' | 'stored';

/** What is asked of a reader, beside the file's bytes. */
export type Ask = {
  use: Use;
  /** Path or name of the file. */
  name: string;
  frame: Frame;
  /** Which array of an NPZ, where it holds several. */
  array: string | null;
  /** A file of that name in the same folder, whatever its case; null when it was not dropped. */
  sibling(name: string): Promise<Blob | null>;
};

export type Reader = { format: string; read(blob: Blob, ask: Ask): Promise<Decoded> };

/** `head` is unpacked where the file is gzip. */
type Format = Reader & { matches(head: Uint8Array): boolean };

/** Enough for NIfTI-2's header and for tar's mark at byte 257. */
export const HEAD_BYTES = 540;

const readDicom: Reader['read'] = async (blob, ask) => (await import('./dicom/read')).readDicom(blob, ask);

const FORMATS: readonly Format[] = [
  { format: 'DICOM', matches: isDicom, read: readDicom },
  { format: 'NIfTI', matches: isNifti, read: readNifti },
  { format: 'PNG', matches: isPng, read: readPng },
  { format: 'JPEG', matches: isJpeg, read: readJpeg },
  { format: 'NRRD', matches: isNrrd, read: readNrrd },
  { format: 'MetaImage', matches: isMetaImage, read: readMetaImage },
  { format: 'NPY', matches: isNpy, read: readNpy },
  { format: 'NPZ', matches: isNpz, read: readNpz },
  { format: 'TIFF', matches: isTiff, read: readTiff },
  { format: 'Analyze 7.5', matches: isAnalyze, read: readNifti },
  { format: 'MGH', matches: isMgh, read: readMgh },
  { format: 'DICOM', matches: isBareDicom, read: readDicom },
];

const KNOWN = 'NIfTI, DICOM, NRRD, MetaImage, MGH, NPY, NPZ, PNG, JPEG and TIFF';

const EXTENSIONS: Record<string, string> = {
  ...{ nii: 'NIfTI', png: 'PNG', jpg: 'JPEG', jpeg: 'JPEG', dcm: 'DICOM', mgz: 'MGH', mgh: 'MGH', nrrd: 'NRRD', nhdr: 'NRRD' },
  ...{ mha: 'MetaImage', mhd: 'MetaImage', npy: 'NPY', npz: 'NPZ', tif: 'TIFF', tiff: 'TIFF' },
};

/** @param head first bytes, unpacked where the file is gzip
 * @throws DataError naming what the name promises and the bytes do not keep */
export function readerFor(head: Uint8Array, name: string): Reader {
  if (head.length === 0) throw new DataError('It is empty (0 bytes). Copy or download it again.');
  const format = FORMATS.find((f) => f.matches(head));
  if (format) return format;
  const extension = name.toLowerCase().replace(/\.gz$/, '').split('.').pop() ?? '';
  const promised = EXTENSIONS[extension];
  if (extension === 'img' || extension === 'raw') {
    throw new DataError(`It holds voxels without a header. Drop the header that belongs to it (.hdr, .nhdr or .mhd) together with it.`);
  }
  throw new DataError(
    promised
      ? `It is named like ${promised}, but its first bytes are not ${promised}: it is damaged, cut short or something else.`
      : `Its first bytes are no image format this lab knows. It reads ${KNOWN}.`,
  );
}

const ALONE = async () => null;

/** Decodes one file. @throws DataError with the sentence to show */
export async function decodeFile(blob: Blob, name: string, use: Use, more: Partial<Ask> = {}): Promise<Decoded & { format: string }> {
  const reader = readerFor(await headOf(blob, HEAD_BYTES), name);
  const ask: Ask = { use, name, frame: 0, array: null, sibling: ALONE, ...more };
  return { ...(await reader.read(blob, ask)), format: reader.format };
}
