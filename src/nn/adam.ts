import * as tf from '@tensorflow/tfjs';
import { fusedOfMany } from './fused';

/** Learning rate, β1, β2, ε. */
export type AdamSettings = readonly [rate: number, beta1: number, beta2: number, epsilon: number];

/**
 * Adam (Kingma & Ba 2015, Algorithm 1): m ← β1·m + (1−β1)·g, v ← β2·v + (1−β2)·g², p ← p − rate · m̂ / (√v̂ + ε).
 * Its moments are plain variables, so that a checkpoint can hold them and a test can count them.
 */
export class Adam {
  readonly moments: Record<string, tf.Variable> = {};
  private step = 0;

  constructor(
    private readonly variables: Readonly<Record<string, tf.Variable>>,
    private readonly settings: AdamSettings,
  ) {
    tf.tidy(() => {
      for (const [name, variable] of Object.entries(variables)) {
        this.moments[`${name}/m`] = tf.variable(tf.zerosLike(variable), false);
        this.moments[`${name}/v`] = tf.variable(tf.zerosLike(variable), false);
      }
    });
  }

  /** Number of updates so far; settable, to resume. */
  get updates(): number {
    return this.step;
  }
  set updates(n: number) {
    this.step = n;
  }

  /** One update; `gradients` by variable name, disposed by the caller. A schedule gives each update its own rate. */
  apply(gradients: Readonly<Record<string, tf.Tensor>>, rate = this.settings[0]): void {
    const [, beta1, beta2, epsilon] = this.settings;
    this.step += 1;
    const stepSize = rate / (1 - beta1 ** this.step);
    const rootCorrection = 1 / Math.sqrt(1 - beta2 ** this.step);
    tf.tidy(() => {
      const rows = Object.entries(this.variables).map(([name, p]) => {
        return { p, g: gradients[name], m: this.moments[`${name}/m`], v: this.moments[`${name}/v`] };
      });
      const attrs = { beta1, beta2, stepSize, rootCorrection, epsilon };
      const known = fusedOfMany<tf.Tensor[]>('AdamStep', {}, rows, attrs);
      if (known) {
        for (const [i, target] of rows.flatMap(({ p, m, v }) => [p, m, v]).entries()) target.assign(known[i]);
        return;
      }
      for (const { p, g, m, v } of rows) {
        m.assign(tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1)));
        v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2)));
        p.assign(tf.sub(p, tf.div(tf.mul(m, stepSize), tf.add(tf.mul(tf.sqrt(v), rootCorrection), epsilon))));
      }
    });
  }

  dispose(): void {
    for (const moment of Object.values(this.moments)) moment.dispose();
  }
}
