import { useState } from 'react';
import { openBackend, openSheet } from '../store/actions';
import { useLab } from '../store/store';
import { BACKENDS, isFallback } from './device';
import { Icon } from './Icon';

/** One calm line under the header: what the device is and why, or that the engine is down. Absent when there is nothing to say. */
export function EngineLine() {
  const engine = useLab((s) => s.lab.engine);
  const down = useLab((s) => s.lab.failures.engine);
  const [hidden, setHidden] = useState('');
  if (down)
    return (
      <div className="line bad" role="alert" data-testid="engine-line">
        <Icon name="warn" />
        <span className="grow">{down}</span>
        <button className="btn s" type="button" onClick={() => openBackend('auto')}>
          Start the engine again
        </button>
      </div>
    );
  if (!engine || !isFallback(engine) || hidden === engine.reason) return <div />;
  const others = engine.available.filter((name) => name !== engine.backend && name !== 'cpu');
  return (
    <div className="line" role="status" data-testid="engine-line">
      <Icon name="info" />
      <span className="grow">{engine.reason}</span>
      {others.map((name) => (
        <button key={name} className="btn s" type="button" onClick={() => openBackend(name as 'webgpu' | 'wasm')}>
          Use {BACKENDS[name]}
        </button>
      ))}
      <button className="btn s q" type="button" onClick={() => openSheet('device')}>
        More
      </button>
      <button className="ib s" type="button" aria-label="Hide this line" onClick={() => setHidden(engine.reason)}>
        <Icon name="cross" />
      </button>
    </div>
  );
}
