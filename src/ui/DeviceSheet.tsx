import { useState } from 'react';
import type { MemoryLimit } from '../core/memory';
import type { EngineState, ReplayState } from '../core/protocol';
import { limitMemory, openBackend, runOn } from '../store/actions';
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

const REPLAY = [
  ['Off', false],
  ['On', true],
] as const;
const NO_REPLAY = 'Only our own kernels on WebGPU can be recorded and replayed.';
const REPLAY_SAYS = 'The graphics device’s work for an update is recorded once and then sent as one piece, with the same results. It takes more memory, and is off unless you turn it on.'; // biome-ignore format: one line

const kernelsOf = ({ kernels }: EngineState) => (kernels.length > 0 ? 'own' : 'stock');
const replayable = (engine: EngineState) => engine.backend === 'webgpu' && kernelsOf(engine) === 'own';
const replayed = ({ replayed: times, bytes: held, why }: ReplayState) =>
  `${count(times)} replayed so far, ${bytes(held)} held${why === '' ? '' : `. The last one recorded cannot be: ${why[0].toLowerCase()}${why.slice(1)}`}`;

const CHOICES = [
  ['auto', 'Automatic'],
  ['webgpu', 'WebGPU'],
  ['wasm', 'WASM'],
] as const;

export function DeviceSheet() {
  const engine = useLab((s) => s.lab.engine);
  const run = useLab((s) => s.lab.run);
  const choice = useLab((s) => s.runOn);
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
            <dt>Updates</dt>
            <dd>{engine.replay ? `recorded and replayed${run?.recordings ? `: ${replayed(run.recordings)}` : ''}` : 'not recorded'}</dd>
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
                  aria-pressed={id === choice}
                  aria-disabled={absent}
                  title={absent ? `${label} is not available in this browser.` : undefined}
                  onClick={() => !absent && runOn(id)}
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
          <h3 className="h2" style={{ margin: '16px 0 8px' }}>
            Record and replay updates
          </h3>
          <fieldset className="seg" aria-label="Record and replay updates" aria-describedby="replay-says">
            {REPLAY.map(([label, on]) => {
              const absent = on && !replayable(engine);
              return (
                <button
                  key={label}
                  type="button"
                  aria-pressed={on === engine.replay}
                  aria-disabled={absent}
                  title={absent ? NO_REPLAY : undefined}
                  onClick={() => !absent && engine.backend === 'webgpu' && openBackend('webgpu', null, kernelsOf(engine), on)}
                >
                  {label}
                </button>
              );
            })}
          </fieldset>
          <p id="replay-says" className="small" style={{ marginTop: 8 }}>
            {replayable(engine) ? REPLAY_SAYS : NO_REPLAY}
          </p>
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
          <MemoryField memory={engine.memory} />
          <p className="small" style={{ margin: '8px 0 16px' }}>
            A switch ends the run that is under way. {engine.available.includes('webgpu') ? '' : 'WebGPU is not available in this browser.'}
          </p>
        </>
      ) : (
        <p className="mid" style={{ marginBottom: 12 }}>
          The engine is starting.
        </p>
      )}
      <Diagnostics />
    </Sheet>
  );
}

const NO_CLIPBOARD = 'The browser gives a page no clipboard unless its address starts with https or is this machine. Copy this text by hand.'; // biome-ignore format: one line
const REFUSED = 'The browser refused the clipboard. Copy this text by hand.';

/** Copies what helps in a bug report; where that cannot be, shows it. */
function Diagnostics() {
  const [state, setState] = useState<{ copied: true } | { text: string; why: string } | null>(null);
  const copy = async () => {
    const text = diagnostics(useLab.getState());
    if (!navigator.clipboard) return setState({ text, why: NO_CLIPBOARD });
    await navigator.clipboard.writeText(text).then(
      () => setState({ copied: true }),
      () => setState({ text, why: REFUSED }),
    );
  };
  return (
    <>
      <button className="btn" type="button" onClick={() => void copy()}>
        {state && 'copied' in state ? 'Copied' : 'Copy diagnostics'}
      </button>
      {state && 'text' in state && (
        <label className="small" style={{ display: 'block', marginTop: 8 }}>
          {state.why}
          <textarea className="fld" readOnly rows={8} style={{ width: '100%', height: 'auto' }} value={state.text} />
        </label>
      )}
    </>
  );
}

/** What a run may take: it is refused before it starts where it would take more. */
function MemoryField({ memory }: { memory: MemoryLimit }) {
  const [text, setText] = useState(memory.chosen && memory.bytes !== null ? String(memory.bytes / 1e9) : '');
  const wrong = text !== '' && !(Number(text) > 0);
  return (
    <>
      <label className="small" style={{ display: 'block', marginTop: 8 }}>
        A run may take, GB{' '}
        <input
          className="fld"
          style={{ width: 76 }}
          inputMode="decimal"
          value={text}
          aria-invalid={wrong}
          aria-describedby="memory-says"
          onChange={(event) => {
            setText(event.target.value);
            const gigabytes = Number(event.target.value);
            if (event.target.value.trim() === '') limitMemory(null);
            else if (gigabytes > 0) limitMemory(1e9 * gigabytes);
          }}
        />
      </label>
      <p id="memory-says" className="small" style={{ marginTop: 4 }}>
        {wrong ? 'This takes a number above 0, or nothing for what there is.' : `${memory.about[0].toUpperCase()}${memory.about.slice(1)}.`}
      </p>
    </>
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
