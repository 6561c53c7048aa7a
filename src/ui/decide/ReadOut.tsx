import { scoreOf } from '../../core/cut';
import { shareBelow } from '../../core/histogram';
import type { Evaluation } from '../../core/protocol';
import { count, percent, plain } from '../format';
import { MAGMA_CSS } from '../paint';
import { type Look, PLAIN_LOOK } from './look';
import { useNumbers } from './use';

/** What stands under the pointer; without one, what is called anomalous in the slice. */
export function ReadOut({ evaluation, slice, look: { cursor, window } }: { evaluation: Evaluation; slice: number; look: Look }) {
  const { height, width, maps, lo, hi, scorer, mapless, healthy } = evaluation;
  const changed = window !== PLAIN_LOOK.window;
  const grey = changed ? ` · window ${count(window.lo)} to ${count(window.hi)} of 255` : '';
  if (!cursor)
    return (
      <span>
        {!mapless && <MaskArea evaluation={evaluation} slice={slice} />}
        {grey}
      </span>
    );
  const code = maps[(slice * height + cursor.y) * width + cursor.x];
  const below = shareBelow(healthy, code);
  return (
    <span data-testid="read-out">
      Cursor {cursor.x}, {cursor.y}
      {!mapless && ` · ${scorer} ${plain(scoreOf(code, lo, hi))}`}
      {!mapless && below !== null && <b> · {below === 1 ? 'above every healthy pixel' : `above ${percent(below)} of healthy pixels`}</b>}
      {grey}
    </span>
  );
}

function MaskArea({ evaluation, slice }: { evaluation: Evaluation; slice: number }) {
  const flagged = useNumbers(evaluation).sliceFlagged[slice];
  const { pixelArea } = evaluation.slices[slice];
  return (
    <span>
      Called anomalous here: <b data-testid="mask-area">{pixelArea === null ? count(flagged) : plain(flagged * pixelArea)}</b>{' '}
      {pixelArea === null ? 'px' : 'mm²'}
    </span>
  );
}

/** The colours of a score map. */
export function Scale({ evaluation: { lo, hi } }: { evaluation: Evaluation }) {
  return (
    <span className="row scale">
      {plain(lo)}
      <i style={{ background: MAGMA_CSS }} />
      {plain(hi)}
    </span>
  );
}
