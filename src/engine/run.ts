/** One training run: a model, its data as they were at the start, and the loop that advances it. */
import * as tf from '@tensorflow/tfjs';
import type { BackendName, Command, DataSet, EngineState, Point, Preview, Report, RunPhase, RunState } from '../core/protocol';
import { Random } from '../core/random';
import { auroc, rank } from '../core/ranking';
import type { Params, Role, Slice } from '../core/types';
import { type Patching, patchNote } from '../data/patches';
import type { AnomalyModel, ScoreStep, Trainer } from '../models/model';
import { Backup, type Rescue } from './backup';
import { type Checkpoint, restore } from './checkpoint';
import { seenNote } from './duplicates';
import { toBytes } from './input';
import { Previewer } from './preview';
import { Runner } from './runner';
import { SliceSampler } from './sampler';
import { Selection } from './selection';
import { Snapshots } from './snapshots';
import { Steps } from './steps';

/** Where patches to learn from are cut, and how. */
export type Whole = { roles: Readonly<Record<Role, readonly Slice[]>>; patching: Patching };

/** A preview may cost this share of the time between two of them. */
const PREVIEW_SHARE = 0.1;

export class Run {
  readonly id: string;
  readonly seed: number;
  readonly params: Params;
  readonly preset: string;
  readonly trainer: Trainer;
  readonly sampler: SliceSampler;
  readonly runner: Runner;
  /** What it learns from and is scored on: whole slices, even where patches are cut from them. */
  readonly pool: Readonly<Record<Role, readonly Slice[]>>;
  readonly patching: Patching | null;
  finished: Promise<void> = Promise.resolve();
  private readonly steps: Steps;
  private readonly previewer: Previewer | null;
  private noted: readonly string[] | null = null;
  private nextPreview = 0;
  private lastPreview = -1;
  private readonly snapshots: Snapshots;
  private readonly selection: Selection;
  /** Where the weights live on a device that may stop. */
  private readonly backup: Backup | null;
  /** The most peaks that the histogram has shown. */
  private readonly splits = [{ update: 0, peaks: 1 }];
  /** What the search of the batch from `first` on has been seen to minimise. */
  private traces: { first: number; steps: number[]; terms: Record<string, number[][]> } | null = null;

  constructor(
    private readonly command: Extract<Command, { kind: 'train' }>,
    readonly model: AnomalyModel,
    /** What is watched: slices, or patches side by side. */
    readonly roles: Readonly<Record<Role, readonly Slice[]>>,
    private readonly set: DataSet,
    private readonly engine: Pick<EngineState, 'backend' | 'replay'>,
    private readonly post: (report: Report) => void,
    private readonly watched: boolean,
    from?: Checkpoint,
    whole: Whole | null = null,
  ) {
    this.id = command.run;
    this.seed = command.seed;
    this.params = command.params;
    this.preset = command.preset;
    const { spec } = model;
    const first = [...spec.needs, 'test' as const].map((role) => roles[role][0]).find(Boolean);
    if (!first) throw new Error('There are no slices. Add some, or use the built-in phantom.');
    if (first.height !== command.params.size)
      throw new Error(`The slices are ${first.height} pixels wide, the run asks for ${command.params.size}. Start it again.`);
    this.pool = whole?.roles ?? roles;
    this.patching = whole?.patching ?? null;
    this.sampler = new SliceSampler(this.pool, spec.input, new Random(command.seed + 1), this.patching);
    this.trainer = model.build(command.params, first.height, first.width, command.seed);
    if (from) restore(from, this.trainer, this.sampler);
    const updates = model.updates(command.params, (role) => this.pool[role].length);
    this.steps = new Steps(this.trainer, this.sampler, engine.replay);
    this.runner = new Runner(
      this.trainer,
      this.steps.begin(),
      updates,
      {
        points: (points) => {
          post({ kind: 'points', run: this.id, points });
          this.watch(points);
        },
        state: () => post({ kind: 'run', state: this.state() }),
        between: async () => {
          await this.preview();
          await this.backup?.takeDue();
        },
        ended: (part) => this.partEnded(part),
      },
      from,
    );
    this.runner.until = command.until ?? null;
    this.backup = engine.backend === 'webgpu' ? new Backup(this) : null;
    this.snapshots = new Snapshots(this.trainer, this.sampler);
    this.selection = new Selection(this.trainer, spec.input, roles);
    const pool = [roles.test, roles.mixed, roles.reference].find((slices) => slices.length > 0) ?? [];
    // What learns from two sets is seen at work on both: A → B′ and B → B′.
    const beside = spec.needs.includes('mixed') && pool !== roles.reference ? roles.reference : [];
    this.previewer = pool.length > 0 ? new Previewer(this.id, spec, this.trainer, pool, beside) : null;
  }

  /** What is said of every evaluation. Worked out when it is first wanted: it looks at every slice. */
  get notes(): readonly string[] {
    if (this.noted) return this.noted;
    const { test } = this.pool;
    const patched = this.patching && test.length > 0 ? patchNote(test, this.patching) : null;
    const training = this.model.spec.needs.flatMap((role) => this.pool[role]);
    this.noted = [patched, seenNote(training, test)].filter((note) => note !== null);
    return this.noted;
  }

  /** What is left of it where its device stopped. */
  get rescue(): Rescue | null {
    const checkpoint = this.backup?.checkpoint;
    if (!checkpoint) return null;
    return { command: this.command, checkpoint, checked: [...this.selection.checked], phase: this.runner.phase };
  }

  /** Stands in, from its copy, for a run whose device stopped: it waits, or has ended as that had. Snapshots are gone with the device. */
  standIn({ checkpoint, checked, phase }: Rescue): void {
    this.selection.checked.push(...checked.filter(({ update }) => update <= checkpoint.update));
    if (checked.length > 0) this.postSelection();
    this.post({ kind: 'snapshots', run: this.id, ...this.snapshots.list });
    this.runner.phase = phase === 'done' || phase === 'stopped' ? phase : 'paused';
  }

  get active(): boolean {
    return ['preparing', 'running', 'paused'].includes(this.runner.phase);
  }

  start(): Promise<void> {
    this.post({ kind: 'run', state: this.state() });
    this.finished = this.runner.run();
    return this.finished;
  }

  state(): RunState {
    const { numTensors, numBytes } = tf.memory();
    const { state: recordings } = this.steps;
    const { phase, update, updates, rate, etaSeconds, seconds, message } = this.runner;
    return {
      run: this.id,
      model: this.model.spec.id,
      preset: this.preset,
      params: this.params,
      seed: this.seed,
      set: this.set,
      backend: this.engine.backend,
      phase,
      update,
      updates,
      rate,
      etaSeconds,
      seconds,
      tensors: numTensors,
      bytes: numBytes,
      ...(recordings && { recordings }),
      message,
    };
  }

  private async preview(): Promise<void> {
    const now = performance.now();
    const last = !this.active || this.runner.phase === 'paused';
    if (
      !this.previewer ||
      !this.watched ||
      this.runner.phase === 'failed' ||
      this.lastPreview === this.runner.update ||
      (now < this.nextPreview && !last)
    )
      return;
    this.lastPreview = this.runner.update;
    const preview = await this.previewer.make(this.runner.update, () => false);
    this.nextPreview = performance.now() + Math.max(500, (performance.now() - now) / PREVIEW_SHARE);
    if (!preview) return;
    this.post({ kind: 'preview', preview });
    const peaks = preview.peaks.length;
    if (this.splits.some((before) => before.peaks >= peaks)) return;
    this.splits.push({ update: this.runner.update, peaks });
    if (this.model.spec.stopRule) this.snapshot(`histogram splits: ${peaks} peaks`, preview);
  }

  /** Ends the run where a loss has left the range that its model gives it. */
  private watch(points: readonly Point[]): void {
    for (const { update, losses } of points)
      for (const [name, value] of Object.entries(losses)) {
        const { limit, label } = this.model.spec.losses[name] ?? {};
        if (limit && value > limit.most)
          this.runner.fail(`“${label}” reached ${value.toPrecision(2)} at update ${update}. ${limit.advice}`);
      }
  }

  private async partEnded(part: string): Promise<void> {
    const distance = await this.selection.distance();
    if (distance === null && !this.watched) return;
    const { update } = this.runner;
    const preview = (await this.previewer?.make(update, () => false)) ?? null;
    if (distance === null) return this.snapshot(`end of ${part}`, preview);
    const auc = preview && imageAuc(preview);
    const { network } = this.model.spec.losses.distance;
    const losses = { distance, ...(auc !== null && { auc }) };
    this.post({ kind: 'points', run: this.id, points: [{ update, network, losses }] });
    this.selection.checked.push({ update, distance, auc });
    this.postSelection();
    const lowest = this.selection.chosen === update ? ', the lowest so far' : '';
    const beside = auc === null ? '' : `; image AUC ${auc.toFixed(2)}, by labels`;
    this.snapshot(`${part}: Fréchet distance ${distance.toPrecision(3)}${lowest}${beside}`, preview);
  }

  /** Says what was found at the checkpoints so far; the snapshot that is chosen by it stays. */
  private postSelection(): void {
    this.snapshots.chosen = this.selection.chosen;
    this.post({ kind: 'selection', run: this.id, checked: [...this.selection.checked] });
  }

  private snapshot(reason: string, preview: Preview | null): void {
    if (!preview || !this.watched) return; // nobody could go back to it
    this.snapshots.take(reason, this.runner, preview);
    this.post({ kind: 'snapshots', run: this.id, ...this.snapshots.list });
  }

  /** Pauses a run under way; resolves between two updates. @throws Error with the sentence to show where there is nothing to go back to */
  async comeToRest(): Promise<void> {
    const { runner } = this;
    if (runner.phase === 'preparing') throw new Error('The run is being prepared: there is nothing to go back to yet.');
    if (runner.phase === 'failed') throw new Error('The run failed and cannot go back. Start again.');
    await runner.atRest();
    if (!this.active) await this.finished;
  }

  /** @throws Error with the sentence to show */
  async goBack(snapshot: number): Promise<void> {
    const { runner } = this;
    await this.comeToRest();
    const { preview, ...to } = this.snapshots.restore(snapshot);
    this.lastPreview = to.update;
    this.backup?.forget();
    this.selection.rewind(to.update);
    if (this.trainer.features) this.postSelection();
    this.splits.splice(this.splits.findLastIndex(({ update }) => update <= to.update) + 1);
    runner.rewind(to, this.steps.begin());
    this.post({ kind: 'restored', run: this.id, snapshot, preview });
  }

  /** Six slices of the batch that an iterative scorer is working on, as they are now. */
  async showIterate(first: number, { step, of, image, terms }: ScoreStep, seen: readonly Slice[]): Promise<void> {
    const slices = seen.slice(first, first + 6);
    const { height, width } = slices[0];
    const size = height * width;
    const shown = tf.tidy(() => tf.slice(image, [0, 0, 0, 0], [slices.length, height, width, 1]));
    const [values, ...read] = await Promise.all([shown, ...Object.values(terms ?? {})].map((tensor) => tensor.data()));
    shown.dispose();
    const last = this.traces?.steps.at(-1) ?? 0;
    if (!terms || this.traces?.first !== first || step <= last) this.traces = terms ? { first, steps: [], terms: {} } : null;
    this.traces?.steps.push(step);
    Object.keys(terms ?? {}).forEach((name, k) => {
      const trace = this.traces!.terms;
      trace[name] = [...(trace[name] ?? []), [...read[k].slice(0, slices.length)]];
    });
    const iterate = new Uint8Array(slices.length * size);
    const input = new Uint8Array(slices.length * size);
    slices.forEach((slice, i) => {
      toBytes(
        (values as Float32Array).subarray(i * size, (i + 1) * size),
        slice,
        this.model.spec.input,
        iterate.subarray(i * size, (i + 1) * size),
      );
      input.set(
        slice.pixels.map((v) => Math.round(255 * v)),
        i * size,
      );
    });
    this.post({
      kind: 'iterate',
      iterate: { run: this.id, step, of, height, width, names: slices.map((s) => s.name), input, pixels: iterate, traces: this.traces },
    });
  }

  dispose(): void {
    this.snapshots.dispose();
    this.trainer.dispose();
  }
}

/** Of the fixed slices that have a score and a label; null where they are of one class. */
function imageAuc({ scores, labels }: Preview): number | null {
  const known = [...scores.keys()].filter((i) => labels[i] !== null && Number.isFinite(scores[i]));
  return auroc(
    rank(
      known.map((i) => scores[i]),
      known.map((i) => Number(labels[i])),
    ),
  );
}

/** What is known of a run whose data are still being made ready; `updates` as in `RunState`. */
export function stateBefore(
  command: Extract<Command, { kind: 'train' }>,
  backend: BackendName,
  set: DataSet,
  phase: RunPhase,
  updates: number,
): RunState {
  const { run, model, preset, params, seed } = command;
  const progress = { update: 0, updates, rate: 0, etaSeconds: null, seconds: 0, tensors: 0, bytes: 0, message: null };
  return { run, model, preset, params, seed, set, backend, phase, ...progress };
}
