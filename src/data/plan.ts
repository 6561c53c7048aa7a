/** What to decode of a drop, decided before anything is decoded: side files, label tables, series, pairs of image and mask. */
import type { FileRow } from '../core/protocol';
import type { Role } from '../core/types';
import { companionsOf } from './companions';
import { parseDataJson, parseParticipants } from './dataJson';
import { isBareDicom, isDicom } from './dicom/mark';
import type { Series, SliceHeader } from './dicom/series';
import type { Item } from './drop';
import { counted, sentenceOf } from './errors';
import { type LabelTable, parseLabels } from './labels';
import { type Pair, type Pairing, pairFiles } from './pair';
import { fileNameOf, isSideFile } from './paths';
import { bidsSubject } from './patients';

export type Plan = {
  pairs: Pair[];
  /** Series by the path that stands for them in `pairs`. */
  series: ReadonlyMap<string, Series>;
  /** Pseudonyms of the patients that DICOM headers name, by path. */
  patients: ReadonlyMap<string, string>;
  /** What becomes of the files that are not decoded. */
  rows: FileRow[];
};

/** Extensions that no scanner gives to DICOM. */
const NEVER_DICOM = /\.(png|jpe?g|nii|nii\.gz|tiff?|nrrd|nhdr|mha|mhd|mgh|mgz|npy|npz|raw|img|img\.gz|hdr)$/i;

/** @param onLook called with the path of each file whose header is read */
export async function planOf(items: ReadonlyMap<string, Item>, signal: AbortSignal, onLook: (path: string) => void): Promise<Plan> {
  const rows: FileRow[] = [];
  const companions = await companionsOf(items);
  for (const [path, header] of companions) rows.push({ path, status: 'read', note: `The voxels of ${header}.` });
  const tables: LabelTable[] = [];
  const candidates: string[] = [];
  const headers: SliceHeader[] = [];
  const participants = new Map<string, Role>();
  for (const [path, item] of items) {
    if (signal.aborted) break;
    if (companions.has(path)) continue;
    const name = fileNameOf(path).toLowerCase();
    if (name === 'labels.csv' || name === 'data.json' || name === 'participants.tsv') {
      try {
        const text = await (await item.open()).text();
        if (name === 'participants.tsv') {
          for (const [subject, role] of parseParticipants(text) ?? []) participants.set(subject, role);
          rows.push({ path, status: 'read', note: `Groups of ${counted(participants.size, 'participant')}.` });
          continue;
        }
        const table = name === 'labels.csv' ? parseLabels(path, text) : parseDataJson(path, text);
        if (table) tables.push(table);
        else rows.push({ path, status: 'read', note: 'Not an image; not used.' });
      } catch (error) {
        rows.push({ path, status: 'rejected', note: sentenceOf(error) });
      }
    } else if (isSideFile(path)) rows.push({ path, status: 'read', note: 'Not an image; not used.' });
    else {
      onLook(path);
      const header = NEVER_DICOM.test(path) ? null : await dicomHeader(item);
      if (header) headers.push(header);
      else candidates.push(path);
    }
  }
  const patients = new Map<string, string>();
  const series = new Map<string, Series>();
  for (const { path, patient } of headers) if (patient) patients.set(path, patient);
  if (headers.length > 0) {
    const { sortSeries } = await import('./dicom/series');
    const sorted = sortSeries(headers);
    for (const { path, reason } of sorted.rejected) rows.push({ path, status: 'rejected', note: reason });
    for (const one of sorted.series) {
      const path = freePath(one.path, items, series);
      series.set(path, one);
      candidates.push(path);
      if (one.patient) patients.set(path, one.patient);
    }
    for (const { path } of sorted.alone) candidates.push(path);
  }
  const pairing = pairFiles(candidates, tables, patients);
  rows.push(...tableRows(tables, pairing));
  for (const { path, reason } of pairing.orphans) rows.push({ path, status: 'rejected', note: reason });
  const pairs = pairing.pairs.map((pair) => ({ ...pair, role: pair.role ?? participants.get(bidsSubject(pair.image) ?? '') ?? null }));
  return { pairs, series, patients, rows };
}

/** Null for anything but DICOM, and for DICOM whose tags are damaged: its reader will say why. */
async function dicomHeader(item: Item): Promise<SliceHeader | null> {
  try {
    const head = await item.head();
    if (!isDicom(head) && !isBareDicom(head)) return null;
    const { sliceHeader } = await import('./dicom/series');
    return await sliceHeader(item.path, await item.open());
  } catch {
    return null;
  }
}

/** A folder may hold a file of the name that a series got. */
function freePath(path: string, items: ReadonlyMap<string, Item>, series: ReadonlyMap<string, Series>): string {
  let free = path;
  for (let n = 2; items.has(free) || series.has(free); n++) free = `${path} (${n})`;
  return free;
}

function tableRows(tables: readonly LabelTable[], pairing: Pairing): FileRow[] {
  return tables.map(({ path, notes }, i): FileRow => {
    const { found, missing, torn } = pairing.tables[i];
    const all = found > 0 ? [`Labels for ${counted(found, 'image')}.`, ...notes] : [...notes];
    if (torn.length > 0) all.push(tornSentence(torn));
    if (all.length === 0) all.push('It names no file of this drop.');
    if (found > 0 && missing.length > 0)
      all.push(`${counted(missing.length, 'file')} named in it missing from this drop, first ${missing[0]}.`);
    const plain = notes.length === 0 && torn.length === 0 && missing.length === 0 && found > 0;
    return { path, status: plain ? 'read' : 'changed', note: all.join(' ') };
  });
}

function tornSentence([first, ...others]: readonly string[]): string {
  const more = others.length > 0 ? ` and ${counted(others.length, 'other image')}` : '';
  const [are, have] = others.length > 0 ? ['are', 'they have'] : ['is', 'it has'];
  return `${first}${more} ${are} labelled both 0 (normal) and 1 (anomalous), so ${have} no label. Keep one row for each image.`;
}
