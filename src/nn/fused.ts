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
