import { openSheet, setTheme } from '../store/actions';
import { VIEWS, type View } from '../store/address';
import type { State } from '../store/store';
import { useLab } from '../store/store';
import { deviceWords } from './device';
import { Icon } from './Icon';

const LABELS: Record<View, string> = { data: 'Data', train: 'Train', decide: 'Decide', compare: 'Compare' };

/** A step is done once its result exists. */
const isDone = (s: State, view: View): boolean =>
  view === 'data'
    ? s.lab.run !== null || (s.lab.data !== null && s.lab.data.problems.length === 0)
    : view === 'train'
      ? s.lab.run?.phase === 'done' || s.lab.run?.phase === 'stopped'
      : false;

export function Header() {
  const view = useLab((s) => s.view);
  const theme = useLab((s) => s.theme);
  const done = useLab((s) => VIEWS.filter((v) => isDone(s, v)).join());
  return (
    <header className="top">
      <a className="brand" href="#/data">
        <svg viewBox="0 0 22 22" aria-hidden="true">
          <path
            d="M1 18c3 0 3.2-11 6-11s2.4 6 4.6 6 2-4 3.8-4S17.6 18 21 18"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.75"
            strokeLinecap="round"
          />
          <path d="M13.6 3v16" stroke="var(--cut)" strokeWidth="2" strokeLinecap="round" />
        </svg>
        Wildcut
      </a>
      <nav className="steps" aria-label="Workspace">
        {VIEWS.map((v, i) => {
          const ticked = done.split(',').includes(v) && v !== view;
          return (
            <a key={v} href={`#/${v}`} aria-current={v === view ? 'page' : undefined}>
              <span className={ticked ? 'n done' : 'n'} aria-hidden="true">
                {ticked ? <Icon name="check" /> : i + 1}
              </span>
              {LABELS[v]}
              {ticked && <span className="sr">, done</span>}
            </a>
          );
        })}
      </nav>
      <DeviceChip />
      <span className="row" style={{ gap: 0 }}>
        <button className="ib" type="button" aria-label="Help and keys" onClick={() => openSheet('help')}>
          <Icon name="help" />
        </button>
        <button
          className="ib"
          type="button"
          aria-label={theme === 'dark' ? 'Switch to the light theme' : 'Switch to the dark theme'}
          onClick={() => setTheme(theme === 'dark' ? 'light' : 'dark')}
        >
          <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
        </button>
      </span>
    </header>
  );
}

function DeviceChip() {
  const engine = useLab((s) => s.lab.engine);
  const lost = useLab((s) => s.lab.failures.engine !== undefined);
  const words = deviceWords(engine, lost);
  return (
    <button className="chip" type="button" data-testid="engine-chip" aria-haspopup="dialog" onClick={() => openSheet('device')}>
      <i className={`dot ${words.state}`} />
      <span className="ell">{words.text}</span>
      <span className="opt dim">· 0 B sent</span>
    </button>
  );
}
