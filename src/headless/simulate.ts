/** `--simulate share=0.3,seed=1`: squares replaced by their mean in the mixed and the test set, on the command line. */
import { PAPER_SIMULATION, type Simulation, simulationProblem } from '../core/simulation';
import { UsageError } from './usage';

/** What is not named is as in the paper (share 0.3) with seed 1. @throws UsageError naming what is wrong and what is allowed */
export function simulationOf(text: string): Simulation {
  const simulation = { ...PAPER_SIMULATION };
  for (const part of text.split(',')) {
    const [key, value = ''] = part.split('=');
    if ((key !== 'share' && key !== 'seed') || value.trim() === '')
      throw new UsageError(`--simulate takes share=0…1,seed=N, as in share=0.5,seed=1; not "${part}".`);
    simulation[key] = Number(value);
  }
  const problem = simulationProblem(simulation);
  if (problem) throw new UsageError(`--simulate: ${problem}`);
  return simulation;
}
