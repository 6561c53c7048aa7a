import { useEffect } from 'react';
import { goTo } from '../../store/actions';
import { newest } from '../../store/comparing';
import { askForPictures, choose, say, useRuns } from '../../store/runs';
import { useLab } from '../../store/store';
import { ProgressRow } from '../data/DropZone';
import { Delong } from './Delong';
import { OpenRun } from './OpenRun';
import { Overlay } from './Overlay';
import { Published } from './Published';
import { RunsTable } from './RunsTable';
import { Said } from './Said';
import { SameSlice } from './SameSlice';
import { SliceRates } from './SliceRates';

export function ComparePage() {
  const rows = useRuns((s) => s.rows);
  const ready = useLab((s) => s.lab.progress.phantom === undefined && s.lab.progress.load === undefined);
  const data = useLab((s) => s.lab.data);
  useEffect(() => {
    if (data && ready) askForPictures();
  }, [ready, data]);
  useEffect(() => {
    const { chosen } = useRuns.getState();
    if (rows === null) return;
    const known = chosen.filter((id) => rows.some((row) => row.id === id));
    const missing = chosen.length - known.length;
    if (missing > 0)
      say(
        `Of the runs of this address ${missing} of ${chosen.length} are not kept in this browser. Open their capsules, or train them again.`,
        true,
      );
    void choose(known.length > 0 ? known : newest(rows));
  }, [rows]);
  if (rows === null) return <p className="empty">Reading the kept runs.</p>;
  if (rows.length === 0) return <Empty />;
  return (
    <div className="work v-compare">
      <div className="pane">
        <Drawing />
        <RunsTable rows={rows} />
        <SliceRates rows={rows} />
        <Delong rows={rows} />
        <Published />
      </div>
      <div className="pane right">
        <Overlay rows={rows} />
      </div>
      <div className="pane slicepane">
        <SameSlice rows={rows} />
      </div>
    </div>
  );
}

/** A run that is shown in Decide may need the phantom at another size. */
function Drawing() {
  const phantom = useLab((s) => s.lab.progress.phantom);
  return (
    phantom && (
      <div className="sec">
        <ProgressRow title="Drawing the phantoms" progress={phantom} />
      </div>
    )
  );
}

function Empty() {
  return (
    <div className="work">
      <div className="pane">
        <Said />
        <div className="empty">
          <p className="lead">No runs yet.</p>
          <p>Every run that ends is kept here with its scores. Train one, or open a capsule.</p>
          <span className="row">
            <button className="btn pri" type="button" onClick={() => goTo('train')}>
              Go to Train
            </button>
            <OpenRun />
          </span>
        </div>
      </div>
    </div>
  );
}
