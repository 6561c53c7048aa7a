import { shownOf, TOP } from '../../store/derived';
import { oraclePlace } from './oraclePlace';
import { useCut } from './use';

type Props = {
  /** Level of the best Dice. */
  oracle: number;
  left: number;
  width: number;
  /** Where the strip begins. */
  top: number;
};

/** What the strip shows, and a mark that stands exactly where its line is highest. */
export function Oracle({ oracle, left, width, top }: Props) {
  const { level, side } = useCut();
  const at = (one: number) => (shownOf(one, side) / TOP) * width;
  const x = at(oracle);
  const { words, caption } = oraclePlace(x, at(level), width);
  const y = top - 6;
  return (
    <>
      <text className="m" x={left + (caption === 'end' ? width : 0)} y={y} textAnchor={caption}>
        Dice before clean-up
      </text>
      <g data-testid="oracle">
        <path d={`M${left + x - 4} ${top - 9}h8l-4 7z`} fill="var(--ink2)" />
        <text x={left + x + (words === 'start' ? 8 : -8)} y={y} textAnchor={words}>
          oracle {shownOf(oracle, side).toFixed(1)}
        </text>
      </g>
    </>
  );
}
