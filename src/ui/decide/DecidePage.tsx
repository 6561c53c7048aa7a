import type { Evaluation } from '../../core/protocol';
import { askForScores, cancelScore, goTo, pauseOrResume } from '../../store/actions';
import { useRuns } from '../../store/runs';
import { foreignSet, isStale, type Progress } from '../../store/state';
import { useLab } from '../../store/store';
import { OpenRun } from '../compare/OpenRun';
import { Said } from '../compare/Said';
import { ProgressRow } from '../data/DropZone';
import { count } from '../format';
import { SETS } from '../train/RunBar';
import { Baselines } from './Baselines';
import { CleanPanel } from './CleanPanel';
import { Curves } from './Curves';
import { CutPanel } from './CutPanel';
import { EmbeddingView } from './EmbeddingView';
import { Instrument } from './Instrument';
import { MaskGrid } from './MaskGrid';
import { CalledPanel, MetricsPanel } from './MetricsPanel';
import { Rules } from './Rules';
import { ScoreGroups } from './ScoreGroups';
import { Scorers } from './Scorers';
import { ScorerTable } from './ScorerTable';
import { NoCut, SliceScores } from './SliceScores';
import { SliceTable } from './SliceTable';
import { TakeAway } from './TakeAway';
import { Viewer } from './Viewer';

export function DecidePage() {
  const evaluation = useLab((s) => s.shown);
  if (!evaluation || evaluation.slices.length === 0) return <Empty />;
  return (
    <div className="work v-decide">
      <div className="pane">
        {evaluation.mapless ? (
          <NoCut scorer={evaluation.scorer} />
        ) : (
          <>
            <CutPanel evaluation={evaluation} />
            <Rules evaluation={evaluation} />
            <CleanPanel evaluation={evaluation} />
          </>
        )}
        <Scorers />
      </div>
      <div className="pane">
        <Stale evaluation={evaluation} />
        <Foreign evaluation={evaluation} />
        {evaluation.mapless ? <SliceScores evaluation={evaluation} /> : <Instrument evaluation={evaluation} />}
        <Viewer evaluation={evaluation} />
        {!evaluation.mapless && <MaskGrid evaluation={evaluation} />}
      </div>
      <div className="pane right">
        <TakeAway evaluation={evaluation} />
        <MetricsPanel evaluation={evaluation} />
        {!evaluation.mapless && <Curves evaluation={evaluation} />}
        <SliceTable evaluation={evaluation} />
        {!evaluation.mapless && <CalledPanel evaluation={evaluation} />}
        <Baselines evaluation={evaluation} />
        <ScorerTable evaluation={evaluation} />
        <ScoreGroups evaluation={evaluation} />
        <EmbeddingView evaluation={evaluation} />
      </div>
    </div>
  );
}

/** Says so when the weights have moved on since this was scored. */
function Stale({ evaluation }: { evaluation: Evaluation }) {
  const run = useLab((s) => s.lab.run);
  const scoring = useLab((s) => s.lab.progress.score);
  if (!run || !isStale(run, evaluation)) return null;
  const running = run.phase === 'running';
  return (
    <div className="line" data-testid="stale">
      <span className="grow">
        Scored at update {count(evaluation.update)}; the run is at {count(run.update)}.{running && ' New scores follow when it ends.'}
        {scoring && ' Scoring again.'}
      </span>
      {!scoring && (
        <button className="btn s" type="button" onClick={running ? pauseOrResume : askForScores}>
          {running ? 'Pause and score again' : 'Score again'}
        </button>
      )}
    </div>
  );
}

/** Says so when the scores are of images that are no longer those in use. */
function Foreign({ evaluation }: { evaluation: Evaluation }) {
  const set = useLab((s) => (s.lab.run?.run === evaluation.run ? foreignSet(s.lab) : null));
  if (!set) return null;
  return (
    <div className="line" data-testid="foreign">
      <span className="grow">{SETS[set]}</span>
      <button className="btn s" type="button" onClick={() => goTo('train')}>
        Train on those
      </button>
    </div>
  );
}

function Empty() {
  const scoring = useLab((s) => s.lab.progress.score);
  const linked = useLab((s) => s.linked?.run);
  const opening = useRuns((s) => s.opening) ?? linked;
  return (
    <div className="work">
      <div className="pane empty">
        {!scoring && <Said />}
        {opening && <p className="lead">Opening the run {opening}.</p>}
        {scoring ? (
          <Waiting title="Scoring the test slices" progress={scoring} onCancel={cancelScore} />
        ) : opening ? (
          <Opening />
        ) : (
          <Nothing />
        )}
      </div>
    </div>
  );
}

function Waiting({ title, progress, onCancel }: { title: string; progress: Progress; onCancel?: () => void }) {
  return (
    <div style={{ width: 'min(420px, 80vw)' }}>
      <ProgressRow title={title} progress={progress} onCancel={onCancel} />
    </div>
  );
}

/** What a kept run still waits for. */
function Opening() {
  const engine = useLab((s) => s.lab.engine !== null);
  const { phantom, load } = useLab((s) => s.lab.progress);
  const read = useRuns((s) => s.rows !== null);
  if (phantom) return <Waiting title="Drawing the phantoms" progress={phantom} />;
  if (load) return <Waiting title="Reading" progress={load} />;
  return <p>{!read ? 'Reading the kept runs.' : engine ? 'Loading its networks.' : 'The engine is starting.'}</p>;
}

function Nothing() {
  const run = useLab((s) => s.lab.run);
  const failed = useLab((s) => s.lab.failures.score);
  const canScore = run !== null && run.update > 0 && (run.phase === 'paused' || run.phase === 'stopped' || run.phase === 'done');
  return (
    <>
      <p className="lead">No scores yet.</p>
      <p>
        {failed ??
          (run?.phase === 'running'
            ? 'The run is under way; scores follow when it ends. Pause or stop it to score what it has learnt so far.'
            : canScore
              ? 'The run can be scored as it stands.'
              : 'Train a run or open one.')}
      </p>
      <span className="row">
        {canScore && (
          <button className="btn pri" type="button" onClick={askForScores}>
            Score the test slices
          </button>
        )}
        <button className={canScore ? 'btn' : 'btn pri'} type="button" onClick={() => goTo('train')}>
          Go to Train
        </button>
        <OpenRun />
      </span>
    </>
  );
}
