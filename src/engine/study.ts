/** What a visitor has loaded: sources with their roles, the recipe, the file report, and the slices that a run gets. */
import type { LeakInfo } from '../core/patients';
import type { DataSet, DataState, FileRow, PatientRole, PhantomName, Report, RoleInfo } from '../core/protocol';
import { PAPER_RECIPE, type Preparation, type Recipe, recipeProblems } from '../core/recipe';
import { type Simulation, simulationProblem } from '../core/simulation';
import { ROLES, type Role, type Slice } from '../core/types';
import type { DroppedFile, SlicedItem } from '../data/decode';
import { counted, DataError } from '../data/errors';
import { findLeaks, leakSentence, settleLeaks } from '../data/leak';
import { type Patching, patchedRoles } from '../data/patches';
import { phantomSlices, setsOf } from '../data/phantom';
import { VARIANTS } from '../data/phantomVariants';
import { every, hop } from './hop';
import { meter } from './meter';
import { Reader, type Reading, recipePreview } from './reading';
import {
  colourAcross,
  type Drop,
  describe,
  droppedFields,
  newSource,
  patientsOf,
  roleInfo,
  type Source,
  slicesByRole,
  withRows,
} from './sources';

const MINIMUM = { reference: 2, mixed: 2, validation: 1, test: 1 } as const;

/** Which data are in use, and how they are made. */
export type Arrangement = {
  set: DataSet;
  size: number;
  phantom?: { variant: PhantomName; seed: number } | null;
  simulation?: Simulation | null;
};

export class Study {
  set: DataSet = 'phantom';
  /** Side of what networks see of each set: a run may ask one of them for another. */
  private readonly sizes: Record<DataSet, number> = { phantom: 64, mine: 64 };
  private recipe: Preparation = PAPER_RECIPE;
  private variant: PhantomName = 'standard';
  private seed = 0;
  private simulation: Simulation | null = null;
  private phantom: Source[] = [];
  private mine: Source[] = [];
  /** Of the drop being read: shown as they come, but no run starts on them. */
  private readonly arriving = new Map<string, Source>();
  private drops: Drop[] = [];
  private files: FileRow[] = [];
  private readonly patientRoles = new Map<string, Role | null>();
  private nextDrop = 1;
  private drawing = 0;
  /** Phantom slices still to come. */
  private undrawn = 0;
  private cached: { roles: Record<Role, Slice[]>; leak: LeakInfo | null; cases?: Record<Role, Slice[]> } | null = null;

  private readonly reader: Reader;

  constructor(private readonly post: (report: Report) => void) {
    this.reader = new Reader(post);
  }

  /** Draws the built-in set; a later call takes the place of one under way. */
  async drawPhantom(variant: PhantomName, size: number, seed: number): Promise<void> {
    const turn = ++this.drawing;
    const report = meter('phantom', 'slices', this.post);
    const sets = setsOf(variant, this.simulation !== null);
    const total = sets.reduce((sum, set) => sum + set.count, 0);
    const turnDue = every(20);
    const shown = every(700);
    this.phantom = [];
    this.sizes.phantom = size;
    this.variant = variant;
    this.seed = seed;
    let done = 0;
    for (const set of sets) {
      const source = newSource({ id: set.name, set: 'phantom', drop: null, name: set.name, role: set.role, reason: 'built in' });
      this.phantom.push(source);
      for (const slice of phantomSlices(set, seed, size, VARIANTS[variant])) {
        source.all.push(slice);
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

  /** Adds files to what is there; a file that cannot be read costs only itself. The first slice makes the visitor's own set the one in use. */
  async load(files: readonly DroppedFile[], role: Role | null): Promise<void> {
    this.reader.assertIdle();
    const drop: Drop = { id: this.nextDrop++, role, files, arrays: new Map() };
    const { sources, rows } = await this.readNew(drop);
    this.files = withRows(this.files, rows);
    const choices = [...rows.values()].some((row) => row.arrays);
    if (sources.length > 0 || choices) this.drops.push({ ...drop, files: files.filter(({ path }) => rows.has(path)) });
    this.mine.push(...sources);
    this.changed();
  }

  private async readNew(drop: Drop): Promise<Reading> {
    try {
      return await this.read(drop, this.wholeRecipe, this.arriving, () => {
        this.set = 'mine';
      });
    } catch (error) {
      this.arriving.clear();
      if (this.mine.length === 0) this.set = 'phantom';
      this.changed(); // the page has seen slices of what does not count
      throw error;
    } finally {
      this.arriving.clear();
    }
  }

  cancelLoad(): void {
    this.reader.cancel();
  }

  use(set: DataSet): void {
    this.set = set;
    this.changed();
  }

  /** Paints squares into the slices of all roles but the reference, or takes them out again. The phantom is drawn anew: without lesions for
   * squares, with them otherwise. @throws Error, with nothing changed, for a slice that has no place for a square */
  async simulate(simulation: Simulation | null): Promise<void> {
    const problem = simulation && simulationProblem(simulation);
    if (problem) throw new Error(problem);
    const redraw = this.phantom.length > 0 && (simulation === null) !== (this.simulation === null);
    if (simulation && this.set === 'mine') slicesByRole(this.active(), this.patientRoles, simulation);
    this.simulation = simulation;
    if (redraw) await this.drawPhantom(this.variant, this.sizes.phantom, this.seed);
    else this.changed();
  }

  /** What `arrange` would put back. */
  get arrangement(): Arrangement {
    const { set, variant, seed, simulation } = this;
    return { set, size: this.sizes[set], phantom: { variant, seed }, simulation };
  }

  /** The data as a run had them: the phantom is drawn anew where it was another. What a record leaves open stays as it is.
   * @throws Error where the visitor's files cannot be had so */
  async arrange({ set, size, phantom, simulation = this.simulation }: Arrangement): Promise<void> {
    this.set = set;
    if (set === 'mine') {
      await this.simulate(simulation);
      return this.resize(size);
    }
    const { variant, seed } = phantom ?? { variant: this.variant, seed: this.seed };
    const drawn = this.phantom.length > 0 && this.undrawn === 0 && (simulation === null) === (this.simulation === null);
    this.simulation = simulation;
    if (drawn && variant === this.variant && seed === this.seed && size === this.sizes.phantom) this.changed();
    else await this.drawPhantom(variant, size, seed);
  }

  assign(id: string, role: Role | null): void {
    const source = [...this.phantom, ...this.own].find((s) => s.id === id);
    if (!source) throw new Error(`There is no source "${id}".`);
    source.role = role;
    source.reason = 'chosen';
    this.changed();
  }

  assignPatients(patients: readonly string[], role: PatientRole): void {
    for (const patient of patients) {
      if (role === 'source') this.patientRoles.delete(patient);
      else this.patientRoles.set(patient, role);
    }
    this.changed();
  }

  /** Slices of the set in use at another size: the phantom is drawn anew, files are read again (they were not kept in memory). */
  async resize(size: number): Promise<void> {
    if (size === this.sizes[this.set]) return;
    if (this.set === 'phantom' && this.phantom.length > 0) return this.drawPhantom(this.variant, size, this.seed);
    this.assertFits(size);
    if (!this.patching)
      await this.readAgain(this.drops, { ...this.recipe, size }, `at ${size} pixels was cancelled; they stay at ${this.sizes.mine}.`);
    this.sizes.mine = size;
    this.changed();
  }

  /** @throws Error when the set in use cannot be had at this size */
  assertFits(size: number): void {
    const [problem] = this.patching ? recipeProblems({ ...this.recipe, size }) : [];
    if (problem) throw new Error(problem);
  }

  /** Another recipe: files are read again. @throws Error with what is wrong with it */
  async prepare(recipe: Preparation): Promise<void> {
    const [problem] = recipeProblems({ ...recipe, size: this.sizes.mine });
    if (problem) throw new Error(problem);
    await this.readAgain(this.drops, { ...recipe, size: this.sizes.mine }, 'by the new recipe was cancelled; the old one stays.');
    this.recipe = recipe;
    this.changed();
  }

  async chooseArray(path: string, array: string | null): Promise<void> {
    const drops = this.drops.filter((drop) => drop.files.some((file) => path === file.path || path.startsWith(`${file.path}/`)));
    const before = drops.map((drop) => drop.arrays);
    for (const drop of drops) {
      drop.arrays = new Map(drop.arrays);
      if (array === null) drop.arrays.delete(path);
      else drop.arrays.set(path, array);
    }
    try {
      await this.readAgain(drops, this.wholeRecipe, 'with another array was cancelled; they stay as they were.');
    } catch (error) {
      drops.forEach((drop, i) => {
        drop.arrays = before[i];
      });
      throw error;
    }
    if (this.mine.length > 0) this.set = 'mine';
    this.changed();
  }

  private get wholeRecipe(): Recipe {
    return { ...this.recipe, size: this.sizes.mine };
  }

  /** Sources of these drops anew, their roles as they were. @throws Error, with nothing changed, when it is cancelled */
  private async readAgain(drops: readonly Drop[], recipe: Recipe, cancelled: string): Promise<void> {
    this.reader.assertIdle();
    const before = new Map(this.mine.map((source) => [source.id, source]));
    const fresh: Source[] = [];
    const rows = new Map<string, FileRow>();
    for (const drop of drops) {
      const reading = await this.read(drop, recipe);
      if (reading.aborted) {
        this.changed(); // the page has seen rows of what does not count
        throw new Error(`Reading the files again ${cancelled}`);
      }
      fresh.push(...reading.sources);
      for (const [path, row] of reading.rows) rows.set(path, row);
    }
    for (const source of fresh) {
      const old = before.get(source.id);
      if (old) Object.assign(source, { role: old.role, reason: old.reason });
    }
    const again = new Set(drops.map((drop) => drop.id));
    this.mine = [...this.mine.filter(({ drop }) => drop !== null && !again.has(drop)), ...fresh].sort((a, b) => a.drop! - b.drop!);
    this.files = withRows(this.files, rows);
  }

  private read(drop: Drop, recipe: Recipe, sources = new Map<string, Source>(), began = () => {}): Promise<Reading> {
    return this.reader.read(drop, recipe, sources, { began, more: (rows) => this.changed(withRows(this.files, rows)) });
  }

  /** Shows the first scan that was read before and after a recipe; does nothing without one. */
  previewRecipe(recipe: Preparation, at: number): void {
    const { specimen } = this.reader;
    if (specimen) this.post({ kind: 'recipePreview', preview: recipePreview(specimen, recipe, this.recipe, this.sizes.mine, at) });
  }

  /** Slices by role, those a run would learn from. The arrays stay the same objects until something changes. */
  roles(): Record<Role, Slice[]> {
    return this.sorted().roles;
  }

  /** What networks see while they learn, by role: the slices, or where the recipe says so their patches side by side. */
  cases(): Record<Role, Slice[]> {
    const sorted = this.sorted();
    const { patching } = this;
    sorted.cases ??= patching ? patchedRoles(sorted.roles, patching) : sorted.roles;
    return sorted.cases;
  }

  /** How training cuts patches from `roles`; null where it learns from whole slices. */
  get patching(): Patching | null {
    return this.set === 'mine' && this.recipe.patches ? { size: this.sizes.mine, nonEmpty: this.recipe.nonEmpty } : null;
  }

  private sorted(): NonNullable<Study['cached']> {
    if (!this.cached) {
      const roles = slicesByRole(this.active(), this.patientRoles, this.simulation);
      const leaks = findLeaks(
        ROLES.flatMap((role) => [...new Set(roles[role].map((slice) => slice.group))].map((group) => ({ group, role }))),
      );
      const sentence = leakSentence(leaks);
      const leak = sentence && { sentence, patients: leaks.map(({ group }) => group), settled: settleLeaks(leaks).sentence ?? '' };
      this.cached = { roles, leak: leak || null };
    }
    return this.cached;
  }

  /** What keeps a model with these needs from training, as sentences; empty when nothing does. */
  problems(needs: readonly Role[]): string[] {
    const lacks = [...new Set(needs.flatMap((role) => this.lack(role)))];
    const { leak } = this.sorted();
    return leak ? [...lacks, leak.sentence] : lacks;
  }

  private lack(role: Role): string[] {
    if (this.set === 'phantom' && this.undrawn > 0)
      return [`The phantom is being drawn: ${this.undrawn.toLocaleString('en-GB')} slices to go.`];
    if (this.set === 'mine' && this.arriving.size > 0) {
      const slices = [...this.arriving.values()].reduce((sum, { all }) => sum + all.length, 0);
      return [`Your files are being read: ${counted(slices, 'slice')} so far. Wait for them, or cancel.`];
    }
    const n = this.roles()[role].length;
    if (n >= MINIMUM[role]) return [];
    if (n > 0) return [`This method needs at least ${MINIMUM[role]} ${role} slices, and there is only one. Add more.`];
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
  }

  state(): DataState {
    const { roles, leak } = this.sorted();
    return {
      set: this.set,
      size: this.sizes[this.set],
      variant: this.variant,
      seed: this.seed,
      sources: [...this.phantom, ...this.own].map((source) => describe(source, this.patientRoles, this.simulation)),
      files: this.files,
      roles: Object.fromEntries(ROLES.map((role) => [role, roleInfo(roles[role])])) as Record<Role, RoleInfo>,
      recipe: this.recipe,
      simulation: this.simulation,
      patients: patientsOf(this.own, this.patientRoles),
      leak,
      colour: colourAcross(this.active(), roles),
      dropped: droppedFields(this.own),
      problems: this.problems(['reference']),
      lacks: Object.fromEntries(ROLES.flatMap((role) => this.lack(role).map((sentence) => [role, sentence]))),
    };
  }

  /** Grid of every volume, to write maps back onto. */
  testVolumes(): Map<string, SlicedItem['grid']> {
    const scored = new Set(this.roles().test.map((slice) => slice.volume));
    return new Map(this.mine.flatMap((s) => [...s.grids].filter(([volume]) => scored.has(volume))));
  }

  private active(): Source[] {
    return this.set === 'phantom' ? this.phantom : this.own;
  }

  private get own(): Source[] {
    return [...this.mine, ...this.arriving.values()];
  }

  private changed(files: FileRow[] = this.files): void {
    this.cached = null;
    try {
      this.sorted();
    } catch (error) {
      if (!(error instanceof DataError) || !this.simulation) throw error;
      this.simulation = null;
      this.post({ kind: 'failure', where: 'load', sentence: `The simulated anomalies were taken out: ${error.message}` });
    }
    this.post({ kind: 'data', data: { ...this.state(), files } });
  }
}
