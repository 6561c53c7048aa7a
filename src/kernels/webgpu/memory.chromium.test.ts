/** What a training step takes on the device, it gives back. */
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { Adam } from '../../nn/adam';
import { biasActivation, conv, convTranspose, dropout } from '../../nn/layers';
import { batchNorm, moveAverages } from '../../nn/norm';
import { complaints, startBackend, wave } from './testBackend';

type Memory = tf.MemoryInfo & { numBytesInGPU: number; numBytesAllocatedInGPU: number };
const STEPS = 500;
/** Losses are read now and then, as a run does. */
const BETWEEN_READS = 10;
const WARM = 20;

it('the bytes on the device stay what they are after the first steps', async () => {
  await startBackend('webgpu');
  const made = (shape: number[], salt: number) => tf.variable(tf.tensor(wave(tf.util.sizeFromShape(shape), salt), shape));
  const variables = {
    down: made([3, 3, 1, 8], 1),
    bias: made([8], 2),
    gain: made([8], 3),
    shift: made([8], 4),
    up: made([4, 4, 1, 8], 5),
  };
  const average = tf.variable(tf.zeros([8]), false);
  const adam = new Adam(variables, [1e-3, 0.9, 0.999, 1e-8]);
  const x = tf.tensor4d(wave(4 * 256, 6), [4, 16, 16, 1]);

  function step(draw: number): tf.Scalar {
    return tf.tidy(() => {
      let mean!: tf.Tensor;
      const { value, grads } = tf.variableGrads(() => {
        const h = biasActivation(conv(x, variables.down as unknown as tf.Tensor4D, 2, 'same'), variables.bias, 0.2);
        const normed = batchNorm(h, variables.gain, variables.shift, 1e-3, 0);
        mean = tf.keep(normed.mean);
        const y = convTranspose(dropout(normed.y, 0.3, draw), variables.up as unknown as tf.Tensor4D, 2, 1);
        return tf.mean(tf.squaredDifference(x, y)) as tf.Scalar;
      }, Object.values(variables));
      moveAverages([{ average, batch: mean }], 0.9);
      mean.dispose();
      adam.apply(Object.fromEntries(Object.entries(variables).map(([name, variable]) => [name, grads[variable.name]])));
      return value;
    });
  }

  const losses: number[] = [];
  let warm!: Memory;
  for (let i = 0; i < STEPS; i++) {
    const loss = step(i);
    if (i % BETWEEN_READS === 0) losses.push((await loss.data())[0]);
    loss.dispose();
    if (i === WARM) warm = tf.memory() as Memory;
  }
  const end = tf.memory() as Memory;
  expect(end.numTensors).toBe(warm.numTensors);
  expect(end.numBytesInGPU).toBe(warm.numBytesInGPU);
  expect(end.numBytesAllocatedInGPU).toBe(warm.numBytesAllocatedInGPU);
  expect(losses[losses.length - 1]).toBeLessThan(losses[0]);
  expect(complaints).toEqual([]);
});
