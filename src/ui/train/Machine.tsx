import { runOf } from '../../store/actions';
import { useLab } from '../../store/store';
import { BACKENDS } from '../device';
import { bytes, count, duration, fixed, plural } from '../format';

export function Machine() {
  const run = useLab(runOf);
  const engine = useLab((s) => s.lab.engine);
  const preflight = useLab((s) => (runOf(s)?.run === s.lab.preflight?.run ? s.lab.preflight : null));
  const limit = preflight?.limit.bytes ?? null;
  const [memory, memoryUnit] = run ? bytes(run.bytes).split('\u00a0') : ['–', ''];
  return (
    <section className="sec">
      <div className="h">
        <h2>This machine</h2>
        <small className="ell">
          {engine ? [BACKENDS[engine.backend], engine.adapter || plural(engine.threads, 'thread')].join(' · ') : ''}
        </small>
      </div>
      <div className="met m4">
        <Fact label="Speed" value={run && run.rate > 0 ? fixed(run.rate, 1) : '–'} unit="updates/s" />
        <Fact label="Memory" value={memory} unit={memoryUnit} />
        <Fact label="Tensors" value={run ? count(run.tensors) : '–'} unit="" />
        <Fact label="Trained for" value={run ? duration(run.seconds) : '–'} unit="" />
      </div>
      {preflight && preflight.sentence === null && (
        <p className="small" data-testid="preflight" style={{ marginTop: 6 }}>
          Looked at before it began: {bytes(preflight.need)} at most{limit === null ? '' : ` of ${bytes(limit)}`}
          {preflight.seconds !== null && `, and about ${duration(preflight.seconds)} of updates`}.
        </p>
      )}
    </section>
  );
}

function Fact({ label, value, unit }: { label: string; value: string; unit: string }) {
  return (
    <div>
      <div className="l">{label}</div>
      <div className="v">
        {value} <small>{unit}</small>
      </div>
    </div>
  );
}
