import * as tf from '@tensorflow/tfjs';

/** Decay and ε of TensorFlow's optimiser, which the authors' code uses. */
const DECAY = 0.9;
const EPSILON = 1e-10;

/** RMSProp (Tieleman & Hinton 2012): v ← 0.9·v + 0.1·g², p ← p − rate · g / √(v + ε); v starts at 1, as TensorFlow's does. */
export class RmsProp {
  readonly moments: Record<string, tf.Variable>;
  updates = 0;

  constructor(
    private readonly variables: Readonly<Record<string, tf.Variable>>,
    private readonly rate: number,
  ) {
    const entries = Object.entries(variables);
    this.moments = Object.fromEntries(entries.map(([name, p]) => [`${name}/v`, tf.tidy(() => tf.variable(tf.onesLike(p), false))]));
  }

  /** One update; `gradients` by variable name, disposed by the caller. */
  apply(gradients: Readonly<Record<string, tf.Tensor>>): void {
    this.updates += 1;
    tf.tidy(() => {
      for (const [name, p] of Object.entries(this.variables)) {
        const [g, v] = [gradients[name], this.moments[`${name}/v`]];
        v.assign(tf.add(tf.mul(DECAY, v), tf.mul(1 - DECAY, tf.square(g))));
        p.assign(tf.sub(p, tf.div(tf.mul(this.rate, g), tf.sqrt(tf.add(v, EPSILON)))));
      }
    });
  }

  dispose(): void {
    tf.dispose(this.moments);
  }
}
