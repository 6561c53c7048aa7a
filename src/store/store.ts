import { create } from 'zustand';
import type { CleanUp } from '../core/morphology';
import type { Command, Evaluation } from '../core/protocol';
import type { RuleSettings } from '../core/rules';
import type { Side } from '../core/side';
import type { Simulation } from '../core/simulation';
import type { Params } from '../core/types';
import type { Layer, Theme, View, Way } from './address';
import { type CutState, NO_CUT } from './cut';
import { EMPTY_LAB, type LabState } from './state';

export { useShallow } from 'zustand/react/shallow';

/** What the page itself decides: where the visitor is and what they chose. */
export type PageState = {
  view: View;
  theme: Theme;
  /** Whether the visitor or the address chose the theme; only then the address says it. */
  themeChosen: boolean;
  sheet: 'device' | 'help' | null;
  /** The kept run that the address names, and its scorer, until it is opened. */
  linked: { run: string; scorer?: string; smooth?: boolean } | null;
  /** Where the visitor wants the engine to run, whatever it then runs on. */
  runOn: 'auto' | 'webgpu' | 'wasm';
  /** A first visit without an address: the demo starts by itself, once. */
  autoStart: boolean;
  /** Whether the run under way is that one: nothing of the visitor's is lost with it. */
  unasked: boolean;
  model: string | null;
  preset: string;
  /** Parameters changed by hand, on top of the preset. */
  edits: Params;
  seed: number;
  /** The last move of sources or patients: what to say, and what takes it back. */
  lastMove: { said: string; undo: readonly Command[] } | null;
  /** Squares that are being thought of, until they are painted. */
  simulationDraft: Simulation | null;
  wanted: { scorer: string; smooth: boolean | null } | null;
  /** What the address asked for and the first evaluation has still to grant. */
  asked: { t?: number; rule?: string; side?: Side; cleanUp?: CleanUp | null; settings?: RuleSettings } | null;
  /** The rule in force whenever another map comes: the one last chosen, else the first that has an answer. */
  rule: string | null;
  /** Places on the 0–255 axis that a hand gave maps of this run, by `evaluationKey`; a rule that is chosen takes the place of all. */
  hands: Readonly<Record<string, number>>;
  slice: number;
  /** Until the visitor picks a slice, the lab shows the one with most to see. */
  picked: boolean;
  layers: Record<Layer, boolean>;
  way: Way;
  cut: CutState;
  /** The cut of the maps while a score without one is in view. */
  parked: CutState | null;
};

export type State = { lab: LabState; shown: Evaluation | null } & PageState;

export const useLab = create<State>(() => ({
  lab: EMPTY_LAB,
  shown: null,
  view: 'train',
  theme: 'light',
  themeChosen: false,
  sheet: null,
  linked: null,
  runOn: 'auto',
  autoStart: false,
  unasked: false,
  model: null,
  preset: 'demo',
  edits: {},
  seed: 0,
  lastMove: null,
  simulationDraft: null,
  wanted: null,
  asked: null,
  rule: null,
  hands: {},
  slice: 0,
  picked: false,
  layers: { mask: true, truth: true, map: false },
  way: 'slice',
  cut: NO_CUT,
  parked: null,
}));
