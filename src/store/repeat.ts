/** The same run with other seeds, one after another. */
import { start, startProblem } from './actions';
import { type Row, say, useRuns } from './runs';
import { isActive } from './state';
import { useLab } from './store';

export const SEEDS = 3;

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

/** Trains with the next seeds until there are three; each is scored as the first was. Stops where one fails or another run is started. */
export function repeatSeeds({ record, scores }: Row): void {
  const seeds = Array.from({ length: SEEDS - 1 }, (_, i) => record.seed + i + 1);
  let due: string | null = null;
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
    start();
    due = useLab.getState().lab.expected;
  };
  const leaveRuns = useRuns.subscribe(({ rows }) => {
    if (due !== null && rows?.some((row) => row.record.run === due && (row.scores || !scores))) {
      due = null;
      next();
    }
  });
  const leaveLab = useLab.subscribe(({ lab }) => {
    if (due !== null && (lab.expected !== due || lab.run?.phase === 'failed')) stop();
  });
  const stop = () => {
    leaveRuns();
    leaveLab();
  };
  next();
}
