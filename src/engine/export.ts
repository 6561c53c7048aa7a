/** Files to take away: masks and score maps in the geometry of their sources, weights with a loader. */
import { quantise } from '../core/cut';
import { flagsOf } from '../core/decision';
import { type CleanUp, cleanVolume, isOff, NO_CLEAN_UP } from '../core/morphology';
import { flaggedFrom, type Side } from '../core/side';
import { stacksOf } from '../core/volumes';
import { gzip, type NamedFile, zipOf } from '../data/zipWrite';
import type { Checkpoint } from './checkpoint';
import type { RawEvaluation } from './evaluate';
import { hop } from './hop';
import { PYTHON_LOADER } from './loader';
import { writeSafetensors } from './safetensors';
import { mapsOf, sliceImagesOf, type WrittenMap } from './volumes';

type Grids = Parameters<typeof mapsOf>[1];
/** A cut as the page has it: a level of the evaluation's codes (negated where `side` is 'dark'), and what is done to the mask there. */
export type MaskCut = { side: Side; level: number; cleanUp: CleanUp };
export type Exported = { name: string; file: Blob; note: string };

/** Masks of all slices at a cut, cleaned: n · h · w, 1 = anomalous. */
export function cutMasks({ evaluation, maps, slices }: RawEvaluation, { side, level, cleanUp }: MaskCut): Uint8Array {
  if (!maps) throw new Error('This score gives one number a slice and no map: there is nothing to cut.');
  const { height, width, lo, hi } = evaluation;
  const size = height * width;
  const [low, high] = flaggedFrom(side, level);
  const masks = Uint8Array.from(quantise(maps, lo, hi), (code) => (code >= low && code <= high ? 1 : 0));
  if (isOff(cleanUp)) return masks;
  for (const stack of cleanUp.space === 'volume' ? stacksOf(slices) : slices.map((_, i) => [i])) {
    const cleaned = cleanVolume(
      stack.map((i) => masks.subarray(i * size, (i + 1) * size)),
      height,
      width,
      cleanUp,
    );
    stack.forEach((slice, i) => {
      masks.set(cleaned[i], slice * size);
    });
  }
  return masks;
}

/** One archive of masks at a cut, or of raw scores where `cut` is null. `onFile` hears the number of volumes or slices that are done. */
export async function exportMaps(
  raw: RawEvaluation,
  grids: Grids,
  cut: MaskCut | null,
  stem: string,
  onFile: (done: number) => void,
): Promise<Exported> {
  if (!raw.maps) throw new Error('This score gives one number a slice and no map: there are no masks or maps to save.');
  const wanted = { scores: cut === null, masks: cut && cutMasks(raw, cut) };
  const counts = { nifti: 0, png: 0, slices: 0 };
  function* files(): Generator<NamedFile> {
    let done = 0;
    const named = ({ name, bytes, gzip: packed }: WrittenMap): NamedFile => {
      counts[packed ? 'nifti' : 'png']++;
      onFile(++done);
      return { path: name, bytes: packed ? gzip(bytes) : bytes };
    };
    for (const map of mapsOf(raw, grids, wanted)) yield named(map);
    for (const image of sliceImagesOf(raw, grids, wanted)) {
      counts.slices++;
      yield named(image);
    }
    yield { path: 'README.txt', bytes: new TextEncoder().encode(about(raw, cut, counts)) };
  }
  const what = cut ? 'masks' : 'score-maps';
  const file = await zipOf(files(), hop);
  return { name: `${stem}-${what}.zip`, file, note: geometryOf(counts) };
}

type Counts = { nifti: number; png: number; slices: number };

function geometryOf({ nifti, png, slices }: Counts): string {
  const said: string[] = [];
  if (nifti > 0) said.push(`${nifti} NIfTI files on the voxel grid of their scans.`);
  if (png > slices) said.push(`${png - slices} PNG files on the pixel grid of their images.`);
  if (slices > 0) said.push(`${slices} PNG files at the size of the slices: those slices come from no file, so there is no geometry.`);
  return said.join(' ');
}

function about({ evaluation, slices }: RawEvaluation, cut: MaskCut | null, counts: Counts): string {
  const { scorer, smooth, lo, hi, data, update } = evaluation;
  const { cleanUp } = cut ?? { cleanUp: NO_CLEAN_UP };
  const lines = [
    `Wildcut: ${cut ? 'masks' : 'score maps'} of ${slices.length} slices by ${scorer}${smooth ? ', smoothed by a 7 × 7 Gaussian' : ''}, after ${update} updates.`,
    cut
      ? `Masks: ${boundOf(cut, lo, hi)}; 1 (PNG: 255) is anomalous.`
      : `Raw scores, higher is more anomalous. In PNG files 0 is ${lo} and 65,535 is ${hi}.`,
    ...(cut && !isOff(cleanUp) ? [`Clean-up of the slices before they went back to their grid: ${JSON.stringify(cleanUp)}.`] : []),
    geometryOf(counts),
    'Slices that were not scored, and voxels outside the square that the network saw, hold 0.',
    ...(data ? [`Fingerprint of the scored slices (SHA-256): ${data}`] : []),
    'Not a medical device.',
  ];
  return `${lines.join('\n')}\n`;
}

function boundOf({ side, level }: MaskCut, lo: number, hi: number): string {
  const flags = flagsOf(side, level, lo, hi);
  return flags ? `score ${flags.relation} ${flags.score}` : 'every pixel';
}

/** Every tensor of a run, optimiser moments included, as safetensors, with the loader beside it. */
export async function exportWeights(model: string, checkpoint: Checkpoint, stem: string): Promise<Exported> {
  const weights = weightsFile(model, checkpoint);
  const text = (path: string, content: string): NamedFile => ({ path, bytes: new TextEncoder().encode(content) });
  const file = await zipOf([{ path: 'weights.safetensors', bytes: weights }, text('load_weights.py', PYTHON_LOADER)], hop);
  const { length } = Object.keys(checkpoint.tensors);
  return { name: `${stem}-weights.zip`, file, note: `${length} tensors after ${checkpoint.update} updates, with a loader for Python.` };
}

export const weightsFile = (model: string, { tensors, update }: Checkpoint): Uint8Array =>
  writeSafetensors(tensors, { format: 'wildcut', model, update: String(update) });
