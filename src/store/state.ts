import type { Assessed, Cleaned } from '../core/answers';
import type { Preflight } from '../core/memory';
import type {
  DataSet,
  DataState,
  EngineState,
  Evaluation,
  Iterate,
  Point,
  Preview,
  RecipePreview,
  Report,
  RunState,
  SnapshotInfo,
  Task,
} from '../core/protocol';
import type { Checked } from '../core/selection';
import type { Params } from '../core/types';

export type Progress = Omit<Extract<Report, { kind: 'progress' }>, 'kind'>;
export type Place = Extract<Report, { kind: 'failure' }>['where'];

/** What the worker has told the page. Only `reduce` changes it, save `expected`, which the page sets when it starts a run. */
export type LabState = {
  engine: EngineState | null;
  data: DataState | null;
  progress: Partial<Record<Task, Progress>>;
  /** The run whose reports are wanted; reports of any other are late and ignored. */
  expected: string | null;
  run: RunState | null;
  points: readonly Point[];
  preview: Preview | null;
  /** Places of the run that can be gone back to, oldest first; so many older ones gave way. */
  snapshots: readonly SnapshotInfo[];
  droppedSnapshots: number;
  /** What was found at the run's checkpoints, of a model that is chosen by distance. */
  checked: readonly Checked[];
  /** By `evaluationKey`, oldest first. */
  evaluations: Readonly<Record<string, Evaluation>>;
  /** What an iterative scorer is working on, while it does. */
  iterate: Iterate | null;
  /** The newest answer about masks after clean-up; says itself what it is about. */
  cleaned: Cleaned | null;
  /** Likewise about what takes longer than a frame. */
  assessed: Assessed | null;
  /** A recipe as it looks on one slice. */
  recipePreview: RecipePreview | null;
  /** Parameters a probe step found for this machine, by model. */
  machine: Readonly<Record<string, { params: Params; about: string }>>;
  /** What the last run that was asked for would take. */
  preflight: Preflight | null;
  failures: Partial<Record<Place, string>>;
};

/** What is known of a run before it says anything. */
export const NO_RUN = {
  run: null,
  points: [],
  preview: null,
  snapshots: [],
  droppedSnapshots: 0,
  checked: [],
  evaluations: {},
  iterate: null,
  preflight: null,
} satisfies Partial<LabState>;

export const EMPTY_LAB: LabState = {
  ...NO_RUN,
  engine: null,
  data: null,
  progress: {},
  expected: null,
  cleaned: null,
  assessed: null,
  recipePreview: null,
  machine: {},
  failures: {},
};

export const evaluationKey = (e: { scorer: string; smooth: boolean }): string => `${e.scorer}${e.smooth ? ' smoothed' : ''}`;

/** Whether the weights have changed since this was scored. */
export const isStale = (run: RunState | null, e: Evaluation): boolean => run !== null && run.run === e.run && run.update !== e.update;

/** Whether an update loop exists that Pause, Step or Stop would reach. */
/** What a run that has ended was made of, where that are not the images in use: another set than theirs. */
export const foreignSet = ({ run, data }: Pick<LabState, 'run' | 'data'>): DataSet | null =>
  run && data && !isActive(run) && run.set !== data.set ? run.set : null;

/** A run that was opened again: of its training nothing is there to be drawn. */
export const isReopened = ({ run, points }: Pick<LabState, 'run' | 'points'>): boolean =>
  run !== null && !isActive(run) && run.update > 0 && points.length === 0;

export const isActive = (run: RunState | null): boolean =>
  run !== null && (run.phase === 'preparing' || run.phase === 'running' || run.phase === 'paused');
