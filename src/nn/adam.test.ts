import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { Adam, type AdamSettings } from './adam';

const START = { a: [0.5, -1.2, 3, 0.001], b: [-0.4, 0.9] };
const SETTINGS: AdamSettings[] = [
  [1e-3, 0.9, 0.999, 1e-8],
  [2e-2, 0.5, 0.99, 1e-3],
];
const STEPS = 10;

/** A gradient that changes with the step and with the weight, so that both moments matter. */
const slope = (p: number, i: number, step: number) => Math.sin(3 * p + i) + 0.3 * p + 0.2 * Math.cos(step * (i + 1));

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const fresh = () => ({ a: tf.variable(tf.tensor1d(START.a)), b: tf.variable(tf.tensor1d(START.b)) });
type Weights = ReturnType<typeof fresh>;

function gradientsAt(weights: Weights, step: number): { a: tf.Tensor; b: tf.Tensor } {
  const of = (v: tf.Variable) => tf.tensor1d(Array.from(v.dataSync(), (p, i) => slope(p, i, step)));
  return { a: of(weights.a), b: of(weights.b) };
}

function ours(settings: AdamSettings, weights: Weights, adam = new Adam(weights, settings), from = 1, to = STEPS): Adam {
  for (let step = from; step <= to; step++) {
    const gradients = gradientsAt(weights, step);
    adam.apply(gradients);
    tf.dispose(gradients);
  }
  return adam;
}

function inDouble(start: number[], [rate, beta1, beta2, epsilon]: AdamSettings): number[] {
  return start.map((value, i) => {
    let p = value;
    let m = 0;
    let v = 0;
    for (let step = 1; step <= STEPS; step++) {
      const g = slope(p, i, step);
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      p -= (rate * (m / (1 - beta1 ** step))) / (Math.sqrt(v / (1 - beta2 ** step)) + epsilon);
    }
    return p;
  });
}

const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) => {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) expect(Math.abs(actual[i] - expected[i])).toBeLessThan(tolerance);
};

it.each(SETTINGS)('is the published algorithm in double precision: rate %f, β %f %f, ε %f', (...settings) => {
  const weights = fresh();
  ours(settings, weights);
  near(weights.a.dataSync(), inDouble(START.a, settings), 2e-6);
  near(weights.b.dataSync(), inDouble(START.b, settings), 2e-6);
  expect(Math.abs(weights.a.dataSync()[0] - START.a[0])).toBeGreaterThan(settings[0]);
});

it.each(SETTINGS)('is tf.train.adam: rate %f, β %f %f, ε %f', (...settings) => {
  const weights = fresh();
  ours(settings, weights);
  const theirs = fresh();
  const optimizer = tf.train.adam(...settings);
  for (let step = 1; step <= STEPS; step++) {
    const { a, b } = gradientsAt(theirs, step);
    optimizer.applyGradients([
      { name: theirs.a.name, tensor: a },
      { name: theirs.b.name, tensor: b },
    ]);
  }
  near(weights.a.dataSync(), theirs.a.dataSync(), 2e-6);
  near(weights.b.dataSync(), theirs.b.dataSync(), 2e-6);
});

it('goes on bit for bit from its moments and its step count', () => {
  const whole = fresh();
  ours(SETTINGS[0], whole);
  const weights = fresh();
  const first = ours(SETTINGS[0], weights, undefined, 1, 4);
  const second = new Adam(weights, SETTINGS[0]);
  for (const [name, moment] of Object.entries(first.moments)) second.moments[name].assign(moment.clone());
  second.updates = first.updates;
  ours(SETTINGS[0], weights, second, 5);
  expect(second.updates).toBe(STEPS);
  expect(weights.a.dataSync()).toEqual(whole.a.dataSync());
  expect(weights.b.dataSync()).toEqual(whole.b.dataSync());
});

it('takes the rate of a schedule for one update in place of its own', () => {
  const [, ...rest] = SETTINGS[0];
  const [weights, other] = [fresh(), fresh()];
  const gradients = gradientsAt(weights, 1);
  const adam = new Adam(weights, [1, ...rest]);
  adam.apply(gradients, 0.02);
  new Adam(other, [0.02, ...rest]).apply(gradients);
  expect(weights.a.dataSync()).toEqual(other.a.dataSync());
  adam.apply(gradients, 0);
  expect(weights.a.dataSync()).toEqual(other.a.dataSync());
  expect(adam.updates).toBe(2);
});

it('holds two moments a variable, keeps the number of tensors, and gives them back', () => {
  const weights = fresh();
  const before = tf.memory().numTensors;
  const adam = new Adam(weights, SETTINGS[0]);
  expect(Object.keys(adam.moments)).toEqual(['a/m', 'a/v', 'b/m', 'b/v']);
  expect(tf.memory().numTensors).toBe(before + 4);
  ours(SETTINGS[0], weights, adam);
  expect(tf.memory().numTensors).toBe(before + 4);
  adam.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
