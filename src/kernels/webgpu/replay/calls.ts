/** What a step asks of tfjs's engine on its way forward, one call after another: by that a step is known again. What follows from it (gradients,
 * and what kernels ask of each other) is not listed. */
import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';

/** Names a tensor's values within a step: a variable's at its start, or the k-th result of the step. */
export type Ref = string;

/** `from`: the result is the values of this tensor of the call (its inputs, then its earlier results), under another shape perhaps. */
export type Result = { shape: readonly number[]; dtype: tf.DataType; from: number | null; buffer: GPUBuffer | null };

export type Call = {
  kind: 'kernel' | 'host' | 'gradient' | 'gradientEnd';
  /** Of a kernel. */
  name: string;
  attrs: object;
  /** Of what it reads. */
  inputs: readonly Ref[];
  results: readonly (Result | null)[];
  /** Whether the kernel's results are a list. */
  list: boolean;
  /** Host tensors: their values, and the buffer that they went to, if they did. */
  values: ArrayLike<number> | null;
  buffer: GPUBuffer | null;
  /** Commands recorded by the time that the call is done. */
  commands: number;
};

export type Gradients = (
  f: () => tf.Tensor,
  xs: tf.Tensor[],
  dy?: tf.Tensor,
  allowNone?: boolean,
) => { value: tf.Tensor; grads: tf.Tensor[] };

/** What we use of tfjs's engine, public there or not. */
export type Engine = {
  registeredVariables: Record<string, tf.Variable>;
  state: { numTensors: number };
  runKernel(name: string, inputs: tf.NamedTensorMap, attrs?: object): tf.Tensor | tf.Tensor[];
  makeTensor(values: ArrayLike<number>, shape: number[], dtype?: tf.DataType, backend?: unknown): tf.Tensor;
  makeTensorFromTensorInfo(info: TensorInfo): tf.Tensor;
  makeVariable(initial: tf.Tensor, trainable?: boolean, name?: string, dtype?: tf.DataType): tf.Variable;
  clone(x: tf.Tensor): tf.Tensor;
  gradients: Gradients;
  tidy<T extends tf.TensorContainer>(name: string, f: () => T): T;
};

export const engine = () => tf.engine() as unknown as Engine;

/** Names the values that a step meets. */
export class Refs {
  private readonly known = new Map<object, Ref>();
  private results = 0;

  constructor() {
    for (const [name, { dataId }] of Object.entries(engine().registeredVariables)) this.known.set(dataId, `v:${name}`);
  }

  of({ dataId }: TensorInfo): Ref {
    return this.known.get(dataId) ?? `outside:${(dataId as { id?: number }).id}`;
  }

  /** Names a result, unless its values have a name. */
  add(dataId: object): void {
    if (!this.known.has(dataId)) this.known.set(dataId, `r:${this.results++}`);
  }
}

/** Attributes of calls may be numbers, strings, lists and plain objects. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Number.isNaN(a) && Number.isNaN(b);
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

const sameShape = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((length, i) => length === b[i]);

/** Whether the call is the recorded one, for all that is known before it is done. `fleeting` kernels may have other attributes. */
export function isCall(one: Call, now: Pick<Call, 'kind' | 'name' | 'attrs' | 'inputs'>, fleeting: boolean): boolean {
  return (
    one.kind === now.kind &&
    one.name === now.name &&
    one.inputs.length === now.inputs.length &&
    one.inputs.every((ref, i) => ref === now.inputs[i]) &&
    (fleeting || same(one.attrs, now.attrs))
  );
}

export function sameResults(a: Call, b: Call): boolean {
  return (
    a.list === b.list &&
    a.results.length === b.results.length &&
    a.results.every((one, i) => {
      const other = b.results[i];
      return one === null || other === null
        ? one === other
        : sameShape(one.shape, other.shape) && one.dtype === other.dtype && one.from === other.from;
    })
  );
}
