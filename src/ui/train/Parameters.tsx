import { useEffect, useState } from 'react';
import type { ParamSpec } from '../../core/types';
import { choosePreset, editParam, paramsOf, setSeed, specOf } from '../../store/actions';
import { isActive } from '../../store/state';
import { useLab, useShallow } from '../../store/store';
import { count, plain } from '../format';

export function Parameters() {
  const spec = useLab(specOf);
  const params = useLab(useShallow(paramsOf));
  const locked = useLab((s) => isActive(s.lab.run));
  const preset = useLab((s) => (isActive(s.lab.run) ? s.lab.run!.preset : s.preset));
  const about = useLab((s) => (s.preset === 'machine' && spec ? s.lab.machine[spec.id]?.about : undefined));
  const probing = useLab((s) => s.lab.progress.probe);
  if (!spec) return null;
  const presets = Object.entries(spec.presets);
  const paper = spec.presets.paper?.params ?? {};
  return (
    <section className="sec">
      <div className="h">
        <h2>Preset</h2>
        <small>{locked ? 'locked while training' : 'change any number'}</small>
      </div>
      <fieldset className={presets.length > 3 ? 'seg wrap' : 'seg'} aria-label="Preset">
        {presets.map(([id, one]) => (
          <button
            key={id}
            type="button"
            aria-pressed={id === preset}
            aria-disabled={locked}
            title={one.about}
            onClick={() => !locked && choosePreset(id)}
          >
            {one.title}
          </button>
        ))}
      </fieldset>
      <p className="small" style={{ margin: '8px 0' }}>
        {probing
          ? `Measuring this machine: ${count(probing.done)} of ${count(probing.total)} ${probing.unit}.`
          : (about ?? spec.presets[preset]?.about)}
      </p>
      <dl className="kv params">
        {Object.entries(spec.params).map(([key, param]) => (
          <Row
            key={key}
            id={key}
            param={param}
            value={params[key]}
            // A paper that counts epochs says nothing about updates.
            paper={key === 'updates' && paper.epochs > 0 ? null : (paper[key] ?? param.default)}
            locked={locked}
          />
        ))}
        <dt>
          <label htmlFor="param-seed">Seed</label>
        </dt>
        <dd className="row">
          <Seed locked={locked} />
        </dd>
      </dl>
    </section>
  );
}

type RowProps = { id: string; param: ParamSpec; value: number; paper: number | null; locked: boolean };

function Row({ id, param, value, paper, locked }: RowProps) {
  const differs = paper !== null && value !== paper;
  const words = (n: number) => param.options?.[n] ?? plain(n);
  return (
    <>
      <dt title={`${param.paper}. ${plain(param.min)} to ${plain(param.max)}.`}>
        <label htmlFor={`param-${id}`}>{param.label}</label>
      </dt>
      <dd className="row">
        {differs && (
          <span className="dim nw" title="Differs from the paper">
            (paper {words(paper)})
          </span>
        )}
        {param.options ? (
          <select
            id={`param-${id}`}
            className="fld"
            value={value}
            disabled={locked}
            onChange={(event) => editParam(id, Number(event.target.value))}
          >
            {param.options.map((option, i) => (
              <option key={option} value={i}>
                {option}
              </option>
            ))}
          </select>
        ) : (
          <NumberField
            id={`param-${id}`}
            value={value}
            min={param.min}
            max={param.max}
            step={param.step}
            locked={locked}
            onValue={(n) => editParam(id, n)}
          />
        )}
      </dd>
    </>
  );
}

function Seed({ locked }: { locked: boolean }) {
  const seed = useLab((s) => (isActive(s.lab.run) ? s.lab.run!.seed : s.seed));
  return (
    <NumberField id="param-seed" value={seed} min={0} max={2 ** 31} step={1} locked={locked} onValue={(n) => setSeed(Math.round(n))} />
  );
}

type FieldProps = { id: string; value: number; min: number; max: number; step: number; locked: boolean; onValue: (n: number) => void };

/** Takes what is typed when it is a number in range, and says so while it is not. Nothing is clamped behind the visitor's back. */
function NumberField({ id, value, min, max, step, locked, onValue }: FieldProps) {
  const [text, setText] = useState(String(value));
  useEffect(() => setText(String(value)), [value]);
  const n = Number(text);
  const wrong = text.trim() === '' || !Number.isFinite(n) || n < min || n > max;
  return (
    <input
      id={id}
      className="fld num"
      inputMode="decimal"
      value={text}
      readOnly={locked}
      aria-invalid={wrong}
      title={wrong ? `Between ${plain(min)} and ${plain(max)}.` : undefined}
      onChange={(event) => {
        setText(event.target.value);
        const next = Number(event.target.value);
        if (event.target.value.trim() !== '' && Number.isFinite(next) && next >= min && next <= max) onValue(next);
      }}
      onKeyDown={(event) => {
        if (locked || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
        event.preventDefault();
        const next = Number((value + (event.key === 'ArrowUp' ? step : -step)).toPrecision(12));
        if (next >= min && next <= max) onValue(next);
      }}
      onBlur={() => wrong && setText(String(value))}
    />
  );
}
