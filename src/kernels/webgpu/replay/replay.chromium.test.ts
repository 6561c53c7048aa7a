/** Replayed steps against the same steps taken as usual: the same losses, weights and draws, whatever happens between them. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Adam } from '../../../nn/adam';
import { biasActivation, conv, dropout, leakyRelu } from '../../../nn/layers';
import { complaints, startBackend, wave } from '../testBackend';
import { fresh, type Report, replaying, type Step } from './replay';

/** Numbers from a state of one integer. */
class Draws {
  state = 1;
  next(): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return this.state;
  }
}

type Settings = { batch: (step: number) => number; wide: (step: number) => boolean };
const USUAL: Settings = { batch: () => 2, wide: () => false };

/** Two networks that learn by turns, with data and dropout of their own every step, and a scalar that differs from step to step. */
class Trainer {
  readonly draws = new Draws();
  readonly weights = [1, 2].map((salt) => ({
    kernel: tf.tidy(() => tf.variable(tf.tensor(wave(72, salt), [3, 3, 1, 8]))),
    bias: tf.tidy(() => tf.variable(tf.tensor(wave(8, salt + 2), [8]))),
  }));
  readonly adam = this.weights.map((own) => new Adam(own, [1e-2, 0.9, 0.999, 1e-8]));

  *train({ batch, wide }: Settings): Generator<Step, void, void> {
    for (let step = 0; ; step++) {
      const n = batch(step);
      const values = Float32Array.from({ length: n * 64 }, () => this.draws.next() / 2 ** 32);
      const x = tf.tensor4d(values, [n, 8, 8, 1]);
      const which = step % 2;
      const { kernel, bias } = this.weights[which];
      const share = tf.scalar(1 / (1 + step));
      const { value, grads } = tf.variableGrads(() => {
        let h = biasActivation(conv(x, kernel as unknown as tf.Tensor4D, 1, 'same'), bias, 0.2);
        h = dropout(h, 0.3, this.draws.next());
        if (wide(step)) h = leakyRelu(h, 0.1);
        return tf.mean(tf.squaredDifference(tf.mul(x, share), h)) as tf.Scalar;
      }, [kernel, bias]);
      this.adam[which].apply({ kernel: grads[kernel.name], bias: grads[bias.name] });
      tf.dispose([x, share, grads]);
      yield { network: which === 0 ? 'even' : 'odd', losses: { total: value } };
    }
  }

  get variables(): tf.Variable[] {
    return [...this.weights.flatMap(({ kernel, bias }) => [kernel, bias]), ...this.adam.flatMap(({ moments }) => Object.values(moments))];
  }

  dispose(): void {
    for (const one of this.adam) one.dispose();
    tf.dispose(this.weights);
  }
}

type Ran = { losses: number[]; weights: number[][]; draws: number; report: Report };

async function run(
  count: number,
  replay: boolean,
  settings: Settings,
  between: (trainer: Trainer, step: number) => void = () => {},
): Promise<Ran> {
  const before = tf.memory().numTensors;
  const trainer = new Trainer();
  const report = fresh();
  const usual = trainer.train(settings);
  const steps = replay ? replaying(usual, trainer.draws, report) : usual;
  const kept: tf.Scalar[] = [];
  for (let step = 0; step < count; step++) {
    kept.push((steps.next().value as Step).losses.total);
    between(trainer, step);
  }
  // Read late: no later step may write where an earlier one's loss is.
  const losses: number[] = [];
  for (const loss of kept) losses.push((await loss.data())[0]);
  const weights: number[][] = [];
  for (const variable of trainer.variables) weights.push([...(await variable.data())]);
  steps.return();
  tf.dispose(kept);
  trainer.dispose();
  expect(tf.memory().numTensors).toBe(before);
  expect(complaints).toEqual([]);
  return { losses, weights, draws: trainer.draws.state, report };
}

async function both(count: number, settings: Settings, between?: (trainer: Trainer, step: number) => void): Promise<Report> {
  const usual = await run(count, false, settings, between);
  const { report, ...replayed } = await run(count, true, settings, between);
  expect(new Set(usual.losses).size).toBeGreaterThan(count / 2);
  const { report: _, ...expected } = usual;
  expect(replayed).toEqual(expected);
  expect(report.replayed + report.recorded + report.plain).toBe(count);
  return report;
}

beforeAll(() => startBackend('webgpu'));

describe('50 steps', () => {
  it('of two networks by turns are the same, most of them replayed', async () => {
    expect((await both(50, USUAL)).replayed).toBe(44);
  });

  it('are the same where a batch is of another size', async () => {
    const report = await both(50, { ...USUAL, batch: (step) => (step === 20 || step >= 30 ? 3 : 2) });
    expect(report.plain).toBeGreaterThan(2);
    expect(report.replayed).toBeGreaterThan(15);
  });

  it('are the same where the loss becomes another within a gradient, after numbers were drawn', async () => {
    const report = await both(50, { ...USUAL, wide: (step) => step >= 25 });
    expect(report.plain).toBe(3);
    expect(report.replayed).toBeGreaterThan(30);
  });

  it('are the same where weights are kept, and put back', async () => {
    const kept = new Map<Trainer, tf.Tensor[]>();
    const report = await both(50, USUAL, (trainer, step) => {
      if (step === 15)
        kept.set(
          trainer,
          trainer.variables.map((variable) => tf.clone(variable)),
        );
      if (step !== 30) return;
      trainer.variables.forEach((variable, i) => {
        variable.assign(kept.get(trainer)![i]);
      });
      tf.dispose(kept.get(trainer)!);
    });
    expect(report.replayed).toBeGreaterThan(30);
  });
});
