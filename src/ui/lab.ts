import { begin, currentAddress, followSystem, restore } from '../store/actions';
import { readAddress, type Theme } from '../store/address';
import { useRuns } from '../store/runs';
import { isActive } from '../store/state';
import { useLab } from '../store/store';

const THEME_KEY = 'wildcut.theme';
/** Chromium allows 200 history calls in 30 s: a drag must not spend them. */
const ADDRESS_EVERY_MS = 250;

/** Ties the store to the browser: theme, address, engine. */
export function openLab(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const kept = remembered();
  const chosen = kept === 'light' || kept === 'dark';
  const theme: Theme = chosen ? kept : dark.matches ? 'dark' : 'light';
  begin(location.hash, theme, chosen);
  document.documentElement.dataset.theme = useLab.getState().theme;
  dark.addEventListener('change', ({ matches }) => followSystem(matches ? 'dark' : 'light'));

  let written = location.hash;
  let due = 0;
  const write = () => {
    due = 0;
    // A gesture that is under way is written when it is over: that changes the cut again.
    if (useLab.getState().cut.before) return;
    const next = currentAddress(useLab.getState());
    if (next === written) return;
    // Another view is a step back in the browser's history; a moved threshold is not.
    if (readAddress(written)?.view === readAddress(next)?.view || written === '') history.replaceState(null, '', next);
    else history.pushState(null, '', next);
    written = next;
  };
  useLab.subscribe((now, before) => {
    if (now.theme !== before.theme) {
      document.documentElement.dataset.theme = now.theme;
      if (now.themeChosen) remember(now.theme);
    }
    if (
      now.view !== before.view ||
      now.theme !== before.theme ||
      now.slice !== before.slice ||
      now.cut !== before.cut ||
      now.shown !== before.shown ||
      now.layers !== before.layers ||
      now.way !== before.way ||
      now.wanted !== before.wanted
    )
      due = due || window.setTimeout(write, ADDRESS_EVERY_MS);
  });
  useRuns.subscribe((now, before) => {
    if (now.chosen !== before.chosen || now.slice !== before.slice || now.rows !== before.rows || now.opening !== before.opening)
      due = due || window.setTimeout(write, ADDRESS_EVERY_MS);
  });
  // A run is kept when it ends: one under way would be lost with the page.
  window.addEventListener('beforeunload', (event) => {
    const { lab, unasked } = useLab.getState();
    if (isActive(lab.run) && !unasked) event.preventDefault();
  });
  window.addEventListener('popstate', () => {
    written = location.hash;
    restore(readAddress(location.hash) ?? { view: 'train' });
  });
  window.setTimeout(write);
}

/** A browser may forbid storage; the theme is then forgotten with the tab. */
function remembered(): string | null {
  try {
    return localStorage.getItem(THEME_KEY);
  } catch {
    return null;
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {}
}
