/** Which DICOM files are the slices of one volume, in which order, and what is missing or there twice. PS3.3 C.7.6.2. */
import type { DataSet } from 'dicom-parser';
import type { Geometry } from '../../core/types';
import { counted } from '../errors';
import { folderOf } from '../paths';
import { parseHeader } from './header';
import { pseudonymOf } from './identity';
import { geometryFrom, type Plane, planeOf, stackOf } from './place';

/** What sorting needs of one file; nothing of it names a person. */
export type SliceHeader = {
  path: string;
  series: string | null;
  instance: string | null;
  number: number;
  rows: number;
  columns: number;
  frames: number;
  plane: Plane | null;
  /** Tells volumes at the same place apart: time, echo, acquisition. */
  phase: readonly number[];
  patient: string | null;
};

export type Series = {
  /** The folder; with a number where it holds several series. */
  path: string;
  /** Bottom to top along the normal; null where a slice is missing. */
  slices: (string | null)[];
  geometry: Geometry;
  patient: string | null;
  notes: string[];
};

export type Sorted = {
  series: Series[];
  /** Files that are images of their own. */
  alone: { path: string; patient: string | null }[];
  rejected: { path: string; reason: string }[];
};

export async function sliceHeader(path: string, blob: Blob): Promise<SliceHeader> {
  return headerOf(path, await parseHeader(blob));
}

function headerOf(path: string, dataSet: DataSet): SliceHeader {
  const number = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : 0);
  return {
    path,
    series: dataSet.string('x0020000e') || null,
    instance: dataSet.string('x00080018') || null,
    number: number(dataSet.intString('x00200013')),
    rows: number(dataSet.uint16('x00280010')),
    columns: number(dataSet.uint16('x00280011')),
    frames: dataSet.elements.x7fe00010 ? Math.max(1, number(dataSet.intString('x00280008'))) : 0,
    plane: planeOf(dataSet),
    phase: ['x00200100', 'x00180081', 'x00200012'].map((tag) => number(dataSet.floatString(tag))),
    patient: pseudonymOf(dataSet),
  };
}

/** Sorts files into volumes. Pure, and independent of the order of `headers`. */
export function sortSeries(headers: readonly SliceHeader[]): Sorted {
  const sorted: Sorted = { series: [], alone: [], rejected: [] };
  const groups = new Map<string, SliceHeader[]>();
  for (const header of [...headers].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const { path, patient, series, plane, frames, rows, columns } = header;
    if (!series || !plane || frames !== 1) {
      sorted.alone.push({ path, patient });
      continue;
    }
    const orientation = [...plane.along, ...plane.down].map((v) => v.toFixed(3).replace('-0.000', '0.000'));
    const key = [folderOf(path), series, rows, columns, ...orientation, ...plane.spacing.map((v) => v.toFixed(4))].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), header]);
  }
  for (const group of groups.values()) sortGroup(group, sorted);
  name(sorted.series);
  return sorted;
}

function sortGroup(group: readonly SliceHeader[], sorted: Sorted): void {
  const seen = new Map<string, string>();
  const unique: SliceHeader[] = [];
  for (const header of group) {
    const before = header.instance ? seen.get(header.instance) : undefined;
    if (before !== undefined)
      sorted.rejected.push({ path: header.path, reason: `It is the same slice as ${before} (same instance UID); that one was read.` });
    else unique.push(header);
    if (header.instance && before === undefined) seen.set(header.instance, header.path);
  }
  // Two at one place are told apart by time, echo and acquisition, else by their number.
  const byPhase = (a: SliceHeader, b: SliceHeader) => {
    const n = a.phase.findIndex((v, i) => v !== b.phase[i]);
    return n >= 0 ? a.phase[n] - b.phase[n] : a.number - b.number || (a.path < b.path ? -1 : 1);
  };
  unique.sort(byPhase);
  const alone = () => unique.map(({ path, patient }) => ({ path, patient }));
  if (unique.length === 1) {
    sorted.alone.push(...alone());
    return;
  }
  const stack = stackOf(unique.map(({ plane }) => plane as Plane));
  if (!('repeated' in stack)) {
    build(unique, sorted, []);
    return;
  }
  const counts = new Set(stack.repeated.map((place) => place.length));
  if (stack.repeated.length === 1) sorted.alone.push(...alone());
  else if (counts.size === 1) {
    const [volumes] = counts;
    for (let v = 0; v < volumes; v++) {
      const own = stack.repeated.map((place) => unique[[...place].sort((a, b) => a - b)[v]]);
      build(own, sorted, [`The series holds ${volumes} volumes at the same place; this is number ${v + 1}.`]);
    }
  } else {
    const kept = stack.repeated.map((place) => unique[Math.min(...place)]);
    const extra = unique.filter((header) => !kept.includes(header));
    for (const { path } of extra)
      sorted.rejected.push({ path, reason: 'Another slice of its series lies at the same place; that one was read.' });
    build(kept, sorted, [`${counted(extra.length, 'slice')} there twice, first ${extra[0].path}; the other of each was taken.`]);
  }
}

/** Turns slices at places of their own into one volume, or rejects them all with the reason. */
function build(own: readonly SliceHeader[], sorted: Sorted, notes: readonly string[]): void {
  const built = volumeOf(own, notes);
  if (typeof built !== 'string') sorted.series.push(built);
  else for (const { path } of own) sorted.rejected.push({ path, reason: built });
}

function volumeOf(own: readonly SliceHeader[], notes: readonly string[]): Series | string {
  const planes = own.map(({ plane }) => plane as Plane);
  const stack = stackOf(planes);
  const files = (list: readonly number[]) => list.map((i) => own[i].path).join(' and ');
  if ('repeated' in stack) return 'Its series holds slices at the same place. Keep one volume of it.';
  if ('uneven' in stack) {
    return `The slices of its series are not evenly spaced: the distance between ${files(stack.uneven)} fits no other. Drop the parts on their own, or resample.`;
  }
  const { order, step, gaps, tilted } = stack;
  const missing = gaps.reduce((n, gap) => n + gap.missing, 0);
  if (missing > own.length) return `Its series lacks ${missing} of ${missing + own.length} slices. Drop the whole series.`;
  const geometry = geometryFrom(planes[order[0]], step);
  if (!geometry) return 'The positions of its series make no volume: the headers are damaged. Export it again.';
  const slices: (string | null)[] = [];
  const said = [...notes];
  for (const [n, i] of order.entries()) {
    slices.push(own[i].path);
    const gap = gaps.find(({ after }) => after === n);
    if (!gap) continue;
    slices.push(...Array(gap.missing).fill(null));
    said.push(`${counted(gap.missing, 'slice')} missing between ${files([i, order[n + 1]])}; left empty there.`);
  }
  if (tilted) said.push('Its slices are stacked at a slant (gantry tilt); the slanted axes were kept.');
  return { path: folderOf(own[0].path), slices, geometry, patient: own[0].patient, notes: said };
}

/** Several series of one folder are numbered. */
function name(series: Series[]): void {
  const folders = new Map<string, number>();
  for (const { path } of series) folders.set(path, (folders.get(path) ?? 0) + 1);
  const next = new Map<string, number>();
  for (const one of series) {
    const folder = one.path;
    if (folder !== '' && folders.get(folder) === 1) continue;
    const n = (next.get(folder) ?? 0) + 1;
    next.set(folder, n);
    one.path = `${folder === '' ? '' : `${folder}/`}series ${n}`;
  }
}
