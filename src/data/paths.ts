/** What a path alone says: words, stems, roles. */
import type { Role } from '../core/types';

const MASK_WORDS = new Set(['mask', 'seg', 'dseg', 'lesion', 'label', 'wmh']);
const ORGANS = new Set(['brain', 'liver', 'lung', 'lungs', 'organ', 'body', 'head', 'breast']);
const LESION_WORDS = new Set(['lesion', 'lesions', 'wmh', 'tumor', 'tumour', 'anomaly', 'stroke']);

const split = (name: string) => name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
const splitByCase = (word: string) => word.split(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u);

/** Words, split at everything that is no letter or digit; the last of them also where the case changes. Only the last: in
 * `p39_lesionMask` it says what the file is, in `MSLesSeg_P39_flair` it is a data set's name. */
function casedWordsOf(name: string): string[] {
  const words = split(name);
  const last = words.pop();
  return last === undefined ? [] : [...words, ...splitByCase(last)];
}

/** The same in lower case. */
export const wordsOf = (name: string): string[] => casedWordsOf(name).map((word) => word.toLowerCase());

/** What two names are compared by, of the words that are `kept` (given in lower case, by place): `patX` is the same alone and in `patX_mask`, where it
 * is not the last word. */
export function nameKey(name: string, kept: (word: string, place: number) => boolean = () => true): string {
  const words = casedWordsOf(name).filter((word, place) => kept(word.toLowerCase(), place));
  return words.flatMap(splitByCase).join(' ').toLowerCase();
}

export function isMaskWord(word: string): boolean {
  return MASK_WORDS.has(word);
}

/** A mask of where the organ is, not of what is wrong with it: `brain_mask`, `liverMask`, `sub-01_desc-brain_mask`. */
export function isOrganMask(words: readonly string[]): boolean {
  const named = words.includes('brainmask') || (words.includes('mask') && words.some((word) => ORGANS.has(word)));
  return named && !words.some((word) => LESION_WORDS.has(word));
}

export function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Folder of a path without the last slash; '' at the top. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** File name without its extension; `.nii.gz` counts as one. */
export function stemOf(path: string): string {
  const name = fileNameOf(path).replace(/\.gz$/i, '');
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}

/** A path without the extension of an image format. A folder that stands for a series keeps its dots: they may be those of a UID. */
export function withoutExtension(path: string): string {
  return path.replace(/\.(nii|nii\.gz|img|hdr|dcm|dicom|ima|nrrd|nhdr|mha|mhd|mgh|mgz|npy|npz|png|jpe?g|tiff?)$/i, '');
}

/** Files that the system leaves behind and nobody dropped on purpose. */
export function isSystemFile(path: string): boolean {
  return path.split('/').some((part) => /^\.(?!\.?$)/.test(part) || part === '__MACOSX' || part === 'Thumbs.db' || part === 'desktop.ini');
}

const OTHER_FILES = /\.(csv|tsv|md|txt|json|xml|html?|pdf|ya?ml|log|py|m|r|ipynb|bvals?|bvecs?|docx?|xlsx?)$/i;

/** Tables and texts that come with data sets: no images, and nothing wrong with them. */
export function isSideFile(path: string): boolean {
  return OTHER_FILES.test(path) || /^(licen[cs]e|readme|changes|participants|dicomdir)$/i.test(fileNameOf(path));
}

/** Words that name a split win over words that name a health state: `test/normal/` is part of the test set. */
const SPLITS: readonly [RegExp, Role][] = [
  [/^(val|validation)$/, 'validation'],
  [/^test$/, 'test'],
];
const STATES: readonly [RegExp, Role][] = [
  [/^(normals?|healthy|controls?|references?)$/, 'reference'],
  [/^(mixed|unsorted|unlabell?ed)$/, 'mixed'],
  [/^(abnormals?|anomalous|patients?|lesions?)$/, 'test'],
];

/** The role that folder names suggest, the innermost folder first; null when they say nothing. */
export function guessRole(path: string): Role | null {
  const folders = folderOf(path).split('/').reverse();
  for (const rules of [SPLITS, STATES]) {
    for (const folder of folders) {
      const words = wordsOf(folder);
      const rule = rules.find(([word]) => words.some((w) => word.test(w)));
      if (rule) return rule[1];
    }
  }
  return null;
}

const NORMAL = /^(normals?|healthy|good|controls?)$/;
const ANOMALOUS = /^(abnormals?|anomalous|anomal(y|ies)|defects?|defective)$/;
/** Words that may stand beside one of those in a folder's name without changing what it says. */
const BESIDE = /^(\d+|class|images?|imgs?|scans?|slices?|cases|samples|set|data|test|train(ing)?|val(idation)?|png|jpe?g|nifti)$/;

/** What the innermost folder with nothing but such words says of its images: 0 normal, 1 anomalous; null where none says anything. */
export function labelOfFolders(path: string): 0 | 1 | null {
  for (const folder of folderOf(path).split('/').reverse()) {
    const words = wordsOf(folder);
    const said = words.filter((word) => !BESIDE.test(word));
    if (said.length !== 1) continue;
    if (NORMAL.test(said[0])) return 0;
    if (ANOMALOUS.test(said[0])) return 1;
  }
  return null;
}

/** Folder names that name no subject. */
const COMMON_FOLDERS =
  /^(images?|imgs?|masks?|volumes?|slices?|slices2d|scans?|data|dataset|nifti|png|jpe?g|train|training|good|bad|files|input|anat|flair|t1|t2|ct|mri?)$/;
/** File names that name a kind of picture, not a subject. */
const MODALITY = /^(\d+|flair|t1|t1w|t1c|t1ce|t1gd|t1n|t2|t2w|t2f|pd|dwi|adc|swi|ct|mri?|pet|bold|images?|img|scan|anat|brain|volume)$/;

/** Whether a folder is the place of one subject: it has one image, or its images are named by modality alone, and its own name does not
 * say that it is a place for many. */
export function isSubjectFolder(folder: string, images: readonly string[]): boolean {
  const name = folder.slice(folder.lastIndexOf('/') + 1).toLowerCase();
  if (name === '' || COMMON_FOLDERS.test(name) || guessRole(`${name}/`) !== null) return false;
  const byModality = images.every((path) => {
    const words = wordsOf(stemOf(path));
    return words.every((word) => MODALITY.test(word)) && words.some((word) => !/^\d+$/.test(word));
  });
  return images.length === 1 || byModality;
}
