/** The nouns that both islands share. Plain data: no tensor, no DOM. */
import type { PhantomName } from './protocol';
import type { PlaneName } from './recipe';
import type { Simulation } from './simulation';

/** An axis of a volume, or of the world. */
export type AxisIndex = 0 | 1 | 2;

/** Where the voxels of a volume lie in space: what is needed to write a mask back. */
export type Geometry = {
  /** Voxel index (i, j, k, 1) to RAS millimetres, row-major 4 × 4; i runs along `width`, j along `height`, k along `depth`. */
  affine: readonly number[];
  /** Voxel size along width, height, depth in millimetres. */
  spacing: readonly [number, number, number];
  /** False where the file says nothing about orientation (PNG, JPEG). */
  known: boolean;
};

/** Letters for the four edges of a slice: R, L, A, P, S, I. */
export type Edges = { left: string; right: string; top: string; bottom: string };

/** The volume that a slice is one of many of: what looking at it in the other planes needs. */
export type Stack = {
  /** The plane it is cut in. */
  plane: PlaneName;
  /** Slices of the volume in this plane, those that were left out included. */
  count: number;
  /** Whether `Slice.index` runs against the order of display, which is from inferior to superior, posterior to anterior, left to right. */
  reversed: boolean;
  /** Distance between the centres of two slices, in sides of a pixel; voxels are taken for cubes where the file says nothing. */
  pitch: number;
};

/** One decoded file: a 3D scan, or a single image when depth is 1. Raw intensities (after the file's own scaling), index
 * ((k · height) + j) · width + i. `truth` has the same layout, 1 = anomalous. */
export type Volume = {
  name: string;
  /** The patient (or whatever must not be split): taken from labels.csv, else the folder, else the file name. */
  group: string;
  depth: number;
  height: number;
  width: number;
  voxels: Float32Array;
  truth?: Uint8Array;
  /** 1 = anomalous image, 0 = normal, where a label file says so. */
  label?: 0 | 1;
  geometry: Geometry;
  /** Type as stored in the file: 'uint8', 'int16', 'float32' … */
  dtype: string;
};

/** One 2D image ready for a network: intensities in [0, 1] over its volume, `size` × `size`; axial ones have row 0 anterior, column 0 patient right. */
export type Slice = {
  name: string;
  group: string;
  volume: string;
  /** Position along the slicing axis of the volume, in voxels. */
  index: number;
  height: number;
  width: number;
  pixels: Float32Array;
  truth?: Uint8Array;
  /** From a label file, else from the mask, else absent. */
  label?: 0 | 1;
  /** Mean and standard deviation of the volume's pixels above 0, in units of `pixels`: what a per-volume z-score needs. */
  brain: { mean: number; sd: number };
  /** Null where left and right are not known. */
  edges: Edges | null;
  /** Area of one pixel in mm², where the spacing is known. */
  pixelArea?: number;
  /** Absent for a single image. */
  stack?: Stack;
};

/** The sets the papers are stated in. `truth` is for metrics, never for training. */
export const ROLES = ['reference', 'mixed', 'validation', 'test'] as const;
export type Role = (typeof ROLES)[number];
export const ROLE_TITLES: Record<Role, string> = {
  reference: 'Healthy reference',
  mixed: 'Mixed, unlabelled',
  validation: 'Validation',
  test: 'Test + masks',
};

/** How anomalous each pixel of one slice is, higher is more; `score` is the slice's own number. */
export type ScoreMap = { scorer: string; height: number; width: number; values: Float32Array; score: number };

export type Params = Record<string, number>;

export type ParamSpec = {
  label: string;
  default: number;
  min: number;
  max: number;
  step: number;
  /** Where the paper defines it: 'λ, Eq. 6'. */
  paper: string;
  /** Named values of a switch; the parameter is then an index into it. */
  options?: readonly string[];
  /** Decides how long an update takes: a speed measured with another value says nothing. */
  speed?: true;
  /** How many images an update of this network takes; where no parameter says so of a network, `batch` does. */
  imagesOf?: string;
};

export type ScorerSpec = {
  id: string;
  /** One sentence: what the map measures. */
  about: string;
  /** Whether the 7 × 7 Gaussian is on unless the visitor turns it off. */
  smooth: boolean;
  /** Runs an inner optimisation: show its steps, never start it unasked. */
  iterative?: boolean;
  /** Its optimisation moves the image itself and not a code, so that no pass over the networks stands for a step of it. */
  movesImage?: true;
  /** Gives one number a slice and no map. */
  mapless?: true;
  /** Ends of the axis where the scores have fixed ones; else the scores first seen set it. */
  range?: readonly [number, number];
  /** Fitted on labels: a logistic combination of these other scorers. */
  combines?: readonly string[];
};

/** A box, a picture or a comparison in the drawing of one update. */
export type DiagramNode = {
  /** Column from the left, row from the top; fractions lie between. */
  at: readonly [column: number, row: number];
  label: string;
  /** A few words beside the label. */
  about?: string;
  /** The network it is part of: it learns in that one's updates and rests in all others. */
  network?: string;
  /** Shows the first fixed slice: 'input', or this one of the model's views. */
  view?: string;
  /** Words without a box: what is compared. Lines to it are dashed. */
  loss?: true;
};

/** A loss above `most` ends the run, with the last good weights; `advice` says in one sentence what to try. */
export type LossLimit = { most: number; advice: string };

/** A term whose mean over the last updates is below `least`, or above `most`, is said to be wrong, with what to try; the run goes on. */
export type LossWatch = { least: number; most?: number; says: string; remedy: string };

/** The built-in data that a preset was found on: the phantom's variant, and squares painted in. */
export type MadeFor = { variant: PhantomName; simulation: Simulation | null };

/** What the page knows about a model: data sent by the worker, never an import. */
export type ModelSpec = {
  id: string;
  title: string;
  about: string;
  paper: { title: string; year: number };
  needs: readonly Role[];
  /** How [0, 1] pixels become the network's input: 'zscore' is per volume over pixels above 0, background 0, clipped to ±1.5. */
  input: 'zscore' | 'unit' | 'signed';
  params: Record<string, ParamSpec>;
  presets: Record<string, { title: string; about: string; params: Params; madeFor?: MadeFor }>;
  /** What learns, by the names in `TrainStep`: one sentence says what an update of it does. */
  networks: Record<string, { label: string; about: string }>;
  /** One update, drawn. An arrow that names a network belongs to the updates of that one alone. */
  diagram: {
    nodes: Record<string, DiagramNode>;
    arrows: readonly (readonly [from: string, to: string, during?: string])[];
  };
  /** Loss terms in the order of their plots: label with unit, the network beside whose terms it is plotted, and the top of the fixed axis at 64²
   * (`perPixel`: it grows with the pixels; `signed`: it runs from −axis). */
  losses: Record<
    string,
    { label: string; network: string; axis: number; perPixel?: true; signed?: true; limit?: LossLimit; watch?: LossWatch }
  >;
  /** Labels of the images that its scores come with; of `sample`, the images it makes of fixed codes, and `between`, of codes on a line. */
  views: Record<string, string>;
  /** Labels of what its iterative scores minimise, by the names in `ScoreStep`. */
  traces?: Record<string, string>;
  /** Which features its embedding of test images is made of. */
  embedding?: string;
  scorers: readonly ScorerSpec[];
  /** Where the paper stops training by the histogram of the lead's score: at so many separated peaks inside the body, and how it is said. */
  stopRule?: { peaks: number; about: string };
  /** Scorer shown while training and first afterwards. */
  lead: string;
  /** Its colour and dash in the charts of one run, 1 to 6. */
  series: number;
};
