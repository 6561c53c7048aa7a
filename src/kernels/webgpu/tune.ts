/** Chooses between variants of a kernel by the time they take on the device, per shape, during the first calls of a session. */
import { canTime, deviceOf } from '../program';

/** Records its dispatch, timed where it is asked to. */
export type Variant = (timed?: (nanoseconds: number) => void) => void;

/** Each variant runs so often before the choice; the shortest time counts, since the first run may include a compilation. */
const RUNS = 2;
type Trial = { asked: number; times: number[][]; choice: number | null };
const trials = new WeakMap<object, Map<string, Trial>>();
let forced: number | null = null;

/** Runs this variant wherever it exists (for tests and benches); null chooses by time. */
export function forceVariant(index: number | null): void {
  forced = index;
}

/** What was chosen so far on the backend's device: index of the variant and the shortest times in nanoseconds, by key. */
export function choices(backend: unknown): { key: string; choice: number | null; times: number[] }[] {
  return [...(trials.get(deviceOf(backend)) ?? [])].map(([key, { choice, times }]) => ({
    key,
    choice,
    times: times.map((runs) => Math.min(...runs)),
  }));
}

/** Runs one of the variants, all of which give the same result: the last, meant for real GPUs, until or unless times are known. */
export function tuned(backend: unknown, key: string, variants: Variant[]): void {
  if (forced !== null || variants.length === 1 || !canTime(backend)) {
    variants[Math.min(forced ?? variants.length, variants.length - 1)]();
    return;
  }
  const device = deviceOf(backend);
  const known = trials.get(device) ?? new Map<string, Trial>();
  trials.set(device, known);
  const trial: Trial = known.get(key) ?? { asked: 0, times: variants.map(() => []), choice: null };
  known.set(key, trial);
  if (trial.asked === RUNS * variants.length) {
    variants[trial.choice ?? variants.length - 1]();
    return;
  }
  const index = trial.asked++ % variants.length;
  variants[index]((nanoseconds) => {
    trial.times[index].push(nanoseconds);
    if (trial.times.every((runs) => runs.length === RUNS)) {
      const best = trial.times.map((runs) => Math.min(...runs));
      trial.choice = best.indexOf(Math.min(...best));
    }
  });
}
