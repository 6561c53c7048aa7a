import { useState } from 'react';
import { openBackend } from '../store/actions';
import type { State } from '../store/store';
import { useLab } from '../store/store';
import { BACKENDS } from './device';
import { bytes, count } from './format';
import { Sheet } from './Sheet';

const KERNELS = [
  ['own', 'Our own'],
  ['stock', 'Stock'],
] as const;
const NO_STOCK = 'Stock kernels cannot train on WASM: they have no filter gradient of a convolution.';

const CHOICES = [
  ['auto', 'Automatic'],
  ['webgpu', 'WebGPU'],
  ['wasm', 'WASM'],
] as const;

export function DeviceSheet() {
  const engine = useLab((s) => s.lab.engine);
  const run = useLab((s) => s.lab.run);
  const [copied, setCopied] = useState(false);
  return (
    <Sheet title="Device and privacy">
      {engine ? (
        <>
          <p className="mid" style={{ marginBottom: 12 }}>
            {engine.reason}
          </p>
          <dl className="kv">
            <dt>Backend</dt>
            <dd>{BACKENDS[engine.backend]}</dd>
            <dt>Adapter</dt>
            <dd>{engine.adapter || 'none'}</dd>
            <dt>Threads</dt>
            <dd>{engine.threads}</dd>
            <dt>Kernels</dt>
            <dd>{engine.kernels.length > 0 ? `our own: ${engine.kernels.join(', ')}` : 'stock TensorFlow.js'}</dd>
            <dt>Memory in tensors</dt>
            <dd>{run ? `${bytes(run.bytes)} in ${count(run.tensors)} tensors` : 'no run yet'}</dd>
            <dt>Sent over the network</dt>
            <dd>0 B sent</dd>
          </dl>
          <h3 className="h2" style={{ margin: '16px 0 8px' }}>
            Run on
          </h3>
          <fieldset className="seg" aria-label="Run on">
            {CHOICES.map(([id, label]) => {
              const absent = id !== 'auto' && !engine.available.includes(id);
              return (
                <button
                  key={id}
                  type="button"
                  aria-pressed={id === engine.backend}
                  aria-disabled={absent}
                  title={absent ? `${label} is not available in this browser.` : undefined}
                  onClick={() => !absent && openBackend(id)}
                >
                  {label}
                </button>
              );
            })}
          </fieldset>
          <h3 className="h2" style={{ margin: '16px 0 8px' }}>
            Kernels
          </h3>
          <fieldset className="seg" aria-label="Kernels">
            {KERNELS.map(([id, label]) => {
              const absent = id === 'stock' && engine.backend === 'wasm';
              return (
                <button
                  key={id}
                  type="button"
                  aria-pressed={(id === 'own') === engine.kernels.length > 0}
                  aria-disabled={absent}
                  title={absent ? NO_STOCK : undefined}
                  onClick={() => !absent && engine.backend !== 'cpu' && openBackend(engine.backend, null, id)}
                >
                  {label}
                </button>
              );
            })}
          </fieldset>
          {engine.backend === 'wasm' && (
            <p className="small" style={{ marginTop: 8 }}>
              {NO_STOCK}
            </p>
          )}
          {engine.backend === 'wasm' && engine.mostThreads > 1 && (
            <label className="small" style={{ display: 'block', marginTop: 8 }}>
              Threads{' '}
              <select value={engine.threads} onChange={(event) => openBackend('wasm', Number(event.target.value))}>
                {Array.from({ length: engine.mostThreads }, (_, i) => i + 1).map((n) => (
                  <option key={n}>{n}</option>
                ))}
              </select>
            </label>
          )}
          {engine.backend === 'wasm' && !crossOriginIsolated && (
            <p className="small" style={{ marginTop: 8 }}>
              Several threads need shared memory, which a browser allows only to a page from https or localhost whose server sends
              Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp. Whoever hosts the lab can send both;
              where service workers are allowed, the lab adds them itself from its second load on.
            </p>
          )}
          <p className="small" style={{ margin: '8px 0 16px' }}>
            A switch ends the run that is under way. {engine.available.includes('webgpu') ? '' : 'WebGPU is not available in this browser.'}
          </p>
        </>
      ) : (
        <p className="mid" style={{ marginBottom: 12 }}>
          The engine is starting.
        </p>
      )}
      <button
        className="btn"
        type="button"
        onClick={() => navigator.clipboard.writeText(diagnostics(useLab.getState())).then(() => setCopied(true))}
      >
        {copied ? 'Copied' : 'Copy diagnostics'}
      </button>
    </Sheet>
  );
}

/** What helps in a bug report, and nothing about the images. */
function diagnostics({ lab }: State): string {
  const { models: _, ...engine } = lab.engine ?? { models: [] };
  const run = lab.run && { ...lab.run, run: undefined };
  return JSON.stringify(
    { engine, run, failures: lab.failures, browser: navigator.userAgent, cores: navigator.hardwareConcurrency },
    null,
    2,
  );
}
