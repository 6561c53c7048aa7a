/** What a visitor has loaded: sources with their roles, the file report, and the slices that a run gets. */
import type { DataSet, DataState, FileRow, Report, RoleInfo, SourceInfo, Thumb } from '../core/protocol';
import { ROLES, type Role, type Slice } from '../core/types';
import { type DroppedFile, type SlicedItem, sliceAll } from '../data/decode';
import { phantomSlices, STANDARD_SETS } from '../data/phantom';
import { spread } from './evaluate';
import { every, hop } from './hop';
import { meter } from './meter';

type Grid = SlicedItem['grid'];
type Source = Omit<SourceInfo, 'slices' | 'groups' | 'masked' | 'anomalous' | 'notes'> & {
  all: Slice[];
  empty: number;
  grids: Map<string, Grid>;
  /** Volumes labelled anomalous without a mask: any of their slices may hold the anomaly. */
  anomalousVolumes: Set<string>;
};
type Drop = { id: number; role: Role | null; files: readonly DroppedFile[] };

const THUMBS = 9;
const MINIMUM = { reference: 2, mixed: 2, validation: 1, test: 1 } as const;

export class Study {
  set: DataSet = 'phantom';
  /** Slice size of each set: a run may ask one of them for another. */
  private readonly sizes: Record<DataSet, number> = { phantom: 64, mine: 64 };
  private seed = 0;
  private phantom: Source[] = [];
  private mine: Source[] = [];
  private drops: Drop[] = [];
  private files: FileRow[] = [];
  private nextDrop = 1;
  private drawing = 0;
  /** Phantom slices still to come. */
  private undrawn = 0;
  private loading: AbortController | null = null;
  private cached: Record<Role, Slice[]> | null = null;

  constructor(private readonly post: (report: Report) => void) {}

  /** Draws the built-in set; a later call takes the place of one under way. */
  async drawPhantom(size: number, seed: number): Promise<void> {
    const turn = ++this.drawing;
    const report = meter('phantom', 'slices', this.post);
    const total = STANDARD_SETS.reduce((sum, set) => sum + set.count, 0);
    const turnDue = every(20);
    const shown = every(700);
    this.phantom = [];
    this.sizes.phantom = size;
    this.seed = seed;
    let done = 0;
    for (const set of STANDARD_SETS) {
      const all: Slice[] = [];
      this.phantom.push({
        id: set.name,
        set: 'phantom',
        name: set.name,
        role: set.role,
        reason: 'built in',
        all,
        empty: 0,
        grids: new Map(),
        anomalousVolumes: new Set(),
      });
      for (const slice of phantomSlices(set, seed, size)) {
        all.push(slice);
        report(++done, total, set.name);
        this.undrawn = total - done;
        if (done < total && shown()) this.changed();
        if (turnDue()) await hop();
        if (turn !== this.drawing) return;
      }
    }
    this.post({ kind: 'finished', task: 'phantom' });
    this.changed();
  }

  /** Adds files to what is there; a file that cannot be read costs only itself. Loading makes the visitor's own set the one in use. */
  async load(files: readonly DroppedFile[], role: Role | null): Promise<void> {
    this.assertNotLoading();
    const drop: Drop = { id: this.nextDrop++, role, files };
    const { sources, reached } = await this.read(drop, this.sizes.mine);
    if (sources.length > 0) {
      this.drops.push({ ...drop, files: files.filter(({ path }) => reached.has(path)) });
      this.mine.push(...sources);
      this.set = 'mine';
    }
    this.changed();
  }

  private assertNotLoading(): void {
    if (this.loading) throw new Error('Files are still loading. Wait for them or cancel, then try again.');
  }

  cancelLoad(): void {
    this.loading?.abort();
  }

  use(set: DataSet): void {
    this.set = set;
    this.changed();
  }

  assign(id: string, role: Role | null): void {
    const source = [...this.phantom, ...this.mine].find((s) => s.id === id);
    if (!source) throw new Error(`There is no source "${id}".`);
    source.role = role;
    source.reason = 'chosen';
    this.changed();
  }

  /** Slices of the set in use at another size: the phantom is drawn anew, files are read again (they were not kept in memory). */
  async resize(size: number): Promise<void> {
    if (size === this.sizes[this.set]) return;
    if (this.set === 'phantom' && this.phantom.length > 0) return this.drawPhantom(size, this.seed);
    this.assertNotLoading();
    const before = new Map(this.mine.map((source) => [source.id, source]));
    const after: Source[] = [];
    for (const drop of this.drops) {
      const { sources, aborted } = await this.read(drop, size);
      if (aborted) throw new Error(`Reading the files again at ${size} pixels was cancelled; they stay at ${this.sizes.mine}.`);
      after.push(...sources);
    }
    for (const source of after) {
      const old = before.get(source.id);
      if (old) Object.assign(source, { role: old.role, reason: old.reason });
    }
    this.mine = after;
    this.sizes.mine = size;
    this.changed();
  }

  private async read(drop: Drop, size: number): Promise<{ sources: Source[]; reached: Set<string>; aborted: boolean }> {
    const abort = new AbortController();
    this.loading = abort;
    const sources = new Map<string, Source>();
    const rows = new Map<string, FileRow>();
    const report = meter('load', 'files', this.post);
    const shown = every(400);
    try {
      for await (const item of sliceAll(drop.files, size, abort.signal, ({ done, total, detail }) => report(done, total, detail))) {
        for (const row of item.kind === 'row' ? [item.row] : item.rows) rows.set(row.path, row);
        if (item.kind === 'slices') place(sources, drop, item);
        if (shown()) this.post({ kind: 'data', data: { ...this.state(), files: this.withRows(rows) } });
        await hop();
      }
    } finally {
      this.loading = null;
      this.files = this.withRows(rows);
      this.post({ kind: 'finished', task: 'load' });
    }
    return { sources: [...sources.values()], reached: new Set(rows.keys()), aborted: abort.signal.aborted };
  }

  private withRows(rows: ReadonlyMap<string, FileRow>): FileRow[] {
    return [...this.files.filter((row) => !rows.has(row.path)), ...rows.values()];
  }

  /** Slices by role, those a run would get: in a reference set, slices known to hold an anomaly are left out. The arrays stay the same objects until something changes. */
  roles(): Record<Role, Slice[]> {
    if (!this.cached) {
      const roles: Record<Role, Slice[]> = { reference: [], mixed: [], validation: [], test: [] };
      for (const source of this.active()) if (source.role) for (const slice of kept(source)) roles[source.role].push(slice);
      this.cached = roles;
    }
    return this.cached;
  }

  /** What keeps a model with these needs from training, as sentences; empty when nothing does. */
  problems(needs: readonly Role[]): string[] {
    if (this.set === 'phantom' && this.undrawn > 0)
      return [`The phantom is being drawn: ${this.undrawn.toLocaleString('en-GB')} slices to go.`];
    const roles = this.roles();
    return needs.flatMap((role) => {
      const n = roles[role].length;
      if (n >= MINIMUM[role]) return [];
      if (role !== 'reference') return [`This method needs ${role} slices. Move some there.`];
      const lost =
        this.active()
          .filter((s) => s.role === 'reference')
          .flatMap((s) => s.all).length - n;
      return [
        lost > 0
          ? `No healthy slices to learn from: all ${lost} slices in Healthy reference hold an anomaly. Add slices without one.`
          : 'No healthy slices to learn from. Move a source to Healthy reference, or drop one there.',
      ];
    });
  }

  state(): DataState {
    const roles = this.roles();
    return {
      set: this.set,
      size: this.sizes[this.set],
      sources: [...this.phantom, ...this.mine].map((source) => describe(source, this.sharedWithReference(source))),
      files: this.files,
      roles: Object.fromEntries(ROLES.map((role) => [role, roleInfo(roles[role])])) as Record<Role, RoleInfo>,
      problems: this.problems(['reference']),
      lacks: Object.fromEntries(ROLES.flatMap((role) => this.problems([role]).map((sentence) => [role, sentence]))),
    };
  }

  /** Grid of every volume, to write maps back onto. */
  testVolumes(): Map<string, Grid> {
    return new Map(this.mine.filter((s) => s.role === 'test').flatMap((s) => [...s.grids]));
  }

  /** Patients of a test source that the reference holds too. */
  private sharedWithReference(source: Source): number {
    if (source.role !== 'test' || source.set !== this.set) return 0;
    const learned = new Set(this.roles().reference.map((slice) => slice.group));
    return new Set(source.all.map((slice) => slice.group).filter((group) => learned.has(group))).size;
  }

  private active(): Source[] {
    return this.set === 'phantom' ? this.phantom : this.mine;
  }

  private changed(): void {
    this.cached = null;
    this.post({ kind: 'data', data: this.state() });
  }
}

function place(sources: Map<string, Source>, drop: Drop, item: SlicedItem): void {
  const masked = item.slices.some((slice) => slice.truth);
  const role = drop.role ?? item.decoded.role ?? (masked ? 'test' : 'mixed');
  const reason = drop.role ? 'chosen' : item.decoded.role ? 'folder name' : masked ? 'has masks' : 'no folder name says';
  const top = item.decoded.path.includes('/') ? `${item.decoded.path.split('/')[0]}/` : null;
  const id = `drop ${drop.id} ${top ?? 'files'} ${role}`;
  const source: Source = sources.get(id) ?? {
    id,
    set: 'mine',
    name: top ?? item.decoded.path,
    role,
    reason,
    all: [],
    empty: 0,
    grids: new Map(),
    anomalousVolumes: new Set(),
  };
  if (!top && source.all.length > 0) source.name = `${source.grids.size + 1} files`;
  for (const slice of item.slices) source.all.push(slice);
  source.empty += item.empty;
  const [{ volume }] = item.slices;
  source.grids.set(volume, item.grid);
  if (item.anomalousVolume) source.anomalousVolumes.add(volume);
  sources.set(id, source);
}

const isAnomalous = (slice: Slice) => slice.label === 1;

function kept({ role, all, anomalousVolumes }: Source): Slice[] {
  return role === 'reference' ? all.filter((slice) => !isAnomalous(slice) && !anomalousVolumes.has(slice.volume)) : all;
}

function describe(source: Source, shared: number): SourceInfo {
  const { id, set, name, role, reason, all, empty } = source;
  const slices = kept(source);
  const notes: string[] = [];
  if (empty > 0) notes.push(`${empty} empty slices dropped.`);
  if (slices.length < all.length) notes.push(`${all.length - slices.length} slices with an anomaly are left out of the reference.`);
  if (shared > 0) notes.push(`${shared} of its patients are in Healthy reference too: scores on them flatter the model.`);
  return { id, set, name, role, reason, notes, ...count(slices) };
}

function count(slices: readonly Slice[]) {
  return {
    slices: slices.length,
    groups: new Set(slices.map((s) => s.group)).size,
    masked: slices.filter((s) => s.truth).length,
    anomalous: slices.filter(isAnomalous).length,
  };
}

function roleInfo(slices: readonly Slice[]): RoleInfo {
  return { ...count(slices), thumbs: spread(slices, THUMBS).map(thumb) };
}

function thumb({ name, group, height, width, pixels, truth, oriented }: Slice): Thumb {
  return {
    name,
    group,
    height,
    width,
    pixels: Uint8Array.from(pixels, (v) => Math.round(255 * v)),
    truth: truth ? truth.slice() : null,
    oriented,
  };
}
