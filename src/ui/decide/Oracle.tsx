import { shownOf, TOP } from '../../store/derived';
import { oraclePlace } from './oraclePlace';
import { useCut } from './use';

const CAPTION = 'Dice before clean-up: pooled line, slices’ mean ± sd band';
const SHORT = 'Dice before clean-up';

type Props = {
  /** Level of the best Dice; null where there is none. */
  oracle: number | null;
  left: number;
  width: number;
  /** Where the strip begins. */
  top: number;
};

/** What the strip shows, and a mark that stands exactly where its line is highest. */
export function Oracle({ oracle, left, width, top }: Props) {
  const { level, side } = useCut();
  const x = oracle === null ? null : (shownOf(oracle, side) / TOP) * width;
  const place = oraclePlace(x, (shownOf(level, side) / TOP) * width, width);
  const y = top - 6;
  return (
    <>
      <text className="m" x={left + (place.caption === 'end' ? width : 0)} y={y} textAnchor={place.caption}>
        {place.whole ? CAPTION : SHORT}
      </text>
      {x !== null && (
        <g data-testid="oracle" data-at={x.toFixed(1)}>
          <path d={`M${left + x - 4} ${top - 8}h8l-4 7z`} fill="var(--ink2)" />
          <text x={left + x + (place.words === 'start' ? 8 : -8)} y={y} textAnchor={place.words}>
            oracle {shownOf(oracle!, side).toFixed(1)}
          </text>
        </g>
      )}
    </>
  );
}
