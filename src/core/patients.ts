/** Whom the images are of, and what a split by patient has to watch. */
import type { Role } from './types';

export type PatientInfo = {
  name: string;
  /** What says so: 'DICOM tag', 'labels.csv', 'folder', 'file name'. */
  from: string;
  slices: number;
  /** Roles that its slices have; more than one is a leak. */
  roles: readonly Role[];
  /** Whether a role was given to the patient itself. */
  chosen: boolean;
};

/** Patients in more than one role: no run starts while there are any. */
export type LeakInfo = {
  sentence: string;
  patients: readonly string[];
  /** What to say once they are all in Test. */
  settled: string;
};

/** A field of DICOM headers that named a person, a place or a date and was dropped, in so many scans. Never its value. */
export type DroppedField = { tag: string; name: string; scans: number };
