import { isActive } from './state';
import type { State } from './store';

/** What the page does by itself after a report: start the demo on a first visit, score a run that has just ended, or was paused in sight of its scores. Nothing else. */
export function follow(before: State, now: State): 'start' | 'score' | null {
  const { lab } = now;
  if (now.autoStart && lab.engine && lab.data && lab.data.problems.length === 0 && !lab.run && lab.data.roles.reference.slices > 0)
    return 'start';
  const ended = lab.run !== null && (lab.run.phase === 'done' || lab.run.phase === 'stopped') && isActive(before.lab.run);
  const paused = now.view === 'decide' && lab.run?.phase === 'paused' && before.lab.run?.phase === 'running';
  return ended || paused ? 'score' : null;
}
