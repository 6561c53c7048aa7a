/** The same run with other seeds, one after another. */
import { cancelScore, start, startProblem, stop as stopRun } from './actions';
import { choose, type Row, say, useRuns } from './runs';
import { isActive } from './state';
import { useLab } from './store';

export const SEEDS = 3;

/** Ends the repeats under way. */
let end: (() => void) | null = null;

/** No further seed; what is training or being scored now ends too. */
export function stopRepeats(): void {
  end?.();
  stopRun();
  cancelScore();
}

/** Why it cannot be repeated now, as a sentence. */
export function repeatProblem({ record }: Row): string | undefined {
  const { lab } = useLab.getState();
  if (isActive(lab.run)) return 'A run is under way; repeats start when it has ended.';
  if (lab.data?.set !== record.set) return 'Its images are not the ones in use. Choose them on Data.';
  const { phantom, simulation } = record;
  const drawn = phantom === undefined || phantom === null || (phantom.variant === lab.data.variant && phantom.seed === lab.data.seed);
  const painted = simulation === undefined || JSON.stringify(simulation) === JSON.stringify(lab.data.simulation);
  if (!drawn || !painted) return 'Its phantom or its painted squares are not the ones in use. Choose them on Data.';
  return lab.engine && lab.data ? undefined : 'The engine is starting.';
}

/** The update that repeats of a run stop at, as it was stopped; undefined for a run that did all its updates. */
export const stopsAt = ({ phase, update, updates }: Row['record']): number | undefined =>
  phase === 'stopped' && update < updates ? update : undefined;

/** Trains with the next seeds until there are three, to the update that the first stands at; each is scored as the first was, and chosen to be
 * compared. Ends where one fails or is stopped, or another run is started. */
export function repeatSeeds(row: Row): void {
  const { record, scores } = row;
  const seeds = Array.from({ length: SEEDS - 1 }, (_, i) => record.seed + i + 1);
  const until = stopsAt(record);
  let due: string | null = null;
  let nth = 1;
  const next = () => {
    const seed = seeds.shift();
    if (seed === undefined) return stop();
    useLab.setState({
      ...{ model: record.model, preset: record.preset, edits: record.params, seed },
      wanted: scores && { scorer: scores.scorer, smooth: scores.smooth },
    });
    const problem = startProblem(useLab.getState());
    if (problem) {
      say(`The repeats stopped: ${problem}`, true);
      return stop();
    }
    start(until);
    due = useLab.getState().lab.expected;
    useRuns.setState({ repeating: { name: record.name, seed, nth: ++nth, of: SEEDS } });
  };
  const leaveRuns = useRuns.subscribe(({ rows }) => {
    const found = due !== null && rows?.find((one) => one.record.run === due && (one.scores || !scores));
    if (!found) return;
    due = null;
    if (found.scores) pick(found.id);
    next();
  });
  const leaveLab = useLab.subscribe(({ lab }) => {
    if (due === null) return;
    const { phase, update } = lab.run?.run === due ? lab.run : {};
    if (lab.expected !== due || phase === 'failed' || (phase === 'stopped' && update !== until)) stop();
  });
  const stop = () => {
    due = null;
    leaveRuns();
    leaveLab();
    end = null;
    useRuns.setState({ repeating: null });
  };
  end = stop;
  if (scores) pick(row.id);
  next();
}

function pick(id: string): void {
  const { chosen } = useRuns.getState();
  if (!chosen.includes(id)) void choose([...chosen, id]);
}
