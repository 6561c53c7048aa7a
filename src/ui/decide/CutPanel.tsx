import { useState } from 'react';
import { flagsOf } from '../../core/decision';
import { DEFINITIONS } from '../../core/definitions';
import type { Evaluation } from '../../core/protocol';
import type { Cut } from '../../store/cut';
import { chooseSide, moveCut, nudgeCut, redoCut, releaseCut, undoCut } from '../../store/decide';
import { levelOf, shownOf, TOP } from '../../store/derived';
import { useLab } from '../../store/store';
import { plain } from '../format';
import { Icon } from '../Icon';
import { Term } from './Term';
import { useCut } from './use';
import { healthyWords } from './words';

export function CutPanel({ evaluation }: { evaluation: Evaluation }) {
  const cut = useCut();
  const flags = flagsOf(cut.side, cut.level, evaluation.lo, evaluation.hi);
  const canUndo = useLab((s) => s.cut.past.length > 0);
  const canRedo = useLab((s) => s.cut.future.length > 0);
  return (
    <section className="sec">
      <div className="h">
        <h2>
          <Term label="Cut" about={DEFINITIONS.threshold} />
        </h2>
        <span className="row" style={{ gap: 4 }}>
          <button className="ib s" type="button" aria-label="Undo" aria-disabled={!canUndo} title="Ctrl Z" onClick={undoCut}>
            <Icon name="undo" />
          </button>
          <button className="ib s" type="button" aria-label="Redo" aria-disabled={!canRedo} title="Ctrl Y" onClick={redoCut}>
            <Icon name="redo" />
          </button>
        </span>
      </div>
      <div className="row">
        <Field cut={cut} />
        <p id="cut-words" className="small mid">
          of {TOP} · {healthyWords(evaluation, cut)}
        </p>
      </div>
      <p className="small" style={{ marginTop: 8 }}>
        {flags ? `${evaluation.scorer} ${flags.relation} ${plain(flags.score)}` : 'Every pixel is flagged.'}
      </p>
      <fieldset className="seg s wide" aria-label="Anomalies are" style={{ marginTop: 8 }}>
        {(['bright', 'dark'] as const).map((side) => (
          <button key={side} type="button" aria-pressed={cut.side === side} data-side={side} onClick={() => chooseSide(side)}>
            {side === 'bright' ? 'Brighter' : 'Darker'}
          </button>
        ))}
      </fieldset>
    </section>
  );
}

/** Mirrors the handle; while it is edited it shows what is typed. */
function Field({ cut }: { cut: Cut }) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = shownOf(cut.level, cut.side).toFixed(1);
  const n = Number(typed?.replace(',', '.'));
  const wrong = typed !== null && (typed.trim() === '' || !Number.isFinite(n) || n < 0 || n > TOP);
  const done = () => {
    setTyped(null);
    releaseCut();
  };
  return (
    <label className="fld cutfield">
      <span className="sr">Threshold, 0 to {TOP}</span>
      <input
        data-testid="threshold-input"
        inputMode="decimal"
        value={typed ?? shown}
        aria-describedby="cut-words"
        aria-invalid={wrong}
        onChange={(event) => {
          setTyped(event.target.value);
          const next = Number(event.target.value.replace(',', '.'));
          if (event.target.value.trim() !== '' && next >= 0 && next <= TOP) moveCut(levelOf(next, cut.side));
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') done();
          const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
          if (!step) return;
          event.preventDefault();
          setTyped(null);
          nudgeCut(step * (event.shiftKey ? 10 : event.altKey ? 0.1 : 1));
        }}
        onKeyUp={(event) => {
          if (event.key === 'ArrowUp' || event.key === 'ArrowDown') releaseCut();
        }}
        onBlur={done}
      />
    </label>
  );
}
