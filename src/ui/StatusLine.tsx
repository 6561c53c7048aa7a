import { useEffect, useRef, useState } from 'react';
import type { State } from '../store/store';
import { useLab } from '../store/store';
import { count, duration, plural } from './format';

const ANNOUNCE_EVERY_MS = 30_000;
const PHASES = { preparing: 'preparing', running: 'training', paused: 'paused', stopped: 'stopped', done: 'finished', failed: 'failed' };

const dataWords = ({ lab }: State): string => {
  const { load, phantom } = lab.progress;
  const [doing, at] = load ? ['Reading', load] : ['Drawing', phantom];
  if (at) return `${doing} ${count(at.done)} of ${count(at.total)} ${at.unit}`;
  if (!lab.data) return 'No images yet';
  const slices = Object.values(lab.data.roles).reduce((sum, r) => sum + r.slices, 0);
  return `${lab.data.set === 'phantom' ? 'Built-in phantoms' : 'My images'}: ${plural(slices, 'slice')}`;
};

export function StatusLine() {
  const data = useLab(dataWords);
  const phase = useLab((s) => s.lab.run?.phase);
  const view = useLab((s) => s.view);
  const cuttable = useLab((s) => !s.shown?.mapless);
  return (
    <footer className="foot">
      <span className="grow">
        {data}
        {phase && ` · Run ${PHASES[phase]}`} · Images stay in this tab, runs in this browser · Not a medical device.
      </span>
      <span className="hide-m row">
        {view === 'train' && (
          <>
            <kbd>Space</kbd> pause <kbd>S</kbd> one step
          </>
        )}
        {view === 'decide' && (
          <>
            {cuttable && (
              <>
                <kbd>[</kbd> <kbd>]</kbd> threshold{' '}
              </>
            )}
            <kbd>←</kbd> <kbd>→</kbd> slice
          </>
        )}
        {view === 'compare' && (
          <>
            <kbd>B</kbd> blink <kbd>L</kbd> link cursors
          </>
        )}
      </span>
      <span>
        <kbd>?</kbd> keys
      </span>
      <Announcer />
    </footer>
  );
}

/** Says phase changes at once and progress at most every 30 s, to those who listen. */
function Announcer() {
  const phase = useLab((s) => s.lab.run?.phase);
  const [text, setText] = useState('');
  const last = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (phase && phase !== last.current) setText(`Run ${PHASES[phase]}`);
    last.current = phase;
    if (phase !== 'running') return;
    const timer = window.setInterval(() => {
      const { run } = useLab.getState().lab;
      if (run) setText(`Update ${run.update} of ${run.updates}${run.etaSeconds === null ? '' : `, ${duration(run.etaSeconds)} left`}`);
    }, ANNOUNCE_EVERY_MS);
    return () => window.clearInterval(timer);
  }, [phase]);
  return (
    <span className="sr" role="status" aria-live="polite">
      {text}
    </span>
  );
}
