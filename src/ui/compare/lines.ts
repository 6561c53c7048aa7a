import type { State } from '../../store/store';

/** A method keeps its colour and dash in every chart: by its series. */
const LINES: Record<number, { color: string; dash: string }> = {
  1: { color: '--s1', dash: 'solid' },
  2: { color: '--s2', dash: '7px,3px' },
  3: { color: '--s3', dash: '2px,3px' },
  4: { color: '--s4', dash: '8px,3px,2px,3px' },
  5: { color: '--s5', dash: '2px,2px,6px,2px' },
  6: { color: '--s6', dash: '12px,4px' },
};

export const lineOf = (models: NonNullable<State['lab']['engine']>['models'] | undefined, model: string) =>
  LINES[models?.find(({ id }) => id === model)?.series ?? 5];

/** For an SVG sample of the line. */
export const dashArray = (dash: string): string | undefined =>
  dash === 'solid' ? undefined : dash.replaceAll('px', '').replaceAll(',', ' ');
