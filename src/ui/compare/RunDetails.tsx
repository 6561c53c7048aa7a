import { changedFrom } from '../../core/params';
import { titleOf } from '../../store/comparing';
import type { Row } from '../../store/runs';
import { useLab } from '../../store/store';
import { count, duration } from '../format';
import { presetWords, specOf, updateWords } from './words';

/** How the run in focus was made: every parameter, those of the preset that were changed marked, and what it ran on. */
export function RunDetails({ row, letter }: { row: Row; letter: string }) {
  const models = useLab((s) => s.lab.engine?.models);
  const { record } = row;
  const spec = specOf(models, record);
  const changed = new Set(spec && changedFrom(spec, record));
  const usual = (key: string) => spec?.presets[record.preset]?.params[key] ?? spec?.params[key]?.default;
  const value = (key: string, n: number | undefined) => (n === undefined ? '–' : (spec?.params[key]?.options?.[n] ?? String(n)));
  const { kernels, replay, backend, threads, adapter, seconds, ended, slices } = record;
  const device = adapter || `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  return (
    <details data-testid="run-details" style={{ marginTop: 8 }}>
      <summary className="small">
        How <b>{letter}</b> {titleOf(row)} was made
      </summary>
      <p className="small">
        {presetWords(models, record)} · seed {record.seed} · {updateWords(record)} in {duration(seconds)}, ended{' '}
        {ended.slice(0, 16).replace('T', ' ')} UTC · {count(slices.reference)} healthy, {count(slices.mixed)} mixed,{' '}
        {count(slices.validation)} validation and {count(slices.test)} test slices
      </p>
      <p className="small">
        {backend}, {device} · {kernels.length > 0 ? `kernels of the lab for ${kernels.join(', ')}` : 'stock kernels'}
        {replay && ' · updates recorded and replayed'}
      </p>
      <p className="small">
        {Object.keys(record.params).map((key, i) => (
          <span key={key}>
            {i > 0 && ' · '}
            {spec?.params[key]?.label ?? key}{' '}
            {changed.has(key) ? (
              <>
                <b>{value(key, record.params[key])}</b> (preset {value(key, usual(key))})
              </>
            ) : (
              value(key, record.params[key])
            )}
          </span>
        ))}
      </p>
    </details>
  );
}
