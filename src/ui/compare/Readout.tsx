import { DEFINITIONS } from '../../core/definitions';
import { healthyShares, underCursor } from '../../store/comparing';
import { Term } from '../decide/Term';
import { percent, significant } from '../format';
import { MAGMA_CSS } from '../paint';
import type { Point } from './ComparePlate';
import type { Column } from './columns';

type Props = { columns: readonly Column[]; cursorOf: (key: string) => Point; linked: boolean; height: number; width: number; truth: Uint8Array | null }; // biome-ignore format: one line

/** What every run says about the pixel under its cursor. */
export function Readout({ columns, cursorOf, linked, height, width, truth }: Props) {
  const place = (point: Point) => [Math.min(width - 1, Math.floor(point.x * width)), Math.min(height - 1, Math.floor(point.y * height))];
  const [x, y] = place(cursorOf(''));
  const healthyKnown = columns.every(({ cut }) => healthyShares(cut.scores.healthy));
  return (
    <div className="readout">
      <h2>Under the cursor</h2>
      <p className="small" data-testid="cursor-place">
        {linked ? `x ${x}, y ${y}` : 'Each run at its own cursor'}
        {linked && truth && ` · truth: ${truth[y * width + x] ? 'anomaly' : 'normal'}`}
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            {!linked && (
              <th scope="col" className="n">
                x, y
              </th>
            )}
            <th scope="col" className="n">
              Raw
            </th>
            <th scope="col" className="n">
              <Term label="Healthy pct" about={DEFINITIONS.healthyPercentile} />
            </th>
            <th scope="col" className="n">
              Cut
            </th>
          </tr>
        </thead>
        <tbody>
          {columns.map(({ row, letter, cut, at, mask }) => {
            const [px, py] = place(cursorOf(row.id));
            const under = underCursor(cut, at, py * width + px, mask);
            return (
              <tr key={row.id}>
                <td title={row.record.name}>
                  {letter} {row.record.name}
                </td>
                {!linked && <td className="n">{`${px}, ${py}`}</td>}
                <td className="n">{under ? significant(under.raw, 3) : '–'}</td>
                <td className="n">{under?.healthy == null ? '–' : percent(under.healthy, 1)}</td>
                <td className="n">{under?.flagged == null ? '–' : under.flagged ? 'in' : 'out'}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p className="small" style={{ marginTop: 8 }}>
        Raw scores differ in unit. Compare the percentile: the share of healthy pixels that are less anomalous.
      </p>
      <p className="small row" style={{ marginTop: 8 }}>
        <span>{healthyKnown ? '0' : 'low'}</span>
        <i className="scalebar" style={{ background: MAGMA_CSS }} />
        <span>{healthyKnown ? '90, 99, 99.9 % of healthy pixels' : 'high; no healthy pixels to compare with'}</span>
      </p>
      <p className="small" style={{ marginTop: 4 }}>
        Arrow keys on a plate move the cursor; L links and unlinks the cursors, B blinks between two runs.
      </p>
    </div>
  );
}
