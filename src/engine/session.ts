/** One visitor's lab: receives commands, owns the backend, the data and the run, posts reports. Runs in a worker and in Node alike. */
import { paramProblem } from '../core/params';
import type { Command, DataState, EngineState, Report } from '../core/protocol';
import type { Params, Role } from '../core/types';
import { MODELS, modelOf, scorerOf, wholeOf } from '../models/registry';
import { type OnLost, openBackend, type Platform, runningThreads } from './backend';
import { type Rescue, Rescues } from './backup';
import { type Checkpoint, checkpointOf, withoutMoments } from './checkpoint';
import { Cleaner } from './clean';
import { type EvaluationInput, evaluate, type RawEvaluation } from './evaluate';
import { trainingOf } from './fingerprint';
import { every, hop } from './hop';
import { type Lab, perform } from './keeping';
import { meter } from './meter';
import { failureOf } from './place';
import { Preflights } from './preflight';
import { probe } from './probe';
import { Run, stateBefore } from './run';
import { Study } from './study';

export { CODEC_FILES, setCodecSource } from '../data/codecs';
export { MODEL_IDS } from '../models/registry';

export type Post = (report: Report) => void;

export class Session {
  private engine: EngineState | null = null;
  private readonly study: Study;
  private run: Run | null = null;
  private opening: Promise<void> = Promise.resolve();
  /** The train command whose data are being made ready. */
  private pending: TrainCommand | null = null;
  /** Counts opened backends: news of an earlier one's device is none. */
  private generation = 0;
  /** Counts train commands: one that waits for its data gives way to a later one. */
  private turn = 0;
  private readonly cleaner = new Cleaner();
  private readonly preflights: Preflights;
  private readonly rescues = new Rescues();
  private scoring: { key: string; cancelled: boolean; superseded: boolean } | null = null;
  /** The last evaluation of the loaded run with its raw scores: what files are written from. */
  lastEvaluation: RawEvaluation | null = null;

  constructor(
    private readonly post: Post,
    private readonly platform: Platform,
    /** Whether somebody watches: previews cost up to a tenth of the time. */
    private readonly watched = true,
  ) {
    this.study = new Study(post);
    this.preflights = new Preflights(platform.memory, watched, post);
  }

  /** Never throws: every failure becomes a report with the sentence to show. */
  async handle(command: Command): Promise<void> {
    try {
      await this.dispatch(command);
    } catch (error) {
      this.post(failureOf(command, error));
    }
  }

  private async dispatch(command: Command): Promise<void> {
    this.rescues.see(command);
    switch (command.kind) {
      case 'open':
        this.opening = this.opening.catch(() => {}).then(() => this.open(command));
        return this.opening;
      case 'phantom':
        return this.study.drawPhantom(command.variant, command.size, command.seed);
      case 'load':
        return this.study.load(command.files, command.role);
      case 'cancelLoad':
        return this.study.cancelLoad();
      case 'use':
        return this.study.use(command.set);
      case 'assign':
        return this.study.assign(command.source, command.role);
      case 'assignPatients':
        return this.study.assignPatients(command.patients, command.role);
      case 'prepare':
        return this.study.prepare(command.recipe);
      case 'simulate':
        return this.study.simulate(command.simulation);
      case 'previewRecipe':
        return this.study.previewRecipe(command.recipe, command.at);
      case 'chooseArray':
        return this.study.chooseArray(command.path, command.array);
      case 'probe':
        return this.probe(command.model, command.params);
      case 'limit':
        this.preflights.allow(command.bytes);
        return this.engine ? this.say({ ...this.engine, memory: this.preflights.limit(this.engine.backend) }) : undefined;
      case 'train':
        return this.train(command);
      case 'stop':
        if (this.pending?.run === command.run) return this.dropPending();
        if (this.run?.id === command.run) this.run.runner.stop();
        return;
      case 'resume':
      case 'step':
        // Scores of one evaluation must come from one set of weights.
        await this.cancelScoring(true);
        if (this.run?.id === command.run) this.run.runner[command.kind]();
        return;
      case 'restore':
        // Scores asked for while the run comes to rest end before its weights change.
        await this.loaded(command.run).comeToRest();
        await this.cancelScoring(true);
        return this.loaded(command.run).goBack(command.snapshot);
      case 'pause':
        if (this.run?.id === command.run) this.run.runner.pause();
        return;
      case 'score':
        return this.score(command.run, command.scorer, command.smooth);
      case 'cancelScore':
        if (this.scoring) this.scoring.cancelled = true; // what is scored so far is shown
        return;
      case 'export':
      case 'exportWeights':
      case 'exportOnnx':
      case 'keep':
      case 'pack':
      case 'unpack':
      case 'attach':
      case 'pictures':
        return perform(command, this.lab);
      case 'clean':
        return this.answer(await this.cleaner.clean(command), (cleaned) => ({ kind: 'cleaned', cleaned }));
      case 'assess':
        return this.answer(await this.cleaner.assess(command), (assessed) => ({ kind: 'assessed', assessed }));
      default:
        command satisfies never;
    }
  }

  private say(engine: EngineState): void {
    this.engine = engine;
    this.post({ kind: 'engine', engine });
  }

  /** Posts an answer unless a newer ask took its place. */
  private answer<T>(found: T | null, report: (found: T) => Report): void {
    if (found) this.post(report(found));
  }

  private async open({ backend, threads, kernels, replay }: Extract<Command, { kind: 'open' }>): Promise<void> {
    this.turn++;
    const generation = ++this.generation;
    await this.endRun();
    const onLost: OnLost = (sentence, weightsGone) => {
      if (generation !== this.generation) return; // a device of an earlier backend
      const { run } = this;
      const said = weightsGone && run ? this.rescues.keep(run.rescue, run.runner.update, sentence) : sentence;
      run?.runner.fail(said, weightsGone);
      this.post({ kind: 'failure', where: 'engine', sentence: said });
      if (this.engine?.backend === 'wasm') this.say({ ...this.engine, threads: runningThreads(), reason: sentence });
    };
    const opened = await openBackend(backend, this.platform, onLost, threads, kernels, replay);
    this.preflights.forget();
    this.say({ ...opened, memory: this.preflights.limit(opened.backend), models: Object.values(MODELS).map((model) => model.spec) });
    const rescue = this.rescues.take();
    if (rescue) this.putBack(rescue);
  }

  /** A run whose device stopped waits where it was copied last. */
  private putBack(rescue: Rescue): void {
    this.run = this.newRun(rescue.command, rescue.checkpoint);
    this.run.standIn(rescue);
    if (!this.run.active) this.post({ kind: 'run', state: this.run.state() });
    else this.run.start().catch((error) => this.post(failureOf(rescue.command, error)));
  }

  /** Variables belong to the backend that made them: a run ends before another backend or run begins. */
  private async endRun(): Promise<void> {
    const run = this.run;
    this.run = null;
    run?.runner.stop();
    await run?.finished.catch(() => {});
    await this.cancelScoring(true);
    this.lastEvaluation = null;
    run?.dispose();
  }

  /** Ends the scoring under way and any that waits behind it; `superseded`: nobody wants what it has so far. */
  private async cancelScoring(superseded: boolean): Promise<void> {
    while (this.scoring) {
      Object.assign(this.scoring, { cancelled: true, superseded });
      await hop();
    }
  }

  private dropPending(): void {
    this.turn++;
    if (this.pending) this.postBefore(this.pending, 'stopped');
    this.pending = null;
  }

  private postBefore(command: TrainCommand, phase: 'preparing' | 'stopped'): void {
    const model = modelOf(command.model);
    const roles = this.study.roles();
    const total = this.study.problems(model.spec.needs).length > 0 ? 0 : model.updates(command.params, (role) => roles[role].length);
    if (this.engine) this.post({ kind: 'run', state: stateBefore(command, this.engine.backend, this.study.set, phase, total) });
  }

  private async train(command: TrainCommand, from?: Checkpoint): Promise<void> {
    await this.opening;
    // Before the loaded run is given up for this one; a phantom that is not drawn yet is looked at below.
    if (this.study.set === 'mine') this.demand(command);
    const problem = paramProblem(modelOf(command.model).spec, command.params);
    if (problem) throw new Error(problem);
    this.study.assertFits(command.params.size);
    const turn = ++this.turn;
    await this.endRun();
    this.pending = command;
    this.postBefore(command, 'preparing');
    try {
      await this.fits(command, turn);
      if (turn === this.turn) await this.study.resize(command.params.size);
    } catch (error) {
      if (this.pending === command) this.postBefore(command, 'stopped');
      throw error;
    } finally {
      if (this.pending === command) this.pending = null;
    }
    if (turn !== this.turn) return;
    this.demand(command);
    const run = this.newRun(command, from);
    this.run = run;
    await run.start();
  }

  /** @throws Error with the sentence to show for a run that memory has no room for */
  private fits({ run, model, params }: TrainCommand, turn: number): Promise<void> {
    if (!this.engine) throw new Error(NO_BACKEND);
    const roles = this.study.roles();
    const count = (role: Role) => roles[role].length;
    return this.preflights.demand(run, modelOf(model), params, this.engine.memory, count, () => turn === this.turn);
  }

  private demand({ model, params }: TrainCommand): void {
    const { spec, lacks } = modelOf(model);
    const roles = this.study.roles();
    const few = this.study.patching ? null : (lacks?.(params, (role) => roles[role].length) ?? null);
    const [problem = few] = this.study.problems(spec.needs);
    if (problem) throw new Error(problem);
  }

  private newRun(command: TrainCommand, from?: Checkpoint): Run {
    if (!this.engine) throw new Error(NO_BACKEND);
    const { study, engine, post, watched } = this;
    const whole = study.patching && { roles: study.roles(), patching: study.patching };
    return new Run(command, modelOf(command.model), study.cases(), study.set, engine, post, watched, from, whole);
  }

  private async score(id: string, scorerId: string, smooth: boolean | null, recorded?: EvaluationInput['recorded']): Promise<void> {
    const run = this.loaded(id);
    const key = `${id} ${scorerId} ${smooth}`;
    if (this.scoring?.key === key && !this.scoring.cancelled) return; // it is under way
    // No await between the end of these and the next job.
    while (this.scoring || run.runner.stepping) await (this.scoring ? this.cancelScoring(true) : hop());
    if (run.runner.phase === 'running') throw new Error('The run is training. Pause or stop it to score it.');
    if (this.run !== run) throw new Error('That run is no longer loaded. Train again to score it.');
    const scorer = scorerOf(run.model.spec, scorerId);
    const { test, reference, validation } = run.pool;
    if (test.length === 0) throw new Error('There are no test slices to score. Move some to Test.');
    const job = { key, cancelled: false, superseded: false };
    this.scoring = job;
    const progress = meter('score', 'slices', this.post);
    const shown = every(250);
    try {
      const result = await evaluate(
        {
          run: id,
          trainer: run.trainer,
          spec: run.model.spec,
          scorer,
          smooth: scorer.combines ? scorer.smooth : (smooth ?? scorer.smooth),
          update: run.runner.update,
          test,
          reference,
          validation,
          notes: run.notes,
          patching: run.patching,
          seed: run.seed,
          recorded,
        },
        {
          cancelled: () => job.cancelled,
          progress,
          iterate: async (first, step, seen) => {
            if (shown()) await run.showIterate(first, step, seen);
          },
        },
      );
      if (!job.superseded) this.lastEvaluation = result;
      if (result && this.watched) this.cleaner.keep(result.evaluation);
      if (result && !job.superseded) this.post({ kind: 'evaluation', evaluation: result.evaluation });
    } finally {
      this.scoring = null;
      this.post({ kind: 'finished', task: 'score' });
    }
  }

  private loaded(id: string): Run {
    if (this.run?.id !== id) throw new Error('That run is no longer loaded. Train again to score it.');
    return this.run;
  }

  private get lab(): Lab {
    return {
      study: this.study,
      post: this.post,
      loaded: (run) => this.loaded(run),
      evaluationOf: async (run, scorer, smooth) => {
        const fits = () => {
          const { scorer: by, smooth: how, update } = this.lastEvaluation?.evaluation ?? {};
          return by === scorer && how === smooth && update === this.loaded(run).runner.update ? this.lastEvaluation : null;
        };
        if (!fits()) await this.score(run, scorer, smooth);
        const result = fits();
        if (!result) throw new Error('The scores were not finished, so there is nothing to save.');
        return result;
      },
      assertIdle: () => {
        if (this.run?.active || this.pending) throw new Error('A run is under way. Stop it before opening another.');
      },
      attachStopped: async ({ record: { run, model, preset, params, seed, phase } }, checkpoint) => {
        const problem = paramProblem(modelOf(model).spec, wholeOf({ model, params }).params);
        if (problem) throw new Error(problem);
        await this.attach({ kind: 'train', run, model, preset, params, seed }, checkpoint);
        const { runner } = this.loaded(run);
        runner.phase = phase === 'done' ? 'done' : 'stopped';
        this.post({ kind: 'attached', run });
        this.post({ kind: 'run', state: this.loaded(run).state() });
      },
    };
  }

  private async probe(modelId: string, params: Params): Promise<void> {
    await this.opening;
    const model = modelOf(modelId);
    if (this.run?.active) throw new Error('A run is using the machine. Stop it before measuring the machine.');
    const fitted = await probe(model, params, meter('probe', 'updates', this.post));
    this.post({ kind: 'machine', model: modelId, ...fitted });
    this.post({ kind: 'finished', task: 'probe' });
  }

  // ---- for callers without a page -----------------------------------------------------------------------------------------------

  /** All that a later `resume` needs; null without a run. */
  checkpoint(): Promise<Checkpoint> | null {
    return this.run ? checkpointOf(this.run) : null;
  }

  /** Fingerprint of the slices that a run can learn from. */
  training = (): Promise<string> => trainingOf(this.study.cases());

  /** Goes on from a checkpoint as if it had never stopped. @throws Error with the sentence to show */
  async resume(command: TrainCommand, checkpoint: Checkpoint): Promise<void> {
    if (withoutMoments(checkpoint))
      throw new Error('This checkpoint holds the networks without the moments of their optimisers: it can be scored, not trained on.');
    await this.train(wholeOf(command), checkpoint);
  }

  /** Loads a trained model to score the test set with, without a reference set. @throws Error with the sentence to show */
  async attach(command: TrainCommand, checkpoint: Checkpoint): Promise<void> {
    await this.opening;
    await this.study.resize(command.params.size);
    const run = this.newRun(wholeOf(command), checkpoint);
    await this.endRun();
    this.run = run;
  }

  /** As the command `score`, with a threshold recorded at training time. @throws Error with the sentence to show */
  async scoreRecorded(run: string, scorer: string, recorded: EvaluationInput['recorded']): Promise<void> {
    await this.score(run, scorer, null, recorded);
  }

  /** Size of the slices that files are cut into from now on. */
  async setSize(size: number): Promise<void> {
    await this.study.resize(size);
  }

  get data(): DataState {
    return this.study.state();
  }

  get testVolumes() {
    return this.study.testVolumes();
  }

  async close(): Promise<void> {
    await this.endRun();
  }
}

const NO_BACKEND = 'No backend is running. Choose one in the device menu.';

type TrainCommand = Extract<Command, { kind: 'train' }>;
