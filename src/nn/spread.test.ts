import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { spreadOf } from './spread';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

it('watches for collapse: the spread of generated features over that of real ones', () => {
  const real = tf.tensor2d([1, 10, 3, 10, 5, 40], [3, 2]);
  const generated = tf.tensor2d([0, 7, 0, 7, 3, 7], [3, 2]);
  const ratio = Math.sqrt(2) / (Math.sqrt(8 / 3) + Math.sqrt(200));
  expect(spreadOf(generated, real).dataSync()[0]).toBeCloseTo(ratio, 6);
  expect(spreadOf(real, real).dataSync()[0]).toBeCloseTo(1, 6);
  expect(spreadOf(tf.ones([3, 2]), real).dataSync()[0]).toBe(0);
});
