/** What is kept of a run, in the browser and in a capsule. */
import { bodyShare } from './maskProblem';
import type { Evaluation, PhantomName, RunState } from './protocol';
import type { Preparation } from './recipe';
import type { Simulation } from './simulation';
import type { Role } from './types';

/** How a run was made: all that is needed to make it again. Plain data. */
export type RunRecord = Pick<
  RunState,
  'run' | 'model' | 'preset' | 'params' | 'seed' | 'set' | 'backend' | 'phase' | 'update' | 'updates' | 'seconds'
> & {
  /** Given by the visitor; else the model's title. */
  name: string;
  /** When it ended, ISO 8601, UTC. */
  ended: string;
  /** 'NVIDIA RTX 3060'; '' for wasm. */
  adapter: string;
  threads: number;
  /** Kernels of ours that stood in for the backend's own. */
  kernels: readonly string[];
  /** Whether its updates were recorded and replayed; absent in records of before they could be. */
  replay?: boolean;
  /** Fingerprint (SHA-256) of the slices it could learn from; '' where it could not be taken. */
  training: string;
  slices: Record<Role, number>;
  /** What the visitor's files went through; null for the phantom. */
  recipe: Preparation | null;
  /** What the phantom was drawn as; null for the visitor's files. Absent, as the next, in records of before it was kept. */
  phantom?: { variant: PhantomName; seed: number } | null;
  /** Squares that were painted in. */
  simulation?: Simulation | null;
};

/** An evaluation without what its page alone shows. `maps` and `truths` may be left out: the tables answer for every number at any threshold. */
export type Scores = Omit<Evaluation, 'images' | 'views' | 'maps' | 'truths' | 'together' | 'embedding'> & {
  /** n · h · w codes. */
  maps: Uint16Array | null;
  /** n · h · w, 1 = anomalous. */
  truths: Uint8Array | null;
  /** Share of all pixels that is not background; absent in runs that were kept before it was. */
  body?: number;
};

/** Where a run's networks stand, beside its weights file: so that it can be scored again or go on. */
export type Position = { update: number; optimiserSteps: number; seconds: number; sampler: unknown };

/** One scorer's results of one run, or a run without any. */
export type KeptRun = { record: RunRecord; scores: Scores | null; position: Position | null; weights: Uint8Array | null };

export function scoresOf(evaluation: Evaluation): Scores {
  const { images, views, together, embedding, ...scores } = evaluation;
  return { ...scores, body: bodyShare(images) };
}
