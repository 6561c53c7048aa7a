/** Keeps the last cut of Decide with the kept row of what it cut, so that Compare can cut there too. */
import { cleanUpOf } from './cut';
import { recut } from './runs';
import { type State, useLab } from './store';
import { keptRow } from './takeAway';

/** @returns the way to stop */
export const keepDecisions = (): (() => void) =>
  useLab.subscribe((now, before) => {
    if (now.shown !== before.shown || now.view !== before.view) take(before);
  });

function take({ shown, cut: { cut } }: State): void {
  const id = shown && !shown.mapless && keptRow(shown);
  if (id && cut) recut(id, { decided: { side: cut.side, level: cut.level, cleanUp: cleanUpOf(cut) } });
}
