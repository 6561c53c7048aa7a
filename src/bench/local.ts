/** The benches in the process or worker that loads this; chromium.ts drives it from afar by the same names. */
import * as tf from '@tensorflow/tfjs';
import type { BackendName } from '../core/protocol';
import { openBackend, type Platform } from '../engine/backend';
import { CASES, LARGE } from './cases';
import { kernelRows, type Row } from './kernels';
import { Stepper, type Times } from './steps';

export interface Lab {
  /** Starts a backend; says what runs. */
  open(backend: BackendName, threads: number | null): Promise<string>;
  /** Builds a case and warms it up. */
  prepare(name: string): Promise<void>;
  /** Milliseconds of `count` updates of every network of the prepared case. */
  run(count: number): Promise<Times>;
  kernels(seconds: number): Promise<Row[]>;
  /** Bytes of WebAssembly memory, which never shrinks; 0 on other backends. */
  heap(): Promise<number>;
}

export class LocalLab implements Lab {
  private stepper: Stepper | null = null;

  constructor(private readonly platform: Platform) {}

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

  async kernels(seconds: number): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const row of kernelRows(seconds)) rows.push(row);
    return rows;
  }

  async heap(): Promise<number> {
    return tf.getBackend() === 'wasm' ? (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.length : 0;
  }
}
