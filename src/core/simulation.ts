/** Simulated anomalies (A2B-GAN, section 4.3) as a choice: what a run record needs to repeat them. */

/** `share`: of the mixed slices that get a square, 0 to 1 (0.3 in the paper); of validation and test slices half do, as there. */
export type Simulation = { share: number; seed: number };

export const PAPER_SIMULATION: Simulation = { share: 0.3, seed: 1 };

/** What is wrong with it, as a sentence; null when it can be used. */
export function simulationProblem({ share, seed }: Simulation): string | null {
  if (!(share >= 0 && share <= 1))
    return `The share of slices with a simulated anomaly is ${said(100 * share, ' %')}; it lies between 0 and 100 %.`;
  if (!Number.isInteger(seed) || seed < 0) return `The seed of simulated anomalies is ${said(seed)}; it is a whole number from 0.`;
  return null;
}

const said = (n: number, unit = ''): string => (Number.isNaN(n) ? 'missing' : `${Number(n.toPrecision(6))}${unit}`);
