/** The strait: commands go down, reports come up, nothing replies. Every member carries its payload. */
import type { Tables } from './cut';
import type { Metrics } from './metrics';
import type { Preparation } from './recipe';
import type { Edges, ModelSpec, Params, Role } from './types';

export type BackendName = 'webgpu' | 'wasm' | 'cpu';
export type DataSet = 'phantom' | 'mine';

export type Command =
  /** `threads` of WASM; null for as many as there can be. */
  | { kind: 'open'; backend: 'auto' | 'webgpu' | 'wasm'; threads: number | null }
  /** Draws the built-in data set; `size` in pixels, `seed` shifts the standard bases. */
  | { kind: 'phantom'; size: number; seed: number }
  /** `role: null` lets folder names and masks decide. */
  | { kind: 'load'; role: Role | null; files: readonly { path: string; file: Blob }[] }
  | { kind: 'cancelLoad' }
  | { kind: 'use'; set: DataSet }
  /** Moves a source to another role; null leaves it out (and can be undone by moving it back). */
  | { kind: 'assign'; source: string; role: Role | null }
  /** Gives patients a role of their own, wherever their images came from; 'source': that of the source again. */
  | { kind: 'assignPatients'; patients: readonly string[]; role: PatientRole }
  /** Reads the visitor's files again by another recipe. */
  | { kind: 'prepare'; recipe: Preparation }
  /** One slice of the first scan before and after a recipe; `at` is its place along the axis, 0 to 1. */
  | { kind: 'previewRecipe'; recipe: Preparation; at: number }
  /** Reads another array of an NPZ; null lets the names of its arrays decide. */
  | { kind: 'chooseArray'; path: string; array: string | null }
  | { kind: 'probe'; model: string; params: Params }
  | { kind: 'train'; run: string; model: string; preset: string; params: Params; seed: number }
  | { kind: 'pause' | 'resume' | 'step' | 'stop'; run: string }
  /** Scores the test set of a run; `smooth` null takes the scorer's own default. */
  | { kind: 'score'; run: string; scorer: string; smooth: boolean | null }
  | { kind: 'cancelScore'; run: string };

export type PatientRole = Role | null | 'source';

export type FileRow = {
  path: string;
  status: 'read' | 'rejected' | 'changed';
  note: string;
  /** Arrays of an NPZ, where several could be the images, and the one that was asked for. */
  arrays?: { choices: readonly { key: string; shape: readonly number[] }[]; chosen: string | null };
};

/** A file or folder that was dropped, or one set of the phantom. */
export type SourceInfo = {
  id: string;
  set: DataSet;
  name: string;
  role: Role | null;
  /** Why it has this role: 'folder name', 'has masks', 'chosen', 'built in'. */
  reason: string;
  slices: number;
  groups: number;
  /** Slices that carry a mask, and those whose mask is not empty. */
  masked: number;
  anomalous: number;
  /** What was left out and why: '23 empty slices dropped'. */
  notes: readonly string[];
};

export type PatientInfo = {
  name: string;
  /** What says so: 'DICOM tag', 'labels.csv', 'folder', 'file name'. */
  from: string;
  slices: number;
  /** Roles that its slices have; more than one is a leak. */
  roles: readonly Role[];
  /** Whether a role was given to the patient itself. */
  chosen: boolean;
};

/** Patients in more than one role: no run starts while there are any. */
export type LeakInfo = {
  sentence: string;
  patients: readonly string[];
  /** What to say once they are all in Test. */
  settled: string;
};

/** A field of DICOM headers that named a person, a place or a date and was dropped, in so many scans. Never its value. */
export type DroppedField = { tag: string; name: string; scans: number };

/** A small picture: bytes 0–255 are [0, 1]; truth 1 = anomalous. */
export type Thumb = {
  name: string;
  group: string;
  height: number;
  width: number;
  pixels: Uint8Array;
  truth: Uint8Array | null;
  edges: Edges | null;
};

export type RoleInfo = { slices: number; groups: number; masked: number; anomalous: number; thumbs: readonly Thumb[] };

export type DataState = {
  set: DataSet;
  size: number;
  sources: readonly SourceInfo[];
  files: readonly FileRow[];
  roles: Record<Role, RoleInfo>;
  /** What the visitor's files go through; the phantom is drawn ready. */
  recipe: Preparation;
  /** Of the visitor's files. */
  patients: readonly PatientInfo[];
  leak: LeakInfo | null;
  dropped: readonly DroppedField[];
  /** Sentences that keep every run from starting; empty when none does. */
  problems: readonly string[];
  /** What is missing for a model that needs the role, as a sentence; no entry where nothing is. */
  lacks: Partial<Record<Role, string>>;
};

export type EngineState = {
  backend: BackendName;
  /** 'NVIDIA RTX 3060', 'SwiftShader (software)', '' for wasm. */
  adapter: string;
  /** Why this backend: one sentence for the page. */
  reason: string;
  /** True when WebGPU exists only as a software adapter. */
  software: boolean;
  /** What the visitor could choose instead. */
  available: readonly BackendName[];
  /** Threads of WASM that run, and how many there could be. */
  threads: number;
  mostThreads: number;
  /** Kernels of ours that stand in for the backend's own. */
  kernels: readonly string[];
  models: readonly ModelSpec[];
};

export type RunPhase = 'preparing' | 'running' | 'paused' | 'stopped' | 'done' | 'failed';

export type RunState = {
  run: string;
  model: string;
  preset: string;
  params: Params;
  seed: number;
  set: DataSet;
  backend: BackendName;
  phase: RunPhase;
  update: number;
  /** Of the whole run; 0 until the data are there to count epochs of. */
  updates: number;
  /** Updates per second over the last seconds; 0 until known. */
  rate: number;
  etaSeconds: number | null;
  /** Seconds spent in updates so far, pauses excluded. */
  seconds: number;
  tensors: number;
  bytes: number;
  /** The sentence to show, when there is one. */
  message: string | null;
};

/** The losses of one update, those of the network that learnt in it. */
export type Point = { update: number; network: string; losses: Record<string, number> };

/** A row of pictures for fixed slices: `pixels` holds them one after another, 0–255; `kind` says how to colour them. A 'sample' is made of a code
 * and shows none of the slices. */
export type PreviewRow = { id: string; label: string; kind: 'image' | 'map' | 'sample'; pixels: Uint8Array };

export type Preview = {
  run: string;
  update: number;
  scorer: string;
  height: number;
  width: number;
  names: readonly string[];
  edges: readonly (Edges | null)[];
  rows: readonly PreviewRow[];
  truths: Uint8Array | null;
  /** Raw score at the left and right end of the map rows and of the histogram. */
  lo: number;
  hi: number;
  /** Of every fixed slice: its own score, NaN where it has none, and what is known of it; `shown` are the places of `names` among them. */
  scores: Float64Array;
  labels: readonly (0 | 1 | null)[];
  shown: readonly number[];
  /** 256 bins over [lo, hi] of the pixels above 0 in `counted` fixed slices. With masks: those outside and inside them, in slices that have
   * one; without (`anomalous` null): all pixels, whatever they are. Scores above `hi` are in the last bin. A scorer without a map counts none. */
  healthy: Uint32Array;
  anomalous: Uint32Array | null;
  counted: number;
};

export type EvaluatedSlice = {
  name: string;
  group: string;
  volume: string;
  /** Slice number inside its volume. */
  index: number;
  masked: boolean;
  label: 0 | 1 | null;
  score: number;
  edges: Edges | null;
  pixelArea: number | null;
};

/** Everything Decide needs, so that a drag touches no tensor. n slices of h × w; code c of a map stands for score lo + c/(LEVELS−1)·(hi−lo).
 * A scorer without a map has codes, lo and hi of 0, and no threshold. */
export type Evaluation = {
  run: string;
  scorer: string;
  smooth: boolean;
  /** One number a slice and no map: nothing to cut. */
  mapless: boolean;
  /** Updates the weights had seen when this was scored: a run that goes on makes it stale. */
  update: number;
  /** How many slices of the test set were scored; fewer than `total` while it runs or after a cancel. */
  total: number;
  height: number;
  width: number;
  lo: number;
  hi: number;
  slices: readonly EvaluatedSlice[];
  maps: Uint16Array;
  images: Uint8Array;
  /** 1 = anomalous; zeros for slices whose `masked` is false. */
  truths: Uint8Array;
  /** Counts by slice and level, built by the worker: it takes a second for 2,000 slices. */
  tables: Tables;
  /** Named images worth showing, 0–255, n × h × w: { reconstruction }. */
  views: Record<string, Uint8Array>;
  /** Codes of pixels above 0 in a sample of the healthy reference: LEVELS bins. */
  healthy: Uint32Array;
  metrics: Metrics;
  /** Trivial scores on the same slices: raw, rawZ, absMean, absMeanSmooth, contrast, localVariance. */
  baselines: Record<string, Metrics>;
  /** Sentences about what was used: 'Fitted on 32 labelled slices of 3 patients; the other 288 are scored.' */
  notes: readonly string[];
  seconds: number;
};

/** Slices of the batch that an iterative scorer is working on, as bytes 0–255: the input, and the image after `step` of `of` steps. */
export type Iterate = {
  run: string;
  step: number;
  of: number;
  height: number;
  width: number;
  names: readonly string[];
  input: Uint8Array;
  pixels: Uint8Array;
};

/** One slice before and after a recipe, bytes of [0, 1]: before is the papers' scaling of the whole volume. */
export type RecipePreview = {
  recipe: Preparation;
  name: string;
  /** Slice number from 0, of so many along this axis. */
  index: number;
  of: number;
  edges: Edges | null;
  size: number;
  before: Uint8Array;
  after: Uint8Array;
  /** Why this recipe cannot be used on it. */
  problem: string | null;
};

export type Task = 'phantom' | 'load' | 'probe' | 'score';

export type Report =
  | { kind: 'engine'; engine: EngineState }
  | {
      kind: 'progress';
      task: Task;
      done: number;
      total: number;
      unit: string;
      perSecond: number;
      etaSeconds: number | null;
      detail: string;
    }
  | { kind: 'finished'; task: Task }
  | { kind: 'data'; data: DataState }
  | { kind: 'recipePreview'; preview: RecipePreview }
  | { kind: 'machine'; model: string; params: Params; about: string }
  | { kind: 'run'; state: RunState }
  | { kind: 'points'; run: string; points: readonly Point[] }
  | { kind: 'preview'; preview: Preview }
  | { kind: 'evaluation'; evaluation: Evaluation }
  | { kind: 'iterate'; iterate: Iterate }
  | { kind: 'failure'; where: Task | 'train' | 'engine'; sentence: string };
