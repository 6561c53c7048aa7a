import * as tf from '@tensorflow/tfjs';

/**
 * Runs an operation of kernels/fused.ts where the running backend has it; undefined where it has not and the caller composes it instead.
 */
export function fused<T extends tf.Tensor | tf.Tensor[]>(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attrs: tf.NamedAttrMap,
): T | undefined {
  if (!tf.getKernel(name, tf.getBackend())) return undefined;
  return tf.engine().runKernel(name, inputs as never, attrs) as T;
}

/** The same for an operation on many tensors at once, whose inputs are numbered: `rows` beside the `common` ones. */
export function fusedOfMany<T extends tf.Tensor | tf.Tensor[]>(
  name: string,
  common: Record<string, tf.Tensor>,
  rows: readonly Record<string, tf.Tensor>[],
  attrs: tf.NamedAttrMap,
): T | undefined {
  const numbered = rows.flatMap((row, i) => Object.entries(row).map(([key, tensor]) => [`${key}${i}`, tensor] as const));
  return fused(name, { ...common, ...Object.fromEntries(numbered) }, { ...attrs, count: rows.length });
}
