/** Loss terms and their gradient from one forward pass. */
import * as tf from '@tensorflow/tfjs';

/** What `forward` gives, and the gradient of its `losses.total` by variable name; the caller disposes all of it. */
export function differentiate<Seen extends { losses: { total: tf.Scalar } }>(
  variables: Readonly<Record<string, tf.Variable>>,
  forward: () => Seen,
): Seen & { gradients: Record<string, tf.Tensor> } {
  let seen!: Seen;
  const { grads } = tf.tidy(() =>
    tf.variableGrads(() => {
      seen = forward();
      keepAll(seen);
      return seen.losses.total;
    }, Object.values(variables)),
  );
  const gradients = Object.fromEntries(Object.entries(variables).map(([name, { name: id }]) => [name, grads[id]]));
  return { ...seen, gradients };
}

/** Tensors that outlive the gradient's own tidy. */
function keepAll(tree: unknown): void {
  if (tree instanceof tf.Tensor) tf.keep(tree);
  else if (typeof tree === 'object' && tree !== null) Object.values(tree).forEach(keepAll);
}
