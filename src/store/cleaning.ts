/** Keeps one question about clean-up with the worker: the newest is asked once the last is answered, during a drag too. */
import type { CleanAsked } from '../core/protocol';
import { send } from './client';
import { cleanUpOf, isCleaning } from './cut';
import { answers } from './derived';
import { type State, useLab } from './store';

/** The last question, and whether its answer is still to come. */
let last: { key: string; ask: number; open: boolean } | null = null;
let asks = 0;

/** @returns the way to stop */
export function keepClean(): () => void {
  return useLab.subscribe((now, before) => {
    const { cleaned, failures } = now.lab;
    if (last?.open && (cleaned?.ask === last.ask || (failures.score && failures.score !== before.lab.failures.score))) last.open = false;
    if (now.cut.cut === before.cut.cut && now.shown === before.shown && cleaned === before.lab.cleaned) return;
    const question = questionOf(now);
    // Asking the same again would be answered the same: that it could not be done, for one.
    if (!question || last?.open || last?.key === question.key) return;
    last = { key: question.key, ask: ++asks, open: true };
    send({ kind: 'clean', ...question.asked, ask: asks });
  });
}

function questionOf({ shown, cut: { cut }, lab }: State): { key: string; asked: Omit<CleanAsked, 'ask'> } | null {
  if (!shown || !cut || !isCleaning(cut) || answers(lab.cleaned, shown, cut)) return null;
  const { run, scorer, smooth, update } = shown;
  const asked = { run, scorer, smooth, side: cut.side, level: cut.level, cleanUp: cleanUpOf(cut) };
  return { key: JSON.stringify({ ...asked, update, slices: shown.slices.length }), asked };
}
