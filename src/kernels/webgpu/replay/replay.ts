/**
 * Steps of a training that ask for the same work again and again are recorded once and then replayed with one submit. The model's generator still
 * runs, so that data and random numbers are drawn as ever, and every call that it makes on its way forward is held to the recording; but kernels
 * are not run, gradients are not traced and nothing is dispatched until the step is complete. A step that turns out to be another one is taken as
 * usual from the call at which it does.
 */
import * as tf from '@tensorflow/tfjs';
import { flush, type Internals, internals, output } from '../../program';
import { type Call, engine, isCall, Refs, same } from './calls';
import { Arena, encode, Patches } from './commands';
import { FEW, FLEETING, type Recording, record, sameStep } from './record';

export type Step = { network: string; losses: Record<string, tf.Scalar> };

/** Steps taken before any is recorded: the first ones compile, and make what later ones find. */
const FIRST = 2;
/** Steps that are recorded once one was met that is none of the recordings: as many as there may be kinds of them. */
const DRAFTS = 8;
/** So often may that be in vain before recording is given up. */
const MOST_VAIN = 3;

export type Report = {
  replayed: number;
  recorded: number;
  plain: number;
  /** Bytes on the device that recordings hold besides the run's own. */
  bytes: number;
  /** Why the last recorded step cannot be replayed, if so. */
  why: string;
};

/** Where a generator of random numbers stands. */
export type Draws = { state: unknown };

/**
 * The same steps. Only on the WebGPU backend.
 * @param draws what a loss function draws its numbers from: one that has to be evaluated once more draws the same ones again
 * @param report kept up to date
 */
export function* replaying<S extends Step>(
  steps: Generator<S, void, void>,
  draws: Draws,
  report: Report = fresh(),
): Generator<S, void, void> {
  const on = internals(tf.backend());
  const arena = new Arena(on);
  let recordings: Recording[] = [];
  let drafts: Recording[] = [];
  let toDraft = DRAFTS;
  let vain = 0;
  const drop = (list: readonly Recording[]) => {
    for (const { capture } of list) capture.dispose();
  };
  const count = () => {
    report.bytes = recordings.reduce((sum, { capture }) => sum + capture.bytes, arena.bytes);
  };
  const outcome = ({ value }: IteratorResult<S, void>) => Object.values((value as S | undefined)?.losses ?? {});
  try {
    for (let step = 0; ; step++) {
      const lost = recordings.filter((one) => !own(on, one));
      recordings = recordings.filter((one) => !lost.includes(one));
      drop(lost);
      if (lost.length > 0) toDraft = DRAFTS;
      let next: IteratorResult<S, void>;
      if (step >= FIRST && toDraft > 0 && vain < MOST_VAIN) {
        toDraft--;
        const { value, recording, why } = record(on, arena, () => steps.next(), outcome);
        next = value;
        report.recorded++;
        report.why = why;
        const twin = recording && drafts.find((one) => sameStep(one, recording));
        if (twin) {
          recordings.push(recording);
          drafts = drafts.filter((one) => one !== twin);
          vain = 0;
        } else if (recording) {
          // Held to what comes, but never replayed itself: it needs no buffers.
          drop([recording]);
          drafts.push(recording);
        }
        if (toDraft === 0 || (twin && drafts.length === 0)) {
          if (recordings.length === 0) vain++;
          toDraft = recordings.length === 0 ? DRAFTS : 0;
          drafts = [];
        }
      } else if (recordings.length > 0) {
        const ghost = new Ghost(on, recordings, draws);
        next = ghost.take(() => steps.next(), outcome);
        if (ghost.replayed) report.replayed++;
        else {
          report.plain++;
          toDraft = DRAFTS;
        }
      } else {
        next = steps.next();
        report.plain++;
      }
      count();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    steps.return();
    flush(on);
    drop(recordings);
    arena.dispose();
    recordings = [];
    count();
  }
}

export const fresh = (): Report => ({ replayed: 0, recorded: 0, plain: 0, bytes: 0, why: '' });

/**
 * Makes the buffers of a recording's variables theirs alone: whoever else holds the values (a clone, kept to go back to) gets a copy.
 * @returns false where a variable is gone or its values are elsewhere by now
 */
function own(on: Internals, { state, outside }: Recording): boolean {
  const { registeredVariables } = engine();
  const there = state.every(({ name, buffer }) => {
    const variable = registeredVariables[name];
    return variable && on.tensorMap.get(variable.dataId).resource === buffer;
  });
  if (!there || !outside.every(({ dataId, buffer }) => on.tensorMap.has(dataId) && on.tensorMap.get(dataId).resource === buffer))
    return false;
  for (const { name, buffer } of state) {
    const variable = registeredVariables[name];
    const data = on.tensorMap.get(variable.dataId);
    if (data.refCount === 1) continue;
    data.resource = on.bufferManager.acquireBuffer(buffer.size, buffer.usage);
    on.ensureCommandEncoderReady();
    on.endComputePassEncoder();
    on.commandEncoder!.copyBufferToBuffer(buffer, 0, data.resource, 0, buffer.size);
    const again = output(on, variable.shape);
    on.tensorMap.get(again.dataId).resource = buffer;
    const tensor = engine().makeTensorFromTensorInfo(again);
    variable.assign(tensor);
    tensor.dispose();
  }
  return true;
}

/** As they lie in a buffer; a batch of images, which is one typed array, is not copied. */
function packedAs(dtype: string, values: ArrayLike<number>): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> {
  const Typed = dtype === 'float32' ? Float32Array : Int32Array;
  return values instanceof Typed && values.buffer instanceof ArrayBuffer ? (values as Float32Array<ArrayBuffer>) : Typed.from(values);
}

/** Thrown out of a gradient's function, which is then called again as usual. */
const CHANGED = new Error('The step is another one.');

/** A step whose kernels are not run. */
class Ghost {
  /** Whether the step was a recorded one to its end. */
  replayed = false;
  private readonly refs = new Refs();
  private readonly patches = new Patches();
  /** Recordings that begin as the step did so far. */
  private live: readonly Recording[];
  /** Calls so far. */
  private at = 0;
  private depth = 0;
  private readonly attrs = new Map<number, object>();
  private readonly hosts: { at: number; dataId: object; values: ArrayLike<number> }[] = [];
  /** Tensors that stand for results: nothing is in them yet. */
  private readonly results: { dataId: object; at: number; index: number }[] = [];
  /** Buffers of variables, which are theirs again in the end. */
  private readonly state: readonly { name: string; buffer: GPUBuffer; dataId: object }[];

  constructor(
    private readonly on: Internals,
    recordings: readonly Recording[],
    private readonly draws: Draws,
  ) {
    this.live = recordings;
    const all = new Map(recordings.flatMap(({ state }) => state.map((one) => [one.name, one] as const)));
    this.state = [...all.values()].map(({ name, buffer }) => ({ name, buffer, dataId: engine().registeredVariables[name].dataId }));
  }

  take<T>(step: () => T, outcome: (value: T) => tf.Tensor[]): T {
    const { on } = this;
    // A variable that is assigned to would give its buffer back.
    for (const { dataId } of this.state) on.tensorMap.get(dataId).resource = null;
    this.start();
    let value: T;
    try {
      value = step();
    } catch (error) {
      this.leave();
      throw error;
    }
    if (this.patching) {
      const whole = this.live.find(({ calls }) => calls.length === this.at);
      if (whole) {
        this.patches.restore();
        this.run(whole, whole.capture.commands.length, outcome(value));
        this.replayed = true;
      } else this.leave();
    }
    return value;
  }

  private patching = false;

  private start(): void {
    const tfjs = engine();
    const { patches, refs } = this;
    this.patching = true;
    patches.over(tfjs, 'runKernel', (old) => (name, inputs, attrs = {}) => {
      const read = Object.values(inputs);
      const now = { kind: 'kernel' as const, name, attrs, inputs: read.map((tensor) => refs.of(tensor)) };
      const call = this.next(now, name in FLEETING);
      if (!call) return old.call(tfjs, name, inputs, attrs);
      if (name in FLEETING) this.attrs.set(this.at - 1, attrs);
      const made = this.made(
        call,
        read.map(({ dataId }) => dataId),
      ) as tf.Tensor[];
      return call.list ? made : made[0];
    });
    patches.over(tfjs, 'makeTensor', (old) => (values, shape, dtype, backend) => {
      const made = old.call(tfjs, values, shape, dtype, backend);
      if (!this.next({ kind: 'host', name: made.dtype, attrs: shape, inputs: [] }, false)) return made;
      refs.add(made.dataId);
      this.hosts.push({ at: this.at - 1, dataId: made.dataId, values });
      return made;
    });
    patches.over(tfjs, 'gradients', (old) => (f, xs, dy, allowNone) => {
      const inputs = [...xs, ...(dy ? [dy] : [])];
      const as = (list: tf.Tensor[]) => list.map((tensor) => refs.of(tensor));
      if (!this.next({ kind: 'gradient', name: '', attrs: {}, inputs: as(inputs) }, false)) return old.call(tfjs, f, xs, dy, allowNone);
      const before = this.at;
      const { state } = this.draws;
      this.depth++;
      try {
        const value = tfjs.tidy('forward', f);
        const read = [...inputs, value];
        const call = this.next({ kind: 'gradientEnd', name: '', attrs: {}, inputs: as(read) }, false)!;
        this.depth--;
        return {
          value,
          grads: this.made(
            call,
            read.map(({ dataId }) => dataId),
          ) as tf.Tensor[],
        };
      } catch (error) {
        this.depth--;
        if (error !== CHANGED || this.depth > 0) throw error;
        this.at = before;
        this.draws.state = state;
        this.leave();
        return old.call(tfjs, f, xs, dy, allowNone);
      }
    });
  }

  /** The recorded call that this one is; null once the step has turned out to be another, and goes on as usual. */
  private next(now: Pick<Call, 'kind' | 'name' | 'attrs' | 'inputs'>, fleeting: boolean): Call | null {
    if (!this.patching) return null;
    const live = this.live.filter(({ calls }) => this.at < calls.length && isCall(calls[this.at], now, fleeting));
    if (live.length > 0) {
      this.live = live;
      return live[0].calls[this.at++];
    }
    if (this.depth > 0) throw CHANGED;
    this.leave();
    return null;
  }

  private made({ results }: Call, inputs: readonly object[]): (tf.Tensor | null)[] {
    const seen = [...inputs];
    return results.map((result, index) => {
      if (!result) return null;
      const { from, dtype } = result;
      const shape = [...result.shape];
      let info = from === null ? output(this.on, shape) : { dataId: seen[from], shape, dtype };
      if (from !== null) (this.on as unknown as tf.KernelBackend).incRef(info.dataId);
      else {
        if (dtype !== 'float32') this.on.tensorMap.get(info.dataId).dtype = dtype;
        info = { ...info, dtype };
        this.results.push({ dataId: info.dataId, at: this.at - 1, index });
      }
      seen.push(info.dataId);
      this.refs.add(info.dataId);
      return engine().makeTensorFromTensorInfo(info);
    });
  }

  /** Does what was asked so far, and goes on as usual. */
  private leave(): void {
    if (!this.patching) return;
    this.patches.restore();
    const recording = this.live[0];
    const alive = this.results.filter(({ dataId }) => this.on.tensorMap.has(dataId)).map(({ dataId }) => ({ dataId }));
    this.run(recording, this.at === 0 ? 0 : recording.calls[this.at - 1].commands, alive);
  }

  /** @param wanted tensors that the results are needed in */
  private run(recording: Recording, until: number, wanted: readonly { dataId: object }[]): void {
    const { on } = this;
    const complete = until === recording.capture.commands.length;
    this.patching = false;
    flush(on);
    const { queue } = on.device;
    for (const { at, values } of this.hosts) {
      const call = recording.calls[at];
      if (!call.buffer) continue;
      if (call.values && same(call.values, Array.from(values))) continue;
      if (values.length <= FEW) call.values = Array.from(values);
      queue.writeBuffer(call.buffer, 0, packedAs(call.name, values));
    }
    for (const { call, buffer, values, packed } of recording.fleeting) {
      const attrs = this.attrs.get(call);
      if (!attrs) continue;
      const lead = FLEETING[recording.calls[call].name](attrs, values);
      queue.writeBuffer(buffer, 0, packed([...lead, ...values.slice(lead.length)]));
    }
    const encoder = on.device.createCommandEncoder();
    encode(encoder, recording.capture.commands, 0, until);
    const buffers = new Map(this.results.map(({ dataId, at, index }) => [dataId, recording.calls[at].results[index]?.buffer]));
    const states = new Set(this.state.map(({ buffer }) => buffer));
    for (const { dataId } of wanted) {
      const from = buffers.get(dataId);
      const data = on.tensorMap.get(dataId);
      if (!from || data.resource) continue;
      if (states.has(from)) data.resource = from;
      else {
        data.resource = on.bufferManager.acquireBuffer(from.size, from.usage);
        encoder.copyBufferToBuffer(from, 0, data.resource, 0, from.size);
      }
    }
    queue.submit([encoder.finish()]);
    const { registeredVariables } = engine();
    for (const { name, buffer } of this.state) {
      const variable = registeredVariables[name];
      const data = variable && on.tensorMap.get(variable.dataId);
      if (data && complete) data.values = null; // of a host tensor that was assigned: by now they are in the buffer
      if (data && !data.values) data.resource ??= buffer;
      if (data?.resource !== buffer) on.bufferManager.releaseBuffer(buffer);
    }
  }
}
