/** Made-up slices, and trainers whose every number is known, for the tests of this folder. */
import * as tf from '@tensorflow/tfjs';
import { Random } from '../core/random';
import type { Role, Slice } from '../core/types';
import type { Scored, Trainer, TrainStep } from '../models/model';

export type SliceOptions = { group?: string; truth?: boolean; label?: 0 | 1; size?: number };

/** A disc of noisy tissue on background 0; with `truth` a mask, which is not empty when `label` is 1 (a brighter square). */
export function madeSlice(seed: number, { group = `p${seed}`, truth = false, label, size = 32 }: SliceOptions = {}): Slice {
  const random = new Random(1000 + seed);
  const pixels = new Float32Array(size * size);
  const mask = new Uint8Array(size * size);
  const [ly, lx] = [Math.floor(random.between(0.35, 0.5) * size), Math.floor(random.between(0.35, 0.5) * size)];
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const i = y * size + x;
      if (Math.hypot(y - size / 2, x - size / 2) > 0.4 * size) continue;
      pixels[i] = 0.4 + 0.1 * Math.sin(0.5 * x + seed) + random.between(0, 0.25);
      if (label !== 1 || y < ly || x < lx || y >= ly + size / 8 || x >= lx + size / 8) continue;
      mask[i] = 1;
      pixels[i] = Math.min(1, pixels[i] + 0.12);
    }
  const inside = pixels.filter((v) => v > 0);
  const mean = inside.reduce((a, b) => a + b, 0) / inside.length;
  const sd = Math.sqrt(inside.reduce((a, b) => a + (b - mean) ** 2, 0) / inside.length);
  const name = `${group}/${seed}`;
  const known = label === undefined ? {} : { label };
  return {
    name,
    group,
    volume: name,
    index: 0,
    height: size,
    width: size,
    pixels,
    ...(truth ? { truth: mask } : {}),
    ...known,
    brain: { mean, sd },
    edges: null,
  };
}

export const madeSlices = (n: number, first = 0, options: SliceOptions = {}): Slice[] =>
  Array.from({ length: n }, (_, i) => madeSlice(first + i, options));

export const rolesOf = (given: Partial<Record<Role, Slice[]>>): Record<Role, Slice[]> => ({
  reference: [],
  mixed: [],
  validation: [],
  test: [],
  ...given,
});

/** What `counting` does at an update, before its weights change. */
export type AtUpdate = (update: number, trainer: Trainer) => { loss?: number; weight?: number } | undefined;

/** Two weights that go up by 1 and by 2 with every update; two optimiser steps an update, as a critic has. */
export function counting(at: AtUpdate = () => undefined): Trainer & { steps: Generator<TrainStep, void, void> } {
  const a = tf.tidy(() => tf.variable(tf.zeros([2])));
  const b = tf.tidy(() => tf.variable(tf.scalar(0)));
  function* train(): Generator<TrainStep, void, void> {
    for (let update = 1; ; update++) {
      const odd = at(update, trainer) ?? {};
      tf.tidy(() => {
        a.assign(tf.add(a, odd.weight ?? 1));
        b.assign(tf.add(b, 2));
      });
      trainer.updates += 2;
      yield { network: 'toy', losses: { falling: tf.scalar(odd.loss ?? 1 / update), count: tf.scalar(update) } };
    }
  }
  const trainer: Trainer = { variables: { a, b }, updates: 0, train, score: score, dispose: () => tf.dispose([a, b]) };
  return Object.assign(trainer, { steps: train() });
}

/** Scores without a network: 'square' is x², 'level' is 1.5 − x, 'slow' is x² after three inner steps. */
export function* score(x: tf.Tensor4D, scorer: string): ReturnType<Trainer['score']> {
  if (scorer === 'slow') {
    const image = tf.clone(x);
    try {
      for (let step = 1; step <= 3; step++) yield { step, of: 3, image };
    } finally {
      image.dispose();
    }
  }
  return tf.tidy((): Scored => {
    const map = scorer === 'level' ? tf.sub(1.5, x) : tf.square(x);
    return {
      map: map as tf.Tensor4D,
      scores: tf.mean(map, [1, 2, 3]) as tf.Tensor1D,
      views: { reconstruction: tf.mul(x, 0.5) as tf.Tensor4D },
    };
  });
}
