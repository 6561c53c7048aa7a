/** What a pass of networks does, kernel by kernel, written down while it runs: a graph of it then cannot differ from what the lab computes. */
import * as tf from '@tensorflow/tfjs';

/** A kernel that depends on what was given. Tensors are named by their ids. */
export type Step = { kernel: string; inputs: Record<string, Ref>; attributes: Record<string, unknown>; outputs: readonly Ref[] };
export type Ref = { id: number; shape: readonly number[] };

export type Trace = {
  steps: readonly Step[];
  /** What the steps take that does not depend on what was given, by id: weights, and all that was made of weights alone. The caller disposes them. */
  constants: ReadonlyMap<number, tf.Tensor>;
  outputs: Readonly<Record<string, Ref>>;
};

/** Kernels that ask for no more than a shape. */
const SHAPE_ONLY = new Set(['ZerosLike', 'OnesLike']);

const refOf = ({ id, shape }: tf.Tensor): Ref => ({ id, shape: [...shape] });
const listed = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** Runs `pass` on tensors, and writes down what its results took. `pass` must neither wait nor look into a tensor. */
export function traced(given: readonly tf.Tensor[], pass: () => Readonly<Record<string, tf.Tensor>>): Trace {
  const engine = tf.engine();
  const run = engine.runKernel;
  const steps: Step[] = [];
  const constants = new Map<number, tf.Tensor>();
  const dependent = new Set(given.map(({ id }) => id));
  const watched = (kernel: string, inputs: tf.NamedTensorMap, attributes?: tf.NamedAttrMap) => {
    const results = run.call(engine, kernel, inputs, attributes) as tf.Tensor | tf.Tensor[];
    const taken = Object.entries(inputs).filter(([, one]) => one instanceof tf.Tensor);
    if (SHAPE_ONLY.has(kernel) || !taken.some(([, { id }]) => dependent.has(id))) return results;
    for (const [, one] of taken)
      if (!dependent.has(one.id) && !constants.has(one.id))
        constants.set(one.id, tf.keep(run.call(engine, 'Identity', { x: one }) as tf.Tensor));
    const outputs = listed(results);
    for (const { id } of outputs) dependent.add(id);
    steps.push({
      kernel,
      inputs: Object.fromEntries(taken.map(([name, one]) => [name, refOf(one)])),
      attributes: { ...attributes },
      outputs: outputs.map(refOf),
    });
    return results;
  };
  engine.runKernel = watched as typeof run;
  try {
    const results = tf.tidy(pass as () => tf.NamedTensorMap);
    const outputs = Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, refOf(tensor)]));
    tf.dispose(results);
    return { steps: needed(steps, Object.values(outputs)), constants, outputs };
  } catch (error) {
    for (const tensor of constants.values()) tensor.dispose();
    throw error;
  } finally {
    engine.runKernel = run;
  }
}

/** The steps that some output takes: a kernel may have been made of others, which are written down too. */
function needed(steps: readonly Step[], outputs: readonly Ref[]): Step[] {
  const wanted = new Set(outputs.map(({ id }) => id));
  const kept: Step[] = [];
  for (const step of [...steps].reverse()) {
    if (!step.outputs.some(({ id }) => wanted.has(id))) continue;
    for (const { id } of Object.values(step.inputs)) wanted.add(id);
    kept.push(step);
  }
  return kept.reverse();
}
