import { useEffect, useState } from 'react';
import { paramProblem } from '../../core/params';
import type { ParamSpec } from '../../core/types';
import { choosePreset, editParam, paramsOf, setSeed, specOf } from '../../store/actions';
import { isActive } from '../../store/state';
import { useLab, useShallow } from '../../store/store';
import { count, plain } from '../format';
import { MadeFor } from './MadeFor';

export function Parameters() {
  const spec = useLab(specOf);
  const params = useLab(useShallow(paramsOf));
  const locked = useLab((s) => isActive(s.lab.run));
  const preset = useLab((s) => (isActive(s.lab.run) ? s.lab.run!.preset : s.preset));
  const about = useLab((s) => (s.preset === 'machine' && spec ? s.lab.machine[spec.id]?.about : undefined));
  const edited = useLab((s) => Object.keys(s.edits).length > 0);
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
      <fieldset className={presets.length > 3 ? 'seg tight wrap' : 'seg tight'} aria-label="Preset">
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
          : (about ??
            (preset === 'machine' && edited
              ? 'Changed since this machine was measured: choose the preset again to measure.'
              : spec.presets[preset]?.about))}
      </p>
      <MadeFor />
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
        {differs && <span className="was">paper: {words(paper)}</span>}
      </dt>
      <dd className="row">
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
            step={param.step}
            problem={(n) => paramProblem({ title: '', params: { [id]: param } }, { [id]: n })}
            locked={locked}
            onValue={(n) => editParam(id, n)}
          />
        )}
      </dd>
    </>
  );
}

const seedProblem = (n: number): string | null =>
  Number.isInteger(n) && n >= 0 && n <= 2 ** 31 ? null : `Seed takes a whole number from 0 to ${2 ** 31}, not ${n}.`;

function Seed({ locked }: { locked: boolean }) {
  const seed = useLab((s) => (isActive(s.lab.run) ? s.lab.run!.seed : s.seed));
  return (
    <NumberField
      id="param-seed"
      value={seed}
      step={1}
      problem={seedProblem}
      locked={locked}
      onValue={(n) => seedProblem(n) === null && setSeed(n)}
    />
  );
}

type FieldProps = {
  id: string;
  value: number;
  step: number;
  problem: (n: number) => string | null;
  locked: boolean;
  onValue: (n: number) => void;
};

/** Takes any number that is typed and says what is wrong with it; Start waits until nothing is. Nothing is clamped behind the visitor's back. */
function NumberField({ id, value, step, problem, locked, onValue }: FieldProps) {
  const [text, setText] = useState(String(value));
  // What is typed keeps its form ('1e-4', '0.') as long as it is the same number.
  useEffect(() => setText((old) => (numberIn(old) === value ? old : String(value))), [value]);
  const n = numberIn(text);
  const wrong = n === null ? 'A number is needed here.' : problem(n);
  const field = (
    <input
      id={id}
      className="fld num"
      inputMode="decimal"
      value={text}
      readOnly={locked}
      aria-invalid={wrong !== null}
      aria-errormessage={wrong === null ? undefined : `${id}-wrong`}
      onChange={(event) => {
        setText(event.target.value);
        const next = numberIn(event.target.value);
        if (next !== null) onValue(next);
      }}
      onKeyDown={(event) => {
        if (locked || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
        event.preventDefault();
        const next = Number((value + (event.key === 'ArrowUp' ? step : -step)).toPrecision(12));
        if (problem(next) === null) onValue(next);
      }}
      onBlur={() => n !== value && setText(String(value))}
    />
  );
  return (
    <>
      {field}
      {wrong !== null && (
        <span id={`${id}-wrong`} className="small wrong" role="alert">
          {wrong.trim()}
        </span>
      )}
    </>
  );
}

const numberIn = (text: string): number | null => (text.trim() === '' || !Number.isFinite(Number(text)) ? null : Number(text));
