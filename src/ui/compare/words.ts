/** What tells one run from another, in words. */
import { changedFrom } from '../../core/params';
import type { RunRecord } from '../../core/runs';
import type { Row } from '../../store/runs';
import type { State } from '../../store/store';
import { VARIANT_TITLES } from '../data/PhantomChoice';
import { count, plural } from '../format';

export type Models = NonNullable<State['lab']['engine']>['models'] | undefined;

export const specOf = (models: Models, { model }: RunRecord) => models?.find(({ id }) => id === model);

/** 'Class demo, changed' */
export function presetWords(models: Models, record: RunRecord): string {
  const spec = specOf(models, record);
  const changed = spec && (changedFrom(spec, record)?.length ?? 0) > 0;
  return `${spec?.presets[record.preset]?.title ?? record.preset}${changed ? ', changed' : ''}`;
}

/** '215 of 1,000 updates', or '1,000 updates' of a run that did all of them. */
export const updateWords = ({ update, updates }: RunRecord): string =>
  update < updates ? `${count(update)} of ${plural(updates, 'update')}` : plural(update, 'update');

/** '1 Dec, 13:38', by the visitor's clock. */
const endedWords = (ended: string): string =>
  new Date(ended).toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

/** 'seed 1 · 40 updates · smoothed · 1 Dec, 13:38': runs of one method and one scorer differ in nothing else that is short. */
export const runWords = ({ record, scores }: Row): string =>
  [`seed ${record.seed}`, updateWords(record), ...(scores?.smooth ? ['smoothed'] : []), endedWords(record.ended)].join(' · ');

/** 'Smooth heads with squares'. Names of the visitor's files are not kept. */
export function dataWords({ set, phantom, simulation }: RunRecord): string {
  const name = set === 'mine' ? 'Own images' : ((phantom && VARIANT_TITLES[phantom.variant]) ?? 'Phantom');
  return simulation ? `${name} with squares` : name;
}
