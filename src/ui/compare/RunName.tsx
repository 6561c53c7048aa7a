import { titleOf } from '../../store/comparing';
import type { Row } from '../../store/runs';

/** 'VAE · Rec-grad': without room the name gives way and the scorer stays, in which rows of one run differ. */
export function RunName({ row }: { row: Row }) {
  return (
    <span className="runname" title={titleOf(row)}>
      <span className="ell">{row.record.name}</span>
      {row.scores && <span> · {row.scores.scorer}</span>}
    </span>
  );
}
