/** What a file holds, for people and scripts that check what came in: every file on its own, then every series as a volume. */
import { assemble, settlePadding } from './assemble';
import { companionsOf } from './companions';
import { type DroppedFile, type Item, layOut, siblingOf } from './drop';
import { sentenceOf } from './errors';
import { type Decoded, decodeFile } from './load';
import { axisLetters } from './orientation';
import { isSideFile, isSystemFile } from './paths';
import { planOf } from './plan';

type Values = { shape: number[]; min: number; max: number; mean: number; first: number[] };

/** One line of `lab inspect`. */
export type Inspected =
  | ({
      name: string;
      format: string;
      group: string;
      dtype: string;
      spacing: readonly number[] | null;
      orientation: string | null;
      orientationFrom?: 's-form' | 'q-form';
      /** The numbers in the file, where the lab does not use them as they are: before rescale, with all colours, all volumes of a 4D file. */
      stored?: Values;
      /** Files of a series, in order. */
      files?: number;
      series?: string;
      maskOf?: string;
      anomalousVoxels?: number;
      label?: 0 | 1;
      /** Identifying fields of a DICOM header, which were dropped: names of fields, never their values. */
      dropped?: string[];
      note?: string;
    } & Values)
  | { name: string; rejected: string };

const ever = new AbortController().signal;

/** Looks into every file of a drop; labels, other side files and those of the system are passed over, but said where they are `given` by name. Never
 * throws for a file. */
export async function* inspectFiles(files: readonly (DroppedFile & { given?: boolean })[]): AsyncGenerator<Inspected, void, void> {
  for (const { path, given } of files) {
    if (given && isSystemFile(path))
      yield { name: path, rejected: 'Its name is that of a hidden file or of a system: such files are passed over.' };
    else if (given && isSideFile(path))
      yield { name: path, rejected: 'By its name it is a table or a text that comes with images, not an image.' };
  }
  const { items, rows } = await layOut(files, ever);
  for (const { path, status, note } of rows) if (status === 'rejected') yield { name: path, rejected: note };
  const { pairs, series, patients } = await planOf(items, ever, () => undefined);
  const companions = await companionsOf(items);
  const pairOf = new Map(pairs.flatMap((pair) => [[pair.image, pair] as const, ...(pair.mask ? [[pair.mask, pair] as const] : [])]));
  const seriesOf = new Map([...series].flatMap(([path, one]) => one.slices.map((slice) => [slice, path] as const)));

  for (const [path, item] of items) {
    if (companions.has(path) || isSideFile(path)) continue;
    const inSeries = seriesOf.get(path);
    const pair = pairOf.get(path) ?? pairOf.get(inSeries ?? '');
    const more = { ...(inSeries ? { series: inSeries } : {}), ...(pair?.mask === path ? { maskOf: pair.image } : {}) };
    try {
      yield {
        ...(await inspectFile(items, item, pair?.mask === path)),
        group: pair?.group ?? patients.get(path) ?? path,
        ...labelOf(pair?.label),
        ...more,
      };
    } catch (error) {
      yield { name: path, rejected: sentenceOf(error) };
    }
  }
  for (const [path, one] of series) {
    const pair = pairOf.get(path);
    try {
      const decode = async (slice: string) => decodeFile(await (items.get(slice) as Item).open(), slice, 'image');
      const volume = await assemble(one, 'image', decode);
      settlePadding(volume);
      const count = one.slices.filter((slice) => slice !== null).length;
      yield { ...summary(path, 'DICOM', volume), group: pair?.group ?? path, ...labelOf(pair?.label), files: count };
    } catch (error) {
      yield { name: path, rejected: sentenceOf(error) };
    }
  }
}

const labelOf = (label: 0 | 1 | null | undefined) => (label === 0 || label === 1 ? { label } : {});

async function inspectFile(items: ReadonlyMap<string, Item>, item: Item, isMask: boolean) {
  const { path } = item;
  const blob = await item.open();
  const sibling = async (name: string) => (await siblingOf(items, path, name)?.open()) ?? null;
  const { format, ...decoded } = await decodeFile(blob, path, isMask ? 'mask' : 'image', { sibling });
  settlePadding(decoded);
  const stored = await decodeFile(blob, path, 'stored', { sibling, frame: 'all' });
  const line = summary(path, format, decoded);
  const asStored = valuesOf(stored);
  const same = asStored.shape.join() === line.shape.join() && (['min', 'max', 'mean'] as const).every((key) => asStored[key] === line[key]);
  return {
    ...line,
    ...(same ? {} : { stored: asStored }),
    ...(isMask ? { anomalousVoxels: decoded.voxels.reduce((n, v) => n + (v !== 0 ? 1 : 0), 0) } : {}),
  };
}

function summary(name: string, format: string, decoded: Decoded) {
  const { geometry, dtype, notes, orientationFrom, dropped = [] } = decoded;
  return {
    name,
    format,
    dtype,
    ...valuesOf(decoded),
    spacing: geometry.known ? geometry.spacing : null,
    orientation: geometry.known ? axisLetters(geometry) : null,
    ...(orientationFrom ? { orientationFrom } : {}),
    ...(dropped.length > 0 ? { dropped: dropped.map((field) => field.name) } : {}),
    ...(notes.length > 0 ? { note: notes.join(' ') } : {}),
  };
}

/** Shape as [volumes of a 4D file, depth, height, width, channels], the first and the last only where there is more than one. */
function valuesOf({ voxels, depth, height, width, frames = 1, channels = 1 }: Decoded): Values {
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const v of voxels) {
    if (v < min) min = v;
    if (v > max) max = v;
    sum += v;
  }
  const all = voxels.length > depth * height * width * channels;
  const shape = [...(all ? [frames] : []), depth, height, width, ...(channels > 1 ? [channels] : [])];
  return { shape, min, max, mean: sum / voxels.length, first: [...voxels.subarray(0, 4)] };
}
