import type { ScorerSpec } from '../../core/types';
import { cancelScore, chooseScorer, score } from '../../store/actions';
import { isStale } from '../../store/state';
import { useLab } from '../../store/store';
import { ProgressRow } from '../data/DropZone';
import { rove } from '../rove';
import { Steps } from './Steps';

const fixedSmoothing = ({ combines, mapless }: ScorerSpec): string | undefined =>
  combines ? 'Its parts keep their own smoothing.' : mapless ? 'There is no map to smooth.' : undefined;

export function Scorers() {
  const scorers = useLab((s) => s.lab.engine?.models.find((m) => m.id === s.lab.run?.model)?.scorers);
  const shown = useLab((s) => s.shown);
  const wanted = useLab((s) => s.wanted);
  const scoring = useLab((s) => s.lab.progress.score);
  const failed = useLab((s) => s.lab.failures.score);
  const running = useLab((s) => s.lab.run?.phase === 'running' || s.lab.run?.phase === 'preparing');
  const stale = useLab((s) => s.shown !== null && isStale(s.lab.run, s.shown));
  if (!scorers || !shown) return null;
  const chosen = scorers.find((one) => one.id === wanted?.scorer) ?? scorers.find((one) => one.id === shown.scorer);
  const smooth = chosen && chosen.id === wanted?.scorer ? (wanted.smooth ?? chosen.smooth) : shown.smooth;
  const stopped = shown.partial !== null || shown.slices.length < shown.total;
  const here = chosen?.id === shown.scorer && smooth === shown.smooth && !stale && !stopped;
  const unsmoothable = chosen && fixedSmoothing(chosen);
  const waits = chosen?.iterative && !here && !scoring && !running;
  return (
    <section className="sec">
      <div className="h">
        <h2>Predictor</h2>
        <small>what the score measures</small>
      </div>
      <div className="status">
        {waits && (
          <div className="row between">
            <span className="small">
              {stopped && chosen.id === shown.scorer
                ? 'Stopped early: start it again for all slices.'
                : 'Runs an inner optimisation for each slice.'}
            </span>
            <button className="btn s" type="button" onClick={score}>
              Start
            </button>
          </div>
        )}
        {scoring && <ProgressRow title={`Scoring with ${wanted?.scorer ?? shown.scorer}`} progress={scoring} onCancel={cancelScore} />}
        <Steps />
        {failed && (
          <p className="note b" role="alert">
            {failed}
          </p>
        )}
      </div>
      <div role="radiogroup" aria-label="Predictor" onKeyDown={rove} tabIndex={-1}>
        {scorers.map((one) => {
          const on = one.id === chosen?.id;
          return (
            // biome-ignore lint/a11y/useSemanticElements: a row shows a sentence as well
            <div
              key={one.id}
              className={on ? 'pick on' : 'pick'}
              role="radio"
              aria-checked={on}
              tabIndex={on ? 0 : -1}
              data-scorer={one.id}
              onClick={() => chooseScorer(one.id, null)}
              onKeyDown={undefined}
            >
              <span className="rd" />
              <span className="row">
                {one.id}
                {one.iterative && <span className="tag">takes steps</span>}
                {one.mapless && <span className="tag">no map</span>}
                {one.combines && <span className="tag w">uses labels</span>}
              </span>
              {on && <small>{one.about}</small>}
            </div>
          );
        })}
      </div>
      <div className="row between" style={{ marginTop: 8 }}>
        <span className="mid small">Smooth, 7 × 7 Gaussian</span>
        <button
          className="sw"
          role="switch"
          type="button"
          aria-checked={smooth}
          aria-label="Smooth the map"
          aria-disabled={unsmoothable !== undefined}
          aria-description={unsmoothable}
          title={unsmoothable}
          onClick={() => chosen && !unsmoothable && chooseScorer(chosen.id, !smooth)}
        />
      </div>
      {shown.notes.map((note) => (
        <p key={note} className="small" style={{ marginTop: 8 }}>
          {note}
        </p>
      ))}
    </section>
  );
}
