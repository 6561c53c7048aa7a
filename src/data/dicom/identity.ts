/** What a DICOM header says about a person goes no further than this file: other code sees a number instead of a name, and the list of what
 * was left behind. */
import type { DataSet } from 'dicom-parser';

/** A field that held something and was dropped. Never its value. */
export type Dropped = { tag: string; name: string };

/** PS3.15 Annex E's identifying attributes, as far as scanners fill them in. */
const IDENTIFYING: Record<string, string> = {
  x00100010: 'Patient name',
  x00100020: 'Patient ID',
  x00100021: 'Issuer of patient ID',
  x00100030: 'Birth date',
  x00100032: 'Birth time',
  x00100040: 'Sex',
  x00101000: 'Other patient IDs',
  x00101001: 'Other patient names',
  x00101010: 'Age',
  x00101020: 'Height',
  x00101030: 'Weight',
  x00101040: 'Address',
  x00102154: 'Telephone',
  x00102160: 'Ethnic group',
  x001021b0: 'Patient history',
  x00104000: 'Patient comments',
  x00080012: 'Creation date',
  x00080020: 'Study date',
  x00080021: 'Series date',
  x00080022: 'Acquisition date',
  x00080023: 'Content date',
  x0008002a: 'Acquisition date and time',
  x00080030: 'Study time',
  x00080031: 'Series time',
  x00080032: 'Acquisition time',
  x00080033: 'Content time',
  x00080050: 'Accession number',
  x00080080: 'Institution',
  x00080081: 'Institution address',
  x00080090: 'Referring physician',
  x00081010: 'Station name',
  x00081030: 'Study description',
  x0008103e: 'Series description',
  x00081040: 'Department',
  x00081048: 'Physicians of record',
  x00081050: 'Performing physician',
  x00081060: 'Reading physician',
  x00081070: 'Operator',
  x00081080: 'Diagnosis',
  x00181000: 'Device serial number',
  x00181030: 'Protocol name',
  x00200010: 'Study ID',
  x00204000: 'Image comments',
  x00321032: 'Requesting physician',
  x00321060: 'Requested procedure',
  x00400244: 'Procedure start date',
  x00400253: 'Procedure ID',
  x4008010c: 'Interpreter',
};

/** The identifying fields of a header that are not empty, in the order of their tags. */
export function droppedFrom(dataSet: DataSet): Dropped[] {
  return Object.keys(IDENTIFYING)
    .filter((tag) => (dataSet.elements[tag]?.length ?? 0) > 0 && !/^[\s^]*$/.test(dataSet.string(tag) ?? ''))
    .sort()
    .map((tag) => ({ tag: `(${tag.slice(1, 5)},${tag.slice(5)})`, name: IDENTIFYING[tag] }));
}

/** Identifiers that an anonymiser writes for everybody say nothing about who is who. */
const NOBODY = /^(anon\w*|anonymi[sz]ed|unknown|none|null|no[ _]?name|test|patient|x+|0+|-+)?$/i;

const numbers = new Map<string, number>();

/** 'DICOM patient 3': the same for the same person as long as the program runs, and nothing that leads back to them. Null where the header
 * names nobody. */
export function pseudonymOf(dataSet: DataSet): string | null {
  const read = (tag: string) => (dataSet.string(tag) ?? '').replaceAll('^', ' ').trim();
  const key = [read('x00100020'), read('x00100010')].find((id) => !NOBODY.test(id));
  if (key === undefined) return null;
  if (!numbers.has(key)) numbers.set(key, numbers.size + 1);
  return `DICOM patient ${numbers.get(key)}`;
}
