/** What a model's folder must export; models.test.ts holds every folder to it. */
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs';
import type { Random } from '../core/random';
import type { ModelSpec, Params, Role } from '../core/types';

/** How training images are varied: maxima of uniform draws; all 0 (and mirror false) leaves them alone. */
export type Augmentation = {
  /** Left–right mirror with probability ½. */
  mirror: boolean;
  /** Rotation within ± this many radians. */
  rotation: number;
  /** Zoom drawn from [smallest, largest]. */
  zoom: readonly [number, number];
  /** Factor on the input drawn from [smallest, largest]. */
  brightness: readonly [number, number];
  /** Largest variance of Gaussian noise before and after the input's clip; the variance itself is drawn uniformly. */
  noiseBefore: number;
  noiseAfter: number;
};

/** Where training images come from: the engine's, in the input range that the model's spec names. */
export interface Sampler {
  /** Everything random in a run is drawn from this generator. */
  readonly random: Random;
  /** How many slices a role holds. */
  count(role: Role): number;
  /** [n, h, w, 1], owned by the caller. Every slice of a role is drawn once before any is drawn again. */
  batch(role: Role, n: number, augmentation?: Augmentation): Tensor4D;
}

/** One optimiser update. The runner disposes the losses, reading them only when a plot is due. */
export type TrainStep = {
  network: string;
  losses: Record<string, Scalar>;
  /** Said by the last update of a part of the schedule that is worth going back to: 'cycle 2 of 4'. */
  ends?: string;
};

/** Per-pixel map [n, h, w, 1], absent for a `mapless` scorer; per-slice scores [n], NaN where there is none; named images worth showing [n, h, w, 1]
 * in the model's input range; where one search serves several scorers of the same map, the scores [n] of all of them, by id. The caller disposes them. */
export type Scored = { map?: Tensor4D; scores: Tensor1D; views: Record<string, Tensor4D>; together?: Record<string, Tensor1D> };

/** Asks a score for its result at the step that it is at. */
export const STOP = 'stop';

/** Between inner iterations of a score; `image` is the current iterate, and `terms` what it minimises, [n] each, at that iterate. All stay the
 * generator's own. */
export type ScoreStep = { step: number; of: number; image: Tensor4D; terms?: Record<string, Tensor1D> };

export interface Trainer {
  /** Weights, optimiser moments, moving averages: all that a checkpoint holds, by name. */
  readonly variables: Readonly<Record<string, Variable>>;
  /** Optimiser steps taken, which a checkpoint must hold beside the variables. */
  updates: number;
  /** One update per yield; endless: the runner stops it. */
  train(sampler: Sampler): Generator<TrainStep, void, void>;
  /** x [n, h, w, 1] in the model's input range; `smooth` adds the 7 × 7 Gaussian. Sent `STOP` after a step, a search whose every step is a result
   * returns what it has found so far; other scorers go on, and are ended by `return`. */
  score(x: Tensor4D, scorer: string, smooth: boolean): Generator<ScoreStep, Scored, unknown>;
  /** Where images are made of nothing but a code: those of n fixed codes, [n, h, w, 1] in the model's input range. Shown while it trains. */
  sample?(n: number): Tensor4D;
  /** Images of n codes on the straight line between the first two of `sample`, both ends among them, in the same form. Shown beside it. */
  interpolate?(n: number): Tensor4D;
  /** Features [n, f] of x [n, h, w, 1] in the model's input range, by which its paper shows test images as points in a plane. */
  embed?(x: Tensor4D): Tensor2D;
  /** What weights are chosen by without labels: features [n, f] of x [n, h, w, 1] in the model's input range, as it is or as this model
   * translates it to healthy. */
  features?(x: Tensor4D, translated: boolean): Tensor2D;
  /** Where a search over codes finds a score: what it asks of the networks for x [n, h, w, 1] at codes z [n, latent], by name. One pass. */
  readonly atCode?: { latent: number; run(x: Tensor4D, z: Tensor2D): Record<string, Tensor> };
  dispose(): void;
}

export interface AnomalyModel {
  readonly spec: ModelSpec;
  /** Optimiser updates that `params` ask for, given the number of slices in each role. */
  updates(params: Params, count: (role: Role) => number): number;
  /** Of so many updates, those of each network; left out where there is one. */
  turns?(updates: number, params: Params, count: (role: Role) => number): Record<string, number>;
  /** These parameters with a schedule so short that every network learns within a few updates, as it would in a run; left out where it does so
   * anyway. */
  brief?(params: Params): Params;
  /** What keeps these parameters from training on so many whole slices, as a sentence; null where nothing does. */
  lacks?(params: Params, count: (role: Role) => number): string | null;
  build(params: Params, height: number, width: number, seed: number): Trainer;
}

/** A fixture's tree with this implementation's values: tensors, or plain values where the fixture has them. */
export type ParityTree = { [key: string]: Tensor | ParityTree | ParityTree[] | number | string[] };
