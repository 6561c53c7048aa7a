/** Takes a step as usual and writes down what it asked of tfjs's engine and of the device. */

import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { flush, type Internals, watchFleeting } from '../../program';
import { type AdamAttrs, adamUniforms } from '../variables';
import { type Call, engine, isCall, Refs, type Result, same, sameResults } from './calls';
import { type Arena, Capture, Patches, sameCommands } from './commands';

/** Kernels whose attributes differ from step to step, and what their uniforms then begin with. */
export const FLEETING: Record<string, (attrs: object, old: readonly number[]) => number[]> = {
  AdamStep: (attrs) => adamUniforms(attrs as AdamAttrs),
  HashDropout: (attrs, [size]) => [size, (attrs as { draw: number }).draw],
};

const ON_PROCESSOR = 'WEBGPU_CPU_FORWARD';

/** Uniforms that follow a call's attributes. */
export type Fleeting = { call: number; buffer: GPUBuffer; values: readonly number[]; packed(values: readonly number[]): ArrayBuffer };

export type Recording = {
  calls: readonly Call[];
  capture: Capture;
  /** Variables that the step reads or writes, and the buffers that hold them before and after it. */
  state: readonly { name: string; buffer: GPUBuffer }[];
  /** Other tensors that were there before. */
  outside: readonly { dataId: object; buffer: GPUBuffer }[];
  fleeting: readonly Fleeting[];
  /** What of the uploads is no host tensor of the step: constants, if they are the same in every step. */
  constants: readonly ArrayLike<number>[];
  uniforms: readonly Uint8Array[];
};

/** The result of the step, and its recording or why there is none. Tensors that outlive such a step keep the buffers that they have. */
export type Recorded<T> = { value: T; recording: Recording | null; why: string };

/** @param outcome tensors that outlive the step, each in a buffer of its own afterwards */
export function record<T>(on: Internals, arena: Arena, step: () => T, outcome: (value: T) => tf.Tensor[]): Recorded<T> {
  const tfjs = engine();
  flush(on);
  const variables = Object.entries(tfjs.registeredVariables).map(([name, { dataId }]) => {
    on.uploadToGPU(dataId);
    return { name, buffer: on.tensorMap.get(dataId).resource! };
  });
  flush(on);
  const capture = new Capture(on, new Set(variables.map(({ buffer }) => buffer)), arena);
  const before = tfjs.state.numTensors;
  const tape = new Tape(on, capture);
  let value: T;
  // tfjs leaves kernels of few values that come from the host to the processor: then nobody could do them again.
  const onProcessor = tf.env().getBool(ON_PROCESSOR);
  tf.env().set(ON_PROCESSOR, false);
  capture.start();
  tape.start();
  try {
    value = step();
    tape.stop();
    for (const { name, buffer } of variables) {
      const { dataId } = tfjs.registeredVariables[name];
      const data = on.tensorMap.get(dataId);
      if (data.resource === buffer) continue;
      on.uploadToGPU(dataId);
      on.ensureCommandEncoderReady();
      on.endComputePassEncoder();
      on.commandEncoder!.copyBufferToBuffer(data.resource!, 0, buffer, 0, buffer.size);
      data.resource = buffer;
    }
    flush(on);
  } finally {
    tape.stop();
    capture.stop();
    tf.env().set(ON_PROCESSOR, onProcessor);
  }
  const kept = outcome(value);
  for (const tensor of kept) movedOut(on, tensor);
  flush(on);
  let why = tape.why;
  if (tfjs.state.numTensors - before !== kept.length) why = 'Tensors other than its losses outlive the step.';
  const outside = [...tape.outside].map((dataId) => ({
    dataId,
    buffer: on.tensorMap.has(dataId) ? on.tensorMap.get(dataId).resource! : null,
  }));
  const allowed = new Set([...variables, ...outside].map(({ buffer }) => buffer));
  if ([...capture.outside].some((buffer) => !allowed.has(buffer))) why ||= 'It uses a buffer that no tensor holds.';
  if (outside.some(({ buffer }) => buffer === null)) why ||= 'It disposes a tensor of an earlier step.';
  const fleeting = tape.linked();
  if (!fleeting) why ||= 'A gradient draws numbers of its own.';
  capture.settle(!why);
  if (why) return { value, recording: null, why };
  const hosts = new Map(tape.calls.filter(({ kind }) => kind === 'host').map((call) => [tape.idOf(call), call]));
  const constants: ArrayLike<number>[] = [];
  for (const { dataId, buffer, values } of capture.uploads) {
    const call = hosts.get(dataId);
    if (call) call.buffer = buffer;
    else constants.push(values);
  }
  const moving = new Set(fleeting!.map(({ buffer }) => buffer));
  const recording: Recording = {
    calls: tape.calls,
    capture,
    state: variables.filter(({ buffer }) => capture.outside.has(buffer)),
    outside: outside.filter((one): one is { dataId: object; buffer: GPUBuffer } => capture.outside.has(one.buffer!)),
    fleeting: fleeting!,
    constants,
    uniforms: [...capture.written].filter(([buffer]) => !moving.has(buffer)).map(([, bytes]) => bytes),
  };
  return { value, recording, why };
}

/** Gives a tensor whose buffer belongs to a recording one from the backend's store. */
function movedOut(on: Internals, tensor: tf.Tensor): void {
  const data = on.tensorMap.get(tensor.dataId);
  if (!data.resource) return;
  const { usage, size } = data.resource;
  const buffer = on.bufferManager.acquireBuffer(size, usage);
  on.ensureCommandEncoderReady();
  on.endComputePassEncoder();
  on.commandEncoder!.copyBufferToBuffer(data.resource, 0, buffer, 0, size);
  data.resource = buffer;
}

/** Whether the second of two steps did what the first did, but for values of host tensors and fleeting attributes. */
export function sameStep(a: Recording, b: Recording): boolean {
  const alike = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    x.length === y.length && Array.prototype.every.call(x, (v, i) => Object.is(v, y[i]));
  return (
    a.calls.length === b.calls.length &&
    a.calls.every(
      (call, i) =>
        isCall(call, b.calls[i], call.name in FLEETING) && sameResults(call, b.calls[i]) && call.commands === b.calls[i].commands,
    ) &&
    sameCommands(a.capture.commands, b.capture.commands) &&
    a.constants.length === b.constants.length &&
    a.constants.every((values, i) => alike(values, b.constants[i])) &&
    a.uniforms.length === b.uniforms.length &&
    a.uniforms.every((bytes, i) => alike(bytes, b.uniforms[i])) &&
    a.fleeting.length === b.fleeting.length &&
    a.fleeting.every(({ call }, i) => call === b.fleeting[i].call) &&
    same(
      a.state.map(({ name }) => name),
      b.state.map(({ name }) => name),
    )
  );
}

/** Lists the calls. */
class Tape {
  readonly calls: Call[] = [];
  /** Tensors that it reads though they were there before, and are no variables. */
  readonly outside = new Set<object>();
  why = '';
  private readonly refs = new Refs();
  private readonly patches = new Patches();
  private readonly ids = new Map<Call, object>();
  private readonly fleeting: (Omit<Fleeting, 'call'> & { name: string; attrs: object; call: number | null })[] = [];
  /** In a gradient on its way back, or in a kernel of a kernel. */
  private hidden = false;
  private running: { name: string; attrs: object; call: number | null } | null = null;

  constructor(
    private readonly on: Internals,
    private readonly capture: Capture,
  ) {}

  idOf(call: Call): object {
    return this.ids.get(call)!;
  }

  start(): void {
    const { patches } = this;
    const tfjs = engine();
    watchFleeting((buffer, values, packed) => this.fleeting.push({ ...this.running!, buffer, values, packed }));
    patches.over(tfjs, 'runKernel', (old) => (name, inputs, attrs = {}) => {
      const outer = this.running;
      const hidden = this.hidden;
      this.running = { name, attrs, call: hidden ? null : this.calls.length };
      if (hidden) {
        try {
          return old.call(tfjs, name, inputs, attrs);
        } finally {
          this.running = outer;
        }
      }
      const read = Object.values(inputs);
      const refs = read.map((tensor) => this.read(tensor));
      const ids = read.map(({ dataId }) => dataId);
      this.hidden = true;
      try {
        const made = old.call(tfjs, name, inputs, attrs);
        const list = Array.isArray(made);
        this.add({ kind: 'kernel', name, attrs, inputs: refs, list }, ids, list ? made : [made as tf.Tensor]);
        return made;
      } finally {
        this.hidden = false;
        this.running = outer;
      }
    });
    patches.over(tfjs, 'makeTensor', (old) => (values, shape, dtype, backend) => {
      const made = old.call(tfjs, values, shape, dtype, backend);
      if (!this.hidden) {
        this.refs.add(made.dataId);
        const call = this.add({ kind: 'host', name: made.dtype, attrs: shape, inputs: [], list: false }, [], []);
        call.values = values.length <= FEW ? Array.from(values) : null;
        this.ids.set(call, made.dataId);
      }
      return made;
    });
    patches.over(tfjs, 'gradients', (old) => (f, xs, dy, allowNone) => {
      if (this.hidden) return old.call(tfjs, f, xs, dy, allowNone);
      const inputs = [...xs, ...(dy ? [dy] : [])];
      this.add({ kind: 'gradient', name: '', attrs: {}, inputs: inputs.map((tensor) => this.read(tensor)), list: false }, [], []);
      const forward = () => {
        const y = f();
        this.hidden = true;
        return y;
      };
      try {
        const result = old.call(tfjs, forward, xs, dy, allowNone);
        const read = [...inputs, result.value];
        const refs = read.map((tensor) => this.refs.of(tensor));
        this.add(
          { kind: 'gradientEnd', name: '', attrs: {}, inputs: refs, list: true },
          read.map(({ dataId }) => dataId),
          result.grads,
        );
        return result;
      } finally {
        this.hidden = false;
      }
    });
    // Asked for by a tape that keeps what gradients need.
    patches.over(tfjs, 'clone', (old) => (x) => {
      const hidden = this.hidden;
      this.hidden = true;
      try {
        return old.call(tfjs, x);
      } finally {
        this.hidden = hidden;
      }
    });
    patches.over(tfjs, 'makeVariable', (old) => (...list) => {
      this.why = 'It makes a variable.';
      return old.apply(tfjs, list);
    });
  }

  stop(): void {
    watchFleeting(null);
    this.patches.restore();
  }

  private read(tensor: TensorInfo): string {
    const ref = this.refs.of(tensor);
    if (ref.startsWith('outside')) this.outside.add(tensor.dataId);
    return ref;
  }

  private add(
    head: Pick<Call, 'kind' | 'name' | 'attrs' | 'inputs' | 'list'>,
    inputs: readonly object[],
    made: readonly (tf.Tensor | null | undefined)[],
  ): Call {
    const seen = [...inputs];
    const results = made.map((tensor): Result | null => {
      if (!tensor) return null;
      const { dataId, shape, dtype } = tensor;
      const from = seen.indexOf(dataId);
      seen.push(dataId);
      const buffer = this.on.tensorMap.get(dataId).resource;
      if (from < 0 && !buffer && tensor.size > 0) this.why = `The kernel ${head.name} ran on the processor.`;
      this.refs.add(dataId);
      return { shape: [...shape], dtype, from: from < 0 ? null : from, buffer };
    });
    const call: Call = { ...head, results, values: null, buffer: null, commands: this.capture.commands.length };
    this.calls.push(call);
    return call;
  }

  /** Uniforms by the call that they follow: on the way back, that of the same kernel with the same attributes on the way forward. */
  linked(): Fleeting[] | null {
    const found = this.fleeting.map(({ name, attrs, call, ...rest }) => ({
      ...rest,
      call: call ?? this.calls.findIndex((one) => one.name === name && same(one.attrs, attrs)),
    }));
    return found.every(({ call }) => call >= 0) ? found : null;
  }
}

/** Values of host tensors up to this many are compared before they are written anew. */
export const FEW = 4;
