import type { SnapshotInfo } from '../../core/protocol';
import { restoreSnapshot, runOf } from '../../store/actions';
import { isActive } from '../../store/state';
import { useLab } from '../../store/store';
import { count, plural } from '../format';
import { rove } from '../rove';

const MEBIBYTE = 2 ** 20;

/** Places of this run to go back to: its weights and how the fixed slices looked. Arrow keys scrub through them. */
export function Snapshots() {
  const run = useLab(runOf);
  const snapshots = useLab((s) => s.lab.snapshots);
  const dropped = useLab((s) => s.lab.droppedSnapshots);
  if (!run || snapshots.length === 0) return null;
  const at = snapshots.find((one) => one.update === run.update)?.id;
  const failed = run.phase === 'failed';
  const bytes = snapshots.reduce((sum, one) => sum + one.bytes, 0);
  return (
    <section className="sec">
      <div className="h">
        <h2>Snapshots</h2>
        <small>
          {plural(snapshots.length, 'place')} · {Math.ceil(bytes / MEBIBYTE)} MiB
        </small>
      </div>
      <p className="small" style={{ marginBottom: 6 }}>
        {failed
          ? 'The run failed and cannot go back: start again.'
          : isActive(run)
            ? 'Choosing one pauses the run and puts its weights back; Resume goes on from there.'
            : 'Choosing one puts its weights back, for Decide to score.'}
        {dropped > 0 && ` ${plural(dropped, 'older one')} gave way to newer ones.`}
      </p>
      <div role="radiogroup" aria-label="Snapshots" onKeyDown={rove} tabIndex={-1}>
        {snapshots.map((one, i) => (
          <Row key={one.id} one={one} on={one.id === at} first={at === undefined && i === snapshots.length - 1} failed={failed} />
        ))}
      </div>
    </section>
  );
}

function Row({ one, on, first, failed }: { one: SnapshotInfo; on: boolean; first: boolean; failed: boolean }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a card holds more than a radio input may
    <div
      className={on ? 'meth on' : 'meth'}
      role="radio"
      aria-checked={on}
      aria-disabled={failed}
      tabIndex={on || first ? 0 : -1}
      data-testid="snapshot"
      onClick={() => !failed && !on && restoreSnapshot(one.id)}
      onKeyDown={undefined}
    >
      <span className="rd" />
      <b>Update {count(one.update)}</b>
      <p>{one.reason[0].toUpperCase() + one.reason.slice(1)}</p>
    </div>
  );
}
