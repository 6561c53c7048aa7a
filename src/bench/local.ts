/** The benches in the process or worker that loads this; chromium.ts drives it from afar by the same names. */
import * as tf from '@tensorflow/tfjs';
import type { BackendName } from '../core/protocol';
import { openBackend, type Platform } from '../engine/backend';
import { CASES, LARGE } from './cases';
import { kernelRows, type Row } from './kernels';
import { timeSearch } from './search';
import { Stepper, type Times } from './steps';
import { type Turn, turnsOn } from './turns';
import { Visit, type Visitor } from './visit';

export interface Lab extends Visitor {
  /** Starts a backend; says what runs. */
  open(backend: BackendName, threads: number | null): Promise<string>;
  /** Builds a case and warms it up. */
  prepare(name: string): Promise<void>;
  /** Milliseconds of `count` updates of every network of the prepared case. */
  run(count: number): Promise<Times>;
  /** Milliseconds of one latent search of so many queries. */
  search(queries: number, rounds: number): Promise<number>;
  kernels(seconds: number): Promise<Row[]>;
  turn: Turn;
  /** Bytes of WebAssembly memory, which never shrinks; 0 on other backends. */
  heap(): Promise<number>;
}

export class LocalLab implements Lab {
  private stepper: Stepper | null = null;
  private readonly visit: Visit;

  readonly turn: Turn;

  constructor(private readonly platform: Platform) {
    this.turn = turnsOn(platform);
    this.visit = new Visit(platform);
  }

  read(files: Parameters<Visitor['read']>[0]): ReturnType<Visitor['read']> {
    return this.visit.read(files);
  }

  train(seconds: number): ReturnType<Visitor['train']> {
    return this.visit.train(seconds);
  }

  async open(backend: BackendName, threads: number | null): Promise<string> {
    const fail = (sentence: string) => {
      throw new Error(sentence);
    };
    const opened = await openBackend(backend, this.platform, fail, backend === 'wasm' ? threads : null);
    return backend === 'wasm' ? `WASM, ${opened.threads === 1 ? '1 thread' : `${opened.threads} threads`}` : opened.adapter || backend;
  }

  async prepare(name: string): Promise<void> {
    this.stepper?.dispose();
    const found = [...CASES, LARGE].find((one) => one.name === name);
    if (!found) throw new Error(`There is no case "${name}".`);
    this.stepper = new Stepper(found);
    await this.stepper.run(2);
  }

  async run(count: number): Promise<Times> {
    if (!this.stepper) throw new Error('No case is prepared.');
    return this.stepper.run(count);
  }

  search(queries: number, rounds: number): Promise<number> {
    return timeSearch(queries, rounds);
  }

  async kernels(seconds: number): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const row of kernelRows(seconds)) rows.push(row);
    return rows;
  }

  async heap(): Promise<number> {
    return tf.getBackend() === 'wasm' ? (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.length : 0;
  }
}
