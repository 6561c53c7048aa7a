import { type ChangeEvent, useRef } from 'react';
import { cancelLoad, load } from '../../store/data';
import type { Progress } from '../../store/state';
import { useLab } from '../../store/store';
import { OpenRun } from '../compare/OpenRun';
import { count, duration, fixed } from '../format';
import { Icon } from '../Icon';
import { fromPicker } from './dropped';

/** React knows no such attribute; browsers do. */
const FOLDER = { webkitdirectory: '' };

export function DropZone({ over }: { over: boolean }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    load(null, fromPicker(event.target.files));
    event.target.value = '';
  };
  return (
    <>
      <div className={over ? 'drop over' : 'drop'} data-testid="drop-zone">
        <Icon name="upload" />
        <b>{over ? 'Let go to read' : 'Drop slices, volumes or a folder'}</b>
        <p className="small">DICOM · NIfTI · NRRD · MHA · MGZ · NumPy · PNG · JPEG · TIFF</p>
        <p className="small">alone, in folders, or in a .zip or .tar(.gz)</p>
        <div className="row" style={{ justifyContent: 'center', flexWrap: 'wrap', marginTop: 10 }}>
          <button className="btn" type="button" onClick={() => files.current?.click()}>
            Choose files
          </button>
          <button className="btn" type="button" onClick={() => folder.current?.click()}>
            Choose folder
          </button>
          <OpenRun />
        </div>
        <input ref={files} type="file" multiple hidden onChange={take} aria-label="Files to read" data-testid="pick-files" />
        <input ref={folder} type="file" multiple hidden onChange={take} aria-label="Folder to read" data-testid="pick-folder" {...FOLDER} />
      </div>
      <p className="small row keptnote">
        <Icon name="shield" />
        Read here, kept here. Names and dates in DICOM headers are dropped.
      </p>
      <Loading />
    </>
  );
}

function Loading() {
  const loading = useLab((s) => s.lab.progress.load);
  const phantom = useLab((s) => s.lab.progress.phantom);
  const failed = useLab((s) => s.lab.failures.load ?? s.lab.failures.phantom);
  return (
    <>
      {phantom && <ProgressRow title="Drawing the phantoms" progress={phantom} />}
      {loading && <ProgressRow title="Reading" progress={loading} onCancel={cancelLoad} />}
      {failed && (
        <p className="note b" role="alert" style={{ marginTop: 12 }}>
          {failed}
        </p>
      )}
    </>
  );
}

export function ProgressRow({ title, progress, onCancel }: { title: string; progress: Progress; onCancel?: () => void }) {
  const { done, total, unit, perSecond, etaSeconds, detail } = progress;
  const share = total > 0 ? (100 * done) / total : 0;
  return (
    <div className="progress">
      <div className="row between">
        <span className="ell">
          <b>{title}</b>{' '}
          <span className="dim">
            {count(done)} of {count(total)} {unit}
          </span>
        </span>
        {onCancel && (
          <button className="btn s" type="button" onClick={onCancel}>
            Cancel
          </button>
        )}
      </div>
      <div className="bar" role="progressbar" aria-label={title} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share)}>
        <i style={{ width: `${share}%` }} />
      </div>
      <p className="small ell">
        {perSecond > 0 && `${fixed(perSecond, 1)} ${unit}/s`}
        {etaSeconds !== null && ` · ${duration(etaSeconds)} left`}
        {detail && ` · ${detail}`}
      </p>
    </div>
  );
}
