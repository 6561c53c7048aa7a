/** Our compiled kernels beside the stock WASM backend, in its memory: what a kernel needs to run one. */
import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { startThreads, type Thread, type Threads } from './threads';

type Stock = {
  HEAPU8: Uint8Array;
  asm: { memory: WebAssembly.Memory };
  _malloc(bytes: number): number;
  _free(address: number): void;
};
export type Exports = {
  run(control: number, scratch: number, operation: number, chunks: number): number;
  runAlone(control: number, scratch: number, operation: number, chunks: number): void;
  close(control: number): void;
};

/** Bytes of a thread's own scratch, and of the control block (assembly/jobs.ts). */
export const SCRATCH = 640 * 1024;
export const CONTROL = 512;
const ARGUMENTS = 256;

export class ThreadLost extends Error {
  constructor() {
    super('A thread of the processor stopped answering, so this step cannot be trusted. The lab goes on with one thread.');
  }
}

export class Native {
  private reserved = { address: 0, bytes: 0 };
  private threads: Threads | null = null;
  private readonly scratch: number;

  private constructor(
    private readonly stock: Stock,
    private readonly exports: Exports,
    private control: number,
    private readonly onLost: (sentence: string) => void,
  ) {
    this.scratch = zeroed(stock, SCRATCH);
  }

  /**
   * Instantiates our kernels in the memory of the running WASM backend.
   * @param binary our compiled kernels, their memory shared as the backend's is
   * @param count threads in all, this one included; more than one needs shared memory
   * @param spawn makes the other threads
   * @param onLost told when one of them died; from then on this thread works alone
   */
  static async start(binary: ArrayBuffer, count: number, spawn: () => Thread, onLost: (sentence: string) => void): Promise<Native> {
    const stock = (tf.backend() as BackendWasm as unknown as { wasm: Stock }).wasm;
    guard(stock);
    const { memory } = stock.asm;
    const module = await WebAssembly.compile(binary);
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    const kernels = exports as unknown as Exports;
    const control = zeroed(stock, CONTROL);
    const started = new Native(stock, kernels, control, onLost);
    if (count > 1) {
      const task = { module, memory, control };
      const scratch = () => zeroed(stock, SCRATCH);
      const close = () => kernels.close(control);
      started.threads = await startThreads(task, count - 1, scratch, spawn, close, () => started.lose());
    }
    return started;
  }

  /** Threads that share the work, this one included. */
  get count(): number {
    return 1 + (this.threads?.count ?? 0);
  }

  /** Views of the backend's memory, valid until the next allocation. */
  get i32(): Int32Array {
    return new Int32Array(this.stock.HEAPU8.buffer);
  }
  get f32(): Float32Array {
    return new Float32Array(this.stock.HEAPU8.buffer);
  }

  /** A working area of at least `bytes`, one at a time: the next call may move it. */
  reserve(bytes: number): number {
    if (bytes > this.reserved.bytes) {
      this.stock._free(this.reserved.address);
      this.reserved = { address: this.stock._malloc(bytes) >>> 0, bytes };
    }
    return this.reserved.address;
  }

  /** Address of a tensor's values. */
  at(tensor: tf.TensorInfo): number {
    return (tf.backend() as BackendWasm).getMemoryOffset(tensor.dataId) >>> 0;
  }

  /** An uninitialised float32 tensor. */
  output(shape: readonly number[]): tf.TensorInfo {
    return (tf.backend() as BackendWasm).makeOutput([...shape], 'float32');
  }

  /**
   * Does all chunks of an operation.
   * @throws ThreadLost where a thread died over its chunk.
   */
  run(operation: number, args: readonly number[], chunks: number): void {
    if (chunks === 0) return;
    this.i32.set(args, (this.control + ARGUMENTS) >> 2);
    if (!this.threads || chunks === 1) this.exports.runAlone(this.control, this.scratch, operation, chunks);
    else if (this.exports.run(this.control, this.scratch, operation, chunks) !== 0) throw this.lose();
  }

  /** The lost thread may yet read its arguments and write: the control block is left to it. */
  private lose(): ThreadLost {
    const lost = new ThreadLost();
    if (!this.threads) return lost;
    this.threads.stop();
    this.threads = null;
    this.control = zeroed(this.stock, CONTROL);
    this.onLost(lost.message);
    return lost;
  }

  /** Ends the other threads. Their memory is theirs until they have ended, so only what no thread reads is given back. */
  dispose(): void {
    this.threads?.stop();
    this.threads = null;
    this.stock._free(this.reserved.address);
  }
}

/** The stock backend does not look whether there was memory left, and would write to address 0. */
function guard(stock: Stock): void {
  const malloc = stock._malloc;
  if ('guarded' in malloc) return;
  const guarded = (bytes: number) => {
    const address = malloc(bytes);
    if (address === 0 && bytes > 0)
      throw new Error('The memory of WebAssembly (4 GB at most) is used up. Take a smaller batch, image size or width.');
    return address;
  };
  stock._malloc = Object.assign(guarded, { guarded: true });
}

function zeroed(stock: Stock, bytes: number): number {
  const address = stock._malloc(bytes) >>> 0;
  stock.HEAPU8.fill(0, address, address + bytes);
  return address;
}

let running: Native | null = null;

/** Makes these the kernels that run, ending the ones before. */
export function useNative(native: Native | null): void {
  running?.dispose();
  running = native;
}

export function native(): Native {
  if (!running) throw new Error('Our WebAssembly kernels were not started.');
  return running;
}

const bits = new DataView(new ArrayBuffer(4));
/** A float32 as the int32 of the same bits, as arguments are passed. */
export function float(value: number): number {
  bits.setFloat32(0, value);
  return bits.getInt32(0);
}
