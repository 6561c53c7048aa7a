/** A kept run that an address names: opened once this browser has said what it keeps, the engine runs, and the images are there. */
import type { Address } from './address';
import { load, type Row, say, useRuns } from './runs';
import { evaluationKey, isActive } from './state';
import { type State, useLab } from './store';

/** Wants the run of an address, unless it is the loaded one. */
export function link({ run, scorer, smooth }: Address): void {
  const { lab } = useLab.getState();
  if (!run || lab.expected === run) return;
  useLab.setState({ linked: { run, scorer, smooth } });
  follow();
}

/** Tries again with whatever has become known. */
function follow(): void {
  const { linked, lab, view } = useLab.getState();
  const { rows } = useRuns.getState();
  if (!linked || rows === null || !ready(lab)) return;
  useLab.setState({ linked: null });
  if (view !== 'decide' || lab.expected === linked.run) return; // the visitor has gone elsewhere
  if (isActive(lab.run)) {
    say(`A run is under way, so ${linked.run} was not opened. Stop it, then show the other from Compare.`, true);
    return;
  }
  const row = rowOf(rows, linked);
  if (row) void load(row.id);
  else say(`The run ${linked.run} is not kept in this browser. Open its capsule, or train it again.`, true);
}

const ready = ({ engine, data, progress }: State['lab']): boolean =>
  engine !== null && data !== null && progress.phantom === undefined && progress.load === undefined;

/** The scorer that is asked for, else the run's last. */
function rowOf(rows: readonly Row[], { run, scorer, smooth }: NonNullable<State['linked']>): Row | undefined {
  const all = rows.filter(({ record }) => record.run === run);
  const wanted = scorer && evaluationKey({ scorer, smooth: smooth ?? false });
  return all.find(({ scores }) => scores && evaluationKey(scores) === wanted) ?? all.at(-1);
}

/** @returns the way to stop */
export function keepLinked(): () => void {
  const leave = [useLab.subscribe(follow), useRuns.subscribe(follow)];
  return () => {
    for (const stop of leave) stop();
  };
}
