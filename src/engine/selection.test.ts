import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { frechetDistance } from '../core/frechet';
import { Random } from '../core/random';
import type { Slice } from '../core/types';
import { startBackend } from '../kernels/testBackend';
import type { Trainer } from '../models/model';
import { Selection } from './selection';

const SIZE = 8;

function slices(n: number, seed: number): Slice[] {
  const random = new Random(seed);
  return Array.from({ length: n }, (_, i) => {
    const pixels = Float32Array.from({ length: SIZE * SIZE }, () => random.uniform());
    const name = `${seed}-${i}`;
    return { name, group: name, volume: name, index: 0, height: SIZE, width: SIZE, pixels, brain: { mean: 0.5, sd: 0.2 }, edges: null };
  });
}

/** Features: an image's first two pixels; a translation adds `shift` to them. */
const trainerOf = (state: { shift: number }) =>
  ({
    features: (x: tf.Tensor4D, translated: boolean) =>
      tf.tidy(() => tf.add(tf.slice(tf.reshape(x, [x.shape[0], -1]), [0, 0], [-1, 2]), translated ? state.shift : 0)),
  }) as unknown as Trainer;

beforeAll(() => startBackend('wasm'));

describe('the distance that weights are chosen by', () => {
  it('is that of all mixed slices as translated now to the reference as it is, whatever the batches; the lowest is chosen', async () => {
    const roles = { reference: slices(70, 1), mixed: slices(45, 2), validation: [], test: [] };
    const state = { shift: 3 };
    const selection = new Selection(trainerOf(state), 'unit', roles);
    const rows = (of: Slice[], shift: number) => Float32Array.from(of.flatMap(({ pixels }) => [pixels[0] + shift, pixels[1] + shift]));
    const before = tf.memory().numTensors;
    expect(selection.chosen).toBeNull();
    for (const [update, shift, chosen] of [
      [10, 3, 10],
      [20, 1, 20],
      [30, 2, 20],
      [25, 2, 25], // the run went back to update 10
    ] as const) {
      state.shift = shift;
      if (update === 25) selection.rewind(10);
      const distance = (await selection.distance())!;
      expect(distance).toBeCloseTo(frechetDistance(rows(roles.reference, 0), rows(roles.mixed, shift), 2)!, 4);
      selection.checked.push({ update, distance, auc: null });
      expect(selection.chosen).toBe(chosen);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is none for a model without features, and for fewer slices than features', async () => {
    const roles = { reference: slices(20, 1), mixed: slices(2, 2), validation: [], test: [] };
    expect(await new Selection(trainerOf({ shift: 0 }), 'unit', roles).distance()).toBeNull();
    expect(await new Selection({} as Trainer, 'unit', roles).distance()).toBeNull();
  });
});
