/** The strait: commands go down, reports come up, nothing replies. Every member carries its payload. */
import type { Assessed, CleanAsked, Cleaned } from './answers';
import type { Tables } from './cut';
import type { MemoryLimit, Preflight } from './memory';
import type { Metrics } from './metrics';
import type { CleanUp } from './morphology';
import type { DroppedField, LeakInfo, PatientInfo } from './patients';
import type { Preparation } from './recipe';
import type { KeptRun, Position } from './runs';
import type { Checked } from './selection';
import type { Side } from './side';
import type { Simulation } from './simulation';
import type { LabelSums } from './threshold';
import type { Edges, ModelSpec, Params, Role, Stack } from './types';

export type BackendName = 'webgpu' | 'wasm' | 'cpu';
export type DataSet = 'phantom' | 'mine';
/** Heads that the lab can draw: as the results on the phantom refer to, alike but for shading, or dark in a bright rind (data/phantomVariants). */
export const PHANTOMS = ['standard', 'smooth', 'tumours', 'rinds'] as const;
export type PhantomName = (typeof PHANTOMS)[number];
/** Our kernels where we have any for the backend, or those that TensorFlow.js comes with. */
export type KernelChoice = 'own' | 'stock';

export type Command =
  /** `threads` of WASM; null for as many as there can be. `kernels` are our own unless said otherwise. `replay`: updates are recorded once and
   * replayed from then on, which our kernels on WebGPU alone can do. */
  | { kind: 'open'; backend: 'auto' | 'webgpu' | 'wasm'; threads: number | null; kernels?: KernelChoice; replay?: boolean }
  /** Draws the built-in data set; `size` in pixels, `seed` shifts the standard bases. */
  | { kind: 'phantom'; variant: PhantomName; size: number; seed: number }
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
  /** Squares replaced by their mean in all roles but the reference, until null takes them out; the phantom is then drawn without lesions. */
  | { kind: 'simulate'; simulation: Simulation | null }
  /** Reads another array of an NPZ; null lets the names of its arrays decide. */
  | { kind: 'chooseArray'; path: string; array: string | null }
  | { kind: 'probe'; model: string; params: Params }
  /** Bytes that a run may take; null for what there is. */
  | { kind: 'limit'; bytes: number | null }
  /** `until`: stops there, of the updates that the parameters ask for. */
  | { kind: 'train'; run: string; model: string; preset: string; params: Params; seed: number; until?: number }
  | { kind: 'pause' | 'resume' | 'step' | 'stop'; run: string }
  /** Goes back to a snapshot; a run that is training is paused first, and goes on from there when it is resumed. */
  | { kind: 'restore'; run: string; snapshot: number }
  /** Scores the test set of a run; `smooth` null takes the scorer's own default. */
  | { kind: 'score'; run: string; scorer: string; smooth: boolean | null }
  | { kind: 'cancelScore'; run: string }
  /** Cleans every mask of an evaluation at a level; the newest `ask` (a number that grows) takes the place of one under way. */
  | ({ kind: 'clean' } & CleanAsked)
  /** Works out what takes longer than a frame about those masks; `ask` as above. */
  | ({ kind: 'assess' } & CleanAsked)
  /** Writes masks at a cut of the scores of this update, or raw scores where `cut` is null, in the geometry of their sources. */
  | {
      kind: 'export';
      run: string;
      update: number;
      scorer: string;
      smooth: boolean;
      cut: { side: Side; level: number; cleanUp: CleanUp } | null;
    }
  | { kind: 'exportWeights'; run: string }
  /** Writes a score of a run as an ONNX graph, with how the run was made. */
  | { kind: 'exportOnnx'; run: string; scorer: string; smooth: boolean; made: Readonly<Record<string, string>> }
  /** Asks for what the page has to keep of a run. */
  | { kind: 'keep'; run: string }
  /** Writes a capsule; `figures` go in as they are. */
  | { kind: 'pack'; kept: KeptRun; figures: readonly { path: string; text: string }[]; withPixels: boolean }
  | { kind: 'unpack'; file: Blob }
  /** Makes a kept run the loaded one, if its data are there. */
  | { kind: 'attach'; kept: KeptRun }
  /** Asks for the test slices as they are now. */
  | { kind: 'pictures' };

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
  /** Slices that carry a mask, those whose mask is not empty, and all that a mask or a label calls anomalous. */
  masked: number;
  notEmpty: number;
  anomalous: number;
  /** What was left out and why: '23 empty slices dropped'. */
  notes: readonly string[];
};

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

export type RoleInfo = Pick<SourceInfo, 'slices' | 'groups' | 'masked' | 'notEmpty' | 'anomalous'> & { thumbs: readonly Thumb[] };

export type DataState = {
  set: DataSet;
  size: number;
  /** What the built-in set is drawn as. */
  variant: PhantomName;
  seed: number;
  sources: readonly SourceInfo[];
  files: readonly FileRow[];
  roles: Record<Role, RoleInfo>;
  /** What the visitor's files go through; the phantom is drawn ready. */
  recipe: Preparation;
  simulation: Simulation | null;
  /** Of the visitor's files. */
  patients: readonly PatientInfo[];
  leak: LeakInfo | null;
  /** What there is to say where some images of the roles are in colour and others grey. */
  colour: string | null;
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
  /** Kernels of ours that stand in for the backend's own; none of them where stock kernels were chosen. */
  kernels: readonly string[];
  /** Whether updates are recorded and replayed. */
  replay: boolean;
  memory: MemoryLimit;
  models: readonly ModelSpec[];
};

/** What recording a run's updates has come to. */
export type ReplayState = {
  /** Updates that were replayed. */
  replayed: number;
  /** Bytes on the device that recordings hold besides the run's own. */
  bytes: number;
  /** Why the last recorded update cannot be replayed; '' where it can. */
  why: string;
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
  /** Absent where updates are not recorded. */
  recordings?: ReplayState;
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
  /** So many at the end of `names` are of the healthy reference: shown beside the others, and counted nowhere. */
  references: number;
  edges: readonly (Edges | null)[];
  rows: readonly PreviewRow[];
  truths: Uint8Array | null;
  /** Raw score at the left and right end of the map rows and of the histogram. */
  lo: number;
  hi: number;
  /** Of every fixed slice: its own score, NaN where it has none, and what is known of it (of the healthy reference nothing is asked: null); `shown` are the places of `names` among them. */
  scores: Float64Array;
  labels: readonly (0 | 1 | null)[];
  shown: readonly number[];
  /** 256 bins over [lo, hi] of the pixels above 0 in `counted` fixed slices. With masks: those outside and inside them, in slices that have
   * one; without (`anomalous` null): all pixels, whatever they are. Scores above `hi` are in the last bin. A scorer without a map counts none. */
  healthy: Uint32Array;
  anomalous: Uint32Array | null;
  counted: number;
  /** Bins of the peaks of all counted pixels together. */
  peaks: readonly number[];
};

/** A place in a run that can be gone back to, and how the fixed slices looked there. */
export type SnapshotInfo = { id: number; update: number; reason: string; preview: Preview; bytes: number };

/** Test slices (by their places) in the plane of their features' first two principal components, and the share of the variance along each. */
export type Embedding = { slices: readonly number[]; x: Float32Array; y: Float32Array; shares: readonly [number, number] };

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
  /** Null for a single image. */
  stack: Stack | null;
  /** SHA-256 of the slice; '' where it could not be taken. */
  hash: string;
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
  /** Fingerprint of the slices that are scored; '' where it could not be taken. */
  data: string;
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
  /** Lowest and highest code of pixels above 0 in each slice of that sample, in pairs. */
  healthyRanges: Uint16Array;
  /** Slice scores of every scorer that the same search served, this one's included; empty where each has its own. */
  together: Record<string, Float64Array>;
  /** Where a search was stopped: the slices from `from` on have the score of its step `step` of `of`; null where every one has its last. */
  partial: { from: number; step: number; of: number } | null;
  /** Scores of the slices of that sample, whose model has seen them; empty without a reference. */
  healthyScores: Float64Array;
  /** Where the slices lie by the model's features of them, or the sentence why that is not shown; null for a model that has none to show. */
  embedding: Embedding | string | null;
  /** Counts over the validation slices with a mask, for rules that are fitted; null without an anomaly among them. */
  validation: LabelSums | null;
  /** Scores of validation slices with a label, for operating points of whole slices; null unless both classes are there. */
  validationImages: readonly { score: number; label: 0 | 1 }[] | null;
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
  /** Where the scorer says what it minimises: the steps at which it was read in this batch, and each term there, by step, then by slice. */
  traces: { steps: readonly number[]; terms: Record<string, readonly (readonly number[])[]> } | null;
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

/** Test slices of h × w by hash: images as bytes of [0, 1], truths 1 = anomalous. */
export type Pictures = { height: number; width: number; hashes: readonly string[]; images: Uint8Array; truths: Uint8Array };

export type Task = 'phantom' | 'load' | 'probe' | 'score' | 'export';

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
  | { kind: 'preflight'; preflight: Preflight }
  | { kind: 'run'; state: RunState }
  | { kind: 'points'; run: string; points: readonly Point[] }
  | { kind: 'preview'; preview: Preview }
  /** Every checkpoint so far of a model that is chosen by distance. */
  | { kind: 'selection'; run: string; checked: readonly Checked[] }
  /** Oldest first; `dropped` older ones gave way. */
  | { kind: 'snapshots'; run: string; snapshots: readonly SnapshotInfo[]; dropped: number }
  /** The run stands at this snapshot again. */
  | { kind: 'restored'; run: string; snapshot: number; preview: Preview }
  | { kind: 'evaluation'; evaluation: Evaluation }
  | { kind: 'iterate'; iterate: Iterate }
  | { kind: 'cleaned'; cleaned: Cleaned }
  | { kind: 'assessed'; assessed: Assessed }
  /** A file for the visitor, and what to say with it. */
  | { kind: 'exported'; name: string; file: Blob; note: string }
  | { kind: 'keep'; run: string; training: string; position: Position; weights: Uint8Array }
  | { kind: 'unpacked'; kept: KeptRun }
  | { kind: 'attached'; run: string }
  | { kind: 'pictures'; pictures: Pictures }
  | { kind: 'failure'; where: Task | 'train' | 'engine' | 'keep' | 'attach' | 'clean' | 'assess'; sentence: string };
