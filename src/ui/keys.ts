import { goTo, openSheet, pauseOrResume, stepOnce } from '../store/actions';
import { type Layer, VIEWS } from '../store/address';
import { nudgeCut, redoCut, releaseCut, selectSlice, toggleLayer, undoCut } from '../store/decide';
import { useLab } from '../store/store';

const LAYERS: Record<string, Layer> = { m: 'mask', t: 'truth', h: 'map' };

/** Elements that use these keys themselves. */
const owns = (target: EventTarget | null, key: string): boolean => {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches('input, select, textarea, [contenteditable]')) return true;
  if (target.closest('dialog')) return true;
  if (key === ' ') return target.matches('button, a, [role=radio], [role=switch], summary');
  return key.startsWith('Arrow') && target.closest('[role=slider], [role=radiogroup], [role=row], tbody') !== null;
};

/** Keys that work anywhere in a view. Returns the way to stop listening. */
export function listenToKeys(): () => void {
  const down = (event: KeyboardEvent) => {
    if (event.defaultPrevented || owns(event.target, event.key)) return;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !event.altKey) {
      if (useLab.getState().view !== 'decide') return;
      if (key === 'z' && !event.shiftKey) undoCut();
      else if (key === 'y' || (key === 'z' && event.shiftKey)) redoCut();
      else return;
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (act(key, event)) event.preventDefault();
  };
  const up = (event: KeyboardEvent) => {
    if ('[]{}'.includes(event.key)) releaseCut();
  };
  window.addEventListener('keydown', down);
  window.addEventListener('keyup', up);
  return () => {
    window.removeEventListener('keydown', down);
    window.removeEventListener('keyup', up);
  };
}

function act(key: string, event: KeyboardEvent): boolean {
  const { view, slice } = useLab.getState();
  const step = VIEWS[Number(key) - 1];
  if (step) goTo(step);
  else if (key === '?') openSheet('help');
  else if (key === ' ' && view === 'train') pauseOrResume();
  else if (key === 's' && view === 'train') stepOnce();
  else if (view !== 'decide') return false;
  else if ('[{'.includes(key)) nudgeCut(event.shiftKey ? -10 : -1);
  else if (']}'.includes(key)) nudgeCut(event.shiftKey ? 10 : 1);
  else if (key === 'arrowleft') selectSlice(slice - 1);
  else if (key === 'arrowright') selectSlice(slice + 1);
  else if (LAYERS[key]) toggleLayer(LAYERS[key]);
  else return false;
  return true;
}
