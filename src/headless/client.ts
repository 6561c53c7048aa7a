/** A session driven to completion: a failure report becomes an exception, progress goes to stderr. */
import type { Command, EngineState, Report, RunState } from '../core/protocol';
import type { Preparation } from '../core/recipe';
import { bestOf, type Checked, chosenOf } from '../core/selection';
import { Session } from '../engine/session';
import { assertApart } from './apart';
import { provideWebGpu } from './node';
import { filesAt, phantomOf } from './paths';
import { nodePlatform } from './platform';
import { ProgressLine } from './progress';
import { UsageError } from './usage';

export type Selection = { chosen: Checked | null; best: Checked | null; checkpoints: readonly Checked[] };
export type DataPaths = { reference: string[]; mixed: string[]; test: string[] };

export class Client {
  engine: EngineState | null = null;
  run: RunState | null = null;
  machine: Extract<Report, { kind: 'machine' }> | null = null;
  readonly session: Session;
  readonly progress = new ProgressLine();
  private checked: readonly Checked[] = [];
  /** What the engine reported since the last command began. */
  failure: string | null = null;

  constructor() {
    this.session = new Session((report) => this.receive(report), nodePlatform, false);
  }

  private receive(report: Report): void {
    this.progress.report(report);
    if (report.kind === 'engine') this.engine = report.engine;
    else if (report.kind === 'run') this.run = report.state;
    else if (report.kind === 'selection') this.checked = report.checked;
    else if (report.kind === 'machine') this.machine = report;
    else if (report.kind === 'failure') this.failure = report.sentence;
    else if (report.kind === 'data') for (const row of report.data.files) this.noteRow(row.path, row.status, row.note);
  }

  private readonly noted = new Set<string>();
  private noteRow(path: string, status: string, note: string): void {
    const line = `${status} ${path}: ${note}`;
    if (status === 'read' || this.noted.has(line)) return;
    this.noted.add(line);
    this.progress.line(line);
  }

  /** @throws Error with the sentence of the first failure */
  async send(command: Command): Promise<void> {
    this.failure = null;
    await this.session.handle(command);
    if (this.failure !== null) throw new Error(this.failure);
  }

  /** `threads` as given on the command line: undefined for one a core; `kernels` likewise: undefined for our own; `memory` in GB: for what there is. `replay`:
   * whether updates are recorded and replayed. */
  async open(backend: string, threads?: string, kernels = 'own', memory?: string, replay = false): Promise<EngineState> {
    if (backend !== 'auto' && backend !== 'webgpu' && backend !== 'wasm')
      throw new UsageError(`--backend is auto, webgpu or wasm, not "${backend}".`);
    if (threads !== undefined && !/^[1-9]\d*$/.test(threads)) throw new UsageError(`--threads is a whole number from 1, not "${threads}".`);
    if (kernels !== 'own' && kernels !== 'stock') throw new UsageError(`--kernels is own or stock, not "${kernels}".`);
    if (memory !== undefined && !(Number(memory) > 0)) throw new UsageError(`--memory is a number of GB above 0, not "${memory}".`);
    if (backend !== 'wasm') await provideWebGpu();
    if (memory !== undefined) await this.send({ kind: 'limit', bytes: 1e9 * Number(memory) });
    await this.send({ kind: 'open', backend, threads: threads === undefined ? null : Number(threads), kernels, replay });
    return this.engine as EngineState;
  }

  /** Loads every role; the phantom takes the place of all. @returns the phantom's seed, or null */
  async loadData({ reference, mixed, test }: DataPaths, size: number, recipe: Preparation): Promise<number | null> {
    const phantoms = [...reference, ...mixed, ...test].map(phantomOf);
    const phantom = phantoms.find((one) => one !== null) ?? null;
    if (phantom !== null) {
      if (phantoms.some((one) => one?.seed !== phantom.seed || one.variant !== phantom.variant))
        throw new UsageError('The phantom takes the place of all roles: name it once, without other paths.');
      await this.send({ kind: 'phantom', ...phantom, size });
      return phantom.seed;
    }
    await this.session.setSize(size);
    await this.send({ kind: 'prepare', recipe });
    const roles = [
      { role: 'reference', files: await filesAt(reference) },
      { role: 'mixed', files: await filesAt(mixed) },
      { role: 'test', files: await filesAt(test) },
    ] as const;
    assertApart(roles);
    for (const { role, files } of roles) if (files.length > 0) await this.send({ kind: 'load', role, files });
    for (const source of this.session.data.sources)
      for (const note of source.notes) this.progress.line(`${source.role} ${source.name}: ${note}`);
    const { colour } = this.session.data;
    if (colour) this.progress.line(colour);
    return null;
  }

  /** What was found at the checkpoints of this training (of a resumed one: those since then), and which of them distance and labels choose; null for a model without distances. */
  get selection(): Selection | null {
    const { checked } = this;
    return checked.length === 0 ? null : { chosen: chosenOf(checked), best: bestOf(checked), checkpoints: checked };
  }

  sliceCounts(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.session.data.roles).map(([role, info]) => [role, info.slices]));
  }
}
