/** A visit as the page makes one: files are read into slices, then a VAE learns from them. */
import type { Report } from '../core/protocol';
import type { Platform } from '../engine/backend';
import { Session } from '../engine/session';
import { MODELS } from '../models/registry';
import { median } from './steps';

/** `longest` and `median`: seconds between two reports of losses, which leave at most every 0.1 s. */
export type Trained = { updates: number; perSecond: number; median: number; longest: number };

/** What is measured: in a process or a worker of its own, so that its memory is its own too. */
export interface Visitor {
  /** Seconds to read the files, and the slices they gave. */
  read(files: readonly { path: string; file: Blob }[]): Promise<{ seconds: number; slices: number }>;
  /** Trains for so many seconds on what was read. */
  train(seconds: number): Promise<Trained>;
}

export class Visit implements Visitor {
  private readonly session: Session;
  private failure: string | null = null;
  private reports: number[] = [];
  private updates = 0;

  constructor(platform: Platform) {
    this.session = new Session((report) => this.receive(report), platform);
  }

  private receive(report: Report): void {
    if (report.kind === 'failure') this.failure = report.sentence;
    if (report.kind !== 'points') return;
    this.reports.push(performance.now());
    this.updates = report.points.at(-1)?.update ?? this.updates;
  }

  /** @throws Error with the sentence of the first failure */
  private async send(command: Parameters<Session['handle']>[0]): Promise<void> {
    await this.session.handle(command);
    if (this.failure !== null) throw new Error(this.failure);
  }

  async read(files: readonly { path: string; file: Blob }[]): Promise<{ seconds: number; slices: number }> {
    const started = performance.now();
    await this.send({ kind: 'load', files, role: 'reference' });
    return { seconds: (performance.now() - started) / 1000, slices: this.session.data.roles.reference.slices };
  }

  async train(seconds: number): Promise<Trained> {
    await this.send({ kind: 'open', backend: 'wasm', threads: null });
    const { params } = MODELS.vae.spec.presets.demo;
    const run = 'bench';
    const training = this.send({ kind: 'train', run, model: 'vae', preset: 'demo', params: { ...params, updates: 20_000 }, seed: 1 });
    setTimeout(() => void this.session.handle({ kind: 'stop', run }), 1000 * seconds);
    await training;
    const gaps = this.reports.slice(1).map((at, i) => (at - this.reports[i]) / 1000);
    return { updates: this.updates, perSecond: this.updates / seconds, median: median(gaps), longest: Math.max(...gaps) };
  }
}
