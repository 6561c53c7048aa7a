/** Who an image is of, as far as its path says. Slices of one patient must never lie on both sides of a split, so that where a name speaks of
 * a subject it is believed. */
import { folderOf, stemOf } from './paths';

/** BIDS: `sub-01/ses-1/anat/sub-01_ses-1_FLAIR.nii.gz`. */
const BIDS_SUBJECT = /^sub-[a-z0-9]+$/i;
/** `patient_12`, `person1`, `case-0033`: a word for a person with a number. */
const SUBJECT = /(?:^|[^a-z])((?:subject|subj|sub|patient|pat|person|case)[-_ ]?[a-z]{0,4}[-_ ]?\d+)(?![a-z0-9])/i;
/** `BraTS20_001_slice_77`: what stands before a slice number. */
const SLICE = /^(.*\d.*?)[-_ ](?:slice|slc|sl|z|axial|coronal|sagittal|frame)[-_ ]?\d+$/i;
/** `NORMAL2-IM-0927-0001`: an identifier with a running number behind it. */
const RUNNING = /^(.*\d)[-_ ]\d{1,5}$/;

/** The subject of a BIDS path, or null. */
export function bidsSubject(path: string): string | null {
  return (
    folderOf(path)
      .split('/')
      .find((part) => BIDS_SUBJECT.test(part)) ?? null
  );
}

/** The session of a BIDS path; '' where it has none. */
export function bidsSession(path: string): string {
  return (
    folderOf(path)
      .split('/')
      .find((part) => /^ses-[a-z0-9]+$/i.test(part)) ?? ''
  );
}

/** The patient that a file name speaks of, or null. */
export function namedPatient(path: string): string | null {
  return SUBJECT.exec(stemOf(path))?.[1] ?? null;
}

/** The patients of images that are numbered slices of several, by path; only names of which a folder holds two or more count. */
export function numberedPatients(paths: readonly string[]): Map<string, string> {
  const prefixes = new Map<string, string[]>();
  for (const path of paths) {
    const prefix = (SLICE.exec(stemOf(path)) ?? RUNNING.exec(stemOf(path)))?.[1];
    if (prefix === undefined) continue;
    const key = `${folderOf(path)}/${prefix}`;
    prefixes.set(key, [...(prefixes.get(key) ?? []), path]);
  }
  const patients = new Map<string, string>();
  for (const [key, own] of prefixes) {
    if (own.length < 2) continue;
    for (const path of own) patients.set(path, key.slice(key.lastIndexOf('/') + 1));
  }
  return patients;
}
