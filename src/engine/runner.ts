/** Owns time: runs a model's training generator, pauses, steps and stops it between two updates, and reads losses as rarely as plots allow. */
import * as tf from '@tensorflow/tfjs';
import type { Point, RunPhase } from '../core/protocol';
import type { Trainer, TrainStep } from '../models/model';
import { every, hop } from './hop';

/** Losses are read when a plot is due and at least this often, so that a queue of unread work cannot grow. */
const STEPS_BETWEEN_READS = 8;
/** Messages with points leave at most this often. */
const READ_EVERY_MS = 100;
const SECONDS_OF_RATE = 5;
const ADVICE = ' Try a tenth of the rate, or a larger batch.';

export type RunnerHooks = {
  points(points: Point[]): void;
  state(): void;
  /** Called about twice a second between updates; may await tensors. */
  between(): Promise<void>;
  /** Called after an update that ends a part of the schedule. */
  ended?(part: string): Promise<void>;
};

type Unread = TrainStep & { update: number };

export class Runner {
  phase: RunPhase = 'preparing';
  update = 0;
  /** Seconds spent in updates. */
  seconds = 0;
  message: string | null = null;
  /** The update at which it stops, short of all. */
  until: number | null = null;
  private single = 0;
  private wake: (() => void) | null = null;
  private readonly marks: { at: number; update: number }[] = [];
  private good: tf.Tensor[] = [];
  private goodUpdate = 0;
  private goodSteps = 0;
  private fault: string | null = null;
  private advice = '';
  private weightsGone = false;

  constructor(
    private readonly trainer: Trainer,
    private steps: Generator<TrainStep, void, void>,
    readonly updates: number,
    private readonly hooks: RunnerHooks,
    from: { update: number; seconds: number } = { update: 0, seconds: 0 },
  ) {
    this.update = from.update;
    this.goodUpdate = from.update;
    this.seconds = from.seconds;
  }

  /** Updates per second of running time over the last seconds. */
  get rate(): number {
    const first = this.marks[0];
    return first && this.seconds > first.at ? (this.update - first.update) / (this.seconds - first.at) : 0;
  }

  get etaSeconds(): number | null {
    return this.rate > 0 ? (this.updates - this.update) / this.rate : null;
  }

  pause(): void {
    if (this.phase === 'running') this.enter('paused');
  }
  resume(): void {
    if (this.phase === 'paused') this.enter('running');
    this.wake?.();
  }
  /** One update, then paused. */
  step(): void {
    this.pause();
    this.single += 1;
    this.wake?.();
  }
  stop(): void {
    if (this.phase === 'running' || this.phase === 'paused' || this.phase === 'preparing') this.enter('stopped');
    this.wake?.();
  }
  /** Whether a paused run takes updates one by one. */
  get stepping(): boolean {
    return this.phase === 'paused' && (this.single > 0 || this.wake === null);
  }
  /** Pauses a run that is under way; resolves once no update is. */
  async atRest(): Promise<void> {
    this.pause();
    while (this.stepping) await hop();
  }
  /** Goes on from weights and draws that were put back; `steps` is a training generator that begins there. */
  rewind(to: { update: number; seconds: number }, steps: Generator<TrainStep, void, void>): void {
    this.steps.return();
    this.steps = steps;
    this.update = to.update;
    this.seconds = to.seconds;
    this.marks.length = 0;
    this.message = null;
    if (this.phase === 'paused') this.keepWeights();
    else if (this.phase !== 'preparing') this.phase = 'stopped';
    this.hooks.state();
  }
  /** Ends the run after the present update; the sentence is shown and the last good weights come back. */
  fail(sentence: string, weightsGone = false): void {
    this.fault ??= sentence;
    this.weightsGone ||= weightsGone;
    this.wake?.();
  }

  /** Resolves when the run has ended, for whatever reason; the phase says which. */
  async run(): Promise<void> {
    const pending: Unread[] = [];
    const ready: Point[] = [];
    const plotDue = every(READ_EVERY_MS);
    let lastRead = Number.NEGATIVE_INFINITY;
    const betweenDue = every(500);
    const snapshotDue = every(2000);
    try {
      this.keepWeights();
      await this.hooks.between();
      if (this.phase === 'preparing') this.enter('running');
      while (this.update < this.updates && this.phase !== 'stopped') {
        if (this.phase === 'paused' && this.single === 0) {
          // Whoever pauses sees where the run stands.
          if (pending.length > 0) {
            const points = await read(pending);
            if (this.diverged(points)) break;
            ready.push(...points);
          }
          if (ready.length > 0) this.hooks.points(ready.splice(0));
          await this.hooks.between();
          if (this.phase === 'paused' && this.single === 0 && !this.fault) await new Promise<void>((resolve) => (this.wake = resolve));
        }
        this.wake = null;
        if (this.fault) break;
        if (this.phase !== 'running' && !(this.phase === 'paused' && this.single > 0)) continue;
        const oneStep = this.single > 0;
        if (oneStep) this.single -= 1;
        const start = performance.now();
        const next = this.steps.next();
        if (next.done) break;
        this.update += 1;
        const { ends, ...step } = next.value;
        pending.push({ update: this.update, ...step });
        if (oneStep || pending.length >= STEPS_BETWEEN_READS || performance.now() - lastRead >= READ_EVERY_MS) {
          const points = await read(pending);
          lastRead = performance.now();
          if (this.diverged(points)) break;
          ready.push(...points);
        }
        const keeps = pending.length === 0 && snapshotDue();
        // Who gets the points watches their limits: weights are kept after all of theirs have passed.
        if (ready.length > 0 && (plotDue() || oneStep || keeps)) this.hooks.points(ready.splice(0));
        this.seconds += (performance.now() - start) / 1000;
        this.mark();
        if (this.fault || (keeps && !(await this.weightsAreGood()))) break;
        if (ends) await this.hooks.ended?.(ends);
        if (this.update === this.until) this.stop();
        if (oneStep || betweenDue()) {
          await this.hooks.between();
          this.hooks.state();
        }
        await hop();
      }
      if (pending.length > 0) {
        const points = await read(pending);
        if (!this.diverged(points)) ready.push(...points);
      }
      if (ready.length > 0) this.hooks.points(ready);
      if (!this.fault) await this.weightsAreGood();
      if (this.fault) this.restoreWeights(this.fault);
      else if (this.phase !== 'stopped') this.enter('done');
    } catch (error) {
      // A read from a lost device fails with the driver's words; the fault that was reported says it better.
      this.restoreWeights(
        this.fault ?? `The run stopped: ${(error instanceof Error ? error.message : String(error)).replace(/\.?$/, '.')}`,
      );
    } finally {
      this.steps.return();
      for (const { losses } of pending) tf.dispose(losses);
      tf.dispose(this.good);
      this.good = [];
    }
    await this.hooks.between().catch(() => {}); // a last picture; the run has ended either way
    this.hooks.state();
  }

  private enter(phase: RunPhase): void {
    this.phase = phase;
    this.hooks.state();
  }

  private mark(): void {
    this.marks.push({ at: this.seconds, update: this.update });
    while (this.marks.length > 2 && this.marks[0].at < this.seconds - SECONDS_OF_RATE) this.marks.shift();
  }

  private diverged(points: readonly Point[]): boolean {
    const bad = points.find((point) => Object.values(point.losses).some((v) => !Number.isFinite(v)));
    if (!bad) return false;
    if (this.fault) return true; // the first says it better
    const name = Object.entries(bad.losses).find(([, v]) => !Number.isFinite(v))?.[0];
    this.fault = `The loss “${name}” stopped being a number at update ${bad.update}.`;
    this.advice = ADVICE;
    return true;
  }

  /** A finite checksum of the weights and no fault so far; they are then kept, cheaply: assigning a variable leaves its old tensor to whoever
   * holds it. */
  private async weightsAreGood(): Promise<boolean> {
    const sum = tf.tidy(() => tf.sum(tf.stack(Object.values(this.trainer.variables).map((v) => tf.sum(v)))));
    const [value] = await sum.data();
    sum.dispose();
    if (this.fault) return false; // one that came meanwhile
    if (!Number.isFinite(value)) {
      this.fault = `The weights stopped being numbers near update ${this.update}.`;
      this.advice = ADVICE;
      return false;
    }
    this.keepWeights();
    return true;
  }

  private keepWeights(): void {
    const old = this.good;
    this.good = tf.tidy(() => Object.values(this.trainer.variables).map((v) => tf.clone(v)));
    tf.dispose(old);
    this.goodUpdate = this.update;
    this.goodSteps = this.trainer.updates;
  }

  private restoreWeights(sentence: string): void {
    Object.values(this.trainer.variables).forEach((variable, i) => {
      if (this.good[i]) variable.assign(this.good[i]);
    });
    if (this.good.length > 0) this.trainer.updates = this.goodSteps;
    this.update = this.goodUpdate;
    this.message = this.weightsGone ? sentence : `${sentence} The weights of update ${this.goodUpdate} are kept.${this.advice}`;
    this.enter('failed');
  }
}

/** Reads and disposes all waiting losses with one sync point. */
async function read(pending: Unread[]): Promise<Point[]> {
  const taken = pending.splice(0);
  const names = taken.map(({ losses }) => Object.keys(losses));
  const all = tf.tidy(() => tf.stack(taken.flatMap(({ losses }) => Object.values(losses))));
  for (const { losses } of taken) tf.dispose(losses);
  const values = await all.data();
  all.dispose();
  let at = 0;
  return taken.map(({ update, network }, i) => ({
    update,
    network,
    losses: Object.fromEntries(names[i].map((name) => [name, values[at++]])),
  }));
}
