import type { Ref } from 'react';
import { type RowNumbers, rowNumbers, titleOf } from '../../store/comparing';
import { choose, type Row, useRuns } from '../../store/runs';
import { useLab } from '../../store/store';
import { count, duration, fixed, plural } from '../format';
import { LineKey } from './LineKey';
import { MaskTag } from './MaskTag';
import { RunName } from './RunName';
import { dataWords, presetWords, runWords, updateWords } from './words';

const shortHash = (hash: string) => (hash ? `${hash.slice(0, 4)}…${hash.slice(-4)}` : 'unknown');
const NO_HASH = 'Fingerprints need an address that starts with https or is this machine.';

type RowProps = {
  ref: Ref<HTMLTableRowElement>;
  row: Row;
  letter: string;
  chosen: boolean;
  selected: boolean;
  other: boolean;
  onSelect: () => void;
};

export function RunRow({ ref, row, letter, chosen, selected, other, onSelect }: RowProps) {
  const models = useLab((s) => s.lab.engine?.models);
  const { record, scores } = row;
  const ids = useRuns((s) => s.chosen);
  const toggle = () => choose(chosen ? ids.filter((id) => id !== row.id) : [...ids, row.id]);
  const numbers = rowNumbers(row, useRuns((s) => s.scores[row.id])); // biome-ignore format: one line
  const preset = presetWords(models, record);
  const device = record.adapter || `${record.backend}, ${plural(record.threads, 'thread')}`;
  const ci = numbers?.metrics.imageAucCi95;
  return (
    <tr ref={ref} aria-selected={selected} onClick={onSelect}>
      <td className="tick">
        <input
          type="checkbox"
          checked={chosen}
          disabled={scores === null}
          onChange={toggle}
          aria-label={`Compare ${letter}, ${titleOf(row)}, ${runWords(row)}`}
        />
      </td>
      <td className="name">
        <span className="row">
          <LineKey id={row.id} />
          <b>{letter}</b>
          <RunName row={row} />
          {numbers?.side === 'dark' && <span className="tag">low scores</span>}
        </span>
        <span className="under" title={`Ended ${record.ended}`}>
          {runWords(row)}
        </span>
      </td>
      <td title={`${preset}; ${device}`}>
        {preset}
        <span className="under">{device}</span>
      </td>
      <td title={dataWords(record)}>
        {dataWords(record)}
        <span className="under">
          {scores ? (
            <>
              {plural(scores.total, 'slice')}{' '}
              <span
                className="mono"
                title={scores.data ? `Test slices, SHA-256 ${scores.data}; training slices ${record.training}` : NO_HASH}
              >
                {shortHash(scores.data)}
              </span>{' '}
              {other && <span className="tag">other data</span>}
            </>
          ) : (
            <Unscored row={row} />
          )}
        </span>
      </td>
      <td className="n" title={scores?.metrics.why.imageAuc}>
        <b>{fixed(numbers?.metrics.imageAuc, 3)}</b> {ci && <span className="under">{`${fixed(ci[0], 2)}–${fixed(ci[1], 2)}`}</span>}
      </td>
      <td className="n" title={diceTitle(numbers)}>
        {numbers?.dice ? `${fixed(numbers.dice.mean, 2)} ± ${fixed(numbers.dice.sd, 2)}` : '–'} <MaskTag problem={numbers?.dice?.problem} />
      </td>
      <td className="n" title={updateWords(record)}>
        {duration(record.seconds)}
      </td>
    </tr>
  );
}

const diceTitle = (numbers: RowNumbers | null) =>
  numbers?.side === 'dark' && !numbers.dice ? 'Tick the row: Dice of low scores takes its counts.' : undefined;

/** Why a run has no scores, or how far they are. */
function Unscored({ row: { record } }: { row: Row }) {
  const scoring = useLab((s) => (s.lab.run?.run === record.run ? s.lab.progress.score : undefined));
  const words = scoring
    ? `being scored: ${count(scoring.done)} of ${count(scoring.total)}`
    : record.slices.test === 0
      ? 'not scored: no test slices'
      : 'not scored yet';
  return words;
}
