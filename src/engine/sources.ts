/** A source: what one drop put into one role, its patients, and how it looks on the page. */
import type { DroppedField, PatientInfo } from '../core/patients';
import type { DataSet, FileRow, RoleInfo, SourceInfo, Thumb } from '../core/protocol';
import type { Simulation } from '../core/simulation';
import { ROLES, type Role, type Slice } from '../core/types';
import type { DroppedFile, SlicedItem } from '../data/decode';
import { counted } from '../data/errors';
import { TITLES } from '../data/leak';
import { fileNameOf, folderOf, stemOf } from '../data/paths';
import { namedPatient } from '../data/patients';
import { simulateRoles } from '../data/simulate';
import { spread } from './evaluate';
import { isMasked } from './sliceStore';

export type Drop = {
  id: number;
  role: Role | null;
  files: readonly DroppedFile[];
  /** Arrays of NPZ files that were chosen, by path. */
  arrays: Map<string, string>;
};

export type Source = {
  id: string;
  set: DataSet;
  /** Null for the phantom. */
  drop: number | null;
  name: string;
  role: Role | null;
  reason: string;
  all: Slice[];
  empty: number;
  /** Volumes whose colour was reduced to luminance. */
  coloured: Set<string>;
  grids: Map<string, SlicedItem['grid']>;
  /** Volumes labelled anomalous without a mask: any of their slices may hold the anomaly. */
  anomalousVolumes: Set<string>;
  /** Images labelled normal whose mask is not empty. */
  contradicted: string[];
  /** What says who the patient is. */
  patients: Map<string, PatientInfo['from']>;
  /** Fields of DICOM headers that were dropped, by tag. */
  dropped: Map<string, DroppedField>;
};

/** The role of each slice: its patient's own, where one was given, else its source's. */
export type PatientRoles = ReadonlyMap<string, Role | null>;

export function newSource(given: Pick<Source, 'id' | 'set' | 'drop' | 'name' | 'role' | 'reason'>): Source {
  return {
    ...given,
    all: [],
    empty: 0,
    coloured: new Set(),
    grids: new Map(),
    anomalousVolumes: new Set(),
    contradicted: [],
    patients: new Map(),
    dropped: new Map(),
  };
}

/** Adds one decoded file to the source that its drop and role make. */
export function place(sources: Map<string, Source>, drop: Drop, item: SlicedItem): void {
  const { path, role: suggested, groupFrom, coloured, dropped } = item.decoded;
  const masked = item.slices.some(isMasked);
  const role = drop.role ?? suggested ?? (masked ? 'test' : 'mixed');
  const reason = drop.role ? 'chosen' : suggested ? 'folder name' : masked ? 'has masks' : 'no folder name says';
  const top = path.includes('/') ? `${path.split('/')[0]}/` : null;
  const id = `drop ${drop.id} ${top ?? 'files'} ${role}`;
  const source = sources.get(id) ?? newSource({ id, set: 'mine', drop: drop.id, name: top ? `${folderOf(path)}/` : path, role, reason });
  if (top) source.name = commonFolder(source.name, path);
  else if (source.all.length > 0) source.name = `${source.grids.size + 1} files`;
  for (const slice of item.slices) source.all.push(slice);
  source.empty += item.empty;
  const [{ volume, group }] = item.slices;
  if (coloured) source.coloured.add(volume);
  source.grids.set(volume, item.grid);
  source.patients.set(group, groupFrom);
  if (item.anomalousVolume) source.anomalousVolumes.add(volume);
  if (item.decoded.volume.label === 0 && item.decoded.volume.truth?.includes(1)) source.contradicted.push(path);
  for (const { tag, name } of dropped) source.dropped.set(tag, { tag, name, scans: (source.dropped.get(tag)?.scans ?? 0) + 1 });
  sources.set(id, source);
}

/** The innermost folder that holds both; `folder` ends in '/'. */
function commonFolder(folder: string, path: string): string {
  let common = folder;
  while (!path.startsWith(common)) common = common.replace(/[^/]*\/$/, '');
  return common;
}

/** Patients that are nothing but a file name, and the file. Two drops may hold `001.png` of two people: the same name in another place is
 * no sign of the same patient, as within one drop. */
export class BareNames {
  private readonly first = new Map<string, string>();

  /** The group of a volume, told apart from another drop's. */
  groupOf({ path, volume, groupFrom }: SlicedItem['decoded']): string {
    const { group } = volume;
    if (groupFrom !== 'file name' || namedPatient(path) !== null || group !== stemOf(path)) return group;
    const before = this.first.get(group);
    if (before === undefined) this.first.set(group, path);
    if (before === undefined || before === path) return group;
    return folderOf(path) === '' ? fileNameOf(path) : `${folderOf(path)}/${group}`;
  }
}

const isAnomalous = (slice: Slice) => slice.label === 1;

/** Slices by role, those a run would get: slices that may hold an anomaly are left out of the reference, and of all roles where anomalies are
 * simulated in them. @throws DataError for a slice that no square can be put into */
export function slicesByRole(sources: readonly Source[], chosen: PatientRoles, simulation: Simulation | null): Record<Role, Slice[]> {
  const roles: Record<Role, Slice[]> = { reference: [], mixed: [], validation: [], test: [] };
  for (const source of sources)
    for (const slice of source.all) {
      const role = roleOf(source, slice, chosen);
      if (role && !isLeftOut(source, slice, role, simulation)) roles[role].push(slice);
    }
  return simulation ? simulateRoles(roles, simulation) : roles;
}

export function roleOf(source: Source, { group }: Slice, chosen: PatientRoles): Role | null {
  const own = chosen.get(group);
  return source.set === 'phantom' || own === undefined ? source.role : own;
}

const isLeftOut = ({ anomalousVolumes }: Source, slice: Slice, role: Role | null, simulation: Simulation | null) =>
  (role === 'reference' || (role && simulation)) && (isAnomalous(slice) || anomalousVolumes.has(slice.volume));

export function describe(source: Source, chosen: PatientRoles, simulation: Simulation | null): SourceInfo {
  const { id, set, name, role, reason, all, empty, contradicted } = source;
  const slices = all.filter((slice) => !isLeftOut(source, slice, roleOf(source, slice, chosen), simulation));
  const moved = new Set(all.filter((slice) => roleOf(source, slice, chosen) !== role).map((slice) => slice.group)).size;
  const notes: string[] = [];
  if (empty > 0) notes.push(`${counted(empty, 'empty slice')} dropped.`);
  const from = simulation ? 'while anomalies are simulated' : 'of the reference';
  const out = all.length - slices.length;
  if (out > 0) notes.push(`${counted(out, 'slice')} with an anomaly ${out === 1 ? 'is' : 'are'} left out ${from}.`);
  if (contradicted.length > 0)
    notes.push(
      `${counted(contradicted.length, 'image')} labelled normal ${contradicted.length === 1 ? 'has' : 'have'} a mask that is not empty, first ${contradicted[0]}: the label counts for a single image as a whole, the mask for pixels and for the slices of a volume.`,
    );
  if (source.coloured.size > 0) notes.push(colourSentence(source.coloured.size, source.grids.size));
  if (moved > 0) notes.push(`${moved} of its patients ${moved === 1 ? 'has a role of its' : 'have roles of their'} own.`);
  return { id, set, name, role, reason, notes, ...count(slices) };
}

/** What a set in colour, or one that mixes colour and grey, has to be trained with in mind. */
const colourSentence = (coloured: number, images: number): string =>
  coloured === images
    ? `Its ${counted(images, 'image')} in colour ${images === 1 ? 'is' : 'are'} read as luminance.`
    : `${coloured} of its ${images} images are in colour, the others grey: all are read as luminance. A model may tell the two apart by that alone; keep one kind in a study.`;

/** How colour and grey lie across roles; null where all images are of one kind. */
export function colourAcross(sources: readonly Source[], roles: Readonly<Record<Role, readonly Slice[]>>): string | null {
  const coloured = new Set(sources.flatMap((source) => [...source.coloured]));
  if (coloured.size === 0) return null;
  const kinds = ROLES.map((role) => {
    const volumes = [...new Set(roles[role].map(({ volume }) => volume))];
    const colour = volumes.filter((volume) => coloured.has(volume)).length;
    return { role, colour, grey: volumes.length - colour };
  });
  if (!kinds.some(({ colour }) => colour > 0) || !kinds.some(({ grey }) => grey > 0)) return null;
  const said = kinds.flatMap(({ role, colour, grey }) => {
    const parts = [colour > 0 && `${colour} in colour`, grey > 0 && `${grey} grey`].filter(Boolean);
    return parts.length > 0 ? [`${TITLES[role]}: ${parts.join(', ')}`] : [];
  });
  return `Some images are in colour, others grey. ${said.join('; ')}. All are read as luminance, and a model may tell the two apart by that alone: keep one kind in all roles, or take the others out.`;
}

/** Patients in the order of their names. */
export function patientsOf(sources: readonly Source[], chosen: PatientRoles): PatientInfo[] {
  const patients = new Map<string, { from: string; slices: number; roles: Set<Role> }>();
  for (const source of sources)
    for (const slice of source.all) {
      const role = roleOf(source, slice, chosen);
      const patient = patients.get(slice.group) ?? { from: source.patients.get(slice.group) ?? '', slices: 0, roles: new Set() };
      patients.set(slice.group, patient);
      patient.slices++;
      if (role) patient.roles.add(role);
    }
  return [...patients]
    .map(([name, { from, slices, roles }]) => ({
      name,
      from,
      slices,
      roles: ROLES.filter((role) => roles.has(role)),
      chosen: chosen.has(name),
    }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** Fields dropped from the headers of all sources, by tag. */
export function droppedFields(sources: readonly Source[]): DroppedField[] {
  const fields = new Map<string, DroppedField>();
  for (const { dropped } of sources)
    for (const [tag, field] of dropped) fields.set(tag, { ...field, scans: field.scans + (fields.get(tag)?.scans ?? 0) });
  return [...fields.values()].sort((a, b) => (a.tag < b.tag ? -1 : 1));
}

function count(slices: readonly Slice[]) {
  return {
    slices: slices.length,
    groups: new Set(slices.map((s) => s.group)).size,
    masked: slices.filter(isMasked).length,
    anomalous: slices.filter(isAnomalous).length,
    notEmpty: slices.filter((slice) => isMasked(slice) && isAnomalous(slice)).length,
  };
}

const THUMBS = 9;

export function roleInfo(slices: readonly Slice[]): RoleInfo {
  return { ...count(slices), thumbs: spread(slices, THUMBS).map(thumb) };
}

function thumb({ name, group, height, width, pixels, truth, edges }: Slice): Thumb {
  return { name, group, height, width, pixels: toBytes(pixels), truth: truth ? truth.slice() : null, edges };
}

export const toBytes = (pixels: Float32Array): Uint8Array => Uint8Array.from(pixels, (v) => Math.round(255 * v));

/** File rows with newer ones in their place. */
export function withRows(rows: readonly FileRow[], newer: ReadonlyMap<string, FileRow>): FileRow[] {
  return [...rows.filter((row) => !newer.has(row.path)), ...newer.values()];
}
