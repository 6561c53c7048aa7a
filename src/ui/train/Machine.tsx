import { runOf } from '../../store/actions';
import { useLab } from '../../store/store';
import { BACKENDS } from '../device';
import { bytes, count, duration, fixed, plural } from '../format';

export function Machine() {
  const run = useLab(runOf);
  const engine = useLab((s) => s.lab.engine);
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
