/** Keeps the last cut of Decide with the kept row of what it cut: Compare can cut there too, and Decide starts from it when the run comes back. */
import { recut } from './runs';
import { type State, useLab } from './store';
import { decisionOf, keptRow } from './takeAway';

/** @returns the way to stop */
export const keepDecisions = (): (() => void) =>
  useLab.subscribe((now, before) => {
    if (now.shown !== before.shown || now.view !== before.view) take(before);
  });

function take({ shown, cut: { cut } }: State): void {
  const id = shown && keptRow(shown);
  const decision = shown && decisionOf(shown, cut);
  if (!id || !cut || !decision) return;
  const { flags: _, ...decided } = decision;
  recut(id, { decided: { ...decided, level: cut.level } });
}
