import { useMemo } from 'react';
import type { Interval } from '../../core/bootstrap';
import { DEFINITIONS, type Definition } from '../../core/definitions';
import { imagePoints } from '../../core/imagePoints';
import { type Confusion, imageConfusion, type Rates, ratesOf } from '../../core/overlap';
import type { Evaluation } from '../../core/protocol';
import type { RateIntervals } from '../../core/rateIntervals';
import type { Decided } from '../../store/derived';
import { count, fixed, plain, plural } from '../format';
import { Term } from './Term';
import { useAssessed, useSide } from './use';

/** The rates of two classes, each with what it says where it cannot be computed. */
const RATES: readonly { key: keyof Rates; about: Definition; without: string }[] = [
  { key: 'precision', about: DEFINITIONS.precision, without: 'nothing flagged' },
  { key: 'sensitivity', about: DEFINITIONS.sensitivity, without: 'nothing anomalous' },
  { key: 'specificity', about: DEFINITIONS.specificity, without: 'nothing normal' },
  { key: 'f1', about: DEFINITIONS.f1, without: 'nothing flagged or anomalous' },
];

type RowsProps = { columns: readonly Rates[]; testIds: readonly string[]; about?: string; intervals?: readonly (RateIntervals | null)[] };

const intervalWords = (interval: Interval | null | undefined) => (interval ? `${fixed(interval[0], 2)}–${fixed(interval[1], 2)}` : 'no interval'); // biome-ignore format: one line

function RateRows({ columns, testIds, about = '', intervals }: RowsProps) {
  return RATES.map(({ key, about: definition, without }) => (
    <tr key={key}>
      <th scope="row">
        <Term label={definition.title} about={definition} />
      </th>
      {columns.map((rates, i) => (
        <td key={testIds[i]} className={rates[key] === null ? 'n small' : 'n'} data-testid={`${key}-${testIds[i]}`}>
          {rates[key] === null ? without : about + fixed(rates[key], 2)}
          {rates[key] !== null && intervals && <span className="small dim"> {intervalWords(intervals[i]?.[key])}</span>}
        </td>
      ))}
    </tr>
  ));
}

/** Pixels of slices with a lesion, and images, as called at the cut and as they are. */
export function AtCutTable({ evaluation, numbers }: { evaluation: Evaluation; numbers: Decided }) {
  const labels = useMemo(() => evaluation.slices.map(({ label }) => label), [evaluation]);
  const images = useMemo(() => imageConfusion(numbers.sliceFlagged, labels), [numbers, labels]);
  const about = numbers.approximate ? '≈ ' : '';
  const labelled = images.tp + images.fp + images.fn + images.tn > 0;
  const rows: ['pixels' | 'images', Confusion][] = [['pixels', numbers], ...(labelled ? [['images', images] as ['images', Confusion]] : [])]; // biome-ignore format: one line
  const { assessed } = useAssessed(evaluation);
  const intervals = assessed ? rows.map(([what]) => assessed.ratesCi95[what]) : undefined;
  return (
    <>
      <table className="dense rates">
        <thead>
          <tr>
            <th scope="col">Called at this cut</th>
            {rows.map(([what]) => (
              <th key={what} scope="col" className="n">
                {what}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <RateRows
            columns={rows.map(([, counts]) => ratesOf(counts))}
            testIds={rows.map(([what]) => what)}
            about={about}
            intervals={intervals}
          />
        </tbody>
      </table>
      <p className="small metric">{assessed && <Term label="95 % CI beside each, by patient" about={DEFINITIONS.bootstrap} />}</p>
      <table className="dense rates" data-testid="confusion">
        <thead>
          <tr>
            <th scope="col">
              <Term label={DEFINITIONS.confusion.title} about={DEFINITIONS.confusion} />
            </th>
            <th scope="col" className="n">
              anomalous
            </th>
            <th scope="col" className="n">
              normal
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.flatMap(([what, { tp, fp, fn, tn }]) => [
            <tr key={`${what} called`} data-testid={`called-${what}`}>
              <th scope="row">{what}, called anomalous</th>
              <td className="n">{about + count(tp)}</td>
              <td className="n">{about + count(fp)}</td>
            </tr>,
            <tr key={`${what} kept`} data-testid={`kept-${what}`}>
              <th scope="row">{what}, kept as normal</th>
              <td className="n">{about + count(fn)}</td>
              <td className="n">{about + count(tn)}</td>
            </tr>,
          ])}
        </tbody>
      </table>
      {!labelled && <p className="small">No labelled slice has a score, so no image can be called right or wrong.</p>}
    </>
  );
}

/** Where the scores of whole slices would be cut, and what that gives. */
export function ImagePoints({ evaluation }: { evaluation: Evaluation }) {
  const chosen = useSide();
  const side = evaluation.mapless ? 'bright' : chosen;
  const found = useMemo(() => imagePoints(evaluation.slices, evaluation.validationImages ?? null, side), [evaluation, side]);
  if (!found) return null;
  const { fittedOn, slices, points } = found;
  return (
    <>
      <table className="dense rates" data-testid="image-points">
        <thead>
          <tr>
            <th scope="col">Slices, by their score</th>
            {points.map(({ rule }) => (
              <th key={rule} scope="col" className="n">
                <Term label={DEFINITIONS[rule].title} about={DEFINITIONS[rule]} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Score</th>
            {points.map(({ rule, threshold }) => (
              <td key={rule} className="n">
                {side === 'dark' ? '≤' : '≥'} {plain(threshold)}
              </td>
            ))}
          </tr>
          <RateRows
            columns={points.map(({ rates: { recall, ...rest } }) => ({ ...rest, sensitivity: recall }))}
            testIds={points.map(({ rule }) => rule)}
          />
        </tbody>
      </table>
      <p className="small">
        <span className="tag w">uses labels</span>{' '}
        {fittedOn === 'test' ? 'fitted on test (as published)' : `fitted on ${plural(slices, 'validation slice')}`}
      </p>
    </>
  );
}
