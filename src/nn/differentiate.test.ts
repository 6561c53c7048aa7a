import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { differentiate } from './differentiate';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

it('gives the gradient of the total by name, and all that the forward pass gives, and leaves nothing else behind', () => {
  const [a, b] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.scalar(3))];
  const before = tf.memory().numTensors;
  const pass = differentiate({ first: a, second: b }, () => {
    const squares = tf.square(a);
    const total = tf.mul(tf.sum(squares), b) as tf.Scalar;
    return { losses: { total, other: tf.neg(b) as tf.Scalar }, seen: [squares] };
  });
  const read = (t: tf.Tensor) => Array.from(t.dataSync());
  expect(read(pass.gradients.first)).toEqual([6, 12]);
  expect(read(pass.gradients.second)).toEqual([5]);
  expect([pass.losses.total, pass.losses.other].flatMap(read)).toEqual([15, -3]);
  expect(read(pass.seen[0])).toEqual([1, 4]);
  expect(tf.memory().numTensors).toBe(before + 5);
  tf.dispose(pass);
  expect(tf.memory().numTensors).toBe(before);
});

it('differentiates a gradient, and by the variables named alone', () => {
  const [w, frozen] = [tf.variable(tf.scalar(2)), tf.variable(tf.scalar(5))];
  const { gradients } = differentiate({ w }, () => {
    // d/dx (w · x³ · frozen) at 1 is 3 · w · frozen; its square by w is 18 · w · frozen².
    const slope = tf.grad((x) => tf.mul(tf.mul(w, tf.mul(tf.square(x), x)), frozen))(tf.scalar(1));
    return { losses: { total: tf.square(slope) as tf.Scalar } };
  });
  expect(Object.keys(gradients)).toEqual(['w']);
  expect(gradients.w.dataSync()[0]).toBeCloseTo(900, 3);
});
