import { useEffect, useState } from 'react';
import { dataProblem, goTo, pauseOrResume, runOf, start, startFitting, startProblem, stepOnce, stop } from '../../store/actions';
import { foreignSet, isActive, isReopened } from '../../store/state';
import { useLab } from '../../store/store';
import { count, duration, fixed } from '../format';
import { Icon } from '../Icon';

const PHASES = { preparing: 'Preparing', running: 'Training', paused: 'Paused', stopped: 'Stopped', done: 'Finished', failed: 'Failed' };

const REOPENED = 'Opened again: the curves of its training were not kept.';

/** Of a run on images that are not those in use. */
export const SETS = {
  phantom: 'This run was made on the built-in phantoms; your own images are in use now.',
  mine: 'This run was made on images of your own; the built-in phantoms are in use now.',
};

export function RunBar() {
  const run = useLab(runOf);
  const starting = useLab((s) => s.lab.expected !== null && s.lab.run === null && s.lab.failures.train === undefined);
  const active = isActive(run) || starting;
  // Another set in use makes the next step a run on it.
  const ended = useLab((s) => foreignSet(s.lab) === null) && (run?.phase === 'done' || run?.phase === 'stopped');
  return (
    <section className="pane ctl" aria-label="Run">
      <span className="row">
        {(run?.phase === 'done' || run?.phase === 'stopped') && (
          <button className={ended ? 'btn pri' : 'btn'} type="button" onClick={() => goTo('decide')}>
            Decide
          </button>
        )}
        {active ? <PauseButton /> : <StartButton primary={!ended} />}
        <button
          className="btn"
          type="button"
          aria-disabled={run?.phase !== 'running' && run?.phase !== 'paused'}
          title={active ? undefined : 'Nothing runs: start first.'}
          onClick={stepOnce}
        >
          <Icon name="step" />
          Step <kbd>S</kbd>
        </button>
        <button
          className="btn"
          type="button"
          aria-disabled={!active}
          title={active ? undefined : 'Nothing runs.'}
          onClick={() => active && stop()}
        >
          <Icon name="stop" />
          Stop
        </button>
      </span>
      <Progress />
    </section>
  );
}

function StartButton({ primary }: { primary: boolean }) {
  const problem = useLab(startProblem);
  const again = useLab((s) => runOf(s) !== null);
  return (
    <button
      className={primary ? 'btn pri' : 'btn'}
      type="button"
      aria-disabled={problem !== undefined}
      title={problem}
      onClick={() => problem === undefined && start()}
    >
      <Icon name="play" />
      {again ? 'Start again' : 'Start'}
    </button>
  );
}

function PauseButton() {
  const phase = useLab((s) => s.lab.run?.phase);
  const ready = phase === 'running' || phase === 'paused';
  return (
    <button
      className="btn pri"
      type="button"
      style={{ minWidth: 126 }}
      aria-disabled={!ready}
      title={ready ? undefined : 'The run is being prepared.'}
      onClick={pauseOrResume}
    >
      <Icon name={phase === 'paused' ? 'play' : 'pause'} />
      {phase === 'paused' ? 'Resume' : 'Pause'} <kbd>Space</kbd>
    </button>
  );
}

function Progress() {
  const run = useLab(runOf);
  const expected = useLab((s) => s.lab.expected !== null && s.lab.run === null);
  const preparing = useLab((s) => s.lab.progress.probe ?? s.lab.progress.phantom ?? s.lab.progress.load);
  const failed = useLab((s) => s.lab.failures.train ?? s.lab.failures.probe);
  // While engine and images are on their way, the words above say so.
  const problem = useLab((s) => (s.lab.engine && s.lab.data && !isActive(s.lab.run) ? startProblem(s) : undefined));
  const lacking = useLab((s) => s.lab.engine !== null && s.lab.progress.phantom === undefined && dataProblem(s) !== undefined);
  const refused = useLab((s) => s.lab.preflight);
  const beforeFirst = run?.phase === 'running' && run.update === 0;
  const share = run && run.updates > 0 ? (100 * run.update) / run.updates : 0;
  const waiting = preparing && run?.phase !== 'running' && run?.phase !== 'paused';
  const shareOfWait = waiting && preparing.total > 0 ? (100 * preparing.done) / preparing.total : 0;
  const words = failed || run?.phase === 'failed' ? 'Failed' : run ? PHASES[run.phase] : expected ? 'Preparing' : 'No run yet';
  const reopened = useLab((s) => runOf(s) !== null && isReopened(s.lab));
  const foreign = useLab((s) => (runOf(s) ? foreignSet(s.lab) : null));
  const message =
    failed ?? problem ?? (foreign ? `${SETS[foreign]} Start trains on the images in use.` : reopened ? REOPENED : run?.message);
  return (
    <div className="grow runprogress">
      <div className="row between">
        <span className="ell">
          <b data-testid="run-phase">{words}</b>{' '}
          {waiting ? (
            <span className="dim">
              {preparing.detail || preparing.task} {count(preparing.done)} of {count(preparing.total)} {preparing.unit}
            </span>
          ) : (
            run && (
              <span className="dim">
                {run.phase === 'preparing' ? (
                  'the networks, and the first pictures'
                ) : beforeFirst ? (
                  <FirstUpdate />
                ) : (
                  <>
                    update <span data-testid="update-count">{count(run.update)}</span>
                    {run.updates > 0 && ` of ${count(run.updates)}`}
                  </>
                )}
              </span>
            )
          )}
        </span>
        <span className="nw">
          {waiting && (
            <span className="dim">
              {preparing.perSecond > 0 && `${fixed(preparing.perSecond, 0)} ${preparing.unit}/s`}
              {preparing.etaSeconds !== null && ` · ${duration(preparing.etaSeconds)} left`}
            </span>
          )}
          {run && run.rate > 0 && run.phase === 'running' && <span className="dim">{fixed(run.rate, 1)} updates/s · </span>}
          {run?.phase === 'running' && run.etaSeconds !== null && (
            <>
              <b>≈ {duration(run.etaSeconds)}</b> <span className="dim">left</span>
            </>
          )}
          {run && run.phase !== 'running' && run.seconds > 0 && <span className="dim">{duration(run.seconds)} of training</span>}
        </span>
      </div>
      <div
        className="bar"
        role="progressbar"
        aria-label={waiting ? 'Preparing' : 'Training'}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(waiting ? shareOfWait : share)}
      >
        <i style={{ width: `${waiting ? shareOfWait : share}%` }} />
      </div>
      {message && (
        <p
          className={failed || run?.phase === 'failed' ? 'small runmsg bad' : 'small runmsg'}
          role={failed ? 'alert' : 'status'}
          title={message}
        >
          {message}{' '}
          {lacking && message === problem && (
            <a className="link" href="#/data">
              Open Data
            </a>
          )}
          {refused?.fits && message === refused.sentence && (
            <button className="btn s" type="button" onClick={startFitting}>
              Start with that
            </button>
          )}
        </p>
      )}
    </div>
  );
}

/** The first update prepares what all others use, and takes as long as dozens of them. */
function FirstUpdate() {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => setSeconds((s) => s + 1), 1000);
    return () => window.clearInterval(timer);
  }, []);
  return <>first update, which takes longest{seconds > 0 && `: ${duration(seconds)}`}</>;
}
