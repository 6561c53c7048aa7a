/** Keeps questions about masks with the worker, one of a kind at a time: the newest is asked once the last is answered. */
import type { CleanAsked } from '../core/answers';
import type { Evaluation } from '../core/protocol';
import { send } from './client';
import { cleanUpOf, isCleaning } from './cut';
import { answers } from './derived';
import { type State, useLab } from './store';

/** 'clean': what clean-up does, during a drag too. 'assess': what takes longer, once the cut rests. */
type Kind = 'clean' | 'assess';
type Question = Omit<CleanAsked, 'ask'>;

/** Milliseconds without a change after which a cut rests. */
const REST = 150;

/** The last question of each kind, what it was about, and whether its answer is still to come. */
const last: Partial<Record<Kind, { key: string; about: Evaluation; ask: number; open: boolean }>> = {};
let asks = 0;

/** @returns the way to stop */
export function keepClean(): () => void {
  return useLab.subscribe((now, before) => {
    settle('clean', now, before);
    if (now.cut.cut === before.cut.cut && now.shown === before.shown && now.lab.cleaned === before.lab.cleaned) return;
    if (isCleaning(now.cut.cut)) ask('clean', now);
  });
}

/** @returns the way to stop */
export function keepAssessed(): () => void {
  let due: ReturnType<typeof setTimeout> | undefined;
  const stop = useLab.subscribe((now, before) => {
    settle('assess', now, before);
    const { lab } = now;
    const same = now.cut === before.cut && now.shown === before.shown && now.view === before.view;
    if (same && lab.cleaned === before.lab.cleaned && lab.assessed === before.lab.assessed) return;
    clearTimeout(due);
    due = setTimeout(() => {
      const { view, cut, shown, lab } = useLab.getState();
      // Clean-up goes first: the numbers themselves wait for it.
      const cleaned = !shown || !isCleaning(cut.cut) || answers(lab.cleaned, shown, cut.cut!);
      if (view === 'decide' && cut.before === null && cleaned) ask('assess', useLab.getState());
    }, REST);
  });
  return () => {
    stop();
    clearTimeout(due);
  };
}

/** Takes note of an answer, of a failure, and of a run that has gone with its questions. */
function settle(kind: Kind, { lab }: State, before: State): void {
  const asked = last[kind];
  if (!asked?.open) return;
  const answer = kind === 'clean' ? lab.cleaned : lab.assessed;
  const failed = lab.failures[kind] !== undefined && lab.failures[kind] !== before.lab.failures[kind];
  if (answer?.ask === asked.ask || failed || lab.expected !== asked.about.run) asked.open = false;
}

function ask(kind: Kind, { shown, cut: { cut }, lab }: State): void {
  const answer = kind === 'clean' ? lab.cleaned : lab.assessed;
  if (!shown || shown.mapless || !cut || answers(answer, shown, cut)) return;
  const { run, scorer, smooth } = shown;
  const question: Question = { run, scorer, smooth, side: cut.side, level: cut.level, cleanUp: cleanUpOf(cut) };
  const key = JSON.stringify(question);
  const before = last[kind];
  // Asking the same again would be answered the same: that it could not be done, for one.
  if (before?.open || (before?.key === key && before.about === shown)) return;
  last[kind] = { key, about: shown, ask: ++asks, open: true };
  const { [kind]: _, ...failures } = lab.failures;
  if (kind in lab.failures) useLab.setState(({ lab }) => ({ lab: { ...lab, failures } }));
  send({ kind, ...question, ask: asks });
}
