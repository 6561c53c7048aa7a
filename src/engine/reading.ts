/** Reads drops of files into sources, one drop at a time. */
import type { FileRow, RecipePreview, Report } from '../core/protocol';
import { type Preparation, type Recipe, recipeProblems, sliceSize } from '../core/recipe';
import type { Volume } from '../core/types';
import { type SlicedItem, sliceAll } from '../data/decode';
import { gridOf } from '../data/grid';
import { previewOf } from '../data/slices';
import { every, hop } from './hop';
import { meter } from './meter';
import { openShelf, type Shelf } from './sliceStore';
import { BareNames, type Drop, place, type Source, toBytes } from './sources';

export type Reading = { sources: Source[]; rows: ReadonlyMap<string, FileRow>; aborted: boolean };

type Watch = {
  /** Before the first slices of the drop are taken in. */
  began(): void;
  /** Now and then while it goes on, with the rows so far. */
  more(rows: ReadonlyMap<string, FileRow>): void;
};

type Specimen = { volume: Volume; organ: Uint8Array | null };

export class Reader {
  /** The first scan that was read, kept for looking at recipes. */
  specimen: Specimen | null = null;
  private readonly names = new BareNames();
  private loading: AbortController | null = null;

  constructor(private readonly post: (report: Report) => void) {}

  /** @throws Error while a drop is being read */
  assertIdle(): void {
    if (this.loading) throw new Error('Files are still loading. Wait for them or cancel, then try again.');
  }

  cancel(): void {
    this.loading?.abort();
  }

  /** @param sources takes what is read */
  async read(drop: Drop, recipe: Recipe, sources: Map<string, Source>, { began, more }: Watch): Promise<Reading> {
    const abort = new AbortController();
    this.loading = abort;
    const rows = new Map<string, FileRow>();
    const report = meter('load', 'files', this.post);
    const shown = every(400);
    try {
      const shelf = await openShelf();
      const progress = ({ done, total, detail }: { done: number; total: number; detail: string }) => report(done, total, detail);
      for await (const item of sliceAll(drop.files, { ...recipe, size: sliceSize(recipe) }, abort.signal, progress, {
        arrays: drop.arrays,
      })) {
        for (const row of item.kind === 'row' ? [item.row] : item.rows) rows.set(row.path, row);
        if (item.kind === 'slices') {
          if (sources.size === 0) began();
          this.take(sources, drop, item, shelf);
        }
        if (shown()) more(rows);
        await hop();
      }
    } finally {
      this.loading = null;
      this.post({ kind: 'finished', task: 'load' });
    }
    return { sources: [...sources.values()], rows, aborted: abort.signal.aborted };
  }

  private take(sources: Map<string, Source>, drop: Drop, item: SlicedItem, shelf: Shelf): void {
    const { volume, organ } = item.decoded;
    const group = this.names.groupOf(item.decoded);
    item.slices = item.slices.map((slice) => shelf.keep({ ...slice, group }));
    if (!this.specimen || (this.specimen.volume.depth === 1 && volume.depth > 1)) this.specimen = { volume, organ };
    place(sources, drop, item);
  }
}

/** One slice of a scan before and after a recipe; by `inUse` where something is wrong with the recipe, and with what is.
 * @param at its place along the axis, 0 to 1 */
export function recipePreview(
  { volume, organ }: Specimen,
  recipe: Preparation,
  inUse: Preparation,
  pixels: number,
  at: number,
): RecipePreview {
  const [wrong] = recipeProblems({ ...recipe, size: pixels });
  const used = wrong ? inUse : recipe;
  const whole = { ...used, size: sliceSize({ ...used, size: pixels }) };
  const grid = gridOf(volume, whole);
  const index = Math.round(at * (grid.slices.count - 1));
  const preview = { recipe, name: volume.name, index, of: grid.slices.count, edges: grid.edges, size: whole.size };
  try {
    if (wrong) throw new Error(wrong);
    const { before, after } = previewOf(volume, whole, organ, index);
    return { ...preview, before: toBytes(before), after: toBytes(after), problem: null };
  } catch (error) {
    const empty = new Uint8Array(whole.size ** 2);
    return { ...preview, before: empty, after: empty, problem: error instanceof Error ? error.message : String(error) };
  }
}
