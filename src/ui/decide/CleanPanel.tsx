import type { CleanUp } from '../../core/morphology';
import type { Evaluation } from '../../core/protocol';
import { isCleaning } from '../../store/cut';
import { releaseCut, setCleanUp, switchCleanUp, tryCleanUp } from '../../store/decide';
import { answers } from '../../store/derived';
import { useLab } from '../../store/store';
import { fixed, plural } from '../format';
import { TypedNumber } from './TypedNumber';
import { useCut } from './use';

const SIDES = [0, 3, 5, 7] as const;
const MOST = 100_000;

export function CleanPanel({ evaluation }: { evaluation: Evaluation }) {
  const { clean, cleanUp } = useCut();
  const { opening, closing, order, fillHoles, space } = cleanUp;
  const steps = [
    <Square
      key="open"
      label="Open"
      hint="Takes away what is narrower than the square"
      value={opening}
      set={(side) => ({ opening: side })}
    />,
    <Square key="close" label="Close" hint="Closes gaps narrower than the square" value={closing} set={(side) => ({ closing: side })} />,
  ];
  return (
    <section className="sec" aria-label="Clean up">
      <div className="h">
        <h2>Clean up</h2>
        <button
          className="sw"
          type="button"
          role="switch"
          aria-checked={clean}
          aria-label="Clean up the masks"
          data-testid="clean-switch"
          onClick={() => switchCleanUp(!clean)}
        />
      </div>
      {clean && (
        <div className="cleanup">
          {order === 'open-close' ? steps : steps.reverse()}
          <button
            className="link small swap"
            type="button"
            onClick={() => setCleanUp({ order: order === 'open-close' ? 'close-open' : 'open-close' })}
          >
            {order === 'open-close' ? 'Close first' : 'Open first'}
          </button>
          <TypedNumber
            label="Smallest region"
            value={cleanUp.minimum}
            least={0}
            most={MOST}
            step={1}
            unit={space === 'volume' ? 'voxels' : 'px'}
            testId="clean-minimum"
            change={(minimum) => tryCleanUp({ minimum })}
            done={releaseCut}
          />
          <div className="row between">
            <span className="mid small">Fill holes</span>
            <button
              className="sw"
              type="button"
              role="switch"
              aria-checked={fillHoles}
              aria-label="Fill holes"
              onClick={() => setCleanUp({ fillHoles: !fillHoles })}
            />
          </div>
          <div className="row between">
            <span className="mid small">A region is one</span>
            <fieldset className="seg s" aria-label="A region is one">
              <button type="button" aria-pressed={space === 'slice'} onClick={() => setCleanUp({ space: 'slice' })}>
                slice’s
              </button>
              <button
                type="button"
                aria-pressed={space === 'volume'}
                title="Goes through neighbouring slices of a volume: 26 neighbours"
                onClick={() => setCleanUp({ space: 'volume' })}
              >
                volume’s
              </button>
            </fieldset>
          </div>
        </div>
      )}
      <Effect evaluation={evaluation} />
    </section>
  );
}

type SquareProps = { label: string; hint: string; value: CleanUp['opening']; set: (side: CleanUp['opening']) => Partial<CleanUp> };

function Square({ label, hint, value, set }: SquareProps) {
  return (
    <label className="row between" title={hint}>
      <span className="mid small">{label}</span>
      <select className="fld" value={value} onChange={(event) => setCleanUp(set(Number(event.target.value) as CleanUp['opening']))}>
        {SIDES.map((side) => (
          <option key={side} value={side}>
            {side === 0 ? 'off' : `${side} × ${side}`}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What it does to the whole set, once the worker has said so. */
function Effect({ evaluation }: { evaluation: Evaluation }) {
  const cut = useCut();
  const cleaned = useLab((s) => s.lab.cleaned);
  const failed = useLab((s) => s.lab.failures.clean);
  const words = () => {
    if (!cut.clean) return 'Off: masks are shown as they are cut.';
    if (!isCleaning(cut)) return 'Every step is off, so masks stay as they are.';
    if (!answers(cleaned, evaluation, cut)) return failed ? `Not done on the whole set: ${failed}` : '≈ Working on the whole set.';
    const [after, before] = [cleaned.dice.pooled, cleaned.diceBefore.pooled];
    const removed = `removed ${plural(cleaned.removed, 'region')}`;
    if (after === null || before === null) return `${removed[0].toUpperCase()}${removed.slice(1)}.`;
    const change = after - before;
    if (Math.abs(change) < 0.005) return `Leaves Dice as it is, to two digits · ${removed}.`;
    return `Changes Dice by ${change > 0 ? '+' : ''}${fixed(change, 2)} · ${removed}.`;
  };
  return (
    <p className="small" style={{ marginTop: cut.clean ? 10 : 0 }} data-testid="clean-effect">
      {words()}
    </p>
  );
}
