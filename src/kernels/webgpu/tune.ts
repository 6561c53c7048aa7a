/** What suits the device: the sizes of tiles by its kind, and one of two variants of a product by the time they take on it, per shape, during the first
 * calls of a session. */
import { canTime, deviceOf, isSoftware } from '../program';

export type Timed = (nanoseconds: number) => void;
/** Records its dispatch, timed where it is asked to. */
export type Variant = (timed?: Timed) => void;

/** Each variant runs so often before the choice; the shortest time counts, since the first run may include a compilation. */
const RUNS = 2;

type Trial = { asked: number; times: [number[], number[]]; choice: 0 | 1 | null };
const trials = new WeakMap<object, Map<string, Trial>>();
let forced: 0 | 1 | null = null;

/** What was chosen, by shape: 0 direct, 1 tiled. */
export type Choices = Record<string, 0 | 1>;
const listeners = new WeakMap<object, (made: Choices) => void>();

/** Takes choices of an earlier session on this adapter for made (none but those that are one), and tells of all of them whenever one more falls. */
export function remember(backend: unknown, earlier: Choices, told: (made: Choices) => void): void {
  const known = trialsOn(deviceOf(backend));
  for (const [key, choice] of Object.entries(earlier))
    if (choice === 0 || choice === 1) known.set(key, { asked: 2 * RUNS, times: [[], []], choice });
  listeners.set(deviceOf(backend), told);
}

/** Runs this variant wherever there are two (for tests and benches): 0 direct, 1 tiled; null chooses by time. */
export function forceVariant(index: 0 | 1 | null): void {
  forced = index;
}

/** What was chosen so far on the backend's device, with the shortest times in nanoseconds, by shape. */
export function choices(backend: unknown): { key: string; choice: 0 | 1 | null; times: number[] }[] {
  return [...(trials.get(deviceOf(backend)) ?? [])].map(([key, { choice, times }]) => ({
    key,
    choice,
    times: times.map((runs) => Math.min(...runs)),
  }));
}

/**
 * Runs one of two variants that give the same result. Until the times are known, and where they cannot be, it is the tiled one, which suits GPUs.
 * A software adapter has neither shared memory nor barriers in hardware: there, the tiled one would cost a second of compilation to lose.
 */
export function tuned(backend: unknown, key: string, direct: Variant, tiled: Variant): void {
  const trial = trialOf(backend, key);
  const variants = [direct, tiled];
  if (!trial || trial.asked === 2 * RUNS) {
    variants[forced ?? trial?.choice ?? (isSoftware(backend) ? 0 : 1)]();
    return;
  }
  const index = trial.asked++ % 2;
  variants[index]((nanoseconds) => {
    trial.times[index].push(nanoseconds);
    if (trial.times.every((runs) => runs.length === RUNS)) {
      const [first, second] = trial.times.map((runs) => Math.min(...runs));
      trial.choice = first <= second ? 0 : 1;
      const device = deviceOf(backend);
      listeners.get(device)?.(madeOn(device));
    }
  });
}

/** How much an invocation takes on. */
export type Sizes = {
  /** Sums that it keeps: in registers, of which a GPU has about 255; a processor that plays one has them in its cache, and gains more from every load
   * that it need not do. */
  sums: number;
  /** Pixels of a tile, at the most. */
  pixels: number;
  /** Invocations that fill the device. Parts of a sum beyond that only cost memory. */
  enough: number;
};

const OF_CARD: Sizes = { sums: 128, pixels: 8, enough: 8192 };
const OF_SOFTWARE: Sizes = { sums: 256, pixels: 16, enough: 1024 };
let asCard = false;

export const sizesOn = (backend: unknown): Sizes => (isSoftware(backend) && !asCard ? OF_SOFTWARE : OF_CARD);

/** Sizes of a graphics card on software adapters too (for tests). */
export function sizeAsCard(really: boolean): void {
  asCard = really;
}

let onSoftware = false;

/** Tries both variants on software adapters too (for tests). */
export function tuneOnSoftware(really: boolean): void {
  onSoftware = really;
}

function trialOf(backend: unknown, key: string): Trial | null {
  if (forced !== null || !canTime(backend) || (isSoftware(backend) && !onSoftware)) return null;
  const known = trialsOn(deviceOf(backend));
  const trial: Trial = known.get(key) ?? { asked: 0, times: [[], []], choice: null };
  known.set(key, trial);
  return trial;
}

function trialsOn(device: object): Map<string, Trial> {
  const known = trials.get(device) ?? new Map<string, Trial>();
  trials.set(device, known);
  return known;
}

const madeOn = (device: object): Choices =>
  Object.fromEntries([...trialsOn(device)].flatMap(([key, { choice }]) => (choice === null ? [] : [[key, choice]])));
