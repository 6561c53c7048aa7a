/** Which mask belongs to which image, and which images are of one patient: decided by paths and `labels.csv` alone, before anything is
 * decoded. */
import type { Role } from '../core/types';
import type { LabelTable } from './labels';
import {
  fileNameOf,
  folderOf,
  guessRole,
  isMaskWord,
  isOrganMask,
  isSubjectFolder,
  labelOfFolders,
  nameKey,
  stemOf,
  wordsOf,
} from './paths';
import { bidsSession, bidsSubject, namedPatient, numberedPatients } from './patients';

export type Pair = {
  image: string;
  mask: string | null;
  /** A mask of the organ (brain, liver, lungs), which says where to look, not what is anomalous. */
  organ: string | null;
  label: 0 | 1 | null;
  labelFrom: 'labels.csv' | 'folder' | null;
  /** The patient: what must not be split between training and test. */
  group: string;
  groupFrom: 'labels.csv' | 'DICOM tag' | 'folder' | 'file name';
  /** What the folder names suggest. */
  role: Role | null;
  /** Sentences about masks that were not used. */
  notes: string[];
};

export type Pairing = {
  pairs: Pair[];
  /** Masks that belong to no image, with the reason. */
  orphans: { path: string; reason: string }[];
  /** By table: how many of its files are here, which are not, and which images it labels both normal and anomalous. */
  tables: { path: string; found: number; missing: string[]; torn: string[] }[];
};

type Labelled = { label: 0 | 1 | null; patient: string | null; role: Role | null };

/** Pairs images with masks. Pure, and independent of the order of `paths`.
 * @param paths with '/', images and masks only (no tables, no system files), each once
 * @param patients by path, where a header names one (under a pseudonym) */
export function pairFiles(
  paths: readonly string[],
  tables: readonly LabelTable[],
  patients: ReadonlyMap<string, string> = new Map(),
): Pairing {
  const sorted = [...paths].sort();
  const table = applyTables(sorted, tables);
  const masks = sorted.filter((path) => !table.images.has(path) && (table.maskOf.has(path) || isMaskPath(path)));
  const isMask = new Set(masks);
  const images = sorted.filter((path) => !isMask.has(path));
  const isOrgan = (path: string) => !table.maskOf.has(path) && isOrganMask(wordsOf(stemOf(path)));
  const lesions = claim(
    images,
    masks.filter((path) => !isOrgan(path)),
    table.maskOf,
  );
  const organs = claim(images, masks.filter(isOrgan), new Map());
  const reasons = new Map([...lesions.reasons, ...organs.reasons]);

  const byFolder = groupBy(images, folderOf);
  const byStem = groupBy(images, stemOf);
  const numbered = numberedPatients(images);
  const patientOf = (image: string): [group: string, from: Pair['groupFrom']] => {
    const labelled = table.images.get(image)?.patient;
    if (labelled) return [labelled, 'labels.csv'];
    const tagged = patients.get(image);
    if (tagged) return [tagged, 'DICOM tag'];
    const subject = bidsSubject(image);
    if (subject) return [subject, 'folder'];
    const named = namedPatient(image);
    if (named) return [named, 'file name'];
    const folder = folderOf(image);
    if (isSubjectFolder(folder, byFolder.get(folder) as string[])) return [fileNameOf(folder), 'folder'];
    const prefix = numbered.get(image);
    if (prefix) return [prefix, 'file name'];
    const stem = stemOf(image);
    // The same file name in several folders is no sign of the same patient.
    const shared = (byStem.get(stem) as string[]).length > 1;
    return [!shared ? stem : folder === '' ? fileNameOf(image) : `${folder}/${stem}`, 'file name'];
  };
  const pairs = images.map((image): Pair => {
    const labelled = table.images.get(image);
    const [group, groupFrom] = patientOf(image);
    const mask = lesions.maskOf.get(image) ?? null;
    const organ = organs.maskOf.get(image) ?? null;
    const role = labelled?.role ?? guessRole(image);
    const notes = [...(lesions.notes.get(image) ?? []), ...(organs.notes.get(image) ?? [])];
    // A mask says more than a folder.
    const label = labelled ? labelled.label : mask === null ? labelOfFolders(image) : null;
    const labelFrom = label === null ? null : labelled ? 'labels.csv' : 'folder';
    return { image, mask, organ, label, labelFrom, group, groupFrom, role, notes };
  });
  const orphans = masks.filter((path) => reasons.has(path)).map((path) => ({ path, reason: reasons.get(path)! }));
  return { pairs, orphans, tables: table.found };
}

/** Whether a name alone makes a file a mask: a mask word in its name, or a folder called `masks`. */
export function isMaskPath(path: string): boolean {
  return wordsOf(stemOf(path)).some(isMaskWord) || folderOf(path).split('/').some(isMaskFolder);
}

function isMaskFolder(name: string): boolean {
  return /^masks?$/i.test(name);
}

function applyTables(paths: readonly string[], tables: readonly LabelTable[]) {
  const here = new Set(paths);
  const byName = groupBy(paths, fileNameOf);
  const images = new Map<string, Labelled>();
  /** Mask to image. */
  const maskOf = new Map<string, string>();
  const found: Pairing['tables'] = [];
  const torn = new Set<string>();
  for (const { path, rows } of tables) {
    const folder = folderOf(path);
    const under = folder === '' ? '' : `${folder}/`;
    const resolve = (file: string, usual: string, wantMask: boolean) => {
      const direct = [`${under}${file}`, `${under}${usual}/${file}`].find((p) => here.has(p));
      if (direct) return direct;
      const same = (byName.get(fileNameOf(file)) ?? []).filter((p) => p.startsWith(under) && p.endsWith(file));
      const likely = same.filter((p) => folderOf(p).split('/').some(isMaskFolder) === wantMask);
      return likely.length === 1 ? likely[0] : null;
    };
    const missing: string[] = [];
    const own = { named: new Set<string>(), torn: new Set<string>() };
    for (const { file, label, mask, patient, role } of rows) {
      const image = resolve(file, 'images', false);
      if (image) {
        const before = images.get(image);
        own.named.add(image);
        if (label !== null && before && before.label !== null && before.label !== label) {
          torn.add(image);
          own.torn.add(image);
        }
        images.set(image, {
          label: torn.has(image) ? null : (label ?? before?.label ?? null),
          patient: patient ?? before?.patient ?? null,
          role: role ?? before?.role ?? null,
        });
      } else missing.push(file);
      const maskPath = mask === null ? null : (resolve(mask, 'masks', true) ?? resolve(mask, 'masks', false));
      if (maskPath && image && maskPath !== image) maskOf.set(maskPath, image);
      else if (mask !== null && !maskPath) missing.push(mask);
    }
    found.push({ path, found: own.named.size - own.torn.size, missing, torn: [...own.torn] });
  }
  return { images, maskOf, found };
}

/** Lets every mask claim an image; the surest kind of claim wins, and two equal claims on one image are refused. */
function claim(images: readonly string[], masks: readonly string[], explicit: ReadonlyMap<string, string>) {
  const byFolder = groupBy(images, (path) => folderOf(path).toLowerCase());
  const claims = new Map<string, { mask: string; strength: number }[]>();
  const reasons = new Map<string, string>();
  for (const mask of masks) {
    const named = explicit.get(mask);
    const claimed = named ? { image: named, strength: 4 } : partnerOf(mask, byFolder);
    if (typeof claimed === 'string') reasons.set(mask, claimed);
    else claims.set(claimed.image, [...(claims.get(claimed.image) ?? []), { mask, strength: claimed.strength }]);
  }
  const maskOf = new Map<string, string>();
  const notes = new Map<string, string[]>();
  for (const [image, all] of claims) {
    const strongest = Math.max(...all.map((c) => c.strength));
    const best = all.filter((c) => c.strength === strongest);
    if (best.length === 1) maskOf.set(image, best[0].mask);
    for (const { mask } of all) {
      if (mask === maskOf.get(image)) continue;
      const others = all.map((c) => fileNameOf(c.mask)).join(', ');
      reasons.set(mask, `Several masks could belong to ${image} (${others}). Keep one, or name the pair in labels.csv.`);
    }
    if (best.length > 1) notes.set(image, [`Read without a mask: ${best.length} masks could belong to it.`]);
  }
  return { maskOf, reasons, notes };
}

/** The image that a mask belongs to by name, with how sure that is; else the reason why there is none. */
function partnerOf(mask: string, byFolder: ReadonlyMap<string, string[]>): { image: string; strength: number } | string {
  const name = stemOf(mask);
  const subject = nameKey(name, (word) => !isMaskWord(word));
  const sameStem = (image: string) => {
    const stem = nameKey(stemOf(image));
    return stem === nameKey(name) || (subject !== '' && stem === subject);
  };
  const folder = folderOf(mask).toLowerCase();
  const parts = folder.split('/');
  const at = parts.findLastIndex(isMaskFolder);
  if (at >= 0) {
    for (const name of ['images', 'image']) {
      const parallel = (byFolder.get(parts.with(at, name).join('/')) ?? []).filter(sameStem);
      if (parallel.length === 1) return { image: parallel[0], strength: 3 };
    }
    return `No image of the same name lies in a folder images/ beside ${parts[at]}/. Name it like its image, or name the pair in labels.csv.`;
  }
  const beside = byFolder.get(folder) ?? [];
  const subjectFolder = bidsSubject(mask);
  if (beside.length === 0 && subjectFolder) return bidsPartner(mask, subjectFolder, [...byFolder.values()].flat());
  const same = beside.filter(sameStem);
  if (same.length === 1) return { image: same[0], strength: 3 };
  if (beside.length === 1) return { image: beside[0], strength: 2 };
  const end = wordsOf(name).findIndex(isMaskWord);
  const prefix = nameKey(name, (_, place) => place < end);
  const continued = beside.filter((image) => prefix !== '' && `${nameKey(stemOf(image))} `.startsWith(`${prefix} `));
  if (continued.length === 1) return { image: continued[0], strength: 1 };
  return beside.length === 0
    ? 'It is named like a mask, but there is no image beside it. Drop the image too, or rename it if it is one.'
    : `It is named like a mask, but any of the ${beside.length} images beside it could be meant. Name it like its image, or name the pair in labels.csv.`;
}

/** A mask among BIDS derivatives belongs to the image of the same subject and session; among several, to the one whose kind its name repeats. */
function bidsPartner(mask: string, subject: string, images: readonly string[]): { image: string; strength: number } | string {
  const own = images.filter((image) => bidsSubject(image) === subject && bidsSession(image) === bidsSession(mask));
  const words = wordsOf(stemOf(mask));
  const kind = (image: string) => wordsOf(stemOf(image)).at(-1) ?? '';
  const named = own.filter((image) => words.includes(kind(image)));
  const [only, ...others] = named.length > 0 ? named : own;
  if (only !== undefined && others.length === 0) return { image: only, strength: 2 };
  return only === undefined
    ? `There is no image of ${subject} to go with it. Drop the subject's folder too.`
    : `Any of the ${own.length} images of ${subject} could be meant. Drop only one kind of image, or name the pair in labels.csv.`;
}

function groupBy(paths: readonly string[], key: (path: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const k = key(path);
    const group = groups.get(k);
    if (group) group.push(path);
    else groups.set(k, [path]);
  }
  return groups;
}
