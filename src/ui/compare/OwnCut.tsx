import { isOff, NO_CLEAN_UP } from '../../core/morphology';
import type { Side } from '../../core/side';
import { type Placed, titleOf } from '../../store/comparing';
import { USUAL_CLEAN_UP } from '../../store/cut';
import { levelOf, shownOf, TOP } from '../../store/derived';
import { type Row, recut } from '../../store/runs';
import { fixed } from '../format';

type Props = { row: Row; letter: string; cut: Placed; dice: string };

/** The cut of one run: its handle, which side is anomalous, and whether its masks are cleaned. */
export function OwnCut({ row, letter, cut, dice }: Props) {
  const { by, side, level, cleanUp } = cut;
  const name = `${letter}, ${titleOf(row)}`;
  const shown = level === null ? null : shownOf(level, side);
  const clean = !isOff(cleanUp);
  const own = { by, side, level: level ?? 0, cleanUp };
  const byRule = by === 'bestDice' || by === 'healthy';
  const turn = (to: Side) => {
    const kept = byRule || shown === null ? own : { ...own, by: 'hand' as const, level: levelOf(shown, to) };
    recut(row.id, { cut: { ...kept, side: to } });
  };
  const wash = () => {
    const usual = row.decided && !isOff(row.decided.cleanUp) ? row.decided.cleanUp : USUAL_CLEAN_UP;
    recut(row.id, { cut: { ...own, by: byRule ? by : 'hand', cleanUp: clean ? NO_CLEAN_UP : usual } });
  };
  const keep = () => by === 'hand' && recut(row.id, { cut: own });
  return (
    <div className="row owncut">
      <input
        type="range"
        min={0}
        max={TOP}
        step={0.25}
        value={shown ?? 0}
        aria-disabled={shown === null}
        aria-label={`Cut of ${name}`}
        aria-valuetext={
          shown === null ? 'none' : `${fixed(shown, 2)} of ${TOP}, ${side === 'dark' ? 'low' : 'high'} scores flagged${dice && `, ${dice}`}`
        }
        title={shown === null ? 'This run has nothing to stand on for this rule.' : undefined}
        onChange={({ target }) =>
          shown !== null && recut(row.id, { cut: { ...own, by: 'hand', level: levelOf(Number(target.value), side) } }, false)
        }
        onPointerUp={keep}
        onKeyUp={keep}
      />
      <span className="small at">{shown === null ? '–' : fixed(shown, 1)}</span>
      <button
        className="btn s"
        type="button"
        aria-pressed={side === 'dark'}
        aria-label={`Low scores of ${name} are anomalous`}
        onClick={() => turn(side === 'dark' ? 'bright' : 'dark')}
      >
        Dark
      </button>
      <button className="btn s" type="button" aria-pressed={clean} aria-label={`Clean-up of ${name}`} onClick={wash}>
        Clean
      </button>
    </div>
  );
}
